"""From a coded file to the newest text and out again: what is imported follows edits, and goes out with the rest."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from coded_values import ALONE, MONEY, RENT, SAID
from coding_setup import agree, coded, corrected, text_of, transcribed  # noqa: F401 - fixtures
from writer import written

from storage.codes.texts import StudyVersion
from storage.exports.qdpx_check import check_qdpx
from storage.imports.coded_project import CodedProject
from storage.imports.reading import read_coded

Fieldcall = Callable[..., Any]


@pytest.fixture
def coded_file(
    transcribed: Callable[..., StudyVersion],  # noqa: F811
    coded: Callable[..., CodedProject],  # noqa: F811
    tmp_path: Path,
) -> Path:
    """A real project file in which C_031's transcript is coded."""
    version = transcribed("C_031")
    project = coded(version, (ALONE, "On my own, mostly."), (MONEY, "£20 – “for nothing”"))
    text = replace(project.sources[0], guid=version.guid, name="interview.txt", kind="text")
    codings = tuple(replace(coding, source_guid=text.guid) for coding in project.codings)
    project = replace(project, sources=(text,), codings=codings)
    path = tmp_path / "coded.qdpx"
    path.write_bytes(written(project))
    return path


def test_codings_of_a_real_file_follow_a_correction_or_are_flagged(
    at: Fieldcall,
    coded_file: Path,
    corrected: Callable[..., StudyVersion],  # noqa: F811
    text_of: Callable[..., Any],  # noqa: F811
) -> None:
    taken = at("codes", "import", coded_file)
    assert "New codings: 2 by Anna." in taken.out, taken.err
    assert at("codes", "follow", "C_031").status == 0
    newer = corrected("C_031", [(who, words.replace("How have you", "So how have you")) for who, words in SAID])
    followed = {row["code"]: row for row in at("codes", "follow", "c_031", "--json").json}
    words = text_of(newer).text
    assert [words[row["from"] : row["to"]] for row in followed.values()] == [row["quote"] for row in followed.values()]
    assert {row["standing"] for row in followed.values()} == {"kept"}
    corrected("C_031", [(who, words.replace("£20", "£25")) for who, words in SAID])
    said = at("codes", "follow", "C_031", "--json")
    standings = {row["code"]: (row["standing"], row["version"]) for row in said.json}
    assert (said.status, standings) == (1, {"Alone": ("kept", 3), "Money": ("flagged", 3)})
    assert "1 of 2 are flagged" in said.err


def test_the_codebook_goes_out_with_the_next_delivery(at: Fieldcall, coded_file: Path, study: Any) -> None:
    at("codes", "import", coded_file)
    assert at("deliver", "--format", "qdpx", "--format", "qdc").status == 0
    [folder] = [path for path in study.place(study.storage.deliveries).iterdir() if path.is_dir()]
    assert check_qdpx(folder / "study.qdpx") == []
    for name in ("study.qdpx", "codebook.qdc"):
        assert set(read_coded(folder / name).codes) == {ALONE, MONEY, RENT}


def test_who_takes_consent_back_is_not_followed(
    at: Fieldcall,
    coded_file: Path,
    agree: Callable[..., None],  # noqa: F811
) -> None:
    """Their words were shown here, though in no other answer."""
    at("codes", "import", coded_file)
    agree("C_031", interview=False, recording=False)
    assert (at("codes", "follow", "C_031", "--json").json, at("codes", "quotes", "--json").json) == ([], [])


def test_nobody_coded_is_told(at: Fieldcall, people: Any) -> None:
    said = at("codes", "follow", "C_001")
    assert (said.status, "Nothing of this participant is coded." in said.out) == (0, True)


def test_a_code_that_nobody_has_is_told_and_not_taken_for_somebody_without_codings(at: Fieldcall) -> None:
    said = at("codes", "follow", "C_013", "--json")
    assert (said.status, said.out) == (1, "")
    assert "C_013 is not a participant of this study; 'fieldcall participants list' shows" in said.err
