"""The checker finds every fault that is planted, says where it is, and never fails on a hostile file."""

import io
import struct
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.exports import qdpx_check
from storage.exports.contents import Contents
from storage.exports.qdpx import write_qdpx
from storage.exports.qdpx_check import check_qdpx

Make = Callable[..., Contents]
QDE = "project.qde"
TEXT = "sources/00000000-0000-4000-8000-000000000005.txt"
SOUND = "sources/00000000-0000-4000-8000-000000000003.m4a"
MEDIA_PATH = f'path="internal://{SOUND.removeprefix("sources/")}"'
SECOND_POINT = '<SyncPoint guid="00000000-0000-4000-8000-000000000102" timeStamp="2260" position="62"/>'
SELECTION = (
    '<TranscriptSelection guid="00000000-0000-4000-8000-000000000300" '
    'fromSyncPoint="00000000-0000-4000-8000-000000000101" toSyncPoint="00000000-0000-4000-8000-000000000102"/>'
)
AUDIO_SELECTION = '</Transcript><AudioSelection guid="00000000-0000-4000-8000-000000000500" begin="9" end="8"/>'
TEXT_SOURCE = (
    '<TextSource guid="00000000-0000-4000-8000-000000000400"><PlainTextContent>Ten £ letters</PlainTextContent>'
    '<PlainTextSelection guid="00000000-0000-4000-8000-000000000401" startPosition="{0}" endPosition="{1}"/>'
    "</TextSource></Sources>"
)


@pytest.fixture
def members(contents: Make) -> dict[str, bytes]:
    """The members of a project that conforms, by name."""
    file = io.BytesIO()
    write_qdpx(contents(), file)
    archive = zipfile.ZipFile(file)
    return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def findings(members: dict[str, bytes], tmp_path: Path) -> Callable[..., list[str]]:
    """Check the project with one thing replaced in its XML, or with other members."""

    def check(old: str = "", new: str = "", **other: dict[str, bytes]) -> list[str]:
        changed = other.get("members", members)
        if old:
            xml = changed[QDE].decode()
            assert old in xml, xml
            changed = {**changed, QDE: xml.replace(old, new, 1).encode()}
        path = tmp_path / "checked.qdpx"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in changed.items():
                archive.writestr(name, content)
        return [str(finding) for finding in check_qdpx(path)]

    return check


