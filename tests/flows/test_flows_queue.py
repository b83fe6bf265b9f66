"""What is to be transcribed is what the rows say, and each recording is transcribed once, window by window."""

import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from counting_recognizer import Counting, counting
from flows_sounds import write_wav
from numpy.typing import NDArray
from sqlmodel import Session, col, select

from flows.engine import Engine, load_engine
from flows.one_recording import transcribe_one
from flows.transcription_queue import Waiting, in_order, to_transcribe, without_consent
from storage.database import Database
from storage.errors import IntakeError
from storage.intake.recordings import bind, unbind
from storage.study import Study
from storage.tables import Binding, Consent, Interview, Recording, State, Transcription, Utterance, Version, Window
from storage.transcripts.reading import read_transcripts
from storage.vault import Vault
from transcription.errors import ModelError
from transcription.transcript import Word

Add = Callable[..., Recording]


def waiting(study: Study, database: Database, *codes: str) -> list[Waiting]:
    with database.reading() as session:
        return to_transcribe(session, study, codes)


def change(database: Database, code: str, **values: object) -> None:
    with database.writing() as session:
        interview = session.exec(select(Interview).where(Interview.participant_code == code)).one()
        for name, value in values.items():
            setattr(interview, name, value)


def agree(database: Database, code: str, given_on: date, *, recording: bool = True) -> None:
    with database.writing() as session:
        session.add(Consent(participant_code=code, given_on=given_on, sheet="v1", recording=recording, actor="test"))


def withdraw_consent(database: Database, code: str) -> None:
    """From now on they do not agree to be recorded."""
    agree(database, code, date(2020, 6, 2), recording=False)


def work_of(database: Database) -> Transcription:
    with database.reading() as session:
        return session.exec(select(Transcription)).one()


def texts(session: Session) -> list[str]:
    return [utterance.text for utterance in session.exec(select(Utterance).order_by(col(Utterance.number)))]


def test_a_model_that_changed_since_it_came_is_not_worked_with(demo_study: Study) -> None:
    note = demo_study.place(demo_study.transcription.models) / "whisper-demo.sha256"
    recorded = note.read_text(encoding="ascii")
    assert load_engine(demo_study).recognizer.model_sha256 == recorded.split()[0]
    note.write_text(f"{'0' * 64}  whisper-demo.pt\n", encoding="ascii")
    with pytest.raises(ModelError, match="'whisper-demo' has changed since it came") as caught:
        load_engine(demo_study)
    assert "fieldcall models pull whisper-demo" in str(caught.value)


