"""The README tells what is there, what is not and why, and what each program makes of it: codes only."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storage.exports.contents import Contents, Person
from storage.exports.fingerprint import delivery_guid
from storage.exports.formats import FORMATS
from storage.exports.media import with_sounds
from storage.exports.readme import write_readme
from storage.imports.coded_project import ProjectCode
from storage.vault import Vault

Make = Callable[..., Contents]


def readme(contents: Contents, *formats: str) -> str:
    file = io.BytesIO()
    write_readme(contents, formats or FORMATS, file)
    return file.getvalue().decode()


def test_it_is_as_agreed(contents: Make, golden: Callable[[str], bytes]) -> None:
    told = {
        "left_out": (("C_032", "Recording ab is missing from the vault. Restore it from a backup."),),
        "remarks": (("codebook.qdc", "not written, because the study has no codes yet"),),
    }
    assert readme(contents(**told), "docx", "qdpx").encode() == golden("README.txt")


def test_only_the_files_of_the_delivery_are_explained(contents: Make) -> None:
    told = readme(contents(), "txt")
    assert "*.txt" in told
    for absent in ("study.qdpx", "codebook.qdc", "*.docx", "consent to quotation", "Left out"):
        assert absent not in told
    assert "Opening codebook.qdc" in readme(contents(), "qdc")


def test_where_names_were_taken_out_it_says_that_voices_still_tell_them(
    contents: Make, document: Callable[..., object]
) -> None:
    warning = "Names were taken out of texts, not out of recordings"
    pseudonymised = contents(documents=(document(version_kind="pseudonymised"),))
    assert warning in readme(pseudonymised, "qdpx")
    assert warning not in readme(contents(), "qdpx")
    assert warning not in readme(contents(documents=pseudonymised.documents, sounds={}), "qdpx")


def test_a_long_reason_is_a_paragraph_and_never_more_than_one(contents: Make) -> None:
    told = readme(contents(left_out=(("C_001", "word " * 60 + "\nFiles\r\n  *.exe"),)))
    assert told.count("\nFiles\n") == 1
    assert max(map(len, told.splitlines())) < 130


@pytest.mark.parametrize(
    "other",
    [
        {"codebook": (ProjectCode("00000000-0000-4000-8000-000000000901", "Isolation"),)},
        {"left_out": (("C_032", "no"),)},
        {"remarks": (("C_031", "large"),)},
        {"people": (Person("C_031", "00000000-0000-4000-8000-000000000002", "client", quotation=True),)},
        {"sounds": {}},
    ],
)
def test_whatever_the_files_say_makes_another_delivery(contents: Make, other: dict[str, Any]) -> None:
    usual = delivery_guid(contents(), ["qdpx"], 0)
    assert delivery_guid(contents(), ["qdpx"], 0) == usual
    assert delivery_guid(contents(**other), ["qdpx"], 0) != usual


@pytest.mark.parametrize("size", [100, 101])
def test_the_size_rule_is_kept_to_the_byte(
    contents: Make, document: Callable[..., object], tmp_path: Path, size: int
) -> None:
    (tmp_path / "a.m4a").write_bytes(bytes(size))
    vault = Vault(tmp_path / "vault")
    stored = vault.store(tmp_path / "a.m4a", ".m4a")
    made = contents(documents=(document(recording_sha256=stored.sha256, recording_size=size),), sounds={})
    sounds = with_sounds(made, vault, lambda: None, largest=100)
    assert [sound.is_internal for sound in sounds.sounds.values()] == [size == 100]
    assert len(sounds.remarks) == (size == 101)
    assert ("C_031: its recording is larger than the 100 bytes" in readme(sounds, "qdpx")) == (size == 101)
