"""A transcript is edited, compared and approved at the command line; nothing that a person wrote is lost."""

import io
import os
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("transcribed")


def write(at: Any, file: Path) -> str:
    said = at("transcripts", "edit", "C_001", "--to", file)
    assert said.status == 0, said.err
    return file.read_text(encoding="utf-8")


def test_a_transcript_is_written_edited_and_taken_back(at: Any, tmp_path: Path) -> None:
    file = tmp_path / "edit.txt"
    text = write(at, file)
    assert "[1 00:00:00.000] INT_01: How are you?" in text
    assert file.stat().st_mode & 0o077 == 0
    file.write_text(text.replace("Um, I [unclear 00:00:02-00:00:04]", "Um, I went home."))
    said = at("transcripts", "edit", "C_001", "--take", file, "--as", "res_01")
    assert said.status == 0
    assert "C_001_06/20: version 2 (corrected). Edited by hand: 1 utterance changed." in said.out
    assert "approve C_001 --version 2" in said.out
    assert "C_001: Um, I (0.7) went home." in at("transcripts", "show", "C_001").out
    assert file.exists()


def test_every_version_can_be_listed_shown_and_compared(at: Any, tmp_path: Path) -> None:
    file = tmp_path / "edit.txt"
    text = write(at, file)
    file.write_text(text.replace("C_001: Um, I", "INT_01: Um, you").replace("How are you?", "[delete]"))
    at("transcripts", "edit", "C_001", "--take", file, "--as", "RES_01")
    rows = at("transcripts", "versions", "C_001", "--json").json
    assert [(r["version"], r["kind"], r["by"], r["approved_by"]) for r in rows] == [
        (1, "machine", "openai-whisper", ""),
        (2, "corrected", "RES_01", ""),
    ]
    assert len({r["guid"] for r in rows}) == 2
    assert rows[1]["last_note"] == "Edited by hand: 1 utterance changed, 1 utterance taken out."
    assert "openai-whisper" in at("transcripts", "versions", "C_001").out
    assert "How are you?" in at("transcripts", "show", "C_001", "--version", 1).out
    assert "version 1: machine transcript" in at("transcripts", "show", "C_001", "--version", 1).out
    assert "How are you?" not in at("transcripts", "show", "C_001", "--version", 2).out
    out = at("transcripts", "diff", "C_001").out
    assert "[-How are you?-]" in out and "C_001 → INT_01" in out and "Um, [-I-] {+you+} [unclear" in out
    assert at("transcripts", "diff", "C_001", "--from", 1, "--to", 2, "--json").json == [
        {"start_ms": 0, "before": {"speaker": "INT_01", "text": "How are you?"}, "after": []},
        {
            "start_ms": 1_000,
            "before": {"speaker": "C_001", "text": "Um, I [unclear 00:00:02-00:00:04]"},
            "after": [{"start_ms": 1_000, "speaker": "INT_01", "text": "Um, you [unclear 00:00:02-00:00:04]"}],
        },
    ]
    assert "have the same words" in at("transcripts", "diff", "C_001", "--from", 2).out
    said = at("transcripts", "show", "C_001", "--version", 3)
    assert (said.status, "there is no version 3" in said.err) == (1, True)


def test_who_approves_names_the_version_that_was_read(at: Any, tmp_path: Path) -> None:
    file = tmp_path / "edit.txt"
    file.write_text(write(at, file).replace("How are", "Who are"))
    at("transcripts", "edit", "C_001", "--take", file)
    said = at("transcripts", "approve", "C_001", "--version", 1)
    assert (said.status, "version 2 is to be approved, not 1" in said.err) == (1, True)
    said = at("transcripts", "approve", "C_001", "--version", 2, "--as", "RES_02")
    assert (said.status, said.out.strip()) == (0, "C_001: version 2 (corrected) is checked.")
    assert at("transcripts", "versions", "C_001", "--json").json[1]["approved_by"] == "RES_02"


def test_an_earlier_text_comes_back_as_a_new_version(at: Any, tmp_path: Path) -> None:
    file = tmp_path / "edit.txt"
    file.write_text(write(at, file).replace("How are you?", "[delete]"))
    at("transcripts", "edit", "C_001", "--take", file)
    said = at("transcripts", "revert", "C_001", "--to", 1, "--as", "res_01")
    assert "C_001_2020-06: version 3 (corrected) has the text of version 1 again." in said.out
    assert "approve C_001 --version 3" in said.out
    assert "How are you?" in at("transcripts", "show", "C_001").out
    said = at("transcripts", "revert", "C_001", "--to", 9)
    assert (said.status, said.out) == (1, "") and "has versions 1 to 3" in said.err


@pytest.mark.parametrize("command", ["show", "versions", "diff"])
def test_a_label_of_another_month_is_no_interview(at: Any, command: str) -> None:
    assert at("transcripts", command, "c_001_06/20").status == 0
    said = at("transcripts", command, "C_001_05/20")
    assert said.status == 1
    assert "C_001_05/20 is no interview with a transcript; that of C_001 is C_001_06/20." in said.err