def test_a_sound_project_has_no_findings(findings: Callable[..., list[str]]) -> None:
    assert findings() == []


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ('guid="00000000-0000-4000-8000-000000000102"', 'guid="00000000-0000-4000-8000-000000000101"', "given to 2"),
        ('SourceRef targetGUID="00000000', 'SourceRef targetGUID="ffffffff', "is not the GUID of"),
        ('VariableRef targetGUID="00000000', 'VariableRef targetGUID="ffffffff', "is not the GUID of Variable"),
        ('creatingUserGUID="00000000', 'creatingUserGUID="ffffffff', "is not the GUID of User"),
        ('SourceRef targetGUID="00000000-0000-4000-8000-000000000003"',
         'SourceRef targetGUID="00000000-0000-4000-8000-000000000002"', "is not the GUID of AudioSource"),
        (SECOND_POINT, SECOND_POINT.replace("2260", "5002"), "later in the text and earlier in time"),
        (SECOND_POINT, SECOND_POINT.replace("2260", "-1"), "is before the recording"),
        (SECOND_POINT, SECOND_POINT.replace('"62"', '"9999"'), "is outside a text of"),
        (SECOND_POINT, SECOND_POINT.replace('"62"', '"-1"'), "is outside a text of"),
        ("</Transcript>", SELECTION.replace("101", "199") + "</Transcript>", "sync point that its transcript does not"),
        ("</Transcript>", SELECTION.replace("101", "103") + "</Transcript>", "ends before it starts"),
        ("</Sources>", TEXT_SOURCE.format(4, 3), "goes from 4 to 3"),
        ("</Sources>", TEXT_SOURCE.format(0, 14), "goes from 0 to 14 in a text of 13"),
        ("</Sources>", TEXT_SOURCE.format(-1, 2), "goes from -1 to 2"),
        ("</Transcript>", AUDIO_SELECTION, "goes from 9 to 8 ms"),
        ("<SyncPoint ", "<PlainTextContent>x</PlainTextContent><SyncPoint ", "not none or both"),
        ('plainTextPath="internal://00000000-0000-4000-8000-000000000005.txt"', "", "not none or both"),
        ('plainTextPath="internal://00000000', 'plainTextPath="internal://ffffffff', "names a file that is not in"),
        ("plainTextPath=\"internal://", "plainTextPath=\"relative:///", "is external"),
        ("plainTextPath=\"internal://", "richTextPath=\"internal://", "no rich text"),
        (MEDIA_PATH, 'path="internal://../x.m4a"', "GUID with a suffix"),
        ('path="internal://', 'path="file://', "begins with none of"),
        (MEDIA_PATH, 'path="relative:///../x.m4a"', "outside"),
        ("<TextValue>client</TextValue>", "<IntegerValue>1</IntegerValue>", "while its variable is Text"),
        ('typeOfVariable="Text"', 'typeOfVariable="Colour"', "breaks the schema"),
        ("<Users>", "<Codes/><Users>", "breaks the schema"),
        ("</Project>", "<Notes/></Project>", "breaks the schema"),
        ("</Project>", "", "not well-formed"),
        ("<Project", "<!DOCTYPE Project><Project", "document type declaration"),
    ],
)  # fmt: skip
def test_a_planted_fault_in_the_xml_is_found(
    findings: Callable[..., list[str]], old: str, new: str, finding: str
) -> None:
    assert any(finding in found for found in findings(old, new)), findings(old, new)


@pytest.mark.parametrize(
    ("name", "content", "finding"),
    [
        (TEXT, b"\xef\xbb\xbfHello", "byte order mark"),
        (TEXT, b"Hello\r\nagain", "line ends that are not LF"),
        (TEXT, b"\xff\xfe", "not UTF-8"),
        ("sources/00000000-0000-4000-8000-000000000077.txt", b"x", "no source refers to it"),
        ("sources/deep/a.txt", b"x", "flat folder"),
        ("Sources/a.txt", b"x", "flat folder"),
        ("other.xml", b"x", "flat folder"),
        ("../../evil.txt", b"x", "outside its folder"),
        ("sources/../../evil.txt", b"x", "outside its folder"),
        ("/etc/evil", b"x", "outside its folder"),
        ("C:\\evil", b"x", "outside its folder"),
    ],
)
def test_a_planted_fault_among_the_members_is_found(
    findings: Callable[..., list[str]], members: dict[str, bytes], name: str, content: bytes, finding: str
) -> None:
    found = findings(members={**members, name: content})
    assert any(finding in one for one in found), found


@pytest.mark.parametrize("missing", [TEXT, SOUND])
def test_a_missing_source_is_found(findings: Callable[..., list[str]], members: dict[str, bytes], missing: str) -> None:
    found = findings(members={name: content for name, content in members.items() if name != missing})
    assert any("names a file that is not in" in one for one in found)


def test_a_project_file_under_another_name_is_found(
    findings: Callable[..., list[str]], members: dict[str, bytes]
) -> None:
    found = findings(members={"study.qde": members[QDE], TEXT: members[TEXT], SOUND: members[SOUND]})
    assert "archive: has no project.qde" in found


