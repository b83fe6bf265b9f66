"""The checker finds every fault that is planted, says where it is and what to do, and never fails on a hostile file.

Every fault is made in a project that conforms, by one change.
"""

import io
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from storage.exports.checks.archive import Limits
from storage.exports.checks.findings import MOST_FINDINGS, RULES, Finding
from storage.exports.contents import Contents
from storage.exports.qdpx import write_qdpx
from storage.exports.qdpx_check import check_qdpx
from storage.imports import safe_xml
from storage.imports.coded_project import ProjectCode

Make = Callable[..., Contents]
Check = Callable[..., list[Finding]]
QDE = "project.qde"


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


TEXT, SOUND = f"sources/{guid(5)}.txt", f"sources/{guid(3)}.m4a"
CODES = (ProjectCode(guid(901), "Isolation"), ProjectCode(guid(902), "Shielding", parent_guid=guid(901)))
POINT = f'<SyncPoint guid="{guid(102)}" timeStamp="2260" position="62"/>'
TEXT_PATH = f'plainTextPath="internal://{guid(5)}.txt"'
MEDIA_PATH = f'path="internal://{guid(3)}.m4a"'


def selection(first: int, last: int) -> str:
    return (
        f'<TranscriptSelection guid="{guid(300)}" fromSyncPoint="{guid(first)}" toSyncPoint="{guid(last)}"/>'
        "</Transcript>"
    )


def text_source(start: int, end: int, text: str = "Ten £ 🙂 signs") -> str:
    return (
        f'<TextSource guid="{guid(400)}"><PlainTextContent>{text}</PlainTextContent>'
        f'<PlainTextSelection guid="{guid(401)}" startPosition="{start}" endPosition="{end}"/></TextSource></Sources>'
    )


def audio_selection(begin: int, end: int) -> str:
    return f'</Transcript><AudioSelection guid="{guid(500)}" begin="{begin}" end="{end}"/>'


def pdf(*, inner: str, outer: str, path: str = f"internal://{guid(600)}.pdf") -> str:
    """A PDF with a selection and the selection of the same words in its text."""
    return (
        f'<PDFSource guid="{guid(601)}" path="{path}"><PDFSelection guid="{outer}" page="0" firstX="0" firstY="0"'
        f' secondX="1" secondY="1"/><Representation guid="{guid(602)}"><PlainTextContent>Some words</PlainTextContent>'
        f'<PlainTextSelection guid="{inner}" startPosition="0" endPosition="4"/></Representation></PDFSource></Sources>'
    )


PDF_FILE = {f"sources/{guid(600)}.pdf": b"%PDF"}
NOTE = f'<Notes><Note guid="{guid(700)}"{{}}><PlainTextContent>x</PlainTextContent></Note></Notes></Project>'

