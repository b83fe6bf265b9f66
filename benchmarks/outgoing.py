"""Contents of deliveries made at random, and what of them must come back when their project file is read again."""

import random
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid5

from storage.exports.clean import clean
from storage.exports.contents import Contents, Person, Sound
from storage.exports.document import Document, heading
from storage.exports.identities import PROJECT, TEAM, VARIABLES, variable
from storage.exports.turns import lines_of, plain_text
from storage.imports.coded_project import (
    CodedProject,
    ProjectCase,
    ProjectCoder,
    ProjectSource,
    ProjectText,
    ProjectVariable,
)
from storage.tables import State
from storage.transcripts import InterviewTranscript, Spoken

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
    return ProjectSource(
        guid=t.recording_guid,
        name=f"{document.name}{t.recording_suffix}",
        kind="video" if t.has_video else "audio",
        path=f"internal://{t.recording_guid}{t.recording_suffix}",
        sha256=sha256(made.sounds[t.recording_guid].path.read_bytes()).hexdigest(),
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
    starts = ((start, line.start_ms) for line, (start, _) in zip(lines, text.positions, strict=True))
    return ProjectText(
        guid=t.version_guid,
        name=f"{document.name} v{t.version_number} {t.version_kind}",
        text=text.text,
        sync_points=(*starts, (len(text.text), end_ms)),
        sync_guids=(*(line.guid for line in lines), str(uuid5(UUID(t.version_guid), "end"))),
        description=document.status,
        coder_guid=team,
        created_at=t.made_at,
    )


def _attributes(t: InterviewTranscript) -> dict[str, str]:
    return {
        "group": t.group,
        "mode": t.mode,
        "month": f"{t.starts_at:%Y-%m}",
        "interviewer": t.interviewer_code,
    }


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
