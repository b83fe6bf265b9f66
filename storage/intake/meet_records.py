"""What Google Meet knows of meetings: conferences, the recordings made in them, how many people were there.

Only read, page by page, as the guides 'Work with conferences' and 'Work with artifacts' of the Meet REST API v2
describe it. No field of it names an event or an interview: what joins them is the meeting's code. Of the people in a
meeting nothing but their number is asked for.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from storage.google.calls import call

KEY_PREFIX = "meet:"  # in the rows, before the name of a recording
_CODE = re.compile(r"[A-Za-z0-9-]{3,64}")
_LARGEST_PAGE = 100


@dataclass(frozen=True, slots=True)
class Conference:
    """One time that people met in a room: from the first who came to the last who left, None while they are there."""

    name: str
    room: str
    began_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime | None  # when Google deletes the record of it, known once it has ended


@dataclass(frozen=True, slots=True)
class Remote:
    """A recording where it was made: one start and stop. `file_id` is there once its file is."""

    name: str
    meeting_code: str
    conference: Conference
    began_at: datetime | None
    ended_at: datetime | None
    file_id: str

    @property
    def key(self) -> str:
        """Under which it is kept in the rows."""
        return KEY_PREFIX + self.name


def is_code(text: str) -> bool:
    """Whether it can be the code of a meeting; what people write into events may be anything."""
    return _CODE.fullmatch(text) is not None


def conferences_of(meet: Any, code: str) -> list[Conference]:
    """All conferences held under a code that Google still knows, the newest first. Raises GoogleError."""
    return _conferences(meet, f'space.meeting_code = "{code}"', f"list the meetings of {code}")


def conferences_since(meet: Any, since: datetime) -> list[Conference]:
    """All conferences of the account that began at an instant or later, whatever their code. Raises GoogleError."""
    return _conferences(meet, f'start_time>="{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"', "list the meetings")


def recordings_of(meet: Any, conference: Conference, code: str) -> list[Remote]:
    """All recordings of a conference, `code` being that of its room. Raises GoogleError."""
    api = meet.conferenceRecords().recordings()
    found = _pages(lambda page: api.list(parent=conference.name, **page), "recordings", "list a meeting's recordings")
    return [_remote(record, conference, code) for record in found]


def people_in(meet: Any, conference: Conference) -> int:
    """How many people were there at one time or another; who they were is not asked. Raises GoogleError."""
    api = meet.conferenceRecords().participants()
    request = api.list(parent=conference.name, pageSize=1, fields="totalSize")
    return int(call(request, "count who was in a meeting").get("totalSize", 0))


def _conferences(meet: Any, condition: str, what: str) -> list[Conference]:
    api = meet.conferenceRecords()
    found = _pages(lambda page: api.list(filter=condition, **page), "conferenceRecords", what)
    return [
        Conference(
            record["name"],
            record.get("space", ""),
            _instant(record, "startTime"),
            _instant(record, "endTime"),
            _instant(record, "expireTime"),
        )
        for record in found
    ]


def _pages(ask: Callable[[dict[str, Any]], Any], items: str, what: str) -> Iterator[dict[str, Any]]:
    """What all pages hold; one may be empty and be followed by others."""
    token = None
    while True:
        answer = call(ask({"pageSize": _LARGEST_PAGE, "pageToken": token}), what)
        yield from answer.get(items, ())
        token = answer.get("nextPageToken")
        if not token:
            return


def _remote(record: dict[str, Any], conference: Conference, code: str) -> Remote:
    file = record.get("driveDestination", {}).get("file", "") if record.get("state") == "FILE_GENERATED" else ""
    return Remote(record["name"], code, conference, _instant(record, "startTime"), _instant(record, "endTime"), file)


def _instant(record: dict[str, Any], field: str) -> datetime | None:
    """A time of a record in UTC; None where it is missing or none."""
    try:
        at = datetime.fromisoformat(record.get(field, ""))
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else None
