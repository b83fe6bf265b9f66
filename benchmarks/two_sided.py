"""Random edits on both sides of an interview, in the study and in its calendar, at any moment of any run.

Nothing is ever to be lost: the last edit of each side has to reach the other side, or stand open before a person with
both sides as they were left. Where nothing stands open, both sides have to say the same.
"""

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlmodel import col, select

from benchmarks.outside import NOW, world
from benchmarks.stand_in import ORGANISER
from desk.output import print_table
from scheduling.booking import book, cancel, move
from scheduling.calendars.base import Calendar, Changes, Entry, Standing, Unseen
from scheduling.calendars.google import open_google
from scheduling.errors import BookingError, CalendarError
from scheduling.outside.following import carry_out_events, follow
from scheduling.outside.placing import Keeping
from scheduling.spans import Span
from storage.tables import Conflict, Interview, Placement, State

FIRST_DAY = datetime(2020, 1, 6, 9, tzinfo=UTC)
OFF = None  # the value of a side that has the interview cancelled
Value = datetime | None
Answer = TypeVar("Answer")


class Hands(Protocol):
    """What people do in the calendar."""

    def move(self, event_id: str, starts_at: datetime, ends_at: datetime) -> None: ...

    def delete(self, event_id: str) -> None: ...


class BrokenOff(BaseException):
    """As if the power had failed: nothing catches it but the story."""


@dataclass
class Between:
    """A calendar that lets things happen before and after each of its calls."""

    calendar: Calendar
    happen: Callable[[str], None] = lambda point: None

    @property
    def address(self) -> str:
        return self.calendar.address

    def event_id(self, guid: str, generation: int) -> str:
        return self.calendar.event_id(guid, generation)

    def busy(self, addresses: Sequence[str], span: Span) -> Mapping[str, tuple[Span, ...] | Unseen]:
        return self._around("busy", lambda: self.calendar.busy(addresses, span))

    def find(self, event_id: str) -> Standing | None:
        return self._around("find", lambda: self.calendar.find(event_id))

    def put(self, entry: Entry, standing: Standing | None) -> Standing:
        return self._around("put", lambda: self.calendar.put(entry, standing))

    def remove(self, standing: Standing) -> None:
        self._around("remove", lambda: self.calendar.remove(standing))

    def changes(self, token: str) -> Changes:
        return self._around("changes", lambda: self.calendar.changes(token))

    def close(self) -> None:
        self.calendar.close()

    def _around(self, name: str, call: Callable[[], Answer]) -> Answer:
        self.happen(f"before {name}")
        answer = call()
        self.happen(f"after {name}")
        return answer


@dataclass
class Story:
    """One interview's edits on both sides, and everything either side ever said."""

    keeping: Keeping
    hands: Hands
    interview: Interview
    day: int
    now: datetime
    dice: random.Random
    grid: list[int] = field(default_factory=list)
    last: dict[str, Value] = field(default_factory=dict)  # the newest edit made on each side
    said: dict[str, list[Value]] = field(default_factory=lambda: {"study": [], "calendar": []})

    def in_study(self) -> Value:
        with self.keeping.database.reading() as session:
            interview = session.get_one(Interview, self.interview.id)
        return OFF if interview.state == State.CANCELLED else interview.starts_at

    def in_calendar(self) -> Value:
        standing = self._calendar().find(self.event_id())
        return OFF if standing is None or standing.is_cancelled else standing.starts_at

    def event_id(self) -> str:
        with self.keeping.database.reading() as session:
            placement = session.get(Placement, self.interview.id)
        return self._calendar().event_id(self.interview.guid, placement.generation if placement else 0)

    def look(self) -> None:
        """Remember what both sides say now."""
        between = self._calendar()
        around, between.happen = between.happen, lambda point: None
        for side, value in (("study", self.in_study()), ("calendar", self.in_calendar())):
            if not self.said[side] or self.said[side][-1] != value:
                self.said[side].append(value)
        between.happen = around

    def edit(self) -> None:
        """Somebody changes something on one of the sides, while there is a time that was not used yet."""
        if not self.grid:
            return
        self.look()
        side = self.dice.choice(("study", "calendar"))
        new = OFF if self.dice.random() < 0.2 else self._some_time()
        if (self._edit_study if side == "study" else self._edit_calendar)(new):
            self.last[side] = new
        self.look()

    def _edit_study(self, new: Value) -> bool:
        code, study, database = self.interview.participant_code, self.keeping.study, self.keeping.database
        try:
            if new is OFF:
                cancel(database, study, code, now=self.now, actor="coordinator")
            else:
                move(database, study, code, starts_at=new, now=self.now, actor="coordinator")
        except BookingError:
            return False  # it is cancelled already
        return True

    def _edit_calendar(self, new: Value) -> bool:
        if self.in_calendar() is OFF:
            return False
        if new is OFF:
            self.hands.delete(self.event_id())
        else:
            self.hands.move(self.event_id(), new, new + timedelta(minutes=20))
        return True

    def run(self) -> None:
        """The study follows the calendar, or carries out what it owes.

        At any point somebody may edit a side, another run may come in between, or this one may be broken off.
        """
        between = self._calendar()
        around = between.happen

        def happen(point: str) -> None:
            between.happen = lambda point: None
            chance = self.dice.random()
            if chance < 0.12:
                self.edit()
            elif chance < 0.20:
                self.run()
            elif chance < 0.25:
                raise BrokenOff
            between.happen = happen

        self.look()
        between.happen = happen
        try:
            self.dice.choice((follow, carry_out_events))(self.keeping, self.now)
        except BrokenOff:
            pass
        finally:
            between.happen = around
        self.look()

    def _some_time(self) -> datetime:
        return FIRST_DAY + timedelta(days=self.day, minutes=5 * self.grid.pop())

    def _calendar(self) -> Between:
        assert isinstance(self.keeping.calendar, Between)
        return self.keeping.calendar

    def verdict(self) -> str:
        """'agreed' or 'before a person', else what went wrong."""
        study, calendar = self.in_study(), self.in_calendar()
        with self.keeping.database.reading() as session:
            query = select(Conflict).where(
                Conflict.interview_id == self.interview.id, col(Conflict.settled_at).is_(None)
            )
            is_open = session.exec(query).one_or_none() is not None
        for side, other, now in (("study", "calendar", study), ("calendar", "study", calendar)):
            if side in self.last and self.last[side] not in self.said[other]:
                if is_open and now == self.last[side]:
                    continue
                return f"lost: the last edit of the {side}"
        if is_open:
            return "before a person"
        return "agreed" if study == calendar else "wrong: the sides differ and nobody is told"


