"""The checker of codebooks finds every fault that is planted, and never fails on a hostile file."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.exports.checks.archive import Limits
from storage.exports.checks.findings import Finding
from storage.exports.contents import Contents
from storage.exports.qdc import write_qdc
from storage.exports.qdc_check import check_qdc
from storage.imports.coded_project import ProjectCode

Check = Callable[..., list[Finding]]


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


CODES = (
    ProjectCode(guid(901), "Isolation", color="#a1b2c3", description="Being alone"),
    ProjectCode(guid(902), "Shielding", parent_guid=guid(901), is_codable=False),
)
SETS = f'<Sets><Set guid="{guid(910)}" name="s"><MemberCode guid="{guid(902)}"/></Set></Sets></CodeBook>'


@pytest.fixture
def codebook(contents: Callable[..., Contents]) -> bytes:
    """A codebook that conforms."""
    file = io.BytesIO()
    write_qdc(contents(codebook=CODES), file)
    return file.getvalue()


@pytest.fixture
def check(codebook: bytes, tmp_path: Path) -> Check:
    """Check the codebook with one thing in it replaced."""

    def checked(old: str = "", new: str = "", **other: bytes) -> list[Finding]:
        assert old in codebook.decode()
        path = tmp_path / "codebook.qdc"
        path.write_bytes(other.get("content", codebook.decode().replace(old, new, 1).encode()))
        return check_qdc(path)

    return checked


def test_a_codebook_of_our_own_conforms(check: Check) -> None:
    assert check() == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</CodeBook>", SETS),
        (guid(901), f"{{{guid(901).upper()}}}"),
        (' color="#a1b2c3"', ' color="#ABC"'),
        ("<CodeBook ", '<CodeBook xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
         'xsi:schemaLocation="urn:QDA-XML:codebook:1.0 Codebook.xsd" '),
        ("\n", "\r\n"),
    ],
)  # fmt: skip
def test_what_the_standard_allows_is_no_fault(check: Check, old: str, new: str) -> None:
    assert check(old, new) == []


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("schema", "urn:QDA-XML:codebook:1.0", "urn:QDA-XML:project:1.0"),
        ("schema", "</CodeBook>", "<Sets/></CodeBook>"),
        ("schema", "</CodeBook>", SETS.replace("MemberCode guid", "MemberCode targetGUID")),
        ("schema", 'isCodable="true"', ""),
        ("schema", 'isCodable="true"', 'isCodable="perhaps"'),
        ("schema", ' name="Isolation"', ""),
        ("schema", "#a1b2c3", "#a1b2c3ff"),
        ("schema", "#a1b2c3", "red"),
        ("schema", guid(901), "1"),
        ("schema", "<Description>Being alone</Description>", "<Note>x</Note>"),
        ("guid-unique", guid(902), guid(901)),
        ("guid-unique", guid(902), f"{{{guid(901)}}}"),
        ("reference", "</CodeBook>", SETS.replace(guid(902), guid(99))),
        ("bom", "<?xml", "\ufeff<?xml"),
        ("encoding", "UTF-8", "latin-1"),
        ("doctype", "<CodeBook", '<!DOCTYPE x [<!ENTITY a "b">]><CodeBook'),
        ("well-formed", "</CodeBook>", ""),
    ],
)
def test_a_planted_fault_is_found(check: Check, rule: str, old: str, new: str) -> None:
    found = check(old, new)
    assert {finding.rule for finding in found} == {rule}, list(map(str, found))


def test_no_codes_at_all_are_a_fault(check: Check) -> None:
    found = check(content=b'<CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes/></CodeBook>')
    assert [finding.rule for finding in found] == ["schema"]


def test_a_project_under_the_name_of_a_codebook_is_told_to_be_one(check: Check) -> None:
    (finding,) = check(content=b"PK\x03\x04")
    assert "is a ZIP archive, as projects are" in str(finding)


def test_a_file_that_is_not_there_or_too_large_is_a_finding(codebook: bytes, tmp_path: Path) -> None:
    (finding,) = check_qdc(tmp_path / "missing.qdc")
    assert "No such file" in str(finding)
    (tmp_path / "large.qdc").write_bytes(codebook)
    assert check_qdc(tmp_path / "large.qdc", limits=Limits(xml=len(codebook))) == []
    assert [f.rule for f in check_qdc(tmp_path / "large.qdc", limits=Limits(xml=len(codebook) - 1))] == ["size"]


def test_every_truncation_is_found(check: Check, codebook: bytes) -> None:
    for length in range(len(codebook.rstrip())):
        assert check(content=codebook[:length]), length


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 2_000), piece=st.binary(max_size=6))
def test_no_damage_makes_the_checker_fail(check: Check, codebook: bytes, at: int, piece: bytes) -> None:
    at %= len(codebook)
    assert isinstance(check(content=codebook[:at] + piece + codebook[at + len(piece) :]), list)
