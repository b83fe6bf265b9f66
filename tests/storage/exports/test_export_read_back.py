"""A project that went out comes back as it was: no field differs, nothing is lost.

What must come back is told from the contents alone, and by means other than those of the writer.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.outgoing import as_read_back
from storage.exports.contents import Contents, Person, Sound
from storage.exports.document import Document
from storage.exports.qdpx import write_qdpx
from storage.exports.turns import plain_text
from storage.files import write_with
from storage.imports.coded_project import (
    CodedProject,
    Loss,
    ProjectCode,
)
from storage.imports.reading import read_coded
from storage.transcripts.transcript import InterviewTranscript, Spoken

Make = Callable[..., Contents]
Transcripts = Callable[..., InterviewTranscript]
Codebooks = st.SearchStrategy[tuple[ProjectCode, ...]]

TITLES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12).map(str.strip)
GROUPS = st.sampled_from(["client", "link_worker", "manager", "Straße & “quotes” £ 🙂", "مدير", "e\u0301quipe"])
WHO = {
    "C_031": "00000000-0000-4000-8000-000000000002",
    "M_05": "00000000-0000-4000-8000-000000000009",
    "M_06": "00000000-0000-4000-8000-000000000010",
}


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_was_said_comes_back_field_by_field(
    data: st.DataObject,
    contents: Make,
    transcript: Transcripts,
    anything_said: st.SearchStrategy[tuple[Spoken, ...]],
    codebooks: Codebooks,
    tmp_path: Path,
) -> None:
    documents = data.draw(_documents(transcript, anything_said))
    made = contents(
        title=data.draw(TITLES),
        documents=documents,
        people=data.draw(_people()),
        codebook=data.draw(codebooks),
    )
    made = replace(made, sounds=data.draw(_sounds(made)))
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


@pytest.mark.parametrize("people", [(), (Person("C_031", WHO["C_031"], "client"),)])
def test_a_text_without_its_recording_comes_back_as_a_source_of_its_own(
    contents: Make, people: tuple[Person, ...], tmp_path: Path
) -> None:
    back = _read_back(contents(sounds={}, people=people), tmp_path)
    guid = "00000000-0000-4000-8000-000000000005"
    assert [(source.guid, source.kind, source.texts[0].sync_points) for source in back.sources] == [(guid, "text", ())]
    assert back.sources[0].texts[0].text == plain_text(contents().documents[0].transcript).text
    assert [case.source_guids for case in back.cases] == [(guid,)] * len(people)
    assert back.losses == ()


def test_what_a_participant_agreed_to_comes_back_on_their_case_and_on_their_recording(
    contents: Make, tmp_path: Path
) -> None:
    back = _read_back(contents(people=(Person("C_031", WHO["C_031"], "client", archive=True),)), tmp_path)
    agreed = {("consent to quotation", "no"), ("consent to archive", "yes"), ("consent to re-contact", "no")}
    assert agreed < set(back.cases[0].attributes)
    assert back.cases[0].attributes == back.sources[0].attributes


@st.composite
def _documents(
    draw: st.DrawFn, transcript: Transcripts, anything_said: st.SearchStrategy[tuple[Spoken, ...]]
) -> tuple[Document, ...]:
    """Up to three recordings of two people, of any words, each in one version or two."""
    documents = []
    for number in range(draw(st.integers(1, 3))):
        code = draw(st.sampled_from(["C_031", "M_05"]))
        recorded = {
            "code": code,
            "group": draw(GROUPS),
            "recording_guid": f"00000000-0000-4000-8000-0000000003{number:02}",
            "has_video": draw(st.booleans()),
            "recording_suffix": draw(st.sampled_from([".mp4", ".mkv"])),
            "interviewer_code": draw(st.sampled_from(["INT_01", "INT_02", "A\u00e9"])),
            "mode": draw(st.sampled_from(["phone", "video"])),
        }
        for version in range(1, draw(st.integers(2, 3))):
            guid = f"00000000-0000-4000-8000-00000000{version}4{number:02}"
            made = transcript(
                **recorded,
                version_guid=guid,
                version_number=version,
                version_kind=["machine", "corrected"][version - 1],
                utterances=_of_version(draw(anything_said), guid),
                made_at=transcript().made_at + timedelta(seconds=draw(st.integers(0, 10**8))),
            )
            documents.append(Document(made, f"{code}_2020-06_{number}"))
    return tuple(documents)


def _of_version(said: tuple[Spoken, ...], version_guid: str) -> tuple[Spoken, ...]:
    """No two versions share the GUID of an utterance."""
    return tuple(replace(each, guid=str(uuid5(UUID(version_guid), each.guid))) for each in said)


@st.composite
def _people(draw: st.DrawFn) -> tuple[Person, ...]:
    """Some of those who spoke, and somebody of whom there is no transcript, with whatever they agreed to."""
    codes = draw(st.lists(st.sampled_from(sorted(WHO)), unique=True))
    return tuple(Person(code, WHO[code], draw(GROUPS), *(draw(st.booleans()) for _ in range(3))) for code in codes)


@st.composite
def _sounds(draw: st.DrawFn, made: Contents) -> dict[str, Sound]:
    """Each recording inside the project, beside it, or damaged and so left out."""
    chosen = {guid: draw(st.sampled_from(["inside", "beside", "left out"])) for guid in made.sounds}
    return {
        guid: Sound(sound.path, chosen[guid] == "inside")
        for guid, sound in made.sounds.items()
        if chosen[guid] != "left out"
    }


def _read_back(made: Contents, folder: Path) -> CodedProject:
    path = folder / "study.qdpx"
    write_with(path, lambda file: write_qdpx(made, file))
    return read_coded(path)