# rule, what is replaced in the XML, by what
XML_FAULTS = [
    ("guid-unique", f'guid="{guid(102)}"', f'guid="{guid(101)}"'),
    ("guid-unique", f'<Code guid="{guid(902)}"', f'<Code guid="{{{guid(2).upper()}}}"'),
    ("reference", f'SourceRef targetGUID="{guid(3)}"', f'SourceRef targetGUID="{guid(99)}"'),
    ("reference", f'SourceRef targetGUID="{guid(3)}"', f'SourceRef targetGUID="{guid(2)}"'),
    ("reference", f'VariableRef targetGUID="{guid(202)}"', f'VariableRef targetGUID="{guid(99)}"'),
    ("reference", f'creatingUserGUID="{guid(201)}"', f'creatingUserGUID="{guid(99)}"'),
    ("reference", f'creatingUser="{guid(201)}"', f'creatingUser="{guid(901)}"'),
    ("reference", "</Transcript>", f'<NoteRef targetGUID="{guid(99)}"/></Transcript>'),
    ("value-type", "<TextValue>client</TextValue>", "<IntegerValue>1</IntegerValue>"),
    ("path", MEDIA_PATH, 'path="file:///x.m4a"'),
    ("path", MEDIA_PATH, f'path="{guid(3)}.m4a"'),
    ("path", MEDIA_PATH, 'path="relative:///../x.m4a"'),
    ("path", MEDIA_PATH, 'path="absolute:///C:\\x.m4a"'),
    ("internal-name", MEDIA_PATH, 'path="internal://../x.m4a"'),
    ("internal-name", MEDIA_PATH, 'path="internal://interview.m4a"'),
    ("external", TEXT_PATH, TEXT_PATH.replace("internal://", "relative:///")),
    ("external", "</Sources>", pdf(inner=guid(604), outer=guid(603), path="relative:///a.pdf")),
    ("missing-file", TEXT_PATH, f'plainTextPath="internal://{guid(99)}.txt"'),
    ("missing-file", MEDIA_PATH, f'path="internal://{guid(3)}.wav"'),
    ("shared-file", "</Sources>", f'<TextSource guid="{guid(400)}" {TEXT_PATH}/></Sources>'),
    ("text-suffix", TEXT_PATH, f'plainTextPath="internal://{guid(3)}.m4a"'),
    ("rich-text", TEXT_PATH, f'{TEXT_PATH} richTextPath="internal://{guid(5)}.txt"'),
    ("one-text", "<SyncPoint ", "<PlainTextContent>x</PlainTextContent><SyncPoint "),
    ("one-text", TEXT_PATH, ""),
    ("one-text", "</Project>", NOTE.format(f' {TEXT_PATH}')),
    ("sync-position", POINT, POINT.replace('"62"', '"' + "9" * 100 + '"')),
    ("text-bom", "</Sources>", text_source(0, 1, "\ufeffTen")),
    ("line-ends", "</Sources>", text_source(0, 1, "Ten&#13;\nletters")),
    ("selection", "</Sources>", text_source(4, 3)),
    ("selection", "</Sources>", text_source(0, 14)),
    ("selection", "</Sources>", text_source(-1, 2)),
    ("selection", "</Sources>", text_source(0, 10**40)),
    ("selection", "</Sources>", text_source(-(10**40), 2)),
    ("media-selection", "</Transcript>", audio_selection(9, 8)),
    ("media-selection", "</Transcript>", audio_selection(-1, 8)),
    ("sync-position", POINT, POINT.replace('"62"', '"9999"')),
    ("sync-position", POINT, POINT.replace('"62"', '"-1"')),
    ("sync-time", 'timeStamp="0"', 'timeStamp="-1"'),
    ("sync-order", POINT, POINT.replace("2260", "5002")),
    ("transcript-selection", "</Transcript>", selection(199, 102)),
    ("transcript-selection", "</Transcript>", selection(103, 102)),
    ("schema", 'typeOfVariable="Text"', 'typeOfVariable="Colour"'),
    ("schema", "<Users>", "<Codes/><Users>"),
    ("schema", "</Project>", "<Notes/></Project>"),
    ("schema", "</Project>", "<Surprise/></Project>"),
    ("schema", f'<Code guid="{guid(901)}"', f'<Code color="red" guid="{guid(901)}"'),
    ("schema", f'<Code guid="{guid(901)}"', f'<Code color=" #a1b2c3ff " guid="{guid(901)}"'),
    ("schema", 'position="62"', 'position="sixty"'),
    ("well-formed", "</Project>", ""),
    ("well-formed", "<Users>", "<Users>&nbsp;"),
    ("doctype", "<Project", "<!DOCTYPE Project><Project"),
    ("doctype", "<Project", "<!-- a --><?b c?>\n<!DOCTYPE Project SYSTEM 'http://127.0.0.1/x.dtd'><Project"),
    ("encoding", "encoding='UTF-8'", "encoding='ISO-8859-1'"),
    ("encoding", "encoding='UTF-8'", 'encoding="utf-7"'),
]  # fmt: skip
# rule, name of a member, its content instead
MEMBER_FAULTS = [
    ("bom", QDE, lambda xml: b"\xef\xbb\xbf" + xml),
    ("encoding", QDE, lambda xml: xml.decode().replace("UTF-8", "UTF-16").encode("utf-16")),
    ("encoding", QDE, lambda xml: xml.decode().encode("utf-16-be")),
    ("encoding", QDE, lambda xml: xml.decode().encode("utf-32-le")),
    ("well-formed", QDE, lambda xml: xml.replace(b"Study team", b"\xff\xfe")),
    ("well-formed", QDE, lambda xml: b""),
    ("text-bom", TEXT, lambda text: b"\xef\xbb\xbf" + text),
    ("line-ends", TEXT, lambda text: text.replace(b"\n", b"\r\n")),
    ("line-ends", TEXT, lambda text: text + b"\r"),
    ("text-utf-8", TEXT, lambda text: text + b"\xff"),
    ("unused-file", f"sources/{guid(77)}.txt", lambda _: b"x"),
    ("layout", "sources/deep/a.txt", lambda _: b"x"),
    ("layout", "other.xml", lambda _: b"x"),
    ("project-file", "other.qde", lambda _: b"x"),
    ("member-path", "../../evil.txt", lambda _: b"x"),
    ("member-path", "sources/../../evil.txt", lambda _: b"x"),
    ("member-path", "/etc/evil", lambda _: b"x"),
    ("member-path", "C:\\evil", lambda _: b"x"),
    ("member-twice", TEXT.upper().replace("SOURCES", "sources"), lambda _: b"x"),
]  # fmt: skip
# of archives as a whole: shown below, each in a test of its own
ARCHIVE_FAULTS = {"zip", "members", "beginning", "overlap", "packing", "size", "growth", "unpacked"}


