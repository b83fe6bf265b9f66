"""Kills a run at every point at which something has just happened, or is about to, and looks what one more run leaves.

A process books, moves, cancels and carries out by the real clients against the stand-in for Google and a real mail
server; SIGKILL ends it at the chosen point. After one recovery pass there has to be exactly one event for an interview
that is booked and none for any other, and no mail twice; a mail of which nobody knows has to stand before a person.
"""

import os
import random
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlmodel import select

from benchmarks.outside import NOW, World, world
from benchmarks.stand_in import ORGANISER
from benchmarks.two_sided import FIRST_DAY, Between
from desk.output import print_table
from scheduling.booking import book, cancel, move
from scheduling.calendars.google import open_google
from scheduling.mails.posting import Posting, carry_out_mails
from scheduling.mails.smtp import Line, Post, open_post
from scheduling.outside.following import carry_out_events, follow
from scheduling.outside.outbox import MAILS, alert_key
from scheduling.outside.placing import Keeping
from storage.alerts import alerts
from storage.contacts import Contacts, open_contacts
from storage.database import Database, open_database
from storage.interviews import interviews_of
from storage.study import Study
from storage.tables import Effect, EffectState, State

CALLS = ("find", "put", "remove", "changes", "connect", "send", "commit")
POINTS = tuple(f"{when} {call}" for call in CALLS for when in ("before", "after"))
RECOVERED_AT = NOW + timedelta(minutes=30)


@dataclass(frozen=True)
class Watched:
    """A way to send mail that tells of each of its steps."""

    post: Post
    happen: Callable[[str], None]

    @contextmanager
    def connected(self) -> Iterator[Line]:
        self.happen("before connect")
        with self.post.connected() as line:
            self.happen("after connect")
            yield _WatchedLine(line, self.happen)


@dataclass(frozen=True)
class _WatchedLine:
    line: Line
    happen: Callable[[str], None]

    def send(self, message: EmailMessage, code: str) -> None:
        self.happen("before send")
        self.line.send(message, code)
        self.happen("after send")


@dataclass
class Fuse:
    """Ends this process when a point is reached for the n-th time."""

    point: str
    left: int

    def __call__(self, point: str) -> None:
        if point == self.point:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def rows(seeds: int, at_once: int = 5) -> list[dict[str, object]]:
    """Kill at every point for so many seeds each, `at_once` of them in each study."""
    found: Counter[str] = Counter()
    for first in range(0, seeds, at_once):
        numbers = range(len(POINTS) * first, len(POINTS) * min(first + at_once, seeds))
        codes = {number: f"C_{number:04}" for number in numbers}
        with tempfile.TemporaryDirectory() as folder, world(Path(folder), list(codes.values())) as outside:
            for number, code in codes.items():
                was_killed = _run(outside, code, number, POINTS[number % len(POINTS)])
                _recover(outside)
                found["killed"] += was_killed
                found["not reached"] += not was_killed
                found.update(_faults(outside, code))
    named = ("duplicate events", "orphans", "events missing or wrong", "duplicate mails", "mails missing")
    return [
        {"measure": f"runs at {len(POINTS)} points, {seeds} seeds each", "result": f"{found['killed']} killed"},
        *({"measure": f"{name} after one recovery pass", "result": found[name]} for name in named),
        {"measure": "mails of which nobody knows, put before a person", "result": found["uncertain"]},
    ]


def _run(outside: World, code: str, number: int, point: str) -> bool:
    """One process that is killed at a point; False where it never came there."""
    child = os.fork()
    if child == 0:
        try:
            _work(outside.study, code, number, Fuse(point, random.Random(number).randint(1, 2)))
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def _work(study: Study, code: str, number: int, fuse: Fuse) -> None:
    dice = random.Random(1000 + number)
    database, contacts = open_database(study), open_contacts(study)
    _tell_of_commits(database, fuse)
    _book(study, database, code, number, dice)
    steps = ("", "move", "cancel") if "remove" in fuse.point else ("", *dice.choices(("move", "cancel", ""), k=2))
    for step in steps:
        if step == "move" and _is_booked(database, code):
            at = FIRST_DAY + timedelta(days=number, minutes=5 * dice.randint(0, 120))
            move(database, study, code, starts_at=at, now=NOW, actor="coordinator")
        elif step == "cancel" and _is_booked(database, code):
            cancel(database, study, code, now=NOW, actor="coordinator")
        _pass(study, database, contacts, NOW, fuse)


