"""Transcripts to export: made by hand for the formats, stored as rows for the delivery."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from sqlmodel import Session

from storage.database import Database
from storage.exports.contents import Contents, InterviewSummary, Person, Sound
from storage.exports.document import Document
from storage.exports.identities import PROJECT, TEAM, VARIABLES, variable
from storage.imports.coded_project import ProjectCode
from storage.interviews import record_change
from storage.study import Study
from storage.tables import (
    Binding,
    Consent,
    Interview,
    Participant,
    Party,
    PartyKind,
    Recording,
    State,
    Transcription,
)
from storage.transcripts.saving import save_machine_version
from storage.transcripts.transcript import InterviewTranscript, Spoken
from storage.vault import Vault

UTTERANCES = (
    Spoken("INT_01", 0, 0, 1_900, "Hello, can you hear me?", [], "00000000-0000-4000-8000-000000000101"),
    Spoken("C_031", 1, 2_260, 4_419, "Yes, clear as a bell.", [], "00000000-0000-4000-8000-000000000102"),
    Spoken("C_031", 1, 5_001, 8_999, "It cost £20 – “for nothing” 🙂.", [], "00000000-0000-4000-8000-000000000103"),
    Spoken("", 0, 3_600_000, 3_601_500, "a < b & c --> d", [], "00000000-0000-4000-8000-000000000104"),
)

INTERVIEW = InterviewSummary(
    guid="00000000-0000-4000-8000-000000000001",
    label="C_031_06/20",
    code="C_031",
    group="client",
    mode="phone",
    interviewer="INT_01",
    starts_at=datetime(2020, 6, 3, 13, 0, tzinfo=UTC),
    state=State.DELIVERED,
    recordings=1,
    length_ms=3_605_250,
    words=22,
    completeness="99.7 %",
    model="small",
    remark="",
)


@pytest.fixture(scope="session")
def transcript() -> Callable[..., InterviewTranscript]:
    """Make a transcript of C_031's interview; any field can be given."""

    def make(**fields: Any) -> InterviewTranscript:
        usual: dict[str, Any] = {
            "study_title": "Social prescribing at a distance",
            "zone": "Europe/London",
            "code": "C_031",
            "group": "client",
            "label": "C_031_06/20",
            "interview_guid": "00000000-0000-4000-8000-000000000001",
            "participant_guid": "00000000-0000-4000-8000-000000000002",
            "interviewer_code": "INT_01",
            "mode": "phone",
            "starts_at": datetime(2020, 6, 3, 13, 0, tzinfo=UTC),
            "state": State.TRANSCRIBED,
            "recording_guid": "00000000-0000-4000-8000-000000000003",
            "recording_sha256": "ab" * 32,
            "recording_suffix": ".m4a",
            "recording_size": 1_000,
            "has_video": False,
            "duration_ms": 3_605_250,
            "remark": "",
            "transcript_guid": "00000000-0000-4000-8000-000000000004",
            "version_guid": "00000000-0000-4000-8000-000000000005",
            "version_number": 1,
            "version_kind": "machine",
            "made_at": datetime(2020, 6, 4, 2, 30, 15, tzinfo=UTC),
            "approved_by": "",
            "completeness": 0.9979,
            "unclear_ms": 0,
            "notes": (),
            "style": "full",
            "language": "en",
            "engine": "openai-whisper",
            "model": "small",
            "model_sha256": "9ecf779972d90ba49c06d968637d720dd632c55bbf19d441fb42bf17a411e794",
            "parameters": {},
            "versions": {},
            "seconds": 60.0,
            "utterances": UTTERANCES,
        }
        return InterviewTranscript(**{**usual, **fields})

    return make


@pytest.fixture(scope="session")
def document(transcript: Callable[..., InterviewTranscript]) -> Callable[..., Document]:
    """Make a document of a transcript whose fields can be given."""
    return lambda **fields: Document(transcript(**fields), "C_031_2020-06")


