"""A night as it goes, by a clock that only the work moves: what is taken, what is told, and what stops it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from counting_recognizer import Counting
from numpy.typing import NDArray
from prefect.client.orchestration import get_client
from prefect.client.schemas.sorting import ArtifactSort
from sqlalchemy import Connection
from sqlmodel import select

import storage.database
from flows import transcribe
from flows.engine import Engine
from flows.options import NightOptions
from flows.outcomes import Outcome, Summary
from flows.progress import Nobody, watching
from flows.quality import quality_of
from flows.transcribe import transcribe_overnight
from storage.database import Database
from storage.study import Study
from storage.tables import Binding, Consent, Recording, Transcript, Transcription, Utterance, Version, Window
from storage.vault import Vault
from transcription.plan import make_plan
from transcription.transcript import Word

Add = Callable[..., Recording]
TEN = datetime.fromisoformat("2020-11-22T22:00:00+00:00")
HOUR = timedelta(hours=1)


class Clock:
    """Time as the flow reads it."""

    def __init__(self) -> None:
        self.at = TEN

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Slow(Counting):
    """A recognizer that takes its time over each window, and to which things happen at given calls."""

    clock: Clock
    takes: timedelta
    at_once: int = 1
    happens: dict[int, Callable[[], None]] = field(default_factory=dict)
    said: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def words(self, sound: NDArray[np.float32]) -> tuple[Word, ...]:
        self.clock.at += self.takes
        words = super().words(sound)
        self.happens.get(self.calls, lambda: None)()
        return tuple(Word(self.said + word.text, word.start_ms, word.end_ms, 0.9) for word in words)


class Watching(Nobody):
    """What somebody at a terminal sees."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.night: list[tuple[float, str]] = []

    def moved(self, name: str, done: float, total: float, words: str = "") -> None:
        if name.startswith("night of"):
            self.night.append((done, words))

    def said(self, sentence: str) -> None:
        self.sentences.append(sentence)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(transcribe, "now", clock)
    return clock


@pytest.fixture
def slow(clock: Clock, talk: Path, monkeypatch: pytest.MonkeyPatch) -> Slow:
    """Needs about an hour for the short talk."""
    recognizer = Slow(clock, HOUR / len(make_plan(talk).windows))
    monkeypatch.setattr(transcribe, "load_engine", lambda *_: Engine("slow", recognizer))
    return recognizer


def night(until: str | None = None, watching_it: Watching | None = None, **options: Any) -> Summary:
    with watching(watching_it or Nobody()) as summaries:
        transcribe_overnight(NightOptions(until=until, **options), return_state=True)
    return summaries[-1]


def results(summary: Summary) -> dict[str, str]:
    return {outcome.code: outcome.result for outcome in summary.outcomes}


def outcome_of(summary: Summary, code: str) -> Outcome:
    return next(outcome for outcome in summary.outcomes if outcome.code == code)


def markdown() -> str:
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(sort=ArtifactSort.CREATED_DESC)
    return str(next(item for item in found if item.key == "morning-report").data)


def done_before(database: Database, recording: Recording, sound: Path, takes: timedelta) -> None:
    """Write down that a recording was transcribed, and took so long for each window."""
    plan = make_plan(sound)
    assert recording.id is not None
    with database.writing() as session:
        interview_id = session.get_one(Binding, recording.id).interview_id
        work = Transcription(
            recording_id=recording.id,
            recipe="done before",
            engine=Counting.name,
            model="slow",
            model_sha256=Counting.model_sha256,
            parameters={},
            versions={},
            plan=plan.to_json(),
            finished_at=TEN,
            seconds=takes.total_seconds() * len(plan.windows),
        )
        session.add_all([work, Transcript(interview_id=interview_id, recording_id=recording.id)])
        session.flush()
        assert work.id is not None
        for number in range(len(plan.windows)):
            window = Window(transcription_id=work.id, number=number, words=[], seconds=takes.total_seconds())
            session.add(window)


