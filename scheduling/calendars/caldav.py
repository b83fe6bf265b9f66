"""The study's events on a CalDAV server (RFC 4791), and when interviewers are busy on their calendars there.

**Ids.** An event's id is the last part of its address within the calendar, such as `fieldcall-….ics`, which follows
from the interview and its generation; so does its UID. A program that moves an event about may give it another name;
it is then found by its UID, and its `Standing` has the name that it stands under.

**Deleted events.** CalDAV keeps nothing of them: `find` says None, and only `changes` tells that one is gone.

**Invitations.** Few servers send any (Radicale does not), and none can be relied on to. Unless the study file has
`calendar.invite_participants`, the event asks the server to send nothing (SCHEDULE-AGENT=CLIENT, RFC 6638), and guests
are invited by our own mail alone. Guests are named in the event only where an organiser is known: `mail.sender`, or a
`calendar.user` that is an e-mail address.

**Busy times** come from the events themselves where they can be read, for servers take whole days and floating times
for times in UTC in their own accounts (Radicale always, others where a calendar has no time zone): in New York, a day
off would begin and end four hours early. Where events cannot be read, that account is what there is.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit
from zoneinfo import ZoneInfo

from scheduling.calendars.base import Changes, Entry, Standing, Unseen
from scheduling.calendars.dav_answers import CALDAV, DAV, Member, Refused, TooLarge
from scheduling.calendars.dav_busy import busy_in_events, busy_in_report, padded
from scheduling.calendars.dav_event import (
    Inviting,
    Unreadable,
    changed_text,
    has_uid,
    name_of,
    new_text,
    standing_of,
    uid_of,
)
from scheduling.errors import AccessLost, CalendarError, CalendarUnavailable, EditedMeanwhile, FollowingLost
from scheduling.spans import Span
from storage.study import Study

if TYPE_CHECKING:
    from scheduling.calendars.dav_server import DavServer

PASSWORD_VARIABLE = "FIELDCALL_CALDAV_PASSWORD"  # noqa: S105 - the name of a variable
_OWN_TOKEN = "etags:"  # noqa: S105 - what a token of ours begins with, for servers that give none
_AT_ONCE = 50  # texts asked for in one question
_TEXT = CALDAV + "calendar-data"
_ELSEWHERE = Unseen(
    "The calendar is not on the server of the study's calendar, and no other is asked. Give the address of one there, "
    "or leave it out and keep the hours in study.toml up to date."
)


@dataclass(frozen=True, slots=True)
class Survey:
    """What the study's calendar is, and what its server can do."""

    is_calendar: bool
    may_write: bool
    tells_changes: bool  # by sync-collection; else all versions are compared, which is slower
    sends_invitations: bool  # for events with guests


def open_caldav(study: Study) -> "CalDavCalendar":
    """The calendar that the study file names; the server is not asked anything yet. Raises AccessLost."""
    try:
        from scheduling.calendars.dav_server import DavServer
    except ModuleNotFoundError as error:
        raise AccessLost(
            f"CalDAV needs the package {error.name}. Install it with: pip install 'fieldcall[caldav]'"
        ) from None
    password = os.environ.get(PASSWORD_VARIABLE, "")
    if not study.calendar.user or not password:
        raise AccessLost(
            "The login of the CalDAV server is missing. Give the user as calendar.user in study.toml, and the password "
            f"in the environment as {PASSWORD_VARIABLE}."
        )
    user = study.calendar.user
    return CalDavCalendar(
        DavServer(study.calendar.address, user, password),
        study.calendar.address,
        zone=study.zone,
        zones={one.calendar: ZoneInfo(one.zone) for one in study.interviewers.values() if one.zone},
        inviting=Inviting(
            organiser=study.mail.sender or (user if "@" in user else ""),
            by_server=study.calendar.invite_participants,
        ),
    )