class TestTheQueue:
    @pytest.mark.parametrize(
        ("order", "codes"),
        [
            ("oldest-consented", ["C_003", "C_002", "C_001"]),
            ("oldest-interview", ["C_001", "C_002", "C_003"]),
            ("shortest", ["C_002", "C_001", "C_003"]),
        ],
    )
    def test_the_study_says_whose_turn_comes_first(
        self, study: Study, database: Database, add_recording: Add, talk: Path, order: str, codes: list[str]
    ) -> None:
        for day, (code, minutes) in enumerate((("C_001", 40), ("C_002", 20), ("C_003", 60))):
            recording = add_recording(code, talk, day=day)
            with database.writing() as session:
                session.merge(recording).duration_ms = minutes * 60_000
            agree(database, code, date(2020, 5, 20 - day))
        found = waiting(study, database)
        assert [recording.code for recording in in_order(found, order)] == codes

    def test_by_itself_who_agreed_first_comes_first(
        self, study: Study, database: Database, add_recording: Add, talk: Path
    ) -> None:
        for day, code in enumerate(("C_001", "C_002")):
            add_recording(code, talk, day=day)
        agree(database, "C_002", date(2020, 4, 1))
        assert [recording.code for recording in waiting(study, database)] == ["C_002", "C_001"]

    def test_of_those_who_agreed_on_one_day_the_oldest_interview_comes_first(
        self, study: Study, database: Database, add_recording: Add, talk: Path
    ) -> None:
        for code, day in (("C_001", 5), ("C_002", 1), ("LW_01", 3)):
            add_recording(code, talk, day=day)
        assert [recording.code for recording in waiting(study, database)] == ["C_002", "LW_01", "C_001"]
        assert [recording.code for recording in waiting(study, database, "C_001")] == ["C_001"]

    def test_it_names_a_recording_by_code_and_length(
        self, study: Study, database: Database, add_recording: Add, talk: Path
    ) -> None:
        recording = add_recording("C_031", talk)
        with database.writing() as session:
            session.merge(recording).duration_ms = 42 * 60_000 + 12_000
        assert [(found.title, found.label) for found in waiting(study, database)] == [("C_031 · 42 min", "C_031_06/20")]

    @pytest.mark.parametrize("consent", [False, None])
    def test_without_consent_to_record_nothing_waits_and_it_is_said(
        self, study: Study, database: Database, add_recording: Add, talk: Path, consent: bool | None
    ) -> None:
        add_recording("C_001", talk, consent=consent)
        assert waiting(study, database) == []
        with database.reading() as session:
            (outcome,) = without_consent(session, study)
        assert (outcome.code, outcome.result) == ("C_001", "skipped")
        assert "has not agreed" in outcome.message

    def test_the_newest_consent_counts(self, study: Study, database: Database, add_recording: Add, talk: Path) -> None:
        add_recording("C_001", talk, consent=True)
        withdraw_consent(database, "C_001")
        assert waiting(study, database) == []

    def test_who_has_withdrawn_is_not_transcribed(
        self, study: Study, database: Database, add_recording: Add, talk: Path
    ) -> None:
        add_recording("C_001", talk)
        change(database, "C_001", state=State.WITHDRAWN)
        assert waiting(study, database) == []


