"""The codebook in both kinds of file: every code once, inside the code it belongs to, in a form that is valid."""

import io
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from storage.exports.codebook import NO_NAME, codebook_remarks, valid_codes
from storage.exports.contents import Contents
from storage.exports.qdc import why_no_codes, write_qdc
from storage.exports.qdc_check import check_qdc
from storage.exports.qdpx import write_qdpx
from storage.exports.qdpx_check import check_qdpx
from storage.imports.coded_project import CodedProject, ProjectCode
from storage.imports.reading import read_coded

Make = Callable[..., Contents]


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


CODES = (
    ProjectCode(guid(901), "Isolation", description="Being alone\nor feeling so", color="#a1b2c3"),
    ProjectCode(guid(902), "Shielding & fear", parent_guid=guid(901), color="#ABC"),
    ProjectCode(guid(903), "Getting through", is_codable=False),
    ProjectCode(guid(904), "Neighbours “help”", parent_guid=guid(903), color="#11223380"),
    ProjectCode(guid(905), "Loss", parent_guid=guid(902)),
)


def test_a_codebook_file_is_as_agreed(contents: Make, golden: Callable[[str], bytes]) -> None:
    assert _qdc(contents(codebook=CODES)) == golden("codebook.qdc")


def test_the_project_has_the_same_codes_before_its_variables(contents: Make, tmp_path: Path) -> None:
    path = tmp_path / "study.qdpx"
    with path.open("wb") as file:
        write_qdpx(contents(codebook=CODES), file)
    root = etree.fromstring(zipfile.ZipFile(path).read("project.qde"))
    assert [etree.QName(part).localname for part in root][:3] == ["Users", "CodeBook", "Variables"]
    assert _tree(root) == _tree(etree.fromstring(_qdc(contents(codebook=CODES))))
    assert check_qdpx(path) == []


def test_a_study_without_codes_has_no_codebook_and_says_why(contents: Make) -> None:
    file = io.BytesIO()
    write_qdpx(contents(), file)
    assert b"CodeBook" not in zipfile.ZipFile(file).read("project.qde")
    assert why_no_codes(contents()).startswith("the study has no codes yet")
    assert why_no_codes(contents(codebook=CODES)) == ""


def test_codes_whose_parent_is_not_there_stand_at_the_top_and_that_is_said(contents: Make) -> None:
    orphan = ProjectCode(guid(906), "Money", parent_guid=guid(999))
    assert _tree(etree.fromstring(_qdc(contents(codebook=(orphan, *CODES))))) == [
        ("Money", []),
        ("Isolation", [("Shielding & fear", [("Loss", [])])]),
        ("Getting through", [("Neighbours “help”", [])]),
    ]
    (remark,) = codebook_remarks((orphan, *CODES))
    assert "'Money'" in remark and "stands at the top" in remark


def test_codes_that_belong_to_each_other_in_a_ring_are_all_written(contents: Make) -> None:
    ring = (
        ProjectCode(guid(911), "a", parent_guid=guid(913)),
        ProjectCode(guid(912), "b", parent_guid=guid(911)),
        ProjectCode(guid(913), "c", parent_guid=guid(912)),
        ProjectCode(guid(914), "d", parent_guid=guid(914)),
    )
    assert _tree(etree.fromstring(_qdc(contents(codebook=ring)))) == [("a", [("b", [("c", [])])]), ("d", [])]
    assert len(codebook_remarks(ring)) == 2


def test_what_the_standard_cannot_carry_is_made_valid_and_said() -> None:
    odd = (
        ProjectCode(guid(921), " two\r\nlines ", color="red", description="null\x00\r\nin it"),
        ProjectCode(guid(922), "\x00", color="rgb(1,2,3)"),
        ProjectCode(guid(923), "\n"),
    )
    assert [(code.name, code.color, code.description) for code in valid_codes(odd)] == [
        ("two lines", "", "null\ufffd\nin it"),
        ("\ufffd", "", ""),
        (NO_NAME, "", ""),
    ]
    assert len(codebook_remarks(odd)) == 6
    assert codebook_remarks(CODES) == ()


