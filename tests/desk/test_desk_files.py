"""Files and folders that a person names and that cannot be had: told by name, with what there is all the same."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desk import runs
from flows.outcomes import Outcome, Summary

Fieldcall = Callable[..., Any]


@pytest.fixture
def blocked(tmp_path: Path) -> Path:
    """A place below a file, where nothing can be written."""
    (tmp_path / "file").write_text("not a folder")
    return tmp_path / "file" / "below"


@pytest.mark.usefixtures("transcribed")
def test_a_text_to_be_edited_that_cannot_be_written_is_told(at: Fieldcall, blocked: Path) -> None:
    said = at("transcripts", "edit", "C_001", "--to", blocked)
    assert (said.status, said.err) == (1, "below cannot be written: File exists. Name another file.\n")


@pytest.mark.usefixtures("people")
def test_a_mail_that_cannot_be_written_is_told(at: Fieldcall, blocked: Path) -> None:
    said = at("mail", "preview", "reminder", "--to", blocked)
    assert (said.status, said.err) == (1, "below cannot be written: File exists. Name another file.\n")


class TestCopyOfADelivery:
    @pytest.fixture
    def delivery(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """What was delivered; C_002, asked for by name, is left out."""
        folder = tmp_path / "deliveries" / "2020-06-10T120000"
        folder.mkdir(parents=True)
        (folder / "README.txt").write_text("what is in it")
        left_out = Outcome("C_002", "failed", "has no transcript")
        summary = Summary("1 file delivered", failed=True, outcomes=(left_out,), folder=folder)
        monkeypatch.setattr(runs, "tell_of_flow", lambda *_: summary)
        return folder

    def test_it_is_made_though_somebody_is_left_out(self, at: Fieldcall, delivery: Path, tmp_path: Path) -> None:
        said = at("deliver", "C_001", "C_002", "--to", tmp_path / "team")
        copy = tmp_path / "team" / delivery.name
        assert (said.status, said.out) == (1, f"It is in {delivery}\nCopied to {copy}\n")
        assert [path.name for path in copy.iterdir()] == ["README.txt"]

    def test_where_it_cannot_be_made_the_delivery_is_whole_and_its_place_is_told(
        self, at: Fieldcall, delivery: Path, blocked: Path
    ) -> None:
        said = at("deliver", "C_001", "--to", blocked)
        assert (said.status, said.out) == (1, f"It is in {delivery}\n")
        assert "The delivery is whole where it is, but could not be copied" in said.err

    def test_what_a_killed_one_left_is_cleared_by_the_next(self, at: Fieldcall, delivery: Path, tmp_path: Path) -> None:
        half = tmp_path / "team" / ".2020-06-10T211530.0a1b2c3d.fieldcall-part"
        half.mkdir(parents=True)
        (half / "README.txt").write_text("what")
        at("deliver", "C_001", "--to", tmp_path / "team")
        assert [path.name for path in (tmp_path / "team").iterdir()] == [delivery.name]

    def test_one_that_is_broken_off_leaves_nothing(
        self, at: Fieldcall, delivery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken_off(source: Path, target: Path, **_options: bool) -> None:
            (target / "README.txt").write_text("what")
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(shutil, "copytree", broken_off)
        said = at("deliver", "C_001", "--to", tmp_path / "team")
        assert (said.status, "No space left on device" in said.err) == (1, True)
        assert list((tmp_path / "team").iterdir()) == []