@pytest.fixture
def contents(document: Callable[..., Document], tmp_path: Path) -> Callable[..., Contents]:
    """Make the contents of a delivery of one document; any field can be given."""
    names = (PROJECT, TEAM, *(variable(name) for name in VARIABLES))

    def make(*, is_internal: bool = True, **fields: Any) -> Contents:
        path = tmp_path / "recording.m4a"
        path.write_bytes(b"sound")
        documents = fields.get("documents", (document(),))
        usual: dict[str, Any] = {
            "title": "Social prescribing at a distance",
            "zone": "Europe/London",
            "guids": {name: f"00000000-0000-4000-8000-0000000002{n:02}" for n, name in enumerate(names)},
            "documents": documents,
            "people": (
                Person("C_031", "00000000-0000-4000-8000-000000000002", "client"),
                Person("M_05", "00000000-0000-4000-8000-000000000009", "manager"),
            ),
            "interviews": (INTERVIEW,),
            "left_out": (),
            "sounds": {d.transcript.recording_guid: Sound(path, is_internal) for d in documents},
        }
        return Contents(**{**usual, **fields})

    return make


@pytest.fixture(scope="session")
def golden() -> Callable[[str], bytes]:
    """The bytes that a format must have for the document of `document()`."""
    return lambda name: (Path(__file__).parent / "golden" / name).read_bytes()


@pytest.fixture(scope="session")
def anything_said() -> st.SearchStrategy[tuple[Spoken, ...]]:
    """Utterances with texts that have broken exporters before."""
    marks = ["-->", "<i>", "&amp;", "NOTE", "=1+1", "]]>", "word", "1\n", "00:00:01,000 --> 00:00:02,000"]
    marks += ["#00:00:05-0#", "#00:00:05.123#", "[12:30]", "[01.23.45]", "{00:01:02}", "<0:10.15>", "00:03:40.5Zack: "]
    marks += ["a: b", "#", "[", "{", "}", "\\", "\\par ", "\\'e9", '"', "'=", "@", "-", "＝"]
    letters = ["£", "“q”", "🙂", "e\u0301", "مرحبا", "\u202e", "\ufeff"]
    pieces = st.sampled_from(
        [*marks, *letters, " ", "\t", "\r\n", "\n\n", "\u2028", "\f", "\x85", "\x00", "\x1b", "\ufffe"]
    )
    text = st.lists(pieces | st.text(max_size=5), max_size=6).map("".join)
    start = st.integers(0, 400_000_000)
    speaker = st.sampled_from(["", "C_031", "INT_01", "Speaker 2", "a<b>&c"])
    utterance = st.builds(
        lambda who, at, length, said, guid: Spoken(who, 0, at, at + length, said, [], str(guid)),
        *(speaker, start, st.integers(0, 30_000), text, st.uuids()),
    )
    return st.lists(utterance, max_size=8, unique_by=lambda spoken: spoken.guid).map(tuple)


@pytest.fixture(scope="session")
def codebooks() -> st.SearchStrategy[tuple[ProjectCode, ...]]:
    """Codebooks as the standard can carry them, in the order of their tree, with names that are awkward."""
    signs = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufffe\uffff")
    odd = [
        "=1+1",
        "a/b\\c",
        "<Code name='x'/>",
        "&amp;",
        "“so-called”",
        "e\u0301",
        "é",
        "🙂",
        "قيمة",
        "\u202e",
        "x  y",
        ".",
    ]
    line = (st.sampled_from(odd) | st.text(signs, min_size=1, max_size=9)).map(str.strip).filter(bool)
    described = st.just("") | st.lists(line | st.just(""), max_size=4).map("\n".join).map(lambda text: text.strip("\n"))
    colour = st.just("") | st.from_regex("#[0-9a-f]{6}", fullmatch=True)
    code = st.builds(ProjectCode, st.uuids().map(str), line, st.just(""), described, colour, st.booleans())

    def grown(codes: list[ProjectCode], depths: list[int]) -> tuple[ProjectCode, ...]:
        """Codes with parents: each as deep as asked for, or just below the one before it."""
        way: list[ProjectCode] = []
        made = []
        for each, depth in zip(codes, depths, strict=False):
            way = way[:depth]
            made.append(replace(each, parent_guid=way[-1].guid if way else ""))
            way.append(each)
        return tuple(made)

    codes = st.lists(code, max_size=9, unique_by=lambda each: each.guid)
    return st.builds(grown, codes, st.lists(st.integers(0, 5), min_size=9, max_size=9))