class TestOneRecording:
    @pytest.fixture
    def recording(self, study: Study, database: Database, add_recording: Add, talk: Path) -> Waiting:
        add_recording("C_001", talk)
        (recording,) = waiting(study, database)
        return recording

    def test_it_becomes_version_1_with_what_made_it(self, study: Study, database: Database, recording: Waiting) -> None:
        parts: list[float] = []
        engine = counting()
        outcome = transcribe_one(study, database, recording, engine, parts.append)
        assert (outcome.code, outcome.result, outcome.message) == ("C_001", "done", "")
        with database.reading() as session:
            (transcript,) = read_transcripts(session, study)
            work = session.exec(select(Transcription)).one()
            windows = session.exec(select(Window)).all()
        assert (transcript.version_number, transcript.version_kind, transcript.state) == (1, "machine", "transcribed")
        assert (work.recipe, work.failure) == (engine.recipe, "")
        assert work.finished_at is not None
        assert work.parameters["plan"]["speech"]
        assert outcome.windows == len(windows) >= 2
        assert outcome.words == sum(len(window.words) for window in windows) > 0
        assert work.seconds == pytest.approx(outcome.seconds)
        assert parts == sorted(parts)
        assert parts[-1] == pytest.approx(1, abs=0.2)
        assert waiting(study, database) == []

    def test_on_a_two_party_call_each_channel_speaks_by_its_code(
        self, study: Study, database: Database, recording: Waiting
    ) -> None:
        transcribe_one(study, database, recording, counting())
        with database.reading() as session:
            spoken = session.exec(select(Utterance)).all()
        assert {(utterance.channel, utterance.speaker) for utterance in spoken} == {(0, "INT_01"), (1, "C_001")}

    def test_the_study_file_says_who_is_on_which_channel(
        self, study: Study, database: Database, recording: Waiting
    ) -> None:
        turned = study.model_copy(
            update={"capture": study.capture.model_copy(update={"channels": ["participant", "interviewer"]})}
        )
        transcribe_one(turned, database, recording, counting())
        with database.reading() as session:
            spoken = session.exec(select(Utterance)).all()
        assert {(utterance.channel, utterance.speaker) for utterance in spoken} == {(0, "C_001"), (1, "INT_01")}

    def test_on_one_channel_nobody_is_known_by_name(
        self, study: Study, database: Database, add_recording: Add, demo_sound: NDArray[np.float32], tmp_path: Path
    ) -> None:
        mixed = demo_sound[:, : 12 * 16_000].sum(axis=0, keepdims=True)
        add_recording("C_002", write_wav(tmp_path / "mixed.wav", mixed))
        (recording,) = waiting(study, database)
        transcribe_one(study, database, recording, counting())
        with database.reading() as session:
            assert {utterance.speaker for utterance in session.exec(select(Utterance))} == {""}

    def test_doing_it_again_changes_nothing(self, study: Study, database: Database, recording: Waiting) -> None:
        transcribe_one(study, database, recording, counting())
        engine = counting()
        outcome = transcribe_one(study, database, recording, engine)
        assert outcome.result == "already"
        assert isinstance(engine.recognizer, Counting)
        assert engine.recognizer.calls == 0
        with database.reading() as session:
            assert len(session.exec(select(Version)).all()) == 1

    def test_broken_off_it_goes_on_where_it_was(
        self, study: Study, database: Database, add_recording: Add, long_talk: Path
    ) -> None:
        add_recording("C_001", long_talk)
        (recording,) = waiting(study, database)
        with pytest.raises(KeyboardInterrupt):
            transcribe_one(study, database, recording, counting(breaks_at=4))
        broken = work_of(database)
        assert broken.finished_at is None
        assert broken.plan is not None
        engine = counting()
        assert transcribe_one(study, database, recording, engine).result == "done"
        assert isinstance(engine.recognizer, Counting)
        assert engine.recognizer.calls == len(broken.plan["windows"]) - 2, "a batch is two windows"
        assert work_of(database).seconds > broken.seconds
        with database.reading() as session:
            resumed = texts(session)
        add_recording("C_002", long_talk)
        (whole,) = waiting(study, database)
        transcribe_one(study, database, whole, counting())
        with database.reading() as session:
            assert [t.utterances[0].text for t in read_transcripts(session, study)] == [resumed[0]] * 2
            first, second = read_transcripts(session, study)
        assert [(u.text, u.start_ms, u.words) for u in first.utterances] == [
            (u.text, u.start_ms, u.words) for u in second.utterances
        ]

    def test_two_runs_at_once_do_it_once(self, study: Study, database: Database, recording: Waiting) -> None:
        begun, go_on = threading.Event(), threading.Event()
        results: list[str] = []

        def slowly(_part: float) -> None:
            begun.set()
            go_on.wait(60)

        def first() -> None:
            results.append(transcribe_one(study, database, recording, counting(), slowly).result)

        thread = threading.Thread(target=first)
        thread.start()
        assert begun.wait(60)
        second = transcribe_one(study, database, recording, counting())
        go_on.set()
        thread.join()
        assert results == ["done"]
        assert (second.result, "another run" in second.message) == ("already", True)

    def test_another_recipe_starts_its_own_windows(self, study: Study, database: Database, recording: Waiting) -> None:
        with pytest.raises(KeyboardInterrupt):
            transcribe_one(study, database, recording, counting(breaks_at=2))
        other = Counting()
        other.model_sha256 = "1" * 64
        assert transcribe_one(study, database, recording, Engine("other", other)).result == "done"
        with database.reading() as session:
            kept, finished = session.exec(select(Transcription).order_by(col(Transcription.id))).all()
        assert kept.finished_at is None
        assert (finished.model, other.calls) == ("other", len(finished.plan["windows"]))  # type: ignore[index]


class Meanwhile(Counting):
    """A recognizer during whose first window something else happens."""

    def __init__(self, happens: Callable[[], None]) -> None:
        super().__init__()
        self._happens = happens

    def words(self, sound: NDArray[np.float32]) -> tuple[Word, ...]:
        if not self.calls:
            self._happens()
        return super().words(sound)