class CalDavCalendar:
    """A calendar collection on a CalDAV server; what it promises is `Calendar` in base.py."""

    def __init__(
        self,
        server: "DavServer",
        address: str,
        *,
        zone: ZoneInfo,
        zones: Mapping[str, ZoneInfo],
        inviting: Inviting,
    ) -> None:
        self._server = server
        self._address = _as_collection(address)
        self._zone = zone  # of floating times and whole days, where the calendar's owner has none in `zones`
        self._zones = zones  # by address
        self._inviting = inviting

    @property
    def address(self) -> str:
        return self._address

    def close(self) -> None:
        self._server.close()

    def event_id(self, guid: str, generation: int) -> str:
        return name_of(guid, generation)

    def survey(self) -> Survey:
        """What the calendar is and what can be done with it."""
        found = self._server.collection(self._address, "describe the study's calendar")
        abilities = self._server.abilities(self._address, "say what it can do")
        privileges = found.names_in(DAV + "current-user-privilege-set")
        return Survey(
            is_calendar="calendar" in found.names_in(DAV + "resourcetype"),
            may_write=bool(privileges & {"all", "write", "write-content"}) or not privileges,
            tells_changes=_tells_changes(found),
            sends_invitations="calendar-auto-schedule" in abilities,
        )

    def find(self, event_id: str) -> Standing | None:
        """An event as it is there; None where there is none, a deleted one included: CalDAV remembers nothing."""
        read = self._read(event_id)
        if read is not None:
            return self._standing(event_id, *read)
        uid = uid_of(event_id)
        return self._found_by_uid(uid) if uid else None

    def put(self, entry: Entry, standing: Standing | None) -> Standing:
        """Make an event, or change our properties of one that is as it was read. Raises EditedMeanwhile."""
        if standing is None:
            return self._make(entry)
        what = f"change the event {standing.event_id}"
        text, etag = self._read(standing.event_id) or ("", "")
        if etag != standing.etag:
            raise _edited(what)
        try:
            changed = changed_text(text, entry, self._inviting, datetime.now(UTC))
        except Unreadable as error:
            raise EditedMeanwhile(
                f"The event {standing.event_id} in the study's calendar cannot be read: {error}. Delete it there."
            ) from None
        try:
            return self._written(standing.event_id, changed, what, {"If-Match": etag})
        except Refused as refused:
            if refused.status == 412 or refused.is_missing:
                raise _edited(what) from None
            raise

    def remove(self, standing: Standing) -> None:
        """Delete an event that is as it was read; one that is gone is no fault. Raises EditedMeanwhile."""
        what = f"delete the event {standing.event_id}"
        try:
            self._server.delete(self._url(standing.event_id), what, condition={"If-Match": standing.etag})
        except Refused as refused:
            # some servers say 412 of an event that is gone
            if refused.is_missing or (refused.status == 412 and self._read(standing.event_id) is None):
                return
            if refused.status == 412:
                raise _edited(what) from None
            raise

    def changes(self, token: str) -> Changes:
        """What has changed since `token`; a deleted event has nothing but its id. Raises FollowingLost.

        Where the server cannot tell, the versions of all events are compared with those that the token holds.
        An event that cannot be read has its id and version, and no times. What is no event is left out.
        """
        if token.startswith(_OWN_TOKEN) or not (token or self._server_tells_changes()):
            return self._compared(token)
        what = "say what has changed in the study's calendar"
        try:
            members, following = self._server.changed_since(self._address, token, what)
        except Refused as refused:
            if not token and refused.is_unknown:
                return self._compared("")
            if not token or refused.status == 404 or "need-privileges" in refused.conditions:
                raise
            raise _lost() from None
        return Changes(self._standings(members), following, is_all=not token)

    def busy(self, addresses: Sequence[str], span: Span) -> Mapping[str, tuple[Span, ...] | Unseen]:
        """When the owners of calendars on this server are busy; another server is not asked, having another login."""
        found: dict[str, tuple[Span, ...] | Unseen] = {}
        failures: list[CalendarError] = []
        asked = {address for address in addresses if self._server.is_here(address)}
        for address in dict.fromkeys(addresses):
            try:
                found[address] = self._busy_of(address, span) if address in asked else _ELSEWHERE
            except Unreadable as error:
                found[address] = Unseen(f"The calendar cannot be understood: {error}. Look at it, or ask its owner.")
            except CalendarError as error:
                found[address] = Unseen(str(error))
                failures += [] if isinstance(error, Refused) else [error]
        if failures and len(failures) == len(asked):
            raise failures[0]  # nobody could be seen, so it is not about one calendar
        return found

    def _busy_of(self, address: str, span: Span) -> tuple[Span, ...]:
        url, zone = _as_collection(address), self._zones.get(address, self._zone)
        what = "show when the owner of a calendar is busy"
        try:
            members = self._server.events_within(url, padded(span), what)
            return busy_in_events([member.text(_TEXT) for member in members if member.is_there], span, zone)
        except (Refused, TooLarge, Unreadable) as error:
            if isinstance(error, Refused) and error.is_missing:
                raise
            return self._busy_as_told(url, span, what, error)

    def _busy_as_told(self, url: str, span: Span, what: str, otherwise: Exception) -> tuple[Span, ...]:
        """The server's own account; where it gives none, why the events could not be used is what is told."""
        try:
            return busy_in_report(self._server.free_busy(url, span, what).content.decode(), span)
        except (Refused, UnicodeDecodeError, Unreadable):
            raise otherwise from None

    def _make(self, entry: Entry) -> Standing:
        name = name_of(entry.guid, entry.generation)
        what = f"make the event {name}"
        text = new_text(entry, self._inviting, datetime.now(UTC))
        try:
            return self._written(name, text, what, {"If-None-Match": "*"})
        except Refused as refused:
            if refused.status != 412 and "no-uid-conflict" not in refused.conditions:
                raise
        adopted = self.find(name)
        if adopted is None:
            raise _edited(what)
        return adopted

    def _written(self, name: str, text: str, what: str, condition: Mapping[str, str]) -> Standing:
        """Write a text and tell what stands there then: a server that gives no ETag may have changed it (RFC 4791)."""
        answer = self._server.put(self._url(name), text, what, condition=condition)
        read = (text, answer.etag) if answer.etag and not answer.is_weak else self._read(name)
        if read is None:
            raise _edited(what)
        return self._standing(name, *read)

    def _read(self, name: str) -> tuple[str, str] | None:
        """The text and the ETag of an event; None where there is none."""
        what = f"show the event {name}"
        try:
            answer = self._server.get(self._url(name), what)
        except Refused as refused:
            if refused.is_missing:
                return None
            raise
        if not answer.etag:
            raise CalendarUnavailable(
                f"The CalDAV server did not {what} with its version (ETag), without which changes by others could be "
                "overwritten. Ask whoever runs the server."
            )
        return answer.content.decode(errors="replace"), answer.etag

    def _found_by_uid(self, uid: str) -> Standing | None:
        try:
            members = self._server.with_uid(self._address, uid, "look for an event by its UID")
        except Refused as refused:
            if refused.is_unknown:  # then an event that was given another name is a foreign one
                return None
            raise
        for member in members:
            if member.is_there and member.name and _is_event(member.text(_TEXT), uid):
                return self._standing(member.name, member.text(_TEXT), member.etag)
        return None

    def _server_tells_changes(self) -> bool:
        return _tells_changes(self._server.collection(self._address, "describe the study's calendar"))

    def _compared(self, token: str) -> Changes:
        """What has changed by the versions of everything there is, for servers that cannot tell."""
        known = _versions_in(token)
        what = "list the events of the study's calendar"
        members = self._events_among(self._server.versions(self._address, what))
        found = {name: _digest(member.etag) for name, member in members.items() if member.is_there}
        changed = [members[name] for name, version in found.items() if known.get(name) != version]
        gone = [Member(path=quote(name, safe=""), status=404, properties={}) for name in known.keys() - found.keys()]
        following = _OWN_TOKEN + json.dumps(found, sort_keys=True)
        return Changes(self._standings([*changed, *gone]), following, is_all=not token)

    def _events_among(self, members: Iterable[Member]) -> dict[str, Member]:
        """The members of the calendar by name, the last word on each; the calendar itself is none."""
        own = unquote(urlsplit(self._address).path).rstrip("/")
        return {
            member.name: member
            for member in members
            if member.name and unquote(member.path) != own  # some leave the slash at its end out
        }

    def _standings(self, members: Iterable[Member]) -> tuple[Standing, ...]:
        """How the events stand that members tell of, sorted by name."""
        by_name = self._events_among(members)
        present = [member for member in by_name.values() if member.is_there]
        texts: dict[str, Member] = {}
        for start in range(0, len(present), _AT_ONCE):
            texts |= self._texts(present[start : start + _AT_ONCE])
        standings = [
            self._standing_as_told(texts.get(name, member) if member.is_there else member)
            for name, member in sorted(by_name.items())
        ]
        renamed = {name_of(one.guid, one.generation) for one in standings if one.guid}
        return tuple(one for one in standings if not (one.is_cancelled and not one.guid and one.event_id in renamed))

    def _texts(self, members: Sequence[Member]) -> dict[str, Member]:
        """The members with their texts, by name; without one that is too large to be read."""
        try:
            what = "show the events that have changed"
            return self._events_among(self._server.texts(self._address, [member.path for member in members], what))
        except TooLarge:
            if len(members) == 1:
                return {}
        half = len(members) // 2
        return self._texts(members[:half]) | self._texts(members[half:])

    def _standing_as_told(self, member: Member) -> Standing:
        if not member.is_there:
            return Standing(event_id=member.name, etag="", is_cancelled=True)
        return self._standing(member.name, member.text(_TEXT), member.etag)

    def _standing(self, name: str, text: str, etag: str) -> Standing:
        try:
            return standing_of(text, name, etag, self._zone)
        except Unreadable:
            return Standing(event_id=name, etag=etag, is_cancelled=False)

    def _url(self, name: str) -> str:
        return self._address + quote(name, safe="")


def _as_collection(address: str) -> str:
    return address.strip().rstrip("/") + "/"


def _tells_changes(collection: Member) -> bool:
    return "sync-collection" in collection.names_in(DAV + "supported-report-set")


def _is_event(text: str, uid: str) -> bool:
    try:
        return has_uid(text, uid)
    except Unreadable:
        return False


def _versions_in(token: str) -> dict[str, str]:
    """The versions that a token of ours holds, by name; none in ''. Raises FollowingLost."""
    try:
        known = json.loads(token.removeprefix(_OWN_TOKEN) or "{}")
        return {str(name): str(version) for name, version in known.items()}
    except (ValueError, AttributeError):
        raise _lost() from None


def _digest(etag: str) -> str:
    return hashlib.sha256(etag.encode()).hexdigest()[:16]


def _edited(what: str) -> EditedMeanwhile:
    return EditedMeanwhile(
        f"The CalDAV server did not {what}: somebody has changed it there meanwhile. It is read anew by itself."
    )


def _lost() -> FollowingLost:
    return FollowingLost(
        "The CalDAV server cannot tell any more what has changed in the study's calendar since it was last asked. "
        "Everything is read anew by itself."
    )