class TestAPlannedNight:
    @pytest.fixture
    def four(self, in_study: Study, database: Database, add_recording: Add, talk: Path, slow: Slow) -> None:
        """One recording that was done before, in an hour; and four that wait."""
        done_before(database, add_recording("C_001", talk), talk, slow.takes)
        for number in (2, 3, 4, 5):
            add_recording(f"C_00{number}", talk, day=number)

    def test_it_says_what_will_be_done_when_and_what_will_not_fit(self, four: None, slow: Slow) -> None:
        terminal = Watching()
        summary = night("01:30", terminal)
        assert results(summary) == {"C_002": "done", "C_003": "done", "C_004": "done", "C_005": "left"}
        assert terminal.sentences == [
            "night of 22 Nov: C_002 about 23:00, the last about 01:00, 1 of 4 will not fit before 01:30 and is left "
            "for the next night (by the speed of 1 recording done before)."
        ]
        assert slow.clock.at < TEN + timedelta(hours=3, minutes=30)
        left = outcome_of(summary, "C_005")
        assert left.message == "It needs about 1 h, and would not have been done by 01:30."
        assert left.next_step == "Nothing to do: by the nightly schedule it is done about 23:00 on 23 Nov."

    def test_one_bar_rises_to_its_end_with_the_time_in_words(self, four: None) -> None:
        terminal = Watching()
        night(None, terminal)
        parts = [part for part, _ in terminal.night]
        assert parts == sorted(parts)
        assert (0 < parts[0] < 0.3, parts[-1], terminal.night[-1][1]) == (True, 1.0, "done")
        assert terminal.night[0][1] == "C_002 about 23:00, all done about 02:00"

    def test_one_that_is_mostly_silence_does_not_make_the_others_look_quick(
        self, four: None, database: Database
    ) -> None:
        with database.writing() as session:
            session.get_one(Recording, 2).duration_ms *= 10
        terminal = Watching()
        night(None, terminal)
        next_one = [words for _, words in terminal.night if words.startswith("C_003")]
        assert next_one[0] == "C_003 about 00:00, all done about 02:00"

    def test_slower_than_ever_it_takes_fewer_and_passes_its_end_by_no_more_than_the_one_in_hand(
        self, four: None, slow: Slow
    ) -> None:
        slow.takes *= 2
        summary = night("02:10")
        assert results(summary) == {"C_002": "done", "C_003": "done", "C_004": "left", "C_005": "left"}
        assert slow.clock.at < TEN + timedelta(hours=4, minutes=40)

    def test_in_the_morning_it_explains_itself(self, four: None) -> None:
        summary = night("01:30")
        assert summary.story[0].startswith("3 of 4 recordings were transcribed with counting slow: ")
        assert summary.story[1].startswith("It worked from 22:00 to 00:5") or "to 01:0" in summary.story[1]
        assert "at its beginning 01:00 was expected" in summary.story[1]
        assert summary.story[-1] == "1 recording left for another night: C_005."
        report = markdown()
        assert report.startswith("# The night of 22 Nov\n\n3 of 4 recordings")
        assert report.index("## Transcribed") < report.index("## Left") < report.index("| C_005 |")


def test_before_anything_was_measured_it_says_that_it_guesses(
    in_study: Study, add_recording: Add, talk: Path, slow: Slow
) -> None:
    add_recording("C_001", talk)
    terminal = Watching()
    night(None, terminal)
    assert "a guess, for 'slow' has not transcribed anything here yet" in terminal.sentences[0]


def test_one_too_long_for_any_night_is_broken_off_at_its_end_and_gone_on_with_the_next(
    in_study: Study, database: Database, add_recording: Add, long_talk: Path, slow: Slow
) -> None:
    add_recording("C_001", long_talk)
    plan = make_plan(long_talk)
    slow.takes = 12 * HOUR / len(plan.windows)
    summary = night("03:00")
    outcome = outcome_of(summary, "C_001")
    assert outcome.result == "left"
    assert "broken off when the night ended" in outcome.message
    assert "goes on where it was" in outcome.next_step
    first_calls = slow.calls
    assert 0 < first_calls < len(plan.windows)
    assert slow.clock.at >= TEN + 5 * HOUR

    slow.clock.at = TEN + timedelta(days=1)
    assert results(night()) == {"C_001": "done"}
    assert slow.calls == len(plan.windows), "no window is done twice"