@pytest.fixture
def add_participant(study: Study, database: Database) -> Callable[..., None]:
    """Store a participant with consent, and the interviewers."""

    def add(code: str, *, recording: bool = True) -> None:
        with database.writing() as session:
            for interviewer in study.interviewers:
                session.merge(Party(code=interviewer, kind=PartyKind.INTERVIEWER))
            session.add(Party(code=code, kind=PartyKind.PARTICIPANT))
            session.flush()
            session.add(Participant(code=code, group=study.group_of(code) or "", mode="phone"))
            session.flush()
            session.add(_consent(code, recording))

    return add


@pytest.fixture
def add_interview(
    study: Study, database: Database, add_participant: Callable[..., None], tmp_path: Path
) -> Callable[..., Interview]:
    """Store a held interview of a new participant with its recordings in the vault, transcribed."""

    def add(code: str, *, media: tuple[bytes, ...] = (b"sound",), suffix: str = ".m4a", day: int = 3) -> Interview:
        add_participant(code)
        starts_at = datetime(2020, 6, day, 13, 0, tzinfo=UTC)
        with database.writing() as session:
            interview = Interview(
                participant_code=code,
                interviewer_code="INT_01",
                mode="phone",
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=1),
                state=State.BOOKED,
            )
            record_change(session, interview, State.BOOKED, actor="coordinator")
            record_change(session, interview, State.HELD, actor="coordinator")
            for content in media:
                _transcribe(session, study, interview, tmp_path, code.encode() + content, suffix)
        return interview

    return add


@pytest.fixture
def add_recording(study: Study, database: Database, tmp_path: Path) -> Callable[[Interview, bytes], None]:
    """Store one more recording of an interview in the vault, transcribed."""

    def add(interview: Interview, content: bytes) -> None:
        with database.writing() as session:
            _transcribe(session, study, session.get_one(Interview, interview.id), tmp_path, content, ".m4a")

    return add


@pytest.fixture
def consent_to(database: Database) -> Callable[..., None]:
    """Record a new consent of a participant."""

    def give(code: str, *, recording: bool, interview: bool = True) -> None:
        with database.writing() as session:
            session.add(_consent(code, recording, interview))

    return give


def _consent(code: str, recording: bool, interview: bool = True) -> Consent:
    return Consent(
        participant_code=code,
        given_on=date(2020, 5, 1),
        sheet="v1",
        interview=interview,
        recording=recording,
        actor="coordinator",
    )


def _transcribe(session: Session, study: Study, interview: Interview, folder: Path, media: bytes, suffix: str) -> None:
    """Keep a recording in the vault, bind it, and store a machine transcript of two utterances."""
    source = folder / f"recording{suffix}"
    source.write_bytes(media)
    stored = Vault(study.place(study.storage.vault)).store(source, suffix)
    recording = Recording(
        sha256=stored.sha256,
        suffix=suffix,
        size=stored.size,
        container="mp4",
        duration_ms=61_500,
        streams=[{"type": "video"}] if suffix == ".mp4" else [{"type": "audio"}],
    )
    session.add(recording)
    session.flush()
    assert recording.id is not None
    assert interview.id is not None
    session.add(Binding(recording_id=recording.id, interview_id=interview.id, reason="code", actor="capture"))
    session.flush()
    work = Transcription(
        recording_id=recording.id,
        recipe=hashlib.sha256(media).hexdigest(),
        engine="openai-whisper",
        model="small",
        model_sha256="9e" * 32,
        parameters={},
        versions={},
    )
    session.add(work)
    session.flush()
    said = [
        Spoken("INT_01", 0, 0, 1_900, "Hello, can you hear me?", []),
        Spoken(interview.participant_code, 1, 2_260, 4_419, "Yes, it cost £20.", []),
    ]
    save_machine_version(session, work, said)