def test_every_rule_is_shown_to_find_its_fault() -> None:
    assert {rule for rule, *_ in (*XML_FAULTS, *MEMBER_FAULTS)} | ARCHIVE_FAULTS == RULES.keys()


def test_every_rule_is_documented_with_what_it_asks_for() -> None:
    docs = Path(__file__).parents[3] / "docs"
    told = "".join(path.read_text(encoding="utf-8") for path in docs.rglob("*.md"))
    for name, rule in RULES.items():
        assert f"| `{name}` | {rule.asks} |" in told, f"| `{name}` | {rule.asks} |"


@pytest.fixture
def members(contents: Make) -> dict[str, bytes]:
    """The members of a project that conforms, by name."""
    file = io.BytesIO()
    write_qdpx(contents(codebook=CODES), file)
    archive = zipfile.ZipFile(file)
    return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def check(members: dict[str, bytes], tmp_path: Path) -> Check:
    """Check the project with one thing replaced in its XML, and with other members."""

    def checked(old: str = "", new: str = "", limits: Limits | None = None, **other: dict[str, bytes]) -> list[Finding]:
        changed = {**members, **other.get("members", {})}
        if old:
            xml = changed[QDE].decode()
            assert old in xml, xml
            changed = {**changed, QDE: xml.replace(old, new, 1).encode()}
        return check_qdpx(_packed(tmp_path, changed), limits=limits or Limits())

    return checked


def test_a_sound_project_has_no_findings(check: Check) -> None:
    assert check() == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</Sources>", pdf(inner=guid(603), outer=guid(603))),
        ("</Sources>", pdf(inner=guid(604), outer=guid(603))),
        ("</Sources>", text_source(0, 13)),
        ("</Sources>", text_source(13, 13)),
        ("</Sources>", text_source(0, 3, "<!-- no text --><![CDATA[Ten]]>")),
        ("</Transcript>", selection(101, 102)),
        ("</Transcript>", selection(102, 102)),
        ("</Transcript>", audio_selection(0, 0)),
        (f'<Code guid="{guid(901)}"', f'<Code guid="{{{guid(901).upper()}}}"'),
        ("<Project", "<!-- <!DOCTYPE a> --><?a <!DOCTYPE b>?><Project"),
        ("encoding='UTF-8'", 'encoding="utf-8" standalone="yes"'),
        (MEDIA_PATH, 'path="absolute:///media/x.m4a"'),
    ],
)
def test_what_the_standard_allows_is_no_fault(
    check: Check, members: dict[str, bytes], old: str, new: str, tmp_path: Path
) -> None:
    others = PDF_FILE if "PDFSource" in new else {}
    allowed = {"unused-file"} if "absolute" in new else set()
    assert {finding.rule for finding in check(old, new, members=others)} == allowed


