"""How sure recordings of meetings find their interviews: `python -m benchmarks.meetings`.

Some weeks of interviews are held in Meet, at the stand-in for Google, as people hold them: they rejoin, stop and start
recording, test the room the day before, move, cancel and do not come, stay in the room of the interview before, share
a room, meet in private in it. Files are made late, lie in the inbox too, and break off while they are fetched. Whose
each recording is, is known here and to nobody else; what the captures made of it is compared in the end.
"""

import argparse
import io
import os
import random
import tempfile
import time
import tomllib
import wave
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from hashlib import sha256
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from benchmarks.stand_in import ORGANISER, Clock, Google, log_in, serving
from benchmarks.studies import EXAMPLE
from desk.output import print_table
from storage.contacts import Contacts, make_key, open_contacts
from storage.database import Database, open_database
from storage.google.account import ENDPOINT_VARIABLE
from storage.intake import fetching
from storage.intake.inbox import capture
from storage.intake.meet_capture import MeetAndDrive, MeetReport, capture_meet, meet_and_drive
from storage.interviews import record_change
from storage.study import Study
from storage.tables import (
    Binding,
    Consent,
    Interview,
    Participant,
    Party,
    PartyKind,
    Placement,
    Recording,
    RemoteRecording,
    State,
)
from storage.vault import Vault

FIRST_DAY = datetime(2020, 5, 4, tzinfo=UTC)  # a Monday
BEGINS = (timedelta(hours=8), timedelta(hours=9, minutes=15), timedelta(hours=12), timedelta(hours=13, minutes=15))
INTERVIEWERS = 6  # the last one uses one room for everything
EVERY = timedelta(days=4)  # between two captures
AFTERWARDS = timedelta(days=26)
RANGE = 500  # bytes: the files are small, and are to come in several pieces
MINUTE = timedelta(minutes=1)
STAYED = "in the room of the one before"

# what happens to an interview, and of how many in a hundred
KINDS = {
    "plain": 36,
    "rejoined": 11,
    "stopped and started": 8,
    "late file": 9,
    "tested the day before": 8,
    "false start": 3,
    "moved": 5,
    "in the inbox too": 3,
    "two files of one recording": 2,
    "cancelled, and met": 3,
    "no-show, and recorded": 3,
    "withdrawn": 2,
    "no consent to record": 2,
    "in another room": 3,
    STAYED: 2,
}


@dataclass(frozen=True, slots=True)
class Told:
    """What is true of a recording: whose it is ('' for nobody's), and whether it is to be bound without asking."""

    kind: str
    code: str
    is_to_be_bound: bool
    content: bytes
    file_id: str = ""


@dataclass
class World:
    """The study, Google, and what happens in both; `plan` holds what is still to come, by time."""

    study: Study
    database: Database
    contacts: Contacts
    google: Any
    services: MeetAndDrive
    dice: random.Random
    truth: dict[str, Told] = field(default_factory=dict)  # by name of the recording
    plan: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    number: Iterator[int] = field(default_factory=count)

    def at(self, when: datetime, happens: Callable[[], None]) -> None:
        heappush(self.plan, (when, next(self.number), happens))

    def let_pass_until(self, now: datetime) -> None:
        while self.plan and self.plan[0][0] <= now:
            when, _, happens = heappop(self.plan)
            self.google.clock.at = when
            happens()  # which may plan more
        self.google.clock.at = now

    def recorded(
        self,
        room: str,
        spans: Sequence[tuple[datetime, datetime]],
        kind: str,
        code: str = "",
        *,
        is_to_be_bound: bool = False,
        content: bytes = b"",
        file_after: timedelta = 20 * MINUTE,
    ) -> None:
        """One conference with a recording for each span; the files come some time after."""
        contents = [content or sound(self.dice) for _ in spans]
        self.at(spans[-1][1] + MINUTE, lambda: self._met(room, spans, contents, kind, code, is_to_be_bound, file_after))

    def _met(
        self,
        room: str,
        spans: Sequence[tuple[datetime, datetime]],
        contents: Sequence[bytes],
        kind: str,
        code: str,
        is_to_be_bound: bool,
        file_after: timedelta,
    ) -> None:
        meet = self.google.meet
        conference = meet.meet(room, spans[0][0] - MINUTE, spans[-1][1] + MINUTE)
        for (begin, end), content in zip(spans, contents, strict=True):
            recording = meet.record(conference, begin, end)
            self.truth[recording.name] = Told(kind, code, is_to_be_bound and end - begin >= MINUTE, content)
            self.at(end + file_after, partial(self._file_made, conference, recording))

    def _file_made(self, conference: Any, recording: Any) -> None:
        told = self.truth[recording.name]
        file = self.google.drive.add(ORGANISER, "Zebedee Quixworth - Recording", told.content)
        self.google.meet.file_made(conference, recording, file.id)
        self.truth[recording.name] = replace(told, file_id=file.id)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interviews", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    print_table(meetings(chosen.interviews, chosen.seed), f"meetings, seed {chosen.seed}, {os.cpu_count()} cores")


