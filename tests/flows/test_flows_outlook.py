"""At any time of the day it can be told when all that waits will have its transcript."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from flows import outlook as outlooks
from flows.outlook import outlook
from flows.speeds import Speed
from storage.database import Database
from storage.study import Study
from storage.tables import Recording

Add = Callable[..., Recording]
NOON = datetime.fromisoformat("2020-11-22T12:00:00+00:00")
MIDNIGHT = datetime.fromisoformat("2020-11-23T00:00:00+00:00")


@pytest.fixture
def two_hours_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every recording is of 16 s, and takes two hours."""
    speed = Speed(hearing=0.0, decoding=450.0, speech=1.0, measured=3)
    monkeypatch.setattr(outlooks, "_speed", lambda *_: speed)


def told(study: Study, database: Database, at: datetime) -> str:
    with database.reading() as session:
        return outlook(session, study, at)


@pytest.mark.usefixtures("two_hours_each")
class TestWhenAllIsDone:
    def test_where_nothing_waits_there_is_nothing_to_say(self, study: Study, database: Database) -> None:
        assert told(study, database, NOON) == ""

    def test_what_fits_into_the_coming_night(
        self, study: Study, database: Database, add_recording: Add, talk: Path
    ) -> None:
        add_recording("C_001", talk)
        assert told(study, database, NOON) == (
            "1 recording waits, 2 h of work: all done about 00:00 by the nightly schedule."
        )

    def test_in_the_night_what_is_left_of_it_counts(
        self, study: Study, database: Database, add_recording: Add, talk: Path
    ) -> None:
        for number in (1, 2, 3):
            add_recording(f"C_00{number}", talk, day=number)
        assert told(study, database, MIDNIGHT) == (
            "3 recordings wait, 6 h of work: all done about 06:00 by the nightly schedule."
        )

    def test_what_takes_several_nights(self, study: Study, database: Database, add_recording: Add, talk: Path) -> None:
        for number in range(1, 7):
            add_recording(f"C_00{number}", talk, day=number)
        assert told(study, database, NOON) == (
            "6 recordings wait, 12 h of work: all done about 02:00 on 24 Nov by the nightly schedule."
        )


def test_before_anything_was_done_it_says_that_it_guesses(
    demo_study: Study, database: Database, add_recording: Add, talk: Path
) -> None:
    add_recording("C_001", talk)
    assert "of work, at a guess: all done" in told(demo_study, database, NOON)


def test_without_the_model_too(study: Study, database: Database, add_recording: Add, talk: Path) -> None:
    add_recording("C_001", talk)
    assert told(study, database, NOON).startswith("1 recording waits, ")