@pytest.mark.parametrize(("rule", "old", "new"), XML_FAULTS)
def test_a_fault_in_the_xml_is_found(check: Check, rule: str, old: str, new: str) -> None:
    found = check(old, new, members=PDF_FILE if f"{guid(600)}.pdf" in new else {})
    assert rule in {finding.rule for finding in found}, list(map(str, found))
    follows = {"unused-file", "shared-file", "sync-position"} if "path" in (old + new).lower() else set()
    assert {finding.rule for finding in found} - {rule} <= follows, list(map(str, found))


@pytest.mark.parametrize(("rule", "name", "change"), MEMBER_FAULTS)
def test_a_fault_in_a_member_is_found(
    check: Check, members: dict[str, bytes], rule: str, name: str, change: Callable[[bytes], bytes]
) -> None:
    found = check(members={name: change(members.get(name, b""))})
    follows = {"sync-position"} if rule in ("text-bom", "line-ends") else set()
    assert {finding.rule for finding in found} - follows == {rule}, list(map(str, found))


def test_a_finding_names_line_and_guid_and_the_next_step(check: Check, members: dict[str, bytes]) -> None:
    line = members[QDE].decode().split(POINT)[0].count("\n") + 1
    (finding,) = check(POINT, POINT.replace('"62"', '"9999"'))
    length = len(members[TEXT].decode())
    assert str(finding) == (
        f"line {line}, SyncPoint {guid(102)}: position 9999 is outside its text of {length} characters. "
        "Mend the position; bytes and UTF-16 units are others."
    )


def test_two_owners_of_a_guid_are_both_named(check: Check) -> None:
    (finding,) = check(f'<Code guid="{guid(902)}"', f'<Code guid="{guid(2)}"')
    assert f"GUID {guid(2)}: is given to 2 things" in str(finding)
    assert f"Code {guid(2)}" in str(finding) and f"Case {guid(2)}" in str(finding)


@pytest.mark.parametrize("inner", [guid(3), guid(901), guid(601)])
def test_only_the_twin_of_a_pdf_selection_may_share_its_guid(check: Check, inner: str) -> None:
    found = check("</Sources>", pdf(inner=inner, outer=guid(603)), members=PDF_FILE)
    assert [finding.rule for finding in found] == ["guid-unique"]


def test_a_pdf_selection_and_a_text_selection_elsewhere_are_no_twins(check: Check) -> None:
    elsewhere = text_source(0, 1).replace(guid(401), guid(603)).replace("</Sources>", "")
    found = check("</Sources>", elsewhere + pdf(inner=guid(604), outer=guid(603)), members=PDF_FILE)
    assert [finding.rule for finding in found] == ["guid-unique"]


def test_the_twin_of_a_pdf_selection_is_in_the_same_pdf(check: Check) -> None:
    one, other = pdf(inner=guid(604), outer=guid(603)), pdf(inner=guid(603), outer=guid(605))
    for number in (600, 601, 602):
        other = other.replace(guid(number), guid(number + 50))
    files = {**PDF_FILE, f"sources/{guid(650)}.pdf": b"%PDF"}
    found = check("</Sources>", one.replace("</Sources>", "") + other, members=files)
    assert [finding.rule for finding in found] == ["guid-unique"]