def meetings(interviews: int = 600, seed: int = 1) -> list[dict[str, Any]]:
    """Let weeks of interviews pass, capture all along, and tell how each recording ended."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, _world(Path(folder), seed) as world:
        last_day = _set_out(world, interviews)
        reports = _captures(world, last_day)
        return _rows(world, interviews, reports, time.monotonic() - began)


@contextmanager
def _world(folder: Path, seed: int) -> Iterator[World]:
    table = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    table["capture"] = table.get("capture", {}) | {"meet": True}
    study = Study.model_validate({**table, "folder": folder})
    make_key(study.place(study.storage.contacts_key))
    study.place(study.capture.inbox).mkdir(parents=True, exist_ok=True)
    database, contacts = open_database(study), open_contacts(study)
    before, usual_range = os.environ.get(ENDPOINT_VARIABLE), fetching.RANGE
    with serving(Google(Clock(FIRST_DAY))) as google:
        os.environ[ENDPOINT_VARIABLE] = google.address
        fetching.RANGE = RANGE
        try:
            log_in(study, contacts.key, google)
            with meet_and_drive(study, contacts.key) as services:
                yield World(study, database, contacts, google, services, random.Random(seed))
        finally:
            fetching.RANGE = usual_range
            os.environ.pop(ENDPOINT_VARIABLE)
            if before is not None:
                os.environ[ENDPOINT_VARIABLE] = before
            database.engine.dispose()
            contacts.database.engine.dispose()


def sound(dice: random.Random) -> bytes:
    """A tenth of a second of noise, such as there is no second time."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(dice.randbytes(1600))
    return file.getvalue()


# What is booked, and what comes of it


@dataclass(frozen=True, slots=True)
class Booked:
    """An interview as it stands in rows and calendar; `before` is the room of the one before, on the same day."""

    id: int
    code: str
    starts_at: datetime
    room: str
    is_shared: bool
    before: str