class TestWhatHappensMeanwhile:
    @pytest.fixture
    def recording(self, study: Study, database: Database, add_recording: Add, talk: Path) -> Waiting:
        add_recording("C_001", talk)
        (recording,) = waiting(study, database)
        add_recording("C_002", talk, day=1)
        return recording

    def test_it_cannot_be_bound_to_another(self, study: Study, database: Database, recording: Waiting) -> None:
        refused: list[str] = []

        def rebind() -> None:
            try:
                with database.writing() as session:
                    bind(session, study, recording.sha256, "C_002", actor="coordinator")
            except IntakeError as error:
                refused.append(str(error))

        outcome = transcribe_one(study, database, recording, Engine("meanwhile", Meanwhile(rebind)))
        assert (outcome.code, outcome.result) == ("C_001", "done")
        assert ["at this moment" in message for message in refused] == [True]

    @pytest.mark.parametrize("begun_anew", [False, True])
    def test_where_its_row_is_gone_nothing_is_kept_anywhere(
        self, study: Study, database: Database, recording: Waiting, begun_anew: bool
    ) -> None:
        (other,) = waiting(study, database, "C_002")

        def drop() -> None:
            with database.writing() as session:
                row = session.exec(select(Transcription)).one()
                kept = row.model_dump(exclude={"recording_id"})
                session.delete(row)
                session.flush()
                if begun_anew:  # under the same id, as databases did that gave ids again
                    session.add(Transcription(**kept, recording_id=other.recording_id))

        outcome = transcribe_one(study, database, recording, Engine("meanwhile", Meanwhile(drop)))
        assert (outcome.code, outcome.result) == ("C_001", "failed")
        assert "was taken off its interview while it was being transcribed" in outcome.message
        with database.reading() as session:
            assert session.exec(select(Window)).all() == session.exec(select(Version)).all() == []
            assert [row.failure for row in session.exec(select(Transcription))] == [""] * begun_anew

    def test_the_words_are_those_of_whom_it_is_bound_to_when_they_are_saved(
        self, study: Study, database: Database, recording: Waiting
    ) -> None:
        def rebind() -> None:
            with database.writing() as session:
                binding = session.get_one(Binding, recording.recording_id)
                other = session.exec(select(Interview).where(Interview.participant_code == "C_002")).one()
                binding.interview_id = other.id or 0

        outcome = transcribe_one(study, database, recording, Engine("meanwhile", Meanwhile(rebind)))
        assert (outcome.code, outcome.result) == ("C_002", "done")
        with database.reading() as session:
            assert {spoken.speaker for spoken in session.exec(select(Utterance))} == {"INT_01", "C_002"}

    def test_consent_withdrawn_in_the_middle_is_no_fault(
        self, study: Study, database: Database, recording: Waiting
    ) -> None:
        engine = Engine("meanwhile", Meanwhile(lambda: withdraw_consent(database, "C_001")))
        outcome = transcribe_one(study, database, recording, engine)
        assert (outcome.code, outcome.result) == ("C_001", "skipped")
        assert "has not agreed to be recorded" in outcome.message
        assert work_of(database).failure == ""
        with database.reading() as session:
            assert session.exec(select(Version)).all() == []

    def test_it_was_transcribed_taken_off_bound_to_another_or_withdrawn(
        self, study: Study, database: Database, recording: Waiting
    ) -> None:
        def told() -> tuple[str, str]:
            outcome = transcribe_one(study, database, recording, counting())
            return outcome.result, outcome.message

        change(database, "C_001", state=State.WITHDRAWN)
        assert told() == ("skipped", "C_001 has withdrawn, so the recording is not transcribed.")
        change(database, "C_001", state=State.RECORDED)
        with database.writing() as session:
            bind(session, study, recording.sha256, "C_002", actor="coordinator")
        assert told() == ("skipped", "It belongs to C_002_06/20 now.")
        with database.writing() as session:
            unbind(session, study, recording.sha256, actor="coordinator")
        assert told() == ("skipped", "It was taken off its interview.")
        with database.writing() as session:
            bind(session, study, recording.sha256, "C_001", actor="coordinator")
        assert [told()[0], told()] == ["done", ("already", "It has its transcript.")]


