"""A project that went out comes back as it was: no field differs, nothing is lost."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.outgoing import as_read_back
from storage.exports.contents import Contents, Person
from storage.exports.document import Document
from storage.exports.qdpx import write_qdpx
from storage.files import write_with
from storage.imports.coded_project import (
    CodedProject,
    Loss,
)
from storage.imports.reading import read_coded
from storage.transcripts import InterviewTranscript, Spoken

Make = Callable[..., Contents]
Transcripts = Callable[..., InterviewTranscript]

TITLES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12).map(str.strip)
GROUPS = st.sampled_from(["client", "link_worker", "manager", "Straße & “quotes” £ 🙂", "مدير", "e\u0301quipe"])


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_was_said_comes_back_field_by_field(
    data: st.DataObject,
    contents: Make,
    transcript: Transcripts,
    anything_said: st.SearchStrategy[tuple[Spoken, ...]],
    tmp_path: Path,
) -> None:
    made = data.draw(_anything(contents, transcript, anything_said))
    back = _read_back(made, tmp_path)
    assert back == as_read_back(made)


def test_a_recording_over_the_size_rule_comes_back_as_one_that_was_not_looked_at(
    contents: Make, tmp_path: Path
) -> None:
    back = _read_back(contents(is_internal=False), tmp_path)
    assert [(source.path, source.sha256) for source in back.sources] == [
        ("relative:///00000000-0000-4000-8000-000000000003.m4a", "")
    ]
    assert back.losses == (Loss("files outside the project", "were not looked at: known by path alone"),)


@pytest.mark.parametrize("people", [(), (Person("C_031", "00000000-0000-4000-8000-000000000002", "client"),)])
def test_a_project_without_sound_recordings_comes_back_without_sources(
    contents: Make, people: tuple[Person, ...], tmp_path: Path
) -> None:
    back = _read_back(contents(sounds={}, people=people), tmp_path)
    assert (back.sources, len(back.cases), back.losses) == ((), len(people), ())


@st.composite
def _anything(
    draw: st.DrawFn,
    contents: Make,
    transcript: Transcripts,
    anything_said: st.SearchStrategy[tuple[Spoken, ...]],
) -> Contents:
    """Up to three recordings of two people, of any words, any title, any group."""
    documents = []
    for number in range(draw(st.integers(0, 3))):
        code = draw(st.sampled_from(["C_031", "M_05"]))
        made = transcript(
            code=code,
            group=draw(GROUPS),
            recording_guid=f"00000000-0000-4000-8000-0000000003{number:02}",
            version_guid=f"00000000-0000-4000-8000-0000000004{number:02}",
            has_video=draw(st.booleans()),
            recording_suffix=draw(st.sampled_from([".mp4", ".mkv"])),
            utterances=draw(anything_said),
            mode=draw(st.sampled_from(["phone", "video"])),
            made_at=transcript().made_at + timedelta(seconds=draw(st.integers(0, 10**8))),
        )
        documents.append(Document(made, f"{code}_2020-06_{number}"))
    people = (
        Person("C_031", "00000000-0000-4000-8000-000000000002", draw(GROUPS)),
        Person("M_05", "00000000-0000-4000-8000-000000000009", draw(GROUPS)),
    )
    if documents:
        return contents(title=draw(TITLES), people=people, documents=tuple(documents))
    return contents(title=draw(TITLES), people=people, sounds={})


def _read_back(made: Contents, folder: Path) -> CodedProject:
    path = folder / "study.qdpx"
    write_with(path, lambda file: write_qdpx(made, file))
    return read_coded(path)