def _set_out(world: World, interviews: int) -> datetime:
    """Book all interviews and plan what happens to each; returns the last day."""
    per_day = INTERVIEWERS * len(BEGINS)
    personal, before, day = world.google.meet.new_space(ORGANISER).code, "", FIRST_DAY
    with world.database.writing() as session:
        for number in range(1, INTERVIEWERS + 1):
            session.add(Party(code=f"INT_{number:02}", kind=PartyKind.INTERVIEWER))
        for number in range(interviews):
            week_day, place = divmod(number, per_day)
            interviewer, turn = divmod(place, len(BEGINS))
            day = FIRST_DAY + timedelta(days=week_day // 5 * 7 + week_day % 5)
            is_shared = interviewer == INTERVIEWERS - 1
            room = personal if is_shared else world.google.meet.new_space(ORGANISER).code
            kind = world.dice.choices(list(KINDS), list(KINDS.values()))[0]
            # who shares one room for everything is always in the right one
            if (is_shared and kind in ("moved", "in another room", STAYED)) or (kind == STAYED and not turn % 2):
                kind = "plain"
            code = f"C_{number + 1:04}"
            booked = _book(
                session, code, f"INT_{interviewer + 1:02}", day + BEGINS[turn], room, is_shared, before, kind
            )
            before = room
            _HAPPENS.get(kind, _held)(world, booked, kind)
    for number in range(interviews // 4):
        _private_meeting(world, personal, FIRST_DAY, day, in_personal_room=number % 3 == 0)
    return day


def _book(
    session: Session,
    code: str,
    interviewer: str,
    starts_at: datetime,
    room: str,
    is_shared: bool,
    before: str,
    kind: str,
) -> Booked:
    session.add(Party(code=code, kind=PartyKind.PARTICIPANT))
    session.flush()
    session.add(Participant(code=code, group="client", mode="video"))
    session.flush()
    agreed = kind != "no consent to record"
    session.add(Consent(participant_code=code, given_on=date(2020, 5, 1), sheet="v1", recording=agreed, actor="c"))
    interview = Interview(
        participant_code=code,
        interviewer_code=interviewer,
        mode="video",
        starts_at=starts_at,
        ends_at=starts_at + 60 * MINUTE,
        state=State.BOOKED,
    )
    record_change(session, interview, State.BOOKED, actor="coordinator")
    assert interview.id is not None, "stored rows have an id"
    session.add(
        Placement(
            interview_id=interview.id,
            calendar="primary",
            event_id=f"e{interview.id}",
            starts_at=starts_at,
            ends_at=starts_at + 60 * MINUTE,
            meeting_code=room,
            meeting_state="" if is_shared else "success",
            seen_at=FIRST_DAY,
        )
    )
    return Booked(interview.id, code, starts_at, room, is_shared, before)


def _talk(world: World, booked: Booked) -> tuple[datetime, datetime]:
    """When they talked: about the time, sometimes after two tries to reach somebody, and out before the next."""
    is_late = world.dice.random() < 0.08 and not _has_one_after(booked)
    begin = booked.starts_at + world.dice.randint(*((20, 55) if is_late else (-5, 9))) * MINUTE
    longest = 66 if _has_one_after(booked) else 90
    return begin, begin + min(world.dice.randint(25, 75), longest) * MINUTE


def _has_one_after(booked: Booked) -> bool:
    return booked.starts_at - booked.starts_at.replace(hour=0, minute=0) in (BEGINS[0], BEGINS[2])


def _held(world: World, booked: Booked, kind: str) -> None:
    after = timedelta(days=world.dice.randint(1, 20)) if kind == "late file" else 20 * MINUTE
    world.recorded(booked.room, [_talk(world, booked)], kind, booked.code, is_to_be_bound=True, file_after=after)


def _rejoined(world: World, booked: Booked, kind: str) -> None:
    begin, end = _talk(world, booked)
    broken = begin + world.dice.randint(4, 20) * MINUTE
    for span in ((begin, broken), (broken + world.dice.randint(1, 4) * MINUTE, max(end, broken + 8 * MINUTE))):
        world.recorded(booked.room, [span], kind, booked.code, is_to_be_bound=True)


def _stopped(world: World, booked: Booked, kind: str) -> None:
    begin, end = _talk(world, booked)
    third = (end - begin) / 3
    spans = [(begin + n * third, begin + (n + 1) * third - MINUTE) for n in range(3)]
    world.recorded(booked.room, spans, kind, booked.code, is_to_be_bound=True)


def _tested(world: World, booked: Booked, kind: str) -> None:
    evening = booked.starts_at.replace(hour=18, minute=0) - timedelta(days=1)  # when nobody else is in a shared room
    test = evening if booked.is_shared else booked.starts_at - timedelta(hours=world.dice.randint(18, 28))
    world.recorded(booked.room, [(test, test + world.dice.randint(1, 8) * MINUTE)], "a test")
    _held(world, booked, kind)


def _false_start(world: World, booked: Booked, kind: str) -> None:
    begin, end = _talk(world, booked)
    spans = [(begin, begin + MINUTE / 2), (begin + MINUTE, end)]
    world.recorded(booked.room, spans, kind, booked.code, is_to_be_bound=True)


def _moved(world: World, booked: Booked, kind: str) -> None:
    """They meet, it does not suit, and it is held in the evening of a week later."""
    talk = (booked.starts_at, booked.starts_at + world.dice.randint(2, 5) * MINUTE)
    world.recorded(booked.room, [talk], "before it was moved", booked.code)
    new = booked.starts_at.replace(hour=16, minute=0) + timedelta(days=7)
    times = {"starts_at": new, "ends_at": new + 60 * MINUTE, "sequence": 1}
    world.at(talk[1] + 5 * MINUTE, lambda: _change(world, booked, State.MOVED, **times))
    world.recorded(booked.room, [(new + MINUTE, new + 50 * MINUTE)], kind, booked.code, is_to_be_bound=True)


def _in_the_inbox(world: World, booked: Booked, kind: str) -> None:
    begin, end = _talk(world, booked)
    content = sound(world.dice)
    world.recorded(booked.room, [(begin, end)], kind, booked.code, is_to_be_bound=True, content=content)
    inbox = world.study.place(world.study.capture.inbox)

    def put() -> None:
        (inbox / f"{booked.code} {begin:%Y-%m-%dT%H-%M-%SZ}.wav").write_bytes(content)

    world.at(end, put)


def _two_files(world: World, booked: Booked, kind: str) -> None:
    begin, end = _talk(world, booked)
    content = sound(world.dice)
    spans = [(begin, end), (begin + MINUTE, end)]
    world.recorded(booked.room, spans, kind, booked.code, is_to_be_bound=True, content=content)


def _not_held(world: World, booked: Booked, kind: str) -> None:
    """Something was recorded all the same, and is nobody's to bind."""
    state = {"withdrawn": State.WITHDRAWN, "no-show, and recorded": State.NO_SHOW}.get(kind, State.CANCELLED)
    begin = booked.starts_at
    world.recorded(booked.room, [(begin, begin + world.dice.randint(10, 50) * MINUTE)], kind)
    ends = begin - timedelta(days=1) if state == State.CANCELLED else begin + 75 * MINUTE
    world.at(ends, lambda: _change(world, booked, state))


def _without_consent(world: World, booked: Booked, kind: str) -> None:
    world.recorded(booked.room, [_talk(world, booked)], kind)


def _elsewhere(world: World, booked: Booked, kind: str) -> None:
    """The link did not work; another room was opened, which the study does not know."""
    world.recorded(world.google.meet.new_space(ORGANISER).code, [_talk(world, booked)], kind, booked.code)


def _stayed(world: World, booked: Booked, kind: str) -> None:
    """The interviewer lets the next participant come into the room of the one before."""
    begin = booked.starts_at + MINUTE
    world.recorded(booked.before, [(begin, begin + 45 * MINUTE)], kind, booked.code)


def _private_meeting(world: World, room: str, first: datetime, last: datetime, *, in_personal_room: bool) -> None:
    """A meeting of the account that is none of the study's, in a room of interviews or another."""
    day = first + timedelta(days=world.dice.randint(0, (last - first).days))
    begin = day + (timedelta(hours=world.dice.choice((7, 11, 17))) if in_personal_room else _any_time(world.dice))
    room = room if in_personal_room else world.google.meet.new_space(ORGANISER).code
    world.recorded(room, [(begin, begin + world.dice.randint(10, 30) * MINUTE)], "private")


def _any_time(dice: random.Random) -> timedelta:
    return timedelta(hours=7) + dice.randint(0, 12 * 60) * MINUTE


def _change(world: World, booked: Booked, state: State, **fields: Any) -> None:
    with world.database.writing() as session:
        row = session.get_one(Interview, booked.id)
        for name, value in fields.items():
            setattr(row, name, value)
        record_change(session, row, state, actor="coordinator")


_HAPPENS: dict[str, Callable[[World, Booked, str], None]] = {
    "rejoined": _rejoined,
    "stopped and started": _stopped,
    "tested the day before": _tested,
    "false start": _false_start,
    "moved": _moved,
    "in the inbox too": _in_the_inbox,
    "two files of one recording": _two_files,
    "cancelled, and met": _not_held,
    "no-show, and recorded": _not_held,
    "withdrawn": _not_held,
    "no consent to record": _without_consent,
    "in another room": _elsewhere,
    STAYED: _stayed,
}


# What is captured, and how it compares with what is true


def _captures(world: World, last_day: datetime) -> list[MeetReport]:
    """Capture every few days, while transfers break off anywhere; the last one meets no fault."""
    now, reports = FIRST_DAY + timedelta(hours=20), []
    while now < last_day + AFTERWARDS:
        world.let_pass_until(now)
        _lay_out_faults(world)
        reports.append(_capture(world, now))
        now += EVERY
    world.google.faults._waiting.clear()
    reports.append(_capture(world, now))
    return reports


def _lay_out_faults(world: World) -> None:
    """Cuts at any byte: after most it goes on at once, after some the transfer is given up until the next capture."""
    media = "drive.files.get:media"
    for _ in range(40):
        after = world.dice.randint(0, 8)
        world.google.faults.cut(media, world.dice.randint(1, RANGE - 1), after=after)
        if world.dice.random() < 0.05:
            world.google.faults.cut(media, 0, times=3, after=after)


def _capture(world: World, now: datetime) -> MeetReport:
    world.google.clock.at = now
    capture(world.study, world.database, world.contacts, now=now, actor="benchmark", settle_s=0)
    return capture_meet(world.study, world.database, world.contacts, world.services, now=now, actor="benchmark")


def _rows(world: World, interviews: int, reports: list[MeetReport], seconds: float) -> list[dict[str, Any]]:
    with world.database.reading() as session:
        rows = {row.key.removeprefix("meet:"): row for row in session.exec(select(RemoteRecording))}
        bound = dict(
            session.exec(
                select(Recording.sha256, Interview.participant_code)
                .join(Binding, col(Binding.recording_id) == Recording.id)
                .join(Interview, col(Interview.id) == Binding.interview_id)
            ).all()
        )
        codes = dict(session.exec(select(Interview.id, Interview.participant_code)).all())
        recordings = session.exec(select(Recording)).all()
    due = [told for told in world.truth.values() if told.is_to_be_bound]
    found = [told for told in due if bound.get(_digest(told)) == told.code]
    wrong = [
        told
        for told in world.truth.values()
        if _digest(told) in bound and (bound[_digest(told)] != told.code or not told.is_to_be_bound)
    ]
    left = {name: told for name, told in world.truth.items() if _digest(told) not in bound}
    noted = [name for name in left if name in rows]
    strayed = [name for name in noted if left[name].kind in ("in another room", STAYED)]
    proposed = [name for name in strayed if codes.get(rows[name].interview_id) == left[name].code]
    barred = {told.file_id for told in world.truth.values() if not told.is_to_be_bound}
    return [
        {"measure": measure, "result": result}
        for measure, result in (
            ("interviews, recordings of meetings", f"{interviews}, {len(world.truth)}"),
            ("bound, of those that are to be", f"{len(found)} of {len(due)} ({len(found) / len(due):.2%})"),
            ("not bound, by kind", _counted(told.kind for told in due if told not in found)),
            ("bound to the wrong interview, or at all", len(wrong)),
            ("left to a person with a reason, or foreign", sum(bool(rows[name].reason) for name in noted)),
            ("left without a reason", sum(not rows[name].reason for name in noted)),
            ("private meetings, not looked into", len(left) - len(noted)),
            ("held in a wrong room: the right interview proposed", f"{len(proposed)} of {len(strayed)}"),
            ("files fetched though nobody may", len(barred & _downloaded(world))),
            ("transfers given up and gone on with", sum(len(report.not_fetched) for report in reports)),
            ("bytes not asked for again", sum(report.resumed_bytes for report in reports)),
            ("recordings in the vault that differ", _differing(world, recordings)),
            ("seconds, captures", f"{seconds:.0f}, {len(reports)}"),
        )
    ]


def _digest(told: Told) -> str:
    return sha256(told.content).hexdigest()


def _counted(kinds: Iterator[str]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in Counter(kinds).most_common()) or "none"


def _downloaded(world: World) -> set[str]:
    return {call.values["fileId"] for call in world.google.calls if call.values.get("alt") == "media"}


def _differing(world: World, recordings: Any) -> int:
    """Recordings of which the vault has other bytes than Drive."""
    contents = {_digest(told): told.content for told in world.truth.values()}
    vault = Vault(world.study.place(world.study.storage.vault))
    return sum(
        vault.path(recording.sha256, recording.suffix).read_bytes() != contents.get(recording.sha256)
        for recording in recordings
    )


if __name__ == "__main__":
    main()
