"""Recordings as people see them, and binding by hand."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from storage.database import Database
from storage.errors import IntakeError, StorageError
from storage.files import locked
from storage.intake.attachment import attach
from storage.intake.recordings import bind, find_recording, recording_rows, review_list, unbind
from storage.interviews import history, record_change
from storage.study import Study
from storage.tables import Binding, Interview, Recording, Refusal, State, Transcript, Transcription, Window
from storage.vault import Vault

TEN = datetime(2020, 5, 12, 9, 0, tzinfo=UTC)
PHONE = {"index": 0, "type": "audio", "codec": "pcm_mulaw", "channels": 2, "rate": 8000}
AAC = {"index": 0, "type": "audio", "codec": "aac", "channels": 1, "rate": 44100}
VIDEO = {"index": 1, "type": "video", "codec": "h264", "width": 64, "height": 64}
Book = Callable[..., Interview]


def digest(letter: str) -> str:
    return letter * 64


@pytest.fixture
def record(database: Database) -> Callable[..., Recording]:
    """Add a recording, bound to an interview where one is given."""

    def add(letter: str, interview: Interview | None = None, **columns: object) -> Recording:
        about = {
            "suffix": ".wav",
            "size": 1000,
            "container": "wav",
            "duration_ms": 60_000,
            "streams": [PHONE],
            "review": "" if interview else "neither a code nor a time in its name",
        }
        with database.writing() as session:
            recording = Recording(sha256=digest(letter), **{**about, **columns})
            session.add(recording)
            session.flush()
            if interview:
                attach(session, recording, session.get_one(Interview, interview.id), reason="code", actor="capture")
        return recording

    return add


def work(recording: Recording, *, windows: int = 12, **columns: object) -> Transcription:
    about = {
        "recording_id": recording.id,
        "recipe": "r",
        "engine": "openai-whisper",
        "model": "small",
        "model_sha256": "m",
        "parameters": {},
        "versions": {},
        "plan": {"windows": [{}] * windows},
    }
    return Transcription(**{**about, **columns})


def state_of(session: Session, interview: Interview) -> str:
    return session.exec(select(Interview.state).where(Interview.id == interview.id)).one()


def test_the_listing_tells_how_far_each_recording_is(
    study: Study, database: Database, book: Book, record: Callable[..., Recording]
) -> None:
    waiting = record("a", book("C_001", TEN))
    begun = record("b", book("C_002", TEN + timedelta(days=1)))
    failed = record("c", book("C_003", TEN + timedelta(days=2)))
    record("d", book("C_004", TEN + timedelta(days=3), consent=False))
    done_interview = book("C_005", TEN + timedelta(days=4))
    done = record("e", done_interview)
    record("f")
    with database.writing() as session:
        session.add_all([work(begun), work(failed, failure="The model file is missing."), work(done, finished_at=TEN)])
        session.add(Transcript(interview_id=done_interview.id, recording_id=done.id))
        session.flush()
        session.add_all([Window(transcription_id=1, number=n, words=[], seconds=1.0) for n in range(3)])
    with database.reading() as session:
        rows = recording_rows(session, study)
    assert [(row.sha256[0], row.label, row.state) for row in rows] == [
        ("f", None, "unbound"),
        ("a", "C_001_05/20", "to transcribe"),
        ("b", "C_002_05/20", "transcribing 3 of 12 windows"),
        ("c", "C_003_05/20", "failed: The model file is missing."),
        ("d", "C_004_05/20", "no consent"),
        ("e", "C_005_05/20", "transcribed"),
    ]
    reasons = {row.sha256[0]: row.reason for row in rows}
    assert reasons["f"] == "neither a code nor a time in its name"
    assert reasons["a"] == "code"
    assert reasons["d"] == "not transcribed: no consent to record"
    assert rows[1].short == waiting.sha256[:12]


@pytest.mark.parametrize(
    ("streams", "words"),
    [
        ([PHONE], "2 channels, 8 kHz µ-law"),
        ([AAC, VIDEO], "1 channel, 44.1 kHz AAC, video"),
        ([AAC, AAC], "2 × 1 channel, 44.1 kHz AAC"),
        ([AAC, {**VIDEO, "type": "picture"}], "1 channel, 44.1 kHz AAC"),
        ([{**AAC, "codec": "pcm_s16le", "rate": 48000}], "1 channel, 48 kHz PCM"),
        ([PHONE, AAC], "2 channels, 8 kHz µ-law + 1 channel, 44.1 kHz AAC"),
    ],
)
def test_the_streams_are_told_in_a_few_words(
    study: Study, database: Database, record: Callable[..., Recording], streams: list[dict[str, object]], words: str
) -> None:
    record("a", streams=streams)
    with database.reading() as session:
        assert recording_rows(session, study)[0].streams == words


def test_the_listing_asks_the_database_as_often_for_many_as_for_one(
    study: Study, database: Database, book: Book, record: Callable[..., Recording]
) -> None:
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    def queries() -> int:
        asked.clear()
        with database.reading() as session:
            recording_rows(session, study)
        return len(asked)

    record("a", book("C_001"))
    one = queries()
    for number, letter in enumerate("bcdef"):
        record(letter, book(f"C_10{number}", TEN + timedelta(days=number)))
    assert queries() == one


def test_the_review_list_holds_what_needs_a_person(
    study: Study, database: Database, book: Book, record: Callable[..., Recording]
) -> None:
    record("a", book("C_001"))
    record("b", book("C_002", TEN + timedelta(days=1), consent=None))
    record("c")
    with database.writing() as session:
        session.add(Refusal(sha256=digest("d"), size=0, reason="It is empty."))
    with database.reading() as session:
        review = review_list(session, study)
    assert [row.sha256[0] for row in review.unbound] == ["c"]
    assert [row.code for row in review.without_consent] == ["C_002"]
    assert [refusal.reason for refusal in review.refusals] == ["It is empty."]


class TestByHand:
    def test_a_recording_is_bound_by_the_beginning_of_its_digest(
        self, study: Study, database: Database, book: Book, record: Callable[..., Recording]
    ) -> None:
        interview, recording = book("C_001"), record("a")
        with database.writing() as session:
            assert bind(session, study, "AAAA", "C_001", actor="coordinator") == "C_001_05/20"
        with database.reading() as session:
            binding = session.exec(select(Binding)).one()
            assert (binding.recording_id, binding.reason, binding.actor) == (recording.id, "by hand", "coordinator")
            assert state_of(session, interview) == State.RECORDED
            assert session.get_one(Recording, recording.id).review == ""

    def test_the_label_must_be_that_of_the_open_interview(
        self, study: Study, database: Database, book: Book, record: Callable[..., Recording]
    ) -> None:
        book("C_001")
        record("a")
        with database.writing() as session:
            assert bind(session, study, digest("a"), "C_001_05/20", actor="coordinator") == "C_001_05/20"
        with (
            database.writing() as session,
            pytest.raises(StorageError, match="no open interview C_001_06/20; that of C_001 is C_001_05/20"),
        ):
            bind(session, study, digest("a"), "C_001_06/20", actor="coordinator")

    def test_binding_it_again_to_the_same_interview_changes_nothing(
        self, study: Study, database: Database, book: Book, record: Callable[..., Recording]
    ) -> None:
        record("a", book("C_001"))
        with database.writing() as session:
            before = len(history(session, [1]))
            bind(session, study, "aaaa", "C_001", actor="coordinator")
            assert len(history(session, [1])) == before

    def test_a_recording_is_moved_to_another_interview(
        self, study: Study, database: Database, book: Book, record: Callable[..., Recording]
    ) -> None:
        wrong, right = book("C_001", state=State.HELD), book("C_002", TEN + timedelta(days=1))
        recording = record("a", wrong)
        with database.writing() as session:
            session.add(work(recording))
            session.flush()
            session.add(Window(transcription_id=1, number=0, words=[["hello", 0, 100, 0.9]], seconds=1.0))
        with database.writing() as session:
            assert bind(session, study, "aaaa", "C_002", actor="coordinator") == "C_002_05/20"
        with database.reading() as session:
            assert state_of(session, wrong) == State.HELD, "as it was before the recording"
            assert state_of(session, right) == State.RECORDED
            assert session.exec(select(Window)).all() == [], "begun under another person's consent"
            assert session.exec(select(Transcription)).all() == []
            assert "bound to C_002_05/20 by hand" in history(session, [wrong.id or 0])[-1].cause

    def test_taking_one_of_two_recordings_off_leaves_the_interview_recorded(
        self, study: Study, database: Database, book: Book, record: Callable[..., Recording]
    ) -> None:
        interview = book("C_001")
        record("a", interview)
        record("b", interview)
        with database.writing() as session:
            unbind(session, study, "aaaa", actor="coordinator")
        with database.reading() as session:
            assert state_of(session, interview) == State.RECORDED
            (row,) = review_list(session, study).unbound
            assert row.reason == "taken off its interview by hand"
        with database.writing() as session:
            unbind(session, study, "bbbb", actor="coordinator")
        with database.reading() as session:
            assert state_of(session, interview) == State.BOOKED

    def test_taking_a_second_recording_off_restores_what_the_interview_was_with_the_first(
        self, study: Study, database: Database, book: Book, record: Callable[..., Recording]
    ) -> None:
        interview = book("C_001")
        first = record("a", interview)
        with database.writing() as session:
            session.add(Transcript(interview_id=interview.id, recording_id=first.id))
            for state in (State.TRANSCRIBED, State.CHECKED):
                record_change(session, session.get_one(Interview, interview.id), state, actor="test")
        record("b", interview)
        record("c", interview)
        states = []
        for digits in ("bbbb", "cccc"):
            with database.writing() as session:
                unbind(session, study, digits, actor="coordinator")
                states.append(state_of(session, interview))
        assert states == [State.RECORDED, State.CHECKED]

    def test_what_is_transcribed_stays_where_it_is(
        self, study: Study, database: Database, book: Book, record: Callable[..., Recording]
    ) -> None:
        interview = book("C_001")
        book("C_002", TEN + timedelta(days=1))
        recording = record("a", interview)
        with database.writing() as session:
            session.add(Transcript(interview_id=interview.id, recording_id=recording.id))
        for attempt in (
            lambda session: bind(session, study, "aaaa", "C_002", actor="coordinator"),
            lambda session: unbind(session, study, "aaaa", actor="coordinator"),
        ):
            with pytest.raises(IntakeError, match="is transcribed"), database.writing() as session:
                attempt(session)
        with database.reading() as session:
            assert session.exec(select(Binding.interview_id)).one() == interview.id

    def test_a_slot_that_is_only_held_takes_no_recording(
        self, study: Study, database: Database, book: Book, record: Callable[..., Recording]
    ) -> None:
        book("C_001", state=State.HELD_SLOT)
        record("a")
        with database.writing() as session, pytest.raises(IntakeError, match="only held"):
            bind(session, study, "aaaa", "C_001", actor="coordinator")

    def test_a_participant_without_open_interview_is_named(
        self, study: Study, database: Database, book: Book, record: Callable[..., Recording]
    ) -> None:
        book("C_001", state=State.NO_SHOW)
        record("a")
        with database.writing() as session, pytest.raises(StorageError, match="C_001 has no open interview"):
            bind(session, study, "aaaa", "C_001", actor="coordinator")

    def test_what_is_being_transcribed_stays_where_it_is_until_the_run_has_ended(
        self, study: Study, database: Database, book: Book, record: Callable[..., Recording]
    ) -> None:
        interview = book("C_001")
        book("C_002", TEN + timedelta(days=1))
        recording = record("a", interview)
        with database.writing() as session:
            session.add(work(recording))
        attempts = (
            lambda session: unbind(session, study, "aaaa", actor="coordinator"),
            lambda session: bind(session, study, "aaaa", "C_002", actor="coordinator"),
        )
        with locked(Vault(study.place(study.storage.vault)).in_hand(recording.id or 0)):
            for attempt in attempts:
                with pytest.raises(IntakeError, match="at this moment; try again"), database.writing() as session:
                    attempt(session)
            with database.reading() as session:
                assert session.exec(select(Binding.interview_id)).one() == interview.id
                assert len(session.exec(select(Transcription)).all()) == 1, "the run still writes to it"
        for attempt in attempts:
            with database.writing() as session:
                attempt(session)

    def test_unbinding_what_is_not_bound(
        self, study: Study, database: Database, record: Callable[..., Recording]
    ) -> None:
        record("a")
        with database.writing() as session, pytest.raises(IntakeError, match="is not bound"):
            unbind(session, study, "aaaa", actor="coordinator")

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("aaa", "at least 4 characters"),
            ("C_001", "at least 4 characters"),
            ("%%%%", "is not a recording"),
            ("beef", "No recording begins with 'beef'"),
            ("abab", "More than one recording begins with 'abab'"),
        ],
    )
    def test_a_recording_that_is_not_clearly_named(self, database: Database, name: str, reason: str) -> None:
        with database.writing() as session:
            for tail in "01":
                about = {"suffix": ".wav", "size": 1, "container": "wav", "duration_ms": 1, "streams": []}
                session.add(Recording(sha256="abab" + tail * 60, **about))
        with database.reading() as session, pytest.raises(IntakeError, match=reason) as caught:
            find_recording(session, name)
        assert "fieldcall recordings" in str(caught.value)
