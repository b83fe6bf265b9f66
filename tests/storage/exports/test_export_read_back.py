"""A project that went out comes back as it was: no field differs, nothing is lost."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.exports.clean import clean
from storage.exports.contents import Contents, Person, Sound
from storage.exports.document import Document, heading
from storage.exports.identities import TEAM, VARIABLES, variable
from storage.exports.qdpx import write_qdpx
from storage.exports.turns import lines_of, plain_text
from storage.files import write_with
from storage.imports.coded_project import (
    CodedProject,
    Loss,
    ProjectCase,
    ProjectCoder,
    ProjectSource,
    ProjectText,
    ProjectVariable,
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
    assert back == _expected(made)


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


def _expected(made: Contents) -> CodedProject:
    """What must come back, told from the contents and not from the file."""
    team = made.guids[TEAM]
    documents = [d for d in made.documents if d.transcript.recording_guid in made.sounds]
    return CodedProject(
        name=clean(made.title),
        origin="Fieldcall",
        coders=(ProjectCoder(team, "Study team"),),
        sources=tuple(_source(made, document) for document in documents),
        cases=tuple(_case(person, documents) for person in made.people),
        variables=tuple(ProjectVariable(made.guids[variable(name)], name) for name in VARIABLES),
        creator_guid=team,
        created_at=made.made_at,
    )


def _source(made: Contents, document: Document) -> ProjectSource:
    t = document.transcript
    sound: Sound = made.sounds[t.recording_guid]
    return ProjectSource(
        guid=t.recording_guid,
        name=f"{document.name}{t.recording_suffix}",
        kind="video" if t.has_video else "audio",
        path=f"internal://{t.recording_guid}{t.recording_suffix}",
        sha256=sha256(sound.path.read_bytes()).hexdigest(),
        texts=(_text(document, made.guids[TEAM]),),
        description="\n".join(f"{name}: {value}" for name, value in heading(document)),
        attributes=tuple(_attributes(t).items()),
        coder_guid=made.guids[TEAM],
        created_at=t.starts_at,
    )


def _text(document: Document, team: str) -> ProjectText:
    t = document.transcript
    lines, text = lines_of(t), plain_text(t)
    end_ms = max([t.duration_ms, *(line.end_ms for line in lines)])
    return ProjectText(
        guid=t.version_guid,
        name=f"{document.name} v{t.version_number} {t.version_kind}",
        text=text.text,
        sync_points=(
            *((start, line.start_ms) for line, (start, _) in zip(lines, text.positions, strict=True)),
            (len(text.text), end_ms),
        ),
        sync_guids=(*(line.guid for line in lines), str(uuid5(UUID(t.version_guid), "end"))),
        description=document.status,
        coder_guid=team,
        created_at=t.made_at,
    )


def _attributes(t: InterviewTranscript) -> dict[str, str]:
    return {"group": t.group, "mode": t.mode, "month": "2020-06", "interviewer": t.interviewer_code}


def _case(person: Person, documents: list[Document]) -> ProjectCase:
    own = [document.transcript for document in documents if document.transcript.code == person.code]
    values = {name: ", ".join(sorted({_attributes(t)[name] for t in own})) for name in VARIABLES if own}
    values = {**values, "group": person.group}
    return ProjectCase(
        guid=person.guid,
        name=person.code,
        attributes=tuple((name, values[name]) for name in VARIABLES if name in values),
        source_guids=tuple(t.recording_guid for t in own),
    )