def test_a_byte_order_mark_before_the_xml_is_found(
    findings: Callable[..., list[str]], members: dict[str, bytes]
) -> None:
    found = findings(members={**members, QDE: b"\xef\xbb\xbf" + members[QDE]})
    assert found == ["project.qde: begins with a byte order mark"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_found(members: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "twice.qdpx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in [*members.items(), (TEXT, b"another")]:
            archive.writestr(name, content)
    assert [str(finding) for finding in check_qdpx(path)] == [f"{TEXT}: is in the archive 2 times"]


@pytest.mark.parametrize("where", ['name="x"><Description>&j;</Description>', 'name="x">', 'name="&j;">'])
def test_an_entity_bomb_is_refused_without_being_expanded(
    findings: Callable[..., list[str]], members: dict[str, bytes], where: str
) -> None:
    letters = "abcdefghij"
    entities = "".join(f'<!ENTITY {b} "{f"&{a};" * 100}">' for a, b in pairwise(letters))
    bomb = (
        f'<?xml version="1.0"?><!DOCTYPE Project [<!ENTITY a "boom">{entities}]>'
        f'<Project xmlns="urn:QDA-XML:project:1.0" {where}</Project>'
    )
    found = findings(members={**members, QDE: bomb.encode()})
    assert len(found) == 1
    assert "document type declaration" in found[0] or "not well-formed" in found[0]


def test_an_external_entity_is_not_read(findings: Callable[..., list[str]], members: dict[str, bytes]) -> None:
    xml = (
        '<?xml version="1.0"?><!DOCTYPE Project [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        '<Project xmlns="urn:QDA-XML:project:1.0" name="x"><Description>&x;</Description></Project>'
    )
    found = findings(members={**members, QDE: xml.encode()})
    assert len(found) == 1
    assert "document type declaration" in found[0]


def test_a_zip_bomb_is_not_unpacked(
    findings: Callable[..., list[str]], members: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qdpx_check, "LARGEST_TEXT", 1_000_000)
    bomb = {**members, SOUND: bytes(5_000_000)}
    assert findings(members=bomb) == [f"{SOUND}: grows more than 200 times when unpacked"]
    assert (
        findings(members={**members, TEXT: bytes(5_000_000)})
        == [
            f"{TEXT}: is larger than 1,000,000 bytes",
            f"{TEXT}: grows more than 200 times when unpacked",
        ][:1]
    )


def test_a_member_that_lies_about_its_size_is_found(members: dict[str, bytes], tmp_path: Path) -> None:
    path = _stored(tmp_path, members)
    data = bytearray(path.read_bytes())
    header = data.rindex(b"PK\x01\x02", 0, data.rindex(TEXT.encode()))  # in the archive's directory, at its end
    data[header + 24 : header + 28] = struct.pack("<I", 1_000_000)
    path.write_bytes(data)
    assert [str(finding).partition(": ")[2] for finding in check_qdpx(path)] == [
        f"holds {len(members[TEXT])} bytes, not the 1,000,000 it states"
    ]


def test_a_damaged_member_is_found(members: dict[str, bytes], tmp_path: Path) -> None:
    path = _stored(tmp_path, members)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"Hello, can you", b"Hullo, can you"))
    assert any(TEXT in str(finding) and "cannot be unpacked" in str(finding) for finding in check_qdpx(path))


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x05\x06", bytes(100)])
def test_what_is_no_archive_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "no.qdpx"
    path.write_bytes(content)
    (finding,) = check_qdpx(path)
    assert "cannot be read as a ZIP archive" in str(finding)


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    assert len(check_qdpx(tmp_path / "missing.qdpx")) == 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 5_000), at=st.integers(0, 5_000), byte=st.integers(0, 255))
def test_no_damage_makes_the_checker_fail(
    members: dict[str, bytes], tmp_path: Path, cut: int, at: int, byte: int
) -> None:
    data = bytearray(_stored(tmp_path, members).read_bytes())
    data[at % len(data)] = byte
    (tmp_path / "damaged.qdpx").write_bytes(data[: len(data) - cut % 200])
    assert isinstance(check_qdpx(tmp_path / "damaged.qdpx"), list)


def _stored(folder: Path, members: dict[str, bytes]) -> Path:
    path = folder / "stored.qdpx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path
