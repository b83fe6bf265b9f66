"""Meet v2: spaces, the conferences held in them, and the recordings that these leave in the organiser's Drive.

Sources: the discovery document, and Google's guides 'Work with conferences' and 'Work with artifacts'.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from google_accounts import Identity
from google_errors import GoogleError, invalid, not_found
from google_times import stamp

Values = Mapping[str, Any]

_KEPT = timedelta(days=30)  # a conference record is deleted so long after its end
_CONDITION = re.compile(
    r"(?P<name>space\.meeting_code|space\.name|start_time|end_time)\s*(?P<op>>=|<=|=|<|>|IS)\s*(?P<value>\"[^\"]*\"|NULL)"
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Space:
    """A room with an address of its own; its code may be met in again and again."""

    name: str
    code: str
    owner: str
    pin: str

    @property
    def uri(self) -> str:
        return f"https://meet.google.com/{self.code}"

    @property
    def phone_uri(self) -> str:
        return "tel:+44-20-3956-0000"


@dataclass(frozen=True)
class Participant:
    """Somebody who was there: signed in, anonymous, or by phone with most of the number hidden."""

    name: str
    kind: str  # signedinUser, anonymousUser, phoneUser
    display_name: str
    joined_at: datetime
    left_at: datetime | None


@dataclass(frozen=True)
class Recording:
    """One start and stop of recording; `file_id` is there once the file is."""

    name: str
    started_at: datetime
    ended_at: datetime | None = None
    file_id: str = ""

    @property
    def state(self) -> str:
        if self.file_id:
            return "FILE_GENERATED"
        return "ENDED" if self.ended_at else "STARTED"


@dataclass
class Conference:
    """One time that people met in a space: from the first who came to the last who left."""

    name: str
    space: Space
    started_at: datetime
    ended_at: datetime | None = None
    recordings: list[Recording] = field(default_factory=list)
    participants: list[Participant] = field(default_factory=list)


@dataclass
class Meet:
    """All spaces and conferences."""

    now: Callable[[], datetime]
    spaces: dict[str, Space] = field(default_factory=dict)
    conferences: dict[str, Conference] = field(default_factory=dict)
    page_size: int | None = None
    _numbers: Any = field(default_factory=lambda: count(1))

    # What people do in Meet

    def new_space(self, owner: str) -> Space:
        number = next(self._numbers)
        letters = "".join(_LETTERS[number * 7919 // 26**place % 26] for place in range(10))
        code = f"{letters[:3]}-{letters[3:7]}-{letters[7:]}"
        space = Space(f"spaces/s{number}", code, owner, f"{number:09}")
        self.spaces[space.name] = space
        return space

    def meet(self, code: str, started_at: datetime, ended_at: datetime | None = None) -> Conference:
        """People meet in the space of a code."""
        space = next(space for space in self.spaces.values() if space.code == code)
        conference = Conference(f"conferenceRecords/c{next(self._numbers)}", space, started_at, ended_at)
        self.conferences[conference.name] = conference
        return conference

    def join(
        self, conference: Conference, display_name: str, kind: str, joined_at: datetime, left_at: datetime | None = None
    ) -> None:
        name = f"{conference.name}/participants/p{next(self._numbers)}"
        conference.participants.append(Participant(name, kind, display_name, joined_at, left_at))

    def record(self, conference: Conference, started_at: datetime, ended_at: datetime | None = None) -> Recording:
        """Somebody starts, and perhaps stops, recording; the file comes later with `file_made`."""
        recording = Recording(f"{conference.name}/recordings/r{next(self._numbers)}", started_at, ended_at)
        conference.recordings.append(recording)
        return recording

    def file_made(self, conference: Conference, recording: Recording, file_id: str) -> None:
        place = [one.name for one in conference.recordings].index(recording.name)
        conference.recordings[place] = replace(conference.recordings[place], file_id=file_id)

    # The methods of the API

    def spaces_create(self, who: Identity, _given: Values, _body: Any, _headers: Values) -> Any:
        if who.is_service:
            raise GoogleError(403, "PERMISSION_DENIED", "Permission denied on resource space.")
        return self._space(self.new_space(who.email))

    def spaces_get(self, who: Identity, given: Values, _body: Any, _headers: Values) -> Any:
        asked = given["name"].removeprefix("spaces/")
        for space in self.spaces.values():
            if asked in (space.name.removeprefix("spaces/"), space.code) and space.owner == who.email:
                return self._space(space)
        raise not_found("Requested entity was not found.")

    def conference_records_list(self, who: Identity, given: Values, _body: Any, _headers: Values) -> Any:
        conditions = _conditions(given.get("filter", ""))
        found = [one for one in self._seen(who) if all(_holds(one, *condition) for condition in conditions)]
        found.sort(key=lambda one: one.started_at, reverse=True)
        return self._page("conferenceRecords", [self._record(one) for one in found], given, 25)

    def conference_records_get(self, who: Identity, given: Values, _body: Any, _headers: Values) -> Any:
        return self._record(self._conference(who, given["name"]))

    def recordings_list(self, who: Identity, given: Values, _body: Any, _headers: Values) -> Any:
        recordings = self._conference(who, given["parent"]).recordings
        return self._page("recordings", [self._recording(one) for one in recordings], given, 10)

    def recordings_get(self, who: Identity, given: Values, _body: Any, _headers: Values) -> Any:
        for one in self._conference(who, given["name"].split("/recordings/")[0]).recordings:
            if one.name == given["name"]:
                return self._recording(one)
        raise not_found("Requested entity was not found.")

    def participants_list(self, who: Identity, given: Values, _body: Any, _headers: Values) -> Any:
        people = self._conference(who, given["parent"]).participants
        shown = [
            {
                "name": one.name,
                one.kind: {"displayName": one.display_name},
                "earliestStartTime": stamp(one.joined_at),
                **({"latestEndTime": stamp(one.left_at)} if one.left_at else {}),
            }
            for one in people
        ]
        return self._page("participants", shown, given, 100) | {"totalSize": len(people)}

    # Inside

    def _seen(self, who: Identity) -> list[Conference]:
        """Conferences in spaces of one's own that have not been deleted with time."""
        return [
            one
            for one in self.conferences.values()
            if one.space.owner == who.email and not (one.ended_at and one.ended_at + _KEPT <= self.now())
        ]

    def _conference(self, who: Identity, name: str) -> Conference:
        conference = self.conferences.get(name)
        if conference and conference.space.owner != who.email:
            raise GoogleError(403, "PERMISSION_DENIED", "Permission denied on resource ConferenceRecord.")
        if conference is None or conference not in self._seen(who):
            raise not_found("Requested entity was not found.")
        return conference

    def _space(self, space: Space) -> dict[str, Any]:
        return {
            "name": space.name,
            "meetingUri": space.uri,
            "meetingCode": space.code,
            "config": {"accessType": "TRUSTED", "entryPointAccess": "ALL"},
        }

    def _record(self, one: Conference) -> dict[str, Any]:
        ended = {"endTime": stamp(one.ended_at), "expireTime": stamp(one.ended_at + _KEPT)} if one.ended_at else {}
        return {"name": one.name, "startTime": stamp(one.started_at), "space": one.space.name, **ended}

    def _recording(self, one: Recording) -> dict[str, Any]:
        shown: dict[str, Any] = {"name": one.name, "state": one.state, "startTime": stamp(one.started_at)}
        if one.ended_at:
            shown["endTime"] = stamp(one.ended_at)
        if one.file_id:
            address = f"https://drive.google.com/file/d/{one.file_id}/view"
            shown["driveDestination"] = {"file": one.file_id, "exportUri": address}
        return shown

    def _page(self, name: str, items: Sequence[Any], given: Values, default: int) -> dict[str, Any]:
        begin = int(given.get("pageToken", "0"))
        size = min(given.get("pageSize") or default, 250 if name == "participants" else 100, self.page_size or 250)
        page: dict[str, Any] = {name: list(items[begin : begin + size])} if items else {}
        return page | ({"nextPageToken": str(begin + size)} if begin + size < len(items) else {})


def _conditions(text: str) -> list[tuple[str, str, str]]:
    """The conditions of a filter, joined by AND. Raises GoogleError 400."""
    found = []
    for part in re.split(r"\s+AND\s+", text.strip()) if text.strip() else ():
        match = _CONDITION.fullmatch(part.strip())
        if match is None:
            raise invalid(f"Invalid filter: '{part}'.", "filter")
        found.append((match["name"], match["op"], match["value"].strip('"')))
    return found


def _holds(one: Conference, name: str, operator: str, value: str) -> bool:
    if operator == "IS":
        return one.ended_at is None if name == "end_time" else False
    if name in ("space.meeting_code", "space.name"):
        return value == (one.space.code if name == "space.meeting_code" else one.space.name)
    at, other = one.started_at if name == "start_time" else one.ended_at, datetime.fromisoformat(value)
    if at is None:
        return False
    return {">=": at >= other, "<=": at <= other, ">": at > other, "<": at < other, "=": at == other}[operator]