def test_colours_are_six_digits_or_none() -> None:
    colours = ["#A1B2C3", "#abc", "#abcd", "#a1b2c3ff", " #a1b2c3 ", "a1b2c3", "#12345", "#1234567", "#ggg", ""]
    made = valid_codes([ProjectCode(guid(number), "x", color=color) for number, color in enumerate(colours)])
    assert [code.color for code in made] == ["#a1b2c3", "#aabbcc", "#aabbcc", "#a1b2c3", "#a1b2c3", *[""] * 5]


@st.composite
def any_codebook(draw: st.DrawFn) -> tuple[ProjectCode, ...]:
    """Codes with any parent, text and colour that a database or another program may give them."""
    guids = draw(st.lists(st.uuids().map(str), min_size=1, max_size=9, unique=True))
    parent = st.sampled_from([*guids, "", guid(999)])
    code = st.builds(ProjectCode, st.just(""), st.text(), parent, st.text(), st.text("#0123abf", max_size=9))
    return tuple(
        ProjectCode(one, c.name, c.parent_guid, c.description, c.color, draw(st.booleans()))
        for one, c in ((one, draw(code)) for one in guids)
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(codebook=any_codebook())
def test_any_codebook_makes_a_project_that_conforms_with_every_code_once(
    contents: Make, codebook: tuple[ProjectCode, ...], tmp_path: Path
) -> None:
    path = tmp_path / "study.qdpx"
    with path.open("wb") as file:
        write_qdpx(contents(codebook=codebook), file)
    assert check_qdpx(path) == []
    alone = tmp_path / "codebook.qdc"
    alone.write_bytes(_qdc(contents(codebook=codebook)))
    assert check_qdc(alone) == []
    root = etree.fromstring(alone.read_bytes())
    written = {code.get("guid"): code for code in root.iter("{*}Code")}
    assert len(list(root.iter("{*}Code"))) == len(written) == len(codebook)
    for code in valid_codes(codebook):
        one = written[code.guid]
        assert (one.get("name"), one.findtext("{*}Description", "")) == (code.name, code.description)
        assert (one.get("color", ""), one.get("isCodable")) == (code.color, str(code.is_codable).lower())
        above = one.getparent()
        assert above is not None
        assert above.get("guid", "") == code.parent_guid


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_codebook_is_read_back_from_both_kinds_of_file_as_it_was(
    contents: Make, codebooks: st.SearchStrategy[tuple[ProjectCode, ...]], data: st.DataObject, tmp_path: Path
) -> None:
    codebook = data.draw(codebooks.filter(bool))
    assert codebook_remarks(codebook) == ()
    for found in _read_back(contents(codebook=codebook), tmp_path):
        assert found.codes == codebook
        assert found.losses == ()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(codebook=any_codebook())
def test_whatever_is_in_a_codebook_it_is_read_back_as_the_standard_can_carry_it(
    contents: Make, codebook: tuple[ProjectCode, ...], tmp_path: Path
) -> None:
    carried = valid_codes(codebook)
    for found in _read_back(contents(codebook=codebook), tmp_path):
        assert sorted(found.codes, key=_guid) == sorted(carried, key=_guid)
        for parent in ("", *(code.guid for code in carried)):
            assert _children(found.codes, parent) == _children(carried, parent)
        assert found.losses == ()


def _read_back(made: Contents, folder: Path) -> list[CodedProject]:
    """What the reader finds in a project and in a codebook of the same contents."""
    for name, write in (("study.qdpx", write_qdpx), ("codebook.qdc", write_qdc)):
        with (folder / name).open("wb") as file:
            write(made, file)
    return [read_coded(folder / "study.qdpx"), read_coded(folder / "codebook.qdc")]


def _guid(code: ProjectCode) -> str:
    return code.guid


def _children(codes: Iterable[ProjectCode], parent: str) -> list[str]:
    """The codes right below one, in their order."""
    return [code.guid for code in codes if code.parent_guid == parent]


def _qdc(made: Contents) -> bytes:
    file = io.BytesIO()
    write_qdc(made, file)
    return file.getvalue()


def _tree(root: etree._Element) -> list[tuple[str | None, list[object]]]:
    """Names of codes with those of the codes inside them."""

    def of(codes: Iterable[etree._Element]) -> list[tuple[str | None, list[object]]]:
        return [(code.get("name"), list(of(code.iterchildren("{*}Code")))) for code in codes]

    (top,) = root.iter("{*}Codes")
    return of(top)
