"""The pack for an archive at the command line: only what was agreed to and approved, and whether it is still whole."""

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("transcribed")


@pytest.fixture
def ready(transcribed: None, at: Any) -> None:
    """C_001 has agreed to archiving, and their text without names is approved."""
    for command in (
        ("participants", "consent", "C_001", "--sheet", "v1", "--recording", "--archive"),
        ("transcripts", "pseudonymise", "C_001"),
        ("transcripts", "approve", "C_001"),
    ):
        said = at(*command)
        assert said.status == 0, said.err


@pytest.mark.usefixtures("ready")
def test_a_deposit_is_written_and_found_whole_until_it_is_altered(at: Any, tmp_path: Path) -> None:
    said = at("deposit", "--to", tmp_path / "for the archive")
    assert said.status == 0, said.err
    (folder,) = (path for path in (tmp_path / "for the archive").iterdir() if path.is_dir())
    assert f"1 transcript in {folder}" in said.out
    assert at("deposit", "--check", folder).out == f"{folder} is whole and as it should be.\n"
    (folder / "method_note.txt").write_text("Other words.")
    said = at("deposit", "--check", folder)
    assert (said.status, said.out) == (1, "") and "method_note.txt is not as it was written" in said.err


def test_without_consent_to_archive_there_is_nothing_to_deposit(at: Any, study: Any) -> None:
    said = at("deposit")
    assert said.status == 1
    assert "There is nothing to deposit." in said.out
    assert "C_001 is not in the deposit: the newest consent does not allow archiving" in said.err
    assert not study.place("deposits").exists()


@pytest.mark.usefixtures("ready")
def test_a_code_that_is_nobodys_is_told_and_nothing_is_written(at: Any, study: Any) -> None:
    said = at("deposit", "--unapproved", "c_999")
    assert (said.status, said.out) == (1, "")
    assert "C_999 of --unapproved is not among those that are handed over" in said.err
    assert not study.place("deposits").exists()


@pytest.mark.parametrize("more", [("--to", "elsewhere"), ("--unapproved", "C_001")])
def test_looking_is_not_mixed_with_writing(at: Any, tmp_path: Path, more: tuple[str, str]) -> None:
    said = at("deposit", "--check", tmp_path, *more)
    assert said.status == 2
    assert "give it without --to and --unapproved" in said.err