def _book(study: Study, database: Database, code: str, number: int, dice: random.Random) -> None:
    at = FIRST_DAY + timedelta(days=number, minutes=5 * dice.randint(0, 120))
    book(database, study, code, now=NOW, starts_at=at, mode="phone", actor="coordinator")


def _is_booked(database: Database, code: str) -> bool:
    with database.reading() as session:
        return any(one.state == State.BOOKED for one in interviews_of(session, code))


def _tell_of_commits(database: Database, fuse: Fuse) -> None:
    dialect: Any = database.engine.dialect
    commit = dialect.do_commit

    def watched(connection: Any) -> None:
        fuse("before commit")
        commit(connection)
        fuse("after commit")

    dialect.do_commit = watched


def _pass(study: Study, database: Database, contacts: Contacts, now: datetime, happen: Callable[[str], None]) -> None:
    """What the two flows do."""
    calendar = Between(open_google(study, contacts.key), happen)
    keeping = Keeping(study, database, contacts, calendar)
    follow(keeping, now)
    carry_out_events(keeping, now)
    calendar.close()
    post = open_post(study)
    assert post is not None, "the benchmark's study sends mail"
    carry_out_mails(Posting(study, database, contacts, Watched(post, happen)), now)


def _recover(outside: World) -> None:
    _pass(outside.study, outside.database, outside.contacts, RECOVERED_AT, lambda point: None)


def _faults(outside: World, code: str) -> Counter[str]:
    """What is wrong with the outside of one participant's interviews."""
    found: Counter[str] = Counter()
    events = outside.google.calendars.calendars[ORGANISER].events.values()
    with outside.database.reading() as session:
        interviews = interviews_of(session, code)
        effects = [
            effect
            for interview in interviews
            for effect in session.exec(select(Effect).where(Effect.interview_id == interview.id))
            if effect.kind in MAILS
        ]
        told = {alert.key for alert in alerts(session)}
    guids = {interview.guid: interview for interview in interviews}
    live = [
        (event["extendedProperties"]["private"]["fieldcall"], datetime.fromisoformat(event["start"]["dateTime"]))
        for event in events
        if event["status"] != "cancelled" and f"Interview {code} " in event["summary"]
    ]
    for guid, _ in live:
        found["orphans"] += guid not in guids or guids[guid].state != State.BOOKED
    for guid, interview in guids.items():
        mine = [at for one, at in live if one == guid]
        found["duplicate events"] += max(0, len(mine) - 1)
        found["events missing or wrong"] += interview.state == State.BOOKED and mine != [interview.starts_at]
    sent = Counter(
        message["Message-ID"] for message in outside.mails.messages if message["To"] == f"{code.lower()}@example.org"
    )
    found["duplicate mails"] += sum(count - 1 for count in sent.values())
    done = sum(effect.state == EffectState.DONE for effect in effects)
    unknown = [effect for effect in effects if effect.state == EffectState.SENDING]
    found["uncertain"] += len(unknown)
    found["mails missing"] += sum(alert_key(effect) not in told for effect in unknown)
    found["mails missing"] += done > sum(sent.values())
    waiting = (effect for effect in effects if effect.state == EffectState.WAITING)
    found["mails missing"] += sum(effect.due_at <= RECOVERED_AT for effect in waiting)
    return found


def main() -> None:
    """Measure and print the table."""
    print_table(rows(50), "broken off at every point")


if __name__ == "__main__":
    main()