class TestWhatGoesWrong:
    def test_each_failure_has_its_next_step_and_none_stops_the_others(
        self,
        in_study: Study,
        database: Database,
        add_recording: Add,
        talk: Path,
        silence: Path,
        tmp_path: Path,
        slow: Slow,
    ) -> None:
        text = tmp_path / "text.wav"
        text.write_text("Anna said that she was well.")
        sounds = {"C_001": text, "C_002": silence, "C_003": talk, "C_004": talk, "C_005": talk, "C_006": talk}
        stored = {code: add_recording(code, sound, day=day) for day, (code, sound) in enumerate(sounds.items())}
        vault = Vault(in_study.place(in_study.storage.vault))
        vault.path(stored["C_003"].sha256, ".wav").unlink()

        def withdraw() -> None:
            with database.writing() as session:
                given_on = datetime(2020, 6, 2).date()  # noqa: DTZ001 - a day
                session.add(
                    Consent(participant_code="C_004", given_on=given_on, sheet="v1", recording=False, actor="test")
                )

        def crash() -> None:
            raise RuntimeError("Anna said that she was well")

        windows = len(make_plan(talk).windows)
        assert windows > 1
        slow.happens = {1: withdraw, 2: crash}
        summary = night()
        assert results(summary) == {
            "C_001": "failed",
            "C_002": "failed",
            "C_003": "failed",
            "C_004": "skipped",
            "C_005": "failed",
            "C_006": "done",
        }
        steps = {outcome.code: outcome.next_step for outcome in summary.outcomes if outcome.result != "done"}
        assert steps["C_001"] == "Fetch the recording again from where it was made."
        assert steps["C_002"].startswith("Listen to it")
        assert steps["C_003"] == "Restore it from a backup."
        assert steps["C_004"] == "If there is a consent, enter it with 'fieldcall participants consent C_004'."
        assert steps["C_005"].startswith("Nothing was lost; run it again")
        told = markdown() + summary.message + " ".join(summary.story)
        assert "Anna" not in told
        assert all(f"| {code} |" in told for code in steps)
        assert "4 recordings could not be transcribed: C_001, C_002, C_003, C_005" in told

    def test_a_missing_model_leaves_everything_for_later_and_the_report_says_why(
        self, in_study: Study, add_recording: Add, talk: Path
    ) -> None:
        add_recording("C_001", talk)
        summary = night(model="tiny")
        assert (summary.failed, results(summary)) == (True, {"C_001": "left"})
        assert "fieldcall models pull tiny" in markdown()

    def test_a_full_disk_stops_the_night_and_what_was_done_stays_whole(
        self,
        in_study: Study,
        database: Database,
        add_recording: Add,
        talk: Path,
        slow: Slow,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        for number in (1, 2, 3):
            add_recording(f"C_00{number}", talk, day=number)
        slow.said = "word" * 500  # so much that it needs new pages
        windows = len(make_plan(talk).windows)
        with filling_disk(monkeypatch) as fill:
            slow.happens = {windows + 1: fill}
            summary = night()
        assert results(summary) == {"C_001": "done", "C_002": "failed", "C_003": "left"}
        assert summary.failed
        assert summary.message == (
            "The disk is full. What was done so far is kept, and nothing is half written. Make room on the disk that "
            "holds the study, then start it again: it goes on where it was. 1 recording transcribed, 1 left."
        )
        with database.reading() as session:
            assert len(session.exec(select(Version)).all()) == 1
            assert session.exec(select(Transcription).where(Transcription.recording_id == 2)).one().finished_at is None
        slow.happens = {}
        assert results(night()) == {"C_002": "done", "C_003": "done"}

    def test_on_a_disk_without_room_nothing_is_begun(
        self, in_study: Study, add_recording: Add, talk: Path, slow: Slow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        add_recording("C_001", talk)
        monkeypatch.setattr("flows.disk.LEAST_FREE", 1 << 62)
        summary = night()
        assert (summary.failed, results(summary), slow.calls) == (True, {"C_001": "left"}, 0)
        assert summary.message.startswith("The disk is full.")


@contextmanager
def filling_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """From the call on, and until the end, SQLite finds no room for another page."""
    is_full = False
    begin = storage.database._begin

    def fill() -> None:
        nonlocal is_full
        is_full = True

    def begin_where_there_may_be_no_room(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={1 if is_full else 1 << 30}")
        begin(connection)

    with monkeypatch.context() as patched:
        patched.setattr(storage.database, "_begin", begin_where_there_may_be_no_room)
        yield fill


def test_what_a_person_should_hear_is_counted_from_the_words_that_are_kept(
    in_study: Study, database: Database, add_recording: Add, talk: Path, slow: Slow
) -> None:
    recording = add_recording("C_001", talk)
    night()
    marked = [
        ["I", 0, 100, 0.9],
        ["mean", 100, 200, 0.4, ["disputed"]],
        ["it", 200, 300, 0.4, ["disputed"]],
        ["so", 300, 400, 0.9],
        ["so", 400, 500, 0.9, ["loop"]],
        ["[unclear 00:00:01-00:00:02]", 1000, 2000, 0.0, ["unclear"]],
        ["[unclear 00:00:03-00:00:04]", 3000, 4000, 0.0, ["unclear"]],
        ["yes", 4100, 4200, 0.5, ["speaker", "disputed"]],
    ]
    with database.writing() as session:
        version = session.exec(select(Version)).one()
        assert version.id is not None
        session.add(
            Utterance(
                version_id=version.id, number=999, speaker="", channel=0, start_ms=0, end_ms=4200, text="", words=marked
            )
        )
        session.flush()
        quality = quality_of(session, recording.id or 0)
    assert (quality.unclear, quality.disputed, quality.doubtful_speakers, quality.set_aside) == (2, 2, 1, 1)
    assert quality.to_hear == "2 unclear passages, 2 disputed passages, 1 doubtful speaker"
