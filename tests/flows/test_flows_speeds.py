"""How long a recording will take is measured on the newest that were done before, on the same kind of engine."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from counting_recognizer import counting
from hypothesis import given
from hypothesis import strategies as st

from flows.one_recording import transcribe_one
from flows.speeds import RECENT, Effort, effort_left, guessed, measured, weighted_median
from flows.transcription_queue import to_transcribe
from storage.database import Database
from storage.study import Study
from storage.tables import Recording, Transcription, Window
from transcription.channels import Layout
from transcription.plan import Plan
from transcription.speech import Span
from transcription.windows import Window as PlannedWindow

Add = Callable[..., Recording]
MORNING = datetime.fromisoformat("2020-11-23T07:00:00+00:00")


@pytest.fixture
def recording(add_recording: Add, talk: Path) -> Recording:
    return add_recording("C_001", talk)


def done(
    database: Database,
    recording: Recording,
    number: int,
    *,
    decoding: float,
    hearing: float = 0.25,
    device: str = "cpu",
    model: str = "small",
    finished: bool = True,
) -> None:
    """A recording (of 16 s, 8 s of speech in two windows) done at these seconds of work per second of sound."""
    spans = (Span(0, 4000), Span(8000, 12_000))
    plan = Plan(Layout("mono", (0,)), 1, 16_000, 0, tuple(PlannedWindow(0, (span,)) for span in spans))
    assert recording.id is not None
    with database.writing() as session:
        work = Transcription(
            recording_id=recording.id,
            recipe=f"{number}-{device}-{model}",
            engine="openai-whisper",
            model=model,
            model_sha256="0" * 64,
            parameters={"recognizer": {"device": device}},
            versions={},
            plan=plan.to_json(),
            finished_at=MORNING + timedelta(days=number) if finished else None,
            seconds=16 * hearing + 8 * decoding,
        )
        session.add(work)
        session.flush()
        assert work.id is not None
        session.add_all(Window(transcription_id=work.id, number=n, words=[], seconds=4 * decoding) for n in (0, 1))


def test_hearing_and_decoding_are_measured_apart(database: Database, recording: Recording) -> None:
    done(database, recording, 1, hearing=0.25, decoding=3.0)
    with database.reading() as session:
        speed = measured(session, "openai-whisper", "small", "cpu")
    assert speed is not None
    assert (speed.hearing, speed.decoding, speed.speech, speed.measured) == pytest.approx((0.25, 3.0, 0.5, 1))
    assert speed.effort(60_000) == Effort(15.0, 90.0)


def test_one_odd_night_does_not_sway_it(database: Database, recording: Recording) -> None:
    for number, decoding in enumerate((1.0, 1.1, 50.0, 0.9, 1.0)):
        done(database, recording, number, decoding=decoding)
    with database.reading() as session:
        speed = measured(session, "openai-whisper", "small", "cpu")
    assert speed is not None
    assert speed.decoding == pytest.approx(1.0)


def test_the_newest_recordings_count(database: Database, recording: Recording) -> None:
    for number in range(RECENT):
        done(database, recording, number, decoding=9.0)
    for number in range(RECENT, 2 * RECENT):
        done(database, recording, number, decoding=1.0)
    with database.reading() as session:
        speed = measured(session, "openai-whisper", "small", "cpu")
    assert speed is not None
    assert (speed.decoding, speed.measured) == (pytest.approx(1.0), RECENT)


def test_only_what_the_same_engine_did_with_the_same_model_on_the_same_device_and_finished(
    database: Database, recording: Recording
) -> None:
    done(database, recording, 1, decoding=1.0, device="cuda")
    done(database, recording, 2, decoding=1.0, model="tiny")
    done(database, recording, 3, decoding=1.0, finished=False)
    with database.reading() as session:
        assert measured(session, "openai-whisper", "small", "cpu") is None
        assert measured(session, "faster-whisper", "tiny", "cpu") is None
        assert measured(session, "openai-whisper", "small", "cuda") is not None


def test_a_guess_is_slower_for_a_bigger_model_and_faster_on_a_card() -> None:
    small, large = guessed(480_000_000, "cpu"), guessed(3_100_000_000, "cpu")
    assert small.effort(60_000).seconds < large.effort(60_000).seconds
    assert guessed(3_100_000_000, "cuda").effort(60_000).seconds < large.effort(60_000).seconds / 5
    assert small.measured == 0


def test_of_a_recording_begun_before_only_what_is_left_counts(
    study: Study, database: Database, add_recording: Add, long_talk: Path
) -> None:
    add_recording("C_001", long_talk)
    with database.reading() as session:
        (recording,) = to_transcribe(session, study)
    speed = guessed(480_000_000, "cpu")
    engine = counting(breaks_at=3)
    with database.reading() as session:
        whole, begun = effort_left(session, recording, engine.recipe, speed)
    assert (whole, begun) == (speed.effort(recording.length_ms), 0.0)
    with pytest.raises(KeyboardInterrupt):
        transcribe_one(study, database, recording, engine)
    with database.reading() as session:
        left, begun = effort_left(session, recording, engine.recipe, speed)
        plan = Plan.from_json(session.get_one(Transcription, 1).plan or {})
    assert left.hearing == 0
    assert 0 < begun < 1
    assert left.decoding == pytest.approx((1 - begun) * plan.speech_ms / 1000 * speed.decoding)


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(1, 1000)), min_size=1, max_size=20))
def test_half_of_the_weight_lies_on_either_side_of_the_median(pairs: list[tuple[float, int]]) -> None:
    middle, half = weighted_median(pairs), sum(weight for _, weight in pairs) / 2
    assert sum(weight for value, weight in pairs if value < middle) <= half
    assert sum(weight for value, weight in pairs if value > middle) <= half