def tell(keeping: Keeping, hands: Hands, code: str, day: int, now: datetime, seed: int) -> str:
    """One story from its booking to its end; its verdict."""
    dice = random.Random(seed)
    grid = dice.sample(range(140), 140)  # minutes of the day in fives, each used once
    starts_at = FIRST_DAY + timedelta(days=day, minutes=5 * grid.pop())
    interview = book(keeping.database, keeping.study, code, now=now, starts_at=starts_at, actor="coordinator")
    carry_out_events(keeping, now)
    story = Story(keeping, hands, interview, day, now, dice, grid)
    for _ in range(dice.randint(2, 8)):
        (story.edit if dice.random() < 0.5 else story.run)()
    for _ in range(3):
        for step in (follow, carry_out_events):
            failures = step(keeping, now).failures
            if failures:
                raise CalendarError(str(failures))
            story.look()
    return story.verdict()


def tell_many(keeping: Keeping, hands: Hands, codes: Sequence[str], now: datetime, seed: int) -> Counter[str]:
    """As many stories as there are codes."""
    return Counter(tell(keeping, hands, code, day, now, seed + day) for day, code in enumerate(codes))


@dataclass(frozen=True)
class ByHand:
    """What the owner of the calendar does in Google's own pages."""

    google: Any

    def move(self, event_id: str, starts_at: datetime, ends_at: datetime) -> None:
        with self.google.lock:
            self.google.calendars.change(ORGANISER, event_id, starts_at=starts_at, ends_at=ends_at)

    def delete(self, event_id: str) -> None:
        with self.google.lock:
            self.google.calendars.remove(ORGANISER, event_id)


def rows(stories: int = 1000, at_once: int = 50) -> list[dict[str, object]]:
    """Stories through the real client against the stand-in for Google, `at_once` in each study.

    What stands open before a person is looked at again in every run, so one study of a thousand such stories would
    measure little but that.
    """
    verdicts: Counter[str] = Counter()
    for first in range(0, stories, at_once):
        codes = [f"C_{number:04}" for number in range(min(at_once, stories - first))]
        with tempfile.TemporaryDirectory() as folder, world(Path(folder), codes) as outside:
            calendar = Between(open_google(outside.study, outside.contacts.key))
            keeping = Keeping(outside.study, outside.database, outside.contacts, calendar)
            verdicts += tell_many(keeping, ByHand(outside.google), codes, NOW, 1 + first)
            calendar.close()
    lost = sum(count for verdict, count in verdicts.items() if verdict.startswith(("lost", "wrong")))
    return [
        {"measure": "interviews edited at random on both sides, between and within runs", "result": stories},
        {"measure": "both sides agree in the end", "result": verdicts["agreed"]},
        {"measure": "put before a person with both sides as they were left", "result": verdicts["before a person"]},
        {"measure": "updates lost", "result": lost},
    ]


def main() -> None:
    """Measure and print the table."""
    print_table(rows(), "edits on both sides")


if __name__ == "__main__":
    main()
