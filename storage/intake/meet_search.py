"""Which meetings are looked for at Google Meet, and what is found of them.

Asked for are the codes of the interviews around now. The account's other meetings are private: they are counted, and
looked into only where one was held in the time of an interview that has no recording, for it may have been that one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, select

from storage.database import Database
from storage.google.calls import GoogleError, GoogleMissing, GoogleRefused
from storage.intake.binding import OVERRUN
from storage.intake.meet_binding import Stretch
from storage.intake.meet_records import (
    Conference,
    Remote,
    conferences_of,
    conferences_since,
    is_code,
    recordings_of,
)
from storage.tables import CLOSED_STATES, Binding, Interview, Placement

AHEAD = timedelta(days=1)  # rooms are tested the day before
BACK = timedelta(days=40)
KEPT = timedelta(days=30)  # Google deletes the record of a meeting so long after its end


@dataclass(frozen=True, slots=True)
class Found:
    """What Meet has. A code is in `conferences` only where everything under it could be read."""

    remotes: tuple[Remote, ...]
    conferences: Mapping[str, Sequence[Conference]]
    others: int  # of the account's meetings that are none of the study's, so not looked into
    failures: tuple[str, ...]


def search(meet: Any, database: Database, *, now: datetime) -> Found:
    """Look for the recordings of the study's meetings; what cannot be read is in `failures`."""
    with database.reading() as session:
        codes, open_slots = _codes(session, now), _open_slots(session, now)
    remotes: list[Remote] = []
    conferences: dict[str, list[Conference]] = {}
    failures: list[str] = []
    others = 0
    try:
        for code in codes:
            try:
                held = conferences_of(meet, code)
                remotes += [remote for one in held for remote in recordings_of(meet, one, code)]
                conferences[code] = held
            except (GoogleMissing, GoogleRefused) as error:  # this meeting's only
                failures.append(str(error))
        if not failures:
            foreign, others = _foreign(meet, conferences, open_slots, now)
            remotes += foreign
    except GoogleError as error:
        failures.append(str(error))
    remotes.sort(key=lambda remote: (remote.began_at or remote.conference.began_at or now, remote.name))
    return Found(tuple(remotes), conferences, others, tuple(failures))


def _codes(session: Session, now: datetime) -> list[str]:
    """Codes of interviews from a day ahead to forty days back; moved ones may have been met for before they were."""
    near = or_(col(Interview.starts_at) <= now + AHEAD, col(Interview.sequence) > 0)
    query = (
        select(Placement.meeting_code)
        .join(Interview, col(Interview.id) == Placement.interview_id)
        .where(col(Placement.meeting_code) != "", col(Interview.starts_at) >= now - BACK, near)
        .distinct()
        .order_by(Placement.meeting_code)
    )
    return [code for code in session.exec(query) if is_code(code)]


def _open_slots(session: Session, now: datetime) -> list[Stretch]:
    """The times of interviews that have begun and have no recording."""
    query = (
        select(Interview.starts_at, Interview.ends_at)
        .outerjoin(Binding, col(Binding.interview_id) == Interview.id)
        .where(
            col(Binding.recording_id).is_(None),
            col(Interview.state).not_in(CLOSED_STATES),
            col(Interview.starts_at).between(now - KEPT, now),
        )
    )
    return [Stretch(begin, end) for begin, end in session.exec(query)]


def _foreign(
    meet: Any, conferences: Mapping[str, Sequence[Conference]], slots: Sequence[Stretch], now: datetime
) -> tuple[list[Remote], int]:
    """Recordings of other meetings in the time of an interview, and how many meetings were not looked into."""
    ours = {conference.name for held in conferences.values() for conference in held}
    others = [one for one in conferences_since(meet, now - KEPT) if one.name not in ours]
    suspect = [one for one in others if _is_in_a_slot(one, slots, now)]
    found = [remote for one in suspect for remote in recordings_of(meet, one, one.room)]
    return found, len(others) - len(suspect)


def _is_in_a_slot(conference: Conference, slots: Sequence[Stretch], now: datetime) -> bool:
    if conference.began_at is None:
        return False
    held = Stretch(conference.began_at, conference.ended_at or now)
    return any(held.common(slot) > OVERRUN for slot in slots)
