"""The calendars of a test on a CalDAV server, and somebody else who works with them."""

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from caldav_server import PASSWORD, USER, Fate, Proxy, Radicale, ask
from icalendar import Calendar as ICalendar

from scheduling.calendars.caldav import CalDavCalendar
from scheduling.calendars.dav_event import Inviting
from scheduling.calendars.dav_server import DavServer

LONDON = ZoneInfo("Europe/London")
ORGANISER = "coordinator@example.org"


@dataclass
class Desk:
    """The calendars of one test: their addresses at the proxy, and behind it."""

    server: Radicale
    proxy: Proxy
    folder: str

    def address(self, name: str) -> str:
        return f"{self.proxy.address}/{self.folder}/{name}/"

    def behind(self, address: str) -> str:
        return address.replace(self.proxy.address, self.server.address)

    def open(self, **changed: Any) -> CalDavCalendar:
        given = {"zone": LONDON, "zones": {}, "inviting": Inviting(ORGANISER, by_server=False), "password": PASSWORD}
        given |= changed
        address = self.address("study")
        return CalDavCalendar(DavServer(address, USER, given.pop("password")), address, **given)


@dataclass
class CalDavHand:
    """Somebody with a calendar program, and whoever runs the server."""

    desk: Desk

    def read(self, event_id: str) -> str:
        return ask("GET", self.url(event_id)).text

    def write(self, event_id: str, text: str) -> None:
        ask("PUT", self.url(event_id), text, Content_Type="text/calendar")

    def edit(self, event_id: str, *lines: tuple[str, str]) -> None:
        """Put a line in the place of the property that is named; of one that is not there, at the end."""
        text = re.sub(r"\r?\n[ \t]", "", self.read(event_id))
        for name, line in lines:
            text = re.sub(rf"(?m)^{name}[;:].*\r?\n", "", text)
            text = text.replace("END:VEVENT", f"{line}\r\nEND:VEVENT", 1) if line else text
        self.write(event_id, text)

    def url(self, event_id: str) -> str:
        return self.desk.behind(self.desk.address("study")) + quote(event_id)

    def move(self, event_id: str, starts_at: datetime, ends_at: datetime) -> None:
        self.edit(event_id, ("DTSTART", f"DTSTART:{stamp(starts_at)}"), ("DTEND", f"DTEND:{stamp(ends_at)}"))

    def delete(self, event_id: str) -> None:
        ask("DELETE", self.url(event_id))

    def reply(self, event_id: str, address: str, answer: str) -> None:
        text = re.sub(r"\r?\n[ \t]", "", self.read(event_id))
        self.write(event_id, re.sub(rf"PARTSTAT=[A-Z-]+(.*{address})", rf"PARTSTAT={answer.upper()}\1", text))

    def add(self, title: str, starts_at: datetime, ends_at: datetime) -> None:
        self.write(f"{uuid.uuid4()}.ics", event(f"DTSTART:{stamp(starts_at)}", f"DTEND:{stamp(ends_at)}", title=title))

    def occupy(self, owner: str, starts_at: datetime, ends_at: datetime, *, is_free: bool = False) -> None:
        lines = [f"DTSTART:{stamp(starts_at)}", f"DTEND:{stamp(ends_at)}"]
        self.occupy_with(owner, *lines, *(["TRANSP:TRANSPARENT"] if is_free else []))

    def occupy_with(self, owner: str, *lines: str) -> None:
        ask("PUT", f"{self.desk.behind(owner)}{uuid.uuid4()}.ics", event(*lines), Content_Type="text/calendar")

    def lose_answer(self) -> None:
        self.desk.proxy.once(Fate.CUT, "PUT", "DELETE")

    def forget_tokens(self) -> None:
        for file in (self.desk.server.files(self.desk.folder) / "study").rglob("sync-token/*"):
            file.unlink()

    def lock_out(self) -> None:
        (self.desk.server.folder / "users").write_text(f"{USER}:another\n")

    def go_down(self) -> None:
        self.desk.proxy.rule = lambda question: Fate.HANG_UP


def stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def event(*lines: str, title: str = "something", uid: str = "") -> str:
    """The text of an event of somebody else."""
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Somebody//else//EN", "BEGIN:VEVENT"]
    body = [f"UID:{uid or uuid.uuid4()}", "DTSTAMP:20200501T000000Z", f"SUMMARY:{title}", *lines]
    return "\r\n".join([*head, *body, "END:VEVENT", "END:VCALENDAR", ""])


def event_in(text: str) -> Any:
    (found,) = ICalendar.from_ical(text).walk("VEVENT")
    return found