def test_a_slip_is_told_by_its_line_and_stores_nothing(at: Any, tmp_path: Path) -> None:
    file = tmp_path / "edit.txt"
    broken = write(at, file).replace("[2 00:00:01.000]", "[2 00:00:09.000]")
    file.write_text(broken)
    said = at("transcripts", "edit", "C_001", "--take", file)
    line = broken.split("\n").index(next(each for each in broken.split("\n") if each.startswith("[2 "))) + 1
    assert said.status == 1
    assert f"line {line}: the mark was [2 00:00:01.000]; write it so again" in said.err
    assert file.read_text() == broken
    assert len(at("transcripts", "versions", "C_001", "--json").json) == 1


def test_the_second_of_two_is_told_what_to_do_and_keeps_their_file(at: Any, tmp_path: Path) -> None:
    one, other = tmp_path / "one.txt", tmp_path / "other.txt"
    one.write_text(write(at, one).replace("How are", "Who are"))
    other.write_text(mine := write(at, other).replace("Um, I", "I"))
    assert at("transcripts", "edit", "C_001", "--take", one, "--as", "RES_01").status == 0
    said = at("transcripts", "edit", "C_001", "--take", other, "--as", "RES_02")
    assert said.status == 1
    assert "RES_01 has made version 2 since" in said.err and "diff C_001 --from 1" in said.err
    assert other.read_text() == mine
    assert "Who are" in at("transcripts", "diff", "C_001", "--from", 1, "--json").out


def test_nothing_is_written_over_and_wrong_usage_is_told(at: Any, tmp_path: Path) -> None:
    file = tmp_path / "edit.txt"
    file.write_text("mine")
    said = at("transcripts", "edit", "C_001", "--to", file)
    assert (said.status, "is there already" in said.err, file.read_text()) == (1, True, "mine")
    said = at("transcripts", "edit", "C_001", "--take", tmp_path / "none.txt")
    assert (said.status, "cannot be read: No such file" in said.err) == (1, True)
    assert at("transcripts", "edit", "C_001", "--to", file, "--take", file).status == 2
    assert at("transcripts", "edit", "C_001").status == 2
    assert at("transcripts", "edit", "C_001", "--to", tmp_path / "new", "--as", "Margaret Smith").status == 2
    said = at("transcripts", "edit", "C_001", "--to", tmp_path / "new", "--transcript", "C_001_2020-07")
    assert (said.status, "C_001 has these transcripts: C_001_2020-06." in said.err) == (1, True)


def test_a_transcript_of_who_withdrew_is_neither_written_nor_taken(at: Any, tmp_path: Path) -> None:
    file = tmp_path / "edit.txt"
    write(at, file)
    at("participants", "withdraw", "C_001")
    for command in (("edit", "C_001", "--to", tmp_path / "b"), ("edit", "C_001", "--take", file), ("diff", "C_001")):
        said = at("transcripts", *command)
        assert (said.status, said.out) == (1, "")
    assert not (tmp_path / "b").exists()


# --- in an editor --------------------------------------------------------------------------------------------------


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def editor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Sets the editor to one that carries out a sed script on the file."""
    monkeypatch.setattr("sys.stdin", _Terminal())
    monkeypatch.delenv("VISUAL", raising=False)

    def edits(script: str) -> None:
        program = tmp_path / "editor"
        program.write_text(f"#!/bin/sh\nsed -i '{script}' \"$1\"\n")
        program.chmod(0o700)
        monkeypatch.setenv("EDITOR", os.fspath(program))

    return edits


def test_an_editor_opens_the_text_and_closing_it_makes_the_version(at: Any, editor: Any, study: Any) -> None:
    editor("s/How are/Who are/")
    said = at("transcripts", "edit", "C_001")
    assert "version 2 (corrected)" in said.out
    assert list((study.folder / "data" / "edits").iterdir()) == []
    editor("s/nothing/nothing/")
    assert "nothing was changed" in at("transcripts", "edit", "C_001").out
    assert len(at("transcripts", "versions", "C_001", "--json").json) == 2


def test_a_text_that_cannot_be_taken_is_kept_and_gone_on_with(at: Any, editor: Any, study: Any) -> None:
    editor("s/How are/Who are/; s/^.1 00:00:00.000./[1]/")
    said = at("transcripts", "edit", "C_001")
    file = study.folder / "data" / "edits" / "C_001_2020-06.txt"
    assert said.status == 1
    assert "the mark is not as it was" in said.err and str(file) in said.err
    assert "[1] INT_01: Who are you?" in file.read_text()
    editor("s/^.1./[1 00:00:00.000]/")
    said = at("transcripts", "edit", "C_001")
    assert (said.status, "goes on with the text" in said.out, file.exists()) == (0, True, False)
    assert "Who are you?" in at("transcripts", "show", "C_001").out


def test_an_editor_that_fails_takes_nothing(at: Any, editor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "false")
    said = at("transcripts", "edit", "C_001")
    assert (said.status, "The editor did not end well" in said.err) == (1, True)
