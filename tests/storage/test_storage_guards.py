"""What must never be is refused by the database itself, whoever asks."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import Session, col, delete, select

from storage.database import Database
from storage.guards import CLAIM_OVERLAP, IMMUTABLE, NO_CONSENT, statements
from storage.tables import (
    Binding,
    Change,
    Claim,
    Consent,
    Interview,
    Recording,
    State,
    Transcript,
    Transcription,
    Utterance,
    Version,
    VersionKind,
    Window,
)

TEN = datetime(2020, 5, 12, 9, 0, tzinfo=UTC)
Book = Callable[..., Interview]
OVERLAP = f"{CLAIM_OVERLAP}|claim_no_overlap"  # a trigger's words on SQLite, a constraint's name on PostgreSQL


def claim(party: str, start: int, end: int, interview: Interview) -> Claim:
    """A claim from and to minutes after ten."""
    starts_at, ends_at = (TEN + timedelta(minutes=minutes) for minutes in (start, end))
    return Claim(party_code=party, interview_id=interview.id or 0, starts_at=starts_at, ends_at=ends_at)


def recorded(session: Session, interview: Interview, sha256: str = "a") -> Recording:
    recording = Recording(sha256=sha256, suffix=".wav", size=1, container="wav", duration_ms=1, streams=[])
    session.add(recording)
    session.flush()
    session.add(Binding(recording_id=recording.id, interview_id=interview.id, reason="code", actor="capture"))
    session.flush()
    return recording


def work(recording: Recording) -> Transcription:
    about = {"recipe": "r", "engine": "e", "model": "m", "model_sha256": "s", "parameters": {}, "versions": {}}
    return Transcription(recording_id=recording.id, **about)


class TestClaims:
    @pytest.mark.parametrize(
        ("first", "second", "refused"),
        [
            ((0, 60), (60, 120), False),  # half-open: one ends as the other begins
            ((60, 120), (0, 60), False),
            ((0, 60), (59, 120), True),
            ((0, 60), (0, 60), True),
            ((0, 60), (10, 20), True),
            ((10, 20), (0, 60), True),
        ],
    )
    def test_two_claims_of_one_party_never_overlap(
        self, database: Database, book: Book, first: tuple[int, int], second: tuple[int, int], refused: bool
    ) -> None:
        interview = book("C_001")
        with database.writing() as session:
            session.add(claim("INT_01", *first, interview))
        try:
            with database.writing() as session:
                session.add(claim("INT_01", *second, interview))
            assert not refused
        except IntegrityError as error:
            assert refused
            assert re.search(OVERLAP, str(error.orig))

    def test_different_parties_may_be_busy_at_once(self, database: Database, book: Book) -> None:
        interview = book("C_001")
        with database.writing() as session:
            session.add_all([claim("INT_01", 0, 60, interview), claim("C_001", 0, 60, interview)])

    def test_a_claim_cannot_be_moved_into_another(self, database: Database, book: Book) -> None:
        interview = book("C_001")
        with database.writing() as session:
            session.add_all([claim("INT_01", 0, 60, interview), claim("INT_01", 60, 120, interview)])
        with pytest.raises(IntegrityError, match=OVERLAP), database.writing() as session:
            second = session.exec(select(Claim).order_by(col(Claim.id).desc())).first()
            assert second is not None
            second.starts_at = TEN + timedelta(minutes=30)

    def test_a_claim_may_be_moved_within_itself(self, database: Database, book: Book) -> None:
        interview = book("C_001")
        with database.writing() as session:
            session.add(claim("INT_01", 0, 60, interview))
        with database.writing() as session:
            session.exec(select(Claim)).one().starts_at = TEN + timedelta(minutes=5)

    def test_a_row_written_by_hand_is_refused_too(self, database: Database, book: Book) -> None:
        interview = book("C_001")
        with database.writing() as session:
            session.add(claim("INT_01", 0, 60, interview))
        with pytest.raises(IntegrityError, match=OVERLAP), database.writing() as session:
            session.execute(
                text("INSERT INTO claim SELECT id + 1, party_code, interview_id, starts_at, ends_at FROM claim")
            )

    def test_a_claim_has_a_length(self, database: Database, book: Book) -> None:
        interview = book("C_001")
        with pytest.raises(IntegrityError, match="claim_ends_after_it_starts"), database.writing() as session:
            session.add(claim("INT_01", 60, 60, interview))

    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(st.tuples(st.sampled_from(["INT_01", "C_001"]), st.integers(0, 20), st.integers(1, 6)), max_size=12)
    )
    def test_whatever_is_tried_no_two_overlap(
        self, database: Database, book: Book, tries: list[tuple[str, int, int]]
    ) -> None:
        with database.reading() as session:
            interview = session.exec(select(Interview)).first()
        interview = interview or book("C_001")
        with database.writing() as session:
            session.exec(delete(Claim))
        kept: list[tuple[str, int, int]] = []
        for party, start, length in tries:
            fits = all(party != p or start >= e or start + length <= s for p, s, e in kept)
            try:
                with database.writing() as session:
                    session.add(claim(party, start, start + length, interview))
                assert fits
                kept.append((party, start, start + length))
            except IntegrityError:
                assert not fits


class TestInterviews:
    def test_a_participant_has_one_open_interview(self, database: Database, book: Book) -> None:
        book("C_001")
        with pytest.raises(IntegrityError, match=r"UNIQUE|unique.*one_open_interview"):
            book("C_001", TEN + timedelta(days=1))

    @pytest.mark.parametrize("state", [State.CANCELLED, State.NO_SHOW, State.EXPIRED, State.WITHDRAWN])
    def test_and_any_number_that_did_not_take_place(self, book: Book, state: State) -> None:
        book("C_001", state=state)
        book("C_001", state=state)
        book("C_001")

    def test_an_interview_ends_after_it_starts(self, book: Book) -> None:
        with pytest.raises(IntegrityError, match="interview_ends_after_it_starts"):
            book("C_001", minutes=0)

    def test_what_does_not_exist_cannot_be_referred_to(self, database: Database) -> None:
        with pytest.raises(IntegrityError, match=r"(?i)foreign key"), database.writing() as session:
            session.add(
                Consent(participant_code="C_9", given_on=date(2020, 5, 1), sheet="1", recording=True, actor="c")
            )

    def test_a_time_without_a_zone_is_not_guessed(self, book: Book) -> None:
        with pytest.raises(StatementError, match="a time without a zone cannot be stored"):
            book("C_001", datetime(2020, 5, 12, 10, 0))  # noqa: DTZ001 - that is the point

    def test_times_come_back_aware_and_in_utc(self, database: Database, book: Book) -> None:
        elsewhere = datetime.fromisoformat("2020-05-12T14:45:00+05:45")
        book("C_001", elsewhere)
        with database.reading() as session:
            at = session.exec(select(Interview.starts_at)).one()
        assert (at, at.utcoffset()) == (elsewhere, timedelta(0))


class TestConsent:
    @pytest.mark.parametrize("consent", [None, False])
    def test_nothing_is_transcribed_without_consent_to_record(
        self, database: Database, book: Book, consent: bool | None
    ) -> None:
        interview = book("C_001", consent=consent)
        with database.writing() as session:
            recording = recorded(session, interview)
        with pytest.raises(IntegrityError, match=NO_CONSENT), database.writing() as session:
            session.add(work(recording))
        with pytest.raises(IntegrityError, match=NO_CONSENT), database.writing() as session:
            session.add(Transcript(interview_id=interview.id, recording_id=recording.id))

    def test_no_further_window_is_kept_once_consent_is_taken_back(self, database: Database, book: Book) -> None:
        interview = book("C_001", consent=True)
        with database.writing() as session:
            transcription = work(recorded(session, interview))
            session.add(transcription)
            session.flush()
            session.add(Window(transcription_id=transcription.id, number=0, words=[], seconds=1.0))
        with database.writing() as session:
            session.add(
                Consent(participant_code="C_001", given_on=date(2020, 5, 1), sheet="2", recording=False, actor="c")
            )
        with pytest.raises(IntegrityError, match=NO_CONSENT), database.writing() as session:
            session.add(Window(transcription_id=transcription.id, number=1, words=[], seconds=1.0))

    def test_a_recording_that_belongs_to_nobody_is_not_transcribed(self, database: Database) -> None:
        with pytest.raises(IntegrityError, match=NO_CONSENT), database.writing() as session:
            recording = Recording(sha256="a", suffix=".wav", size=1, container="wav", duration_ms=1, streams=[])
            session.add(recording)
            session.flush()
            session.add(work(recording))

    @pytest.mark.parametrize("agreed", [True, False])
    def test_the_newest_consent_counts(self, database: Database, book: Book, agreed: bool) -> None:
        interview = book("C_001", consent=not agreed)
        with database.writing() as session:
            recording = recorded(session, interview)
            session.add(
                Consent(participant_code="C_001", given_on=date(2020, 5, 1), sheet="2", recording=agreed, actor="c")
            )
        for row in (work(recording), Transcript(interview_id=interview.id, recording_id=recording.id)):
            try:
                with database.writing() as session:
                    session.add(row)
                assert agreed
            except IntegrityError:
                assert not agreed


class TestHistory:
    @pytest.fixture
    def version(self, database: Database, book: Book) -> Version:
        interview = book("C_001")
        with database.writing() as session:
            recording = recorded(session, interview)
            transcript = Transcript(interview_id=interview.id, recording_id=recording.id)
            session.add(transcript)
            session.flush()
            version = Version(transcript_id=transcript.id, number=1, kind=VersionKind.MACHINE, actor="whisper")
            session.add(version)
            session.flush()
            about = {"speaker": "", "channel": 0, "start_ms": 0, "end_ms": 1, "text": "one", "words": []}
            session.add(Utterance(version_id=version.id, number=0, **about))
        return version

    @pytest.mark.parametrize(
        ("table", "change"),
        [("version", "kind = 'corrected'"), ("utterance", "text = 'two'"), ("change", "actor = 'nobody'")],
    )
    def test_what_was_once_written_is_never_changed(
        self, database: Database, version: Version, table: str, change: str
    ) -> None:
        with pytest.raises(IntegrityError, match=f"{table} {IMMUTABLE}"), database.writing() as session:
            session.execute(text(f"UPDATE {table} SET {change}"))

    @pytest.mark.parametrize("table", ["version", "utterance", "change"])
    def test_what_was_once_written_is_never_removed(self, database: Database, version: Version, table: str) -> None:
        with pytest.raises(IntegrityError, match=f"{table} {IMMUTABLE}"), database.writing() as session:
            session.execute(text(f"DELETE FROM {table}"))

    @pytest.mark.parametrize(
        ("table", "change"), [("consent", "recording = NOT recording"), ("transcript", "interview_id = interview_id")]
    )
    def test_what_was_agreed_and_whose_text_it_is_are_never_changed(
        self, database: Database, version: Version, table: str, change: str
    ) -> None:
        with pytest.raises(IntegrityError, match=f"{table} {IMMUTABLE}"), database.writing() as session:
            session.execute(text(f"UPDATE {table} SET {change}"))

    def test_a_version_has_its_number_once(self, database: Database, version: Version) -> None:
        with (
            pytest.raises(IntegrityError, match=r"UNIQUE|unique.*one_version_per_number"),
            database.writing() as session,
        ):
            session.add(Version(transcript_id=version.transcript_id, number=1, kind=VersionKind.CORRECTED, actor="c"))

    def test_every_step_is_kept(self, database: Database, version: Version) -> None:
        with database.reading() as session:
            assert [change.state for change in session.exec(select(Change))] == [State.BOOKED]


def test_a_recording_is_there_once(database: Database) -> None:
    about = {"suffix": ".wav", "size": 1, "container": "wav", "duration_ms": 1, "streams": []}
    with pytest.raises(IntegrityError, match=r"(?i)unique.*sha256"), database.writing() as session:
        session.add_all([Recording(sha256="a", **about), Recording(sha256="a", **about)])


def test_both_databases_guard_the_same_tables() -> None:
    guards = {f"{table}_no_{event}" for table in ("version", "utterance", "change") for event in ("update", "delete")}
    guards |= {f"{table}_no_update" for table in ("consent", "transcript", "window")}
    guards |= {f"{table}_needs_consent" for table in ("transcription", "window", "transcript")}
    for dialect in ("sqlite", "postgresql"):
        ddl = " ".join(statements(dialect))
        assert {name for name in guards | {"claim_no_overlap"} if name not in ddl} == set()