class TestWhatCannotBeTranscribed:
    def test_silence_is_a_failure_with_its_next_step_and_no_empty_transcript(
        self, study: Study, database: Database, add_recording: Add, silence: Path
    ) -> None:
        add_recording("C_001", silence)
        (recording,) = waiting(study, database)
        outcome = transcribe_one(study, database, recording, counting())
        assert (outcome.result, outcome.message) == ("failed", "No speech was found in the recording.")
        assert outcome.next_step.startswith("Listen to it")
        failure = work_of(database).failure
        assert "No speech was found" in failure
        assert "Listen to it" in failure
        with database.reading() as session:
            assert session.exec(select(Version)).all() == []

    def test_known_silence_is_told_but_does_not_fail_every_night(
        self, study: Study, database: Database, add_recording: Add, silence: Path
    ) -> None:
        add_recording("C_001", silence)
        (recording,) = waiting(study, database)
        transcribe_one(study, database, recording, counting())
        assert transcribe_one(study, database, recording, counting()).result == "skipped"

    def test_speech_without_a_word_is_a_failure_once_and_told_every_night(
        self, study: Study, database: Database, add_recording: Add, talk: Path
    ) -> None:
        class Deaf(Counting):
            def words(self, sound: NDArray[np.float32]) -> tuple[Word, ...]:
                return ()

        add_recording("C_001", talk)
        (recording,) = waiting(study, database)
        outcome = transcribe_one(study, database, recording, Engine("deaf", Deaf()))
        assert outcome.result == "failed"
        assert "no word of it was recognised" in work_of(database).failure
        again = transcribe_one(study, database, recording, Engine("deaf", Deaf()))
        assert (again.result, again.message, again.next_step) == ("skipped", outcome.message, outcome.next_step)

    def test_a_recording_missing_from_the_vault_says_so(
        self, study: Study, database: Database, add_recording: Add, talk: Path
    ) -> None:
        row = add_recording("C_001", talk)
        (recording,) = waiting(study, database)
        Vault(study.place(study.storage.vault)).path(row.sha256, row.suffix).unlink()
        outcome = transcribe_one(study, database, recording, counting())
        assert outcome.result == "failed"
        assert "missing from the vault" in outcome.message
        assert work_of(database).failure == outcome.message

    def test_what_is_not_sound_says_so(
        self, study: Study, database: Database, add_recording: Add, tmp_path: Path
    ) -> None:
        text = tmp_path / "notes.wav"
        text.write_text("Anna said that she was well.\n" * 50)
        add_recording("C_001", text)
        (recording,) = waiting(study, database)
        outcome = transcribe_one(study, database, recording, counting())
        assert outcome.result == "failed"
        assert "Anna" not in outcome.message

    def test_an_unexpected_fault_is_told_without_its_message(
        self, study: Study, database: Database, add_recording: Add, talk: Path
    ) -> None:
        class Leaky(Counting):
            def words(self, sound: NDArray[np.float32]) -> tuple[Word, ...]:
                raise ValueError("could not decode 'Anna said that she was well'")

        add_recording("C_001", talk)
        (recording,) = waiting(study, database)
        outcome = transcribe_one(study, database, recording, Engine("leaky", Leaky()))
        assert outcome.result == "failed"
        assert "ValueError" in outcome.message
        assert "Anna" not in outcome.message + work_of(database).failure

    def test_consent_withdrawn_meanwhile_stops_it(
        self, study: Study, database: Database, add_recording: Add, talk: Path
    ) -> None:
        add_recording("C_001", talk)
        (recording,) = waiting(study, database)
        withdraw_consent(database, "C_001")
        assert transcribe_one(study, database, recording, counting()).result == "skipped"
        with database.reading() as session:
            assert session.exec(select(Transcription)).all() == []

    def test_a_failure_is_forgotten_when_it_succeeds(
        self, study: Study, database: Database, add_recording: Add, talk: Path
    ) -> None:
        row = add_recording("C_001", talk)
        (recording,) = waiting(study, database)
        stored = Vault(study.place(study.storage.vault)).path(row.sha256, row.suffix)
        elsewhere = stored.rename(stored.with_suffix(".away"))
        assert transcribe_one(study, database, recording, counting()).result == "failed"
        elsewhere.rename(stored)
        assert transcribe_one(study, database, recording, counting()).result == "done"
        assert work_of(database).failure == ""
