"""Contents of deliveries made at random, and what of them must come back when their project file is read again."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from storage.exports.clean import clean
from storage.exports.contents import Contents, Person, Sound
from storage.exports.document import Document, heading
from storage.exports.identities import PROJECT, TEAM, VARIABLES, variable
from storage.exports.turns import lines_of, plain_text
from storage.imports.coded_project import (
    CodedProject,
    Loss,
    ProjectCase,
    ProjectCoder,
    ProjectSource,
    ProjectText,
    ProjectVariable,
)
from storage.tables import State
from storage.transcripts.transcript import InterviewTranscript, Spoken

_PIECES = (
    *("well", "it", "cost", "£20", "“for nothing”", "🙂", "👩\u200d👧", "cafe\u0301", "مرحبا", "\u202eabc", "שלום"),
    *("a < b & c", "]]>", "-->", "=1+1", "word\r\nagain", "\t", "\x00", "\ufeff", "\u2028", " ", "NOTE"),
)
_GROUPS = ("client", "link_worker", "manager", "Straße & “quotes” £ 🙂", "مدير", "e\u0301quipe")
_START = datetime(2020, 6, 3, 13, 0, tzinfo=UTC)


def outgoing(dice: random.Random, folder: Path) -> Contents:
    """Contents with one to four recordings of two people, of words that have broken exporters before."""
    sound = folder / "sound.m4a"
    sound.write_bytes(b"sound %d" % dice.randrange(1000))
    codes = ("C_031", "M_05")
    documents = tuple(
        Document(_transcript(dice, dice.choice(codes)), f"C_{number}") for number in range(dice.randint(1, 4))
    )
    names = (PROJECT, TEAM, *(variable(name) for name in VARIABLES))
    return Contents(
        title=_said(dice) or "A study",
        zone="Europe/London",
        guids={name: _guid(dice) for name in names},
        documents=documents,
        people=tuple(Person(code, _guid(dice), dice.choice(_GROUPS)) for code in codes),
        interviews=(),
        left_out=(),
        sounds={d.transcript.recording_guid: Sound(sound, is_internal=True) for d in documents},
    )


def _transcript(dice: random.Random, code: str) -> InterviewTranscript:
    return InterviewTranscript(
        study_title="A study",
        zone="Europe/London",
        code=code,
        group=dice.choice(_GROUPS),
        label=f"{code}_06/20",
        interview_guid=_guid(dice),
        participant_guid=_guid(dice),
        interviewer_code=dice.choice(("INT_01", "INT_02")),
        mode=dice.choice(("phone", "video")),
        starts_at=_START + timedelta(hours=dice.randrange(600)),
        state=State.TRANSCRIBED,
        recording_guid=_guid(dice),
        recording_sha256="ab" * 32,
        recording_suffix=dice.choice((".mp4", ".mkv")),
        recording_size=1_000,
        has_video=dice.random() < 0.5,
        duration_ms=dice.randrange(4_000_000),
        remark=_said(dice),
        transcript_guid=_guid(dice),
        version_guid=_guid(dice),
        version_number=dice.randint(1, 3),
        version_kind="machine",
        made_at=_START + timedelta(seconds=dice.randrange(10**8)),
        approved_by="",
        completeness=dice.random(),
        unclear_ms=0,
        notes=(),
        style=dice.choice(("full", "intelligent")),
        language="en",
        engine="openai-whisper",
        model="small",
        model_sha256="9e" * 32,
        parameters={},
        versions={},
        seconds=60.0,
        utterances=tuple(_utterance(dice) for _ in range(dice.randint(0, 30))),
    )


def _utterance(dice: random.Random) -> Spoken:
    start = dice.randrange(4_000_000)
    speaker = dice.choice(("", "C_031", "INT_01", "a<b>&c"))
    return Spoken(speaker, 0, start, start + dice.randrange(30_000), _said(dice), [], _guid(dice))


def _said(dice: random.Random) -> str:
    return " ".join(dice.choice(_PIECES) for _ in range(dice.randint(0, 12)))


def _guid(dice: random.Random) -> str:
    return str(UUID(int=dice.getrandbits(128), version=4))


def as_read_back(made: Contents) -> CodedProject:
    """What must come back of a project file, told from its contents and not from the file."""
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
        sha256=sha256(sound.path.read_bytes()).hexdigest() if sound.path and sound.is_internal else "",
        texts=tuple(_text(document, made.guids[TEAM]) for document in documents),
        description=_description(documents[0]),
        attributes=_attributes(made, t),
        coder_guid=_interviewer(made, t.interviewer_code),
        created_at=t.starts_at,
    )


def _text_source(made: Contents, document: Document) -> ProjectSource:
    t, text = document.transcript, plain_text(document.transcript).text
    same: dict[str, Any] = {
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
    return {"group": t.group, "mode": t.mode, "month": f"{t.starts_at:%Y-%m}", "interviewer": t.interviewer_code}


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
