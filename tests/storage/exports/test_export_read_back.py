"""A project that went out comes back as it was: no field differs, nothing is lost.

What must come back is told from the contents alone, and by means other than those of the writer.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
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
    ProjectCode,
    ProjectCoder,
    ProjectSource,
    ProjectText,
    ProjectVariable,
)
from storage.imports.reading import read_coded
from storage.transcripts import InterviewTranscript, Spoken

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
    assert back == _expected(made)


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


def _expected(made: Contents) -> CodedProject:
    """What must come back, told from the contents and not from the file."""
    team = made.guids[TEAM]
    interviewers = sorted({document.transcript.interviewer_code for document in made.documents})
    beside = [source for source in _by_source(made) if (sound := made.sounds.get(source)) and not sound.is_internal]
    times = f" ({len(beside)} times)" if len(beside) > 1 else ""
    not_looked_at = Loss("files outside the project", f"were not looked at: known by path alone{times}")
    return CodedProject(
        name=clean(made.title),
        origin="Fieldcall",
        coders=(
            ProjectCoder(team, "Study team"),
            *(ProjectCoder(_interviewer(made, code), code, code) for code in interviewers),
        ),
        codes=made.codebook,
        sources=tuple(_source(made, documents) for documents in _by_source(made).values()),
        cases=tuple(_case(made, person) for person in made.people),
        variables=tuple(ProjectVariable(made.guids[variable(n)], n, "Text", about) for n, about in VARIABLES.items()),
        creator_guid=team,
        created_at=max(document.transcript.made_at for document in made.documents),
        losses=(not_looked_at,) if beside else (),
    )


def _by_source(made: Contents) -> dict[str, list[Document]]:
    """The recordings that go out with all their texts, and the texts of others, each of its own."""
    found: dict[str, list[Document]] = {}
    for document in made.documents:
        t = document.transcript
        found.setdefault(t.recording_guid if t.recording_guid in made.sounds else t.version_guid, []).append(document)
    return found


def _source(made: Contents, documents: list[Document]) -> ProjectSource:
    t = documents[0].transcript
    sound = made.sounds.get(t.recording_guid)
    if sound is None:
        return _text_source(made, documents[0])
    return ProjectSource(
        guid=t.recording_guid,
        name=f"{documents[0].name}{t.recording_suffix}",
        kind="video" if t.has_video else "audio",
        path=f"{'internal://' if sound.is_internal else 'relative:///'}{t.recording_guid}{t.recording_suffix}",
        sha256=sha256(sound.path.read_bytes()).hexdigest() if sound.is_internal else "",
        texts=tuple(_transcript(document, made.guids[TEAM]) for document in documents),
        description=_description(documents[0]),
        attributes=_attributes(made, t),
        coder_guid=_interviewer(made, t.interviewer_code),
        created_at=t.starts_at,
    )


def _text_source(made: Contents, document: Document) -> ProjectSource:
    t, text = document.transcript, plain_text(document.transcript).text
    same = {
        "guid": t.version_guid,
        "name": f"{document.name}.txt",
        "description": _description(document),
        "coder_guid": made.guids[TEAM],
        "created_at": t.made_at,
    }
    return ProjectSource(
        **same,
        kind="text",
        path=f"internal://{t.version_guid}.txt",
        sha256=sha256(text.encode()).hexdigest(),
        texts=(ProjectText(**same, text=text),),
        attributes=_attributes(made, t),
    )


def _transcript(document: Document, team: str) -> ProjectText:
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


def _interviewer(made: Contents, code: str) -> str:
    return str(uuid5(UUID(made.project_guid), f"user: {code}"))


def _description(document: Document) -> str:
    return "\n".join(f"{name}: {value}" for name, value in heading(document))


def _case(made: Contents, person: Person) -> ProjectCase:
    own = [document.transcript for document in made.documents if document.transcript.code == person.code]
    told = {name: ", ".join(sorted({_interview(t)[name] for t in own})) for name in _interview(own[0])} if own else {}
    sources = [source for source, texts in _by_source(made).items() if texts[0].transcript.code == person.code]
    return ProjectCase(
        guid=person.guid,
        name=person.code,
        attributes=_in_order({**told, **_agreed(person)}),
        source_guids=tuple(sources),
    )


def _attributes(made: Contents, t: InterviewTranscript) -> tuple[tuple[str, str], ...]:
    """Of a source: those of its interview and of its participant, where that is somebody of the project."""
    known = {person.code: person for person in made.people}
    return _in_order({**_interview(t), **(_agreed(known[t.code]) if t.code in known else {})})


def _interview(t: InterviewTranscript) -> dict[str, str]:
    return {"group": t.group, "mode": t.mode, "month": "2020-06", "interviewer": t.interviewer_code}


def _agreed(person: Person) -> dict[str, str]:
    words = {True: "yes", False: "no"}
    return {
        "group": person.group,
        "consent to quotation": words[person.quotation],
        "consent to archive": words[person.archive],
        "consent to re-contact": words[person.recontact],
    }


def _in_order(values: dict[str, str]) -> tuple[tuple[str, str], ...]:
    order: Iterable[str] = (
        "group",
        "mode",
        "month",
        "interviewer",
        "consent to quotation",
        "consent to archive",
        "consent to re-contact",
    )
    return tuple((name, values[name]) for name in order if name in values)
