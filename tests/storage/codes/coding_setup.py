"""Interviews with transcripts, stored as rows, and projects that come back from coding them."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from coded_values import ALONE, ANNA, BEN, MONEY, NOW, RENT, SAID, coding_of, spoken

from storage.codes.importing import Wishes, find_texts, import_project
from storage.codes.report import ImportReport
from storage.codes.texts import StudyText, StudyVersion, read_texts, read_versions
from storage.database import Database
from storage.imports.coded_project import CodedProject, ProjectSource, ProjectText
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
from storage.transcripts.reading import read_transcripts
from storage.transcripts.saving import save_machine_version, save_next_version


@pytest.fixture
def transcribed(study: Study, database: Database) -> Callable[..., StudyVersion]:
    """Store a participant's interview with a machine transcript; `said` are pairs of speaker ('' is theirs), words."""

    def add(
        code: str, said: Sequence[tuple[str, str]] = SAID, *, group: str = "client", month: int = 6, days: int = 3
    ) -> StudyVersion:
        starts_at = datetime(2020, month, days, 13, tzinfo=UTC)
        with database.writing() as session:
            session.merge(Party(code="INT_01", kind=PartyKind.INTERVIEWER))
            session.merge(Party(code=code, kind=PartyKind.PARTICIPANT))
            session.flush()
            session.add(Participant(code=code, group=group, mode="phone"))
            session.flush()
            session.add(_consent(code))
            interview = Interview(
                participant_code=code,
                interviewer_code="INT_01",
                mode="phone",
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=1),
                state=State.BOOKED,
            )
            for state in (State.BOOKED, State.HELD):
                record_change(session, interview, state, actor="coordinator")
            recording = Recording(
                sha256=hashlib.sha256(code.encode()).hexdigest(),
                suffix=".m4a",
                size=1000,
                container="mp4",
                duration_ms=600_000,
                streams=[{"type": "audio"}],
            )
            session.add(recording)
            session.flush()
            session.add(
                Binding(recording_id=recording.id or 0, interview_id=interview.id or 0, reason="code", actor="capture")
            )
            session.flush()
            work = Transcription(
                recording_id=recording.id or 0,
                recipe="r",
                engine="openai-whisper",
                model="small",
                model_sha256="9e" * 32,
                parameters={},
                versions={},
            )
            session.add(work)
            session.flush()
            version = save_machine_version(session, work, spoken(code, said))
        with database.reading() as session:
            return next(each for each in read_versions(session, study) if each.id == version.id)

    return add


def _consent(code: str, **agreed: bool) -> Consent:
    given: dict[str, Any] = {"interview": True, "recording": True, "quotation": True} | agreed
    return Consent(participant_code=code, given_on=date(2020, 5, 1), sheet="v1", actor="coordinator", **given)


@pytest.fixture
def agree(database: Database) -> Callable[..., None]:
    """Record a new consent of a participant; what is not named is agreed to."""

    def give(code: str, **agreed: bool) -> None:
        with database.writing() as session:
            session.add(_consent(code, **agreed))

    return give


@pytest.fixture
def corrected(study: Study, database: Database) -> Callable[..., StudyVersion]:
    """Store a next version of a participant's transcript."""

    def add(code: str, said: Sequence[tuple[str, str]]) -> StudyVersion:
        with database.writing() as session:
            previous = read_transcripts(session, study, [code])[0]
            version = save_next_version(session, previous, spoken(code, said), actor="researcher", note="corrected")
        with database.reading() as session:
            return next(each for each in read_versions(session, study) if each.id == version.id)

    return add


@pytest.fixture
def text_of(study: Study, database: Database) -> Callable[[StudyVersion], StudyText]:
    """The text of a version in the study's style."""

    def read(version: StudyVersion) -> StudyText:
        with database.reading() as session:
            return read_texts(session, study, version)[0]

    return read


@pytest.fixture
def take(study: Study, database: Database) -> Callable[..., ImportReport]:
    """Import a project; keywords are what the person who imports has said."""

    def take_it(project: CodedProject, **wishes: Any) -> ImportReport:
        with database.reading() as session:
            found = find_texts(session, study, project)
        with database.writing() as session:
            return import_project(session, study, project, found, actor="researcher", now=NOW, wishes=Wishes(**wishes))

    return take_it


@pytest.fixture
def coded(text_of: Callable[[StudyVersion], StudyText]) -> Callable[..., CodedProject]:
    """A project of one version, in which words are given codes: tuples of code, words, and perhaps coder."""

    def make(version: StudyVersion, *codings: tuple[Any, ...], first: int = 1, **fields: Any) -> CodedProject:
        text = text_of(version).text
        source = ProjectSource(
            version.recording_guid,
            "interview.m4a",
            "audio",
            texts=(ProjectText(version.guid, "interview", text),),
        )
        made = tuple(coding_of(source, number, *each) for number, each in enumerate(codings, start=first))
        usual: dict[str, Any] = {
            "name": "Social prescribing",
            "origin": "NVivo",
            "coders": (ANNA, BEN),
            "codes": (ALONE, MONEY, RENT),
            "sources": (source,),
            "codings": made,
        }
        return CodedProject(**(usual | fields))

    return make