@pytest.mark.parametrize("missing", [TEXT, SOUND])
def test_a_missing_source_is_found(members: dict[str, bytes], missing: str, tmp_path: Path) -> None:
    found = check_qdpx(_packed(tmp_path, {name: content for name, content in members.items() if name != missing}))
    assert [finding.rule for finding in found] == ["missing-file"]


@pytest.mark.parametrize("name", ["study.qde", "Project.qde", "PROJECT.QDE", "inner/project.qde"])
def test_a_project_file_under_another_name_is_found(members: dict[str, bytes], name: str, tmp_path: Path) -> None:
    found = check_qdpx(_packed(tmp_path, {name: members[QDE], TEXT: members[TEXT], SOUND: members[SOUND]}))
    assert [(finding.rule, finding.what) for finding in found] == [
        ("project-file", f"has no project.qde; it has {name}")
    ]


def test_capital_sources_are_found_one_by_one(members: dict[str, bytes], tmp_path: Path) -> None:
    found = check_qdpx(_packed(tmp_path, {name.replace("sources", "Sources"): c for name, c in members.items()}))
    assert sorted(finding.rule for finding in found) == ["layout", "layout", "missing-file", "missing-file"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_found(members: dict[str, bytes], tmp_path: Path) -> None:
    path = _packed(tmp_path, members)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(TEXT, b"another")
    assert [(finding.rule, finding.where) for finding in check_qdpx(path)] == [("member-twice", TEXT)]


def test_an_archive_that_begins_with_something_else_is_found(members: dict[str, bytes], tmp_path: Path) -> None:
    path = _packed(tmp_path, members)
    path.write_bytes(b"MZ" + path.read_bytes())
    assert [finding.rule for finding in check_qdpx(path)] == ["beginning"]


def test_members_that_share_their_bytes_are_found(members: dict[str, bytes], tmp_path: Path) -> None:
    path = _packed(tmp_path, members)
    data = bytearray(path.read_bytes())
    header = data.rindex(b"PK\x01\x02", 0, data.rindex(TEXT.encode()))
    data[header + 42 : header + 46] = bytes(4)  # where the project's XML begins
    path.write_bytes(data)
    assert [finding.rule for finding in check_qdpx(path)] == ["overlap"]


def test_what_a_mac_keeps_beside_a_project_is_no_second_project(check: Check) -> None:
    found = check(members={"__MACOSX/._project.qde": b"x"})
    assert [(finding.rule, finding.where) for finding in found] == [("layout", "__MACOSX/._project.qde")]


def test_more_elements_than_memory_should_hold_are_not_parsed(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_xml, "MOST_MARKS", 100)
    monkeypatch.setattr(etree, "fromstring", lambda *_: pytest.fail("it was parsed"))
    assert [finding.rule for finding in check()] == ["size"]


def test_a_link_among_the_members_is_found(members: dict[str, bytes], tmp_path: Path) -> None:
    path = _packed(tmp_path, {name: content for name, content in members.items() if name != TEXT})
    link = zipfile.ZipInfo(TEXT)
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert [finding.rule for finding in check_qdpx(path)] == ["member-path"]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_packed_in_another_way_are_not_unpacked(members: dict[str, bytes], tmp_path: Path, method: int) -> None:
    path = tmp_path / "other.qdpx"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    assert {finding.rule for finding in check_qdpx(path)} == {"packing"}


def test_an_encrypted_member_is_found(members: dict[str, bytes], tmp_path: Path) -> None:
    data = bytearray(_packed(tmp_path, members).read_bytes())
    header = data.rindex(b"PK\x01\x02", 0, data.rindex(TEXT.encode()))
    data[header + 8] |= 1
    (tmp_path / "locked.qdpx").write_bytes(data)
    (finding,) = check_qdpx(tmp_path / "locked.qdpx")
    assert (finding.rule, finding.where, finding.what) == ("packing", TEXT, "is encrypted; a project has no password")


@pytest.mark.parametrize("where", ['name="x"><Description>&j;</Description>', 'name="x">', 'name="&j;">'])
def test_an_entity_bomb_is_refused_before_it_is_parsed(
    check: Check, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    entities = "".join(f'<!ENTITY {b} "{f"&{a};" * 100}">' for a, b in pairwise("abcdefghij"))
    bomb = (
        f'<?xml version="1.0"?><!DOCTYPE Project [<!ENTITY a "boom">{entities}]>'
        f'<Project xmlns="urn:QDA-XML:project:1.0" {where}</Project>'
    )
    monkeypatch.setattr(etree, "fromstring", lambda *_: pytest.fail("it was parsed"))
    assert [finding.rule for finding in check(members={QDE: bomb.encode()})] == ["doctype"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "cp037"])
def test_a_declaration_in_another_encoding_is_not_overlooked(check: Check, encoding: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    xml = (
        f'<?xml version="1.0"?><!DOCTYPE Project [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
        '<Project xmlns="urn:QDA-XML:project:1.0" name="x"><Description>&x;</Description></Project>'
    )
    found = check(members={QDE: xml.encode(encoding)})
    assert [finding.rule for finding in found] in (["encoding"], ["well-formed"])
    assert "the secret" not in "".join(map(str, found))


def test_a_long_row_of_comments_costs_no_more_than_its_length(check: Check) -> None:
    began = time.process_time()
    found = check("<Project", "<!---->" * 100_000 + "<!-- <Project")
    assert [finding.rule for finding in found] == ["well-formed"]
    assert time.process_time() - began < 5


def test_a_bomb_is_not_unpacked_however_it_is_named(check: Check) -> None:
    limits = Limits(text=1_000_000, xml=1_000_000, grown=1_000_000, growth=20)
    for name in (SOUND, f"sources/{guid(88)}.m4a"):
        found = check(members={name: bytes(5_000_000)}, limits=limits)
        assert [(finding.rule, finding.where) for finding in found] == [("growth", "archive")]
    for name in (TEXT, QDE):
        found = check(members={name: bytes(5_000_000)}, limits=limits)
        assert [(finding.rule, finding.where) for finding in found] == [("size", name)]


def test_many_members_that_grow_a_little_are_a_bomb_together(check: Check) -> None:
    bombs = {f"sources/{guid(1000 + number)}.m4a": bytes(100_000) for number in range(50)}
    assert [finding.rule for finding in check(members=bombs, limits=Limits(grown=1_000_000, growth=20))] == ["growth"]


@pytest.mark.parametrize("name", [TEXT, SOUND])
def test_a_bomb_that_states_a_small_size_is_counted_by_its_real_bytes(
    members: dict[str, bytes], tmp_path: Path, name: str
) -> None:
    path = _understated(tmp_path, {**members, name: bytes(80_000_000)}, name)
    tracemalloc.start()
    found = check_qdpx(path, limits=Limits(text=1_000_000, grown=4_000_000, growth=20))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [finding.rule for finding in found][:1] == [{TEXT: "size", SOUND: "growth"}[name]]
    assert peak < 30_000_000


def test_a_file_over_the_size_rule_is_found_by_a_small_limit(check: Check) -> None:
    assert check(limits=Limits(internal=5)) == []
    (finding,) = check(limits=Limits(internal=4))
    assert (finding.rule, finding.where, finding.what) == ("size", SOUND, "is larger than 4 bytes")
    assert "relative:///" in finding.next_step


def test_too_many_members_are_not_looked_at(check: Check) -> None:
    assert [finding.rule for finding in check(limits=Limits(members=2))] == ["members"]


def test_a_member_that_overstates_its_size_is_found(members: dict[str, bytes], tmp_path: Path) -> None:
    path = _packed(tmp_path, members)
    _state_size(path, TEXT, 1_000_000)
    (finding,) = check_qdpx(path)
    assert (finding.rule, finding.where) == ("unpacked", TEXT)
    assert f"holds {len(members[TEXT]):,} bytes, not the 1,000,000 that it states" in str(finding)


def test_a_damaged_member_is_found(members: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "damaged.qdpx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    path.write_bytes(path.read_bytes().replace(b"Hello, can you", b"Hullo, can you"))
    assert [(finding.rule, finding.where) for finding in check_qdpx(path)] == [("unpacked", TEXT)]


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x05\x06", bytes(100)])
def test_what_is_no_archive_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "no.qdpx"
    path.write_bytes(content)
    assert [finding.rule for finding in check_qdpx(path)] == ["zip"]


def test_a_file_that_is_not_there_and_a_folder_are_findings(tmp_path: Path) -> None:
    (finding,) = check_qdpx(tmp_path / "missing.qdpx")
    assert "No such file" in str(finding)
    (finding,) = check_qdpx(tmp_path)
    assert finding.rule == "zip"


def test_every_truncation_is_found(members: dict[str, bytes], tmp_path: Path) -> None:
    whole = _packed(tmp_path, members).read_bytes()
    path = tmp_path / "cut.qdpx"
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        assert check_qdpx(path), length


def test_names_from_the_file_cannot_command_a_terminal(check: Check) -> None:
    (finding,) = check(members={"\x1b[2Jevil\u202e.xml": b"x"})
    assert "\x1b" not in str(finding) and "\u202e" not in str(finding)


def test_a_file_with_a_fault_everywhere_is_not_listed_without_end(check: Check) -> None:
    points = "".join(
        f'<SyncPoint guid="{guid(5000 + n)}" timeStamp="-1" position="-1"/>' for n in range(2 * MOST_FINDINGS)
    )
    assert len(check(POINT, points + POINT)) == MOST_FINDINGS


def test_progress_tells_the_bytes_read(members: dict[str, bytes], tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    check_qdpx(_packed(tmp_path, members), progress=lambda done, total: seen.append((done, total)))
    total = sum(map(len, members.values()))
    assert seen[-1] == (total, total)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 255)), min_size=1, max_size=4),
    cut=st.integers(0, 200),
)
def test_no_damage_makes_the_checker_fail(
    members: dict[str, bytes], tmp_path: Path, changes: list[tuple[int, int]], cut: int
) -> None:
    data = bytearray(_packed(tmp_path, members).read_bytes())
    for at, byte in changes:
        data[-(at % len(data)) - 1] = byte
    (tmp_path / "damaged.qdpx").write_bytes(data[: len(data) - cut])
    assert isinstance(check_qdpx(tmp_path / "damaged.qdpx"), list)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_change_of_the_xml_makes_the_checker_fail(
    check: Check, members: dict[str, bytes], data: st.DataObject
) -> None:
    xml = members[QDE].decode()
    start = data.draw(st.integers(0, len(xml)))
    end = data.draw(st.integers(start, min(start + 60, len(xml))))
    piece = data.draw(
        st.sampled_from(["", "<", '"', "-1", "99999999999999999999", "٣", "<Codes>", guid(3), " x='1'"])
        | st.text(max_size=3)
    )
    check(members={QDE: (xml[:start] + piece + xml[end:]).encode("utf-8", "replace")})


def _packed(folder: Path, members: dict[str, bytes]) -> Path:
    path = folder / "checked.qdpx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def _state_size(path: Path, name: str, size: int) -> None:
    """Let the archive's directory, at its end, state another size for a member."""
    data = bytearray(path.read_bytes())
    header = data.rindex(b"PK\x01\x02", 0, data.rindex(name.encode()))
    data[header + 24 : header + 28] = struct.pack("<I", size)
    path.write_bytes(data)


def _understated(folder: Path, members: dict[str, bytes], name: str) -> Path:
    """An archive whose member states its first ten bytes to be all there is, with their sum."""
    path = _packed(folder, members)
    _state_size(path, name, 10)
    data = bytearray(path.read_bytes())
    header = data.rindex(b"PK\x01\x02", 0, data.rindex(name.encode()))
    data[header + 16 : header + 20] = struct.pack("<I", crc32(members[name][:10]))
    path.write_bytes(data)
    return path
