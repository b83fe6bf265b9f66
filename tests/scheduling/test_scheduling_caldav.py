"""The CalDAV backend against a real Radicale server: what every calendar promises, and what is CalDAV's own."""

import re
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from caldav_server import PASSWORD, USER, Fate, Proxy, Question, Radicale, answer, ask, free_port, make_calendar, proxy
from calendar_contract import GUEST, HOUR, TEN, WEEK, CalendarContract, an_entry, moved, ours, times
from icalendar import Calendar as ICalendar

from scheduling.calendars.base import Meeting, Standing, Unseen
from scheduling.calendars.caldav import PASSWORD_VARIABLE, CalDavCalendar, open_caldav
from scheduling.calendars.dav_answers import document_in, members_in
from scheduling.calendars.dav_event import Inviting
from scheduling.calendars.dav_server import DavServer
from scheduling.errors import AccessLost, CalendarUnavailable, EditedMeanwhile, FollowingLost
from scheduling.spans import Span
from storage.study import Study

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


@pytest.fixture
def desk(radicale_server: Radicale) -> Iterator[Desk]:
    with proxy(radicale_server.port) as before:
        desk = Desk(radicale_server, before, f"{USER}/{uuid.uuid4().hex}")
        ask("MKCOL", f"{radicale_server.address}/{desk.folder}/")
        for name in ("study", "first", "second"):
            make_calendar(desk.behind(desk.address(name)))
        yield desk
    (radicale_server.folder / "users").write_text(f"{USER}:{PASSWORD}\n", encoding="utf-8")


@pytest.fixture
def calendar(desk: Desk) -> Iterator[CalDavCalendar]:
    calendar = desk.open()
    yield calendar
    calendar.close()


@pytest.fixture
def hand(desk: Desk) -> CalDavHand:
    return CalDavHand(desk)


@pytest.fixture
def owners(desk: Desk) -> tuple[str, str]:
    return desk.address("first"), desk.address("second")


@pytest.fixture
def nobody(desk: Desk) -> str:
    return desk.address("none")


class TestCalDav(CalendarContract):
    """CalDAV keeps what every calendar promises."""


def event_in(text: str) -> Any:
    (found,) = ICalendar.from_ical(text).walk("VEVENT")
    return found


# what other people do


def test_what_others_have_added_stays_when_we_change_an_event(calendar: CalDavCalendar, hand: CalDavHand) -> None:
    entry = an_entry()
    made = calendar.put(entry, None)
    hand.reply(made.event_id, GUEST.address, "accepted")
    alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:ring\r\nSUMMARY:bell\r\nTRIGGER:-PT15M\r\nEND:VALARM"
    added = [
        ("COMMENT", "COMMENT:bring the sheet\\, please"),
        ("CATEGORIES", "CATEGORIES:RED,BLUE"),
        ("X-COLOUR", 'X-COLOUR;X-SHADE="a:b;c":dark;green'),
        ("NONE", "ATTENDEE;PARTSTAT=TENTATIVE:mailto:helper@example.org"),
        ("NONE", alarm),
    ]
    hand.edit(made.event_id, *added)
    found = calendar.find(made.event_id)
    assert found is not None
    changed = calendar.put(moved(replace(entry, summary="Interview C_031 (phone)", guests=(GUEST,)), HOUR), found)
    after = event_in(hand.read(made.event_id))
    assert str(after["COMMENT"]) == "bring the sheet, please"
    assert sorted(map(str, after["CATEGORIES"].cats)) == ["BLUE", "RED"]
    assert after["X-COLOUR"].params["X-SHADE"] == "a:b;c"
    assert [str(one["DESCRIPTION"]) for one in after.walk("VALARM")] == ["ring"]
    assert str(after["SUMMARY"]) == "Interview C_031 (phone)"
    assert after["SEQUENCE"] == 1
    assert changed.replies == {GUEST.address: "accepted", "helper@example.org": "tentative"}


def test_the_guest_who_is_no_longer_one_leaves_and_others_stay(calendar: CalDavCalendar, hand: CalDavHand) -> None:
    entry = an_entry()
    made = calendar.put(entry, None)
    hand.edit(made.event_id, ("NONE", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:helper@example.org"))
    found = calendar.find(made.event_id)
    calendar.put(replace(entry, guests=(replace(GUEST, code="INT_02", address="other@example.org"),)), found)
    attendees = {str(one) for one in event_in(hand.read(made.event_id))["ATTENDEE"]}
    assert attendees == {"mailto:helper@example.org", "mailto:other@example.org"}


def test_the_sequence_rises_with_the_times_and_never_falls(calendar: CalDavCalendar, hand: CalDavHand) -> None:
    entry = an_entry()
    made = calendar.put(entry, None)
    hand.edit(made.event_id, ("SEQUENCE", "SEQUENCE:7"))
    found = calendar.find(made.event_id)
    assert found is not None
    retold = calendar.put(replace(entry, description="new words"), found)
    assert event_in(hand.read(made.event_id))["SEQUENCE"] == 7
    calendar.put(moved(entry, HOUR), retold)
    assert event_in(hand.read(made.event_id))["SEQUENCE"] == 8


def test_a_copy_that_somebody_makes_is_a_foreign_event(calendar: CalDavCalendar, hand: CalDavHand) -> None:
    entry = an_entry()
    made = calendar.put(entry, None)
    token = calendar.changes("").token
    copy = re.sub("UID:.*", "UID:the-copy", hand.read(made.event_id))
    hand.write("the-copy.ics", copy.replace(stamp(TEN), stamp(TEN + HOUR)))
    (told,) = calendar.changes(token).standings
    assert (told.event_id, told.guid, told.generation, told.sequence) == ("the-copy.ics", "", 0, -1)


def test_an_event_under_another_name_is_found_by_its_uid(calendar: CalDavCalendar, hand: CalDavHand) -> None:
    entry = an_entry()
    made = calendar.put(entry, None)
    token = calendar.changes("").token
    text = hand.read(made.event_id)
    hand.delete(made.event_id)
    hand.write("moved about.ics", text)
    (told,) = calendar.changes(token).standings  # and not that it is gone
    assert (told.event_id, told.guid, told.is_cancelled) == ("moved about.ics", entry.guid, False)
    assert calendar.find(made.event_id) == told
    assert calendar.put(entry, None) == told  # the server refuses a second event with this UID
    changed = calendar.put(moved(entry, HOUR), told)
    assert (changed.event_id, changed.starts_at) == ("moved about.ics", TEN + HOUR)
    calendar.remove(changed)
    assert calendar.find(made.event_id) is None


def test_a_cancelled_event_is_told_with_what_it_was(calendar: CalDavCalendar, hand: CalDavHand) -> None:
    entry = an_entry()
    made = calendar.put(entry, None)
    token = calendar.changes("").token
    hand.edit(made.event_id, ("STATUS", "STATUS:CANCELLED"))
    (told,) = calendar.changes(token).standings
    assert (told.is_cancelled, told.guid, told.starts_at) == (True, entry.guid, TEN)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("DTSTART;VALUE=DATE:20200504", "DTEND;VALUE=DATE:20200505", ("2020-05-03T23:00", "2020-05-04T23:00")),
        ("DTSTART;VALUE=DATE:20200504", "", ("2020-05-03T23:00", "2020-05-04T23:00")),
        ("DTSTART:20200504T100000", "DTEND:20200504T113000", ("2020-05-04T09:00", "2020-05-04T10:30")),
        ("DTSTART:20200504T100000Z", "DURATION:PT45M", ("2020-05-04T10:00", "2020-05-04T10:45")),
        ("DTSTART:20200504T100000Z", "", ("2020-05-04T10:00", "2020-05-04T10:00")),
        (
            "DTSTART;TZID=America/New_York:20200504T100000",
            "DTEND;TZID=America/New_York:20200504T110000",
            ("2020-05-04T14:00", "2020-05-04T15:00"),
        ),
        (
            "DTSTART;TZID=GMT Standard Time:20200504T100000",
            "DTEND;TZID=GMT Standard Time:20200504T110000",
            ("2020-05-04T09:00", "2020-05-04T10:00"),
        ),
    ],
    ids=["all-day", "all-day-without-end", "floating", "duration", "no-length", "zone", "zone-of-windows"],
)
def test_times_as_programs_write_them_are_read(
    calendar: CalDavCalendar, hand: CalDavHand, start: str, end: str, expected: tuple[str, str]
) -> None:
    made = calendar.put(an_entry(), None)
    hand.edit(made.event_id, ("DTEND", ""), ("DTSTART", start), ("NONE", end))
    found = calendar.find(made.event_id)
    assert times(found) == tuple(datetime.fromisoformat(text).replace(tzinfo=UTC) for text in expected)


def test_a_meeting_is_one_that_people_have_put_there(calendar: CalDavCalendar, hand: CalDavHand) -> None:
    made = calendar.put(an_entry(with_meeting=True), None)
    assert made.meeting is None
    conference = "CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://meet.example.org/abc"
    phone = "CONFERENCE;VALUE=URI;FEATURE=PHONE:tel:+44-20-3956-0000"
    hand.edit(made.event_id, ("NONE", conference), ("NONE", phone))
    found = calendar.find(made.event_id)
    assert found is not None
    assert found.meeting == Meeting("success", url="https://meet.example.org/abc", phone="tel:+44-20-3956-0000")


# what stands in an event


def test_an_event_is_private_in_utc_and_asks_the_server_to_send_nothing(
    calendar: CalDavCalendar, hand: CalDavHand
) -> None:
    made = calendar.put(an_entry(is_tentative=True), None)
    text = re.sub(r"\r?\n[ \t]", "", hand.read(made.event_id))
    found = event_in(text)
    assert [str(found[name]) for name in ("CLASS", "STATUS", "TRANSP")] == ["PRIVATE", "TENTATIVE", "OPAQUE"]
    assert f"DTSTART:{stamp(TEN)}" in text and f"DTEND:{stamp(TEN + HOUR)}" in text
    assert str(found["ORGANIZER"]) == f"mailto:{ORGANISER}"
    assert found["ATTENDEE"].params["SCHEDULE-AGENT"] == "CLIENT"
    assert found["ATTENDEE"].params["CN"] == "INT_01"


def test_where_the_server_is_to_invite_it_is_not_kept_from_it(desk: Desk, hand: CalDavHand) -> None:
    calendar = desk.open(inviting=Inviting(ORGANISER, by_server=True))
    made = calendar.put(an_entry(), None)
    calendar.close()
    assert "SCHEDULE-AGENT" not in hand.read(made.event_id)


def test_without_an_organiser_nobody_is_named(desk: Desk, hand: CalDavHand) -> None:
    calendar = desk.open(inviting=Inviting("", by_server=False))
    made = calendar.put(an_entry(), None)
    calendar.close()
    assert "ATTENDEE" not in hand.read(made.event_id)
    assert "ORGANIZER" not in hand.read(made.event_id)


def test_an_edit_between_our_reading_and_our_writing_is_not_overwritten(
    calendar: CalDavCalendar, desk: Desk, hand: CalDavHand
) -> None:
    entry = an_entry()
    made = calendar.put(entry, None)

    def quick(question: Question) -> None:
        if question.method == "PUT":
            hand.move(made.event_id, TEN + 5 * HOUR, TEN + 6 * HOUR)

    desk.proxy.rule = quick
    with pytest.raises(EditedMeanwhile):
        calendar.put(moved(entry, HOUR), made)
    assert times(calendar.find(made.event_id)) == (TEN + 5 * HOUR, TEN + 6 * HOUR)


# servers that do less


def without_etag(heard: bytes) -> bytes:
    return re.sub(rb"(?im)^etag:.*\r\n", b"", heard)


def test_what_was_written_is_read_where_the_server_tells_no_version(calendar: CalDavCalendar, desk: Desk) -> None:
    desk.proxy.alter = lambda question, heard: without_etag(heard) if question.method == "PUT" else heard
    entry = an_entry()
    made = calendar.put(entry, None)
    assert made.etag
    assert calendar.put(moved(entry, HOUR), made).starts_at == TEN + HOUR


def test_a_server_that_gives_no_versions_at_all_is_not_written_to_blindly(calendar: CalDavCalendar, desk: Desk) -> None:
    entry = an_entry()
    made = calendar.put(entry, None)
    desk.proxy.alter = lambda question, heard: without_etag(heard)
    with pytest.raises(CalendarUnavailable, match=r"with its version \(ETag\)"):
        calendar.put(moved(entry, HOUR), made)


def test_versions_that_a_proxy_has_weakened_are_still_versions(calendar: CalDavCalendar, desk: Desk) -> None:
    desk.proxy.alter = lambda question, heard: re.sub(rb'(?im)^(etag: )"', rb'\1W/"', heard)
    entry = an_entry()
    made = calendar.put(entry, None)
    changed = calendar.put(moved(entry, HOUR), made)
    with pytest.raises(EditedMeanwhile):
        calendar.put(moved(entry, 2 * HOUR), made)
    calendar.remove(changed)


def test_a_server_that_says_412_of_what_is_gone_is_understood(
    calendar: CalDavCalendar, desk: Desk, hand: CalDavHand
) -> None:
    made = calendar.put(an_entry(), None)
    hand.delete(made.event_id)
    desk.proxy.always(answer("412 Precondition Failed"), "DELETE")
    calendar.remove(made)


@pytest.fixture(params=["not said", "refused"])
def without_sync(request: pytest.FixtureRequest, desk: Desk) -> None:
    """A server that cannot tell what has changed, and says so or not."""
    if request.param == "refused":
        desk.proxy.always(answer("501 Not Implemented"), "REPORT", holding="sync-collection")
    else:
        desk.proxy.alter = lambda question, heard: heard.replace(b"sync-collection", b"sing-collection")


@pytest.mark.usefixtures("without_sync")
def test_changes_are_found_where_the_server_cannot_tell_them(
    calendar: CalDavCalendar, hand: CalDavHand, desk: Desk
) -> None:
    left, gone, kept = (calendar.put(an_entry(), None) for _ in range(3))
    first = calendar.changes("")
    assert first.is_all and {one.event_id for one in first.standings} == {left.event_id, gone.event_id, kept.event_id}
    hand.move(left.event_id, TEN + HOUR, TEN + 2 * HOUR)
    hand.delete(gone.event_id)
    hand.add("a meeting of the team", TEN, TEN + HOUR)
    changes = calendar.changes(first.token)
    assert not changes.is_all
    assert {one.guid: one.is_cancelled for one in changes.standings} == {left.guid: False, "": False} | {
        one.guid: True for one in changes.standings if one.event_id == gone.event_id
    }
    assert {one.event_id for one in changes.standings if one.is_cancelled} == {gone.event_id}
    assert [times(one) for one in changes.standings if one.guid == left.guid] == [(TEN + HOUR, TEN + 2 * HOUR)]
    assert calendar.changes(changes.token).standings == ()


def test_a_token_of_ours_that_is_broken_is_a_lost_one(calendar: CalDavCalendar) -> None:
    for token in ("etags:[1", "etags:[]", "etags:3"):
        with pytest.raises(FollowingLost):
            calendar.changes(token)


@pytest.mark.parametrize("said", ["409 Conflict", "410 Gone", "403 Forbidden", "400 Bad Request", "412 Failed"])
def test_however_a_server_refuses_a_token_following_is_lost(calendar: CalDavCalendar, desk: Desk, said: str) -> None:
    token = calendar.changes("").token
    desk.proxy.once(answer(said), "REPORT", holding="sync-collection")
    with pytest.raises(FollowingLost):
        calendar.changes(token)
    assert calendar.changes("").is_all


@pytest.mark.parametrize(
    ("said", "content"),
    [("404 Not Found", ""), ("403 Forbidden", '<d:error xmlns:d="DAV:"><d:need-privileges/></d:error>')],
)
def test_a_right_that_is_lost_is_no_lost_token(calendar: CalDavCalendar, desk: Desk, said: str, content: str) -> None:
    token = calendar.changes("").token
    desk.proxy.always(answer(said, content, Content_Type="application/xml"), "REPORT")
    with pytest.raises(AccessLost):
        calendar.changes(token)


def multistatus(*responses: str, token: str = "") -> bytes:
    end = f"<d:sync-token>{token}</d:sync-token>" if token else ""
    xml = f'<d:multistatus xmlns:d="DAV:">{"".join(responses)}{end}</d:multistatus>'
    return answer("207 Multi-Status", xml, Content_Type="application/xml")


def response(path: str, status: int) -> str:
    return f"<d:response><d:href>{path}</d:href><d:status>HTTP/1.1 {status} X</d:status></d:response>"


def test_changes_that_come_in_parts_are_read_to_the_end(calendar: CalDavCalendar, desk: Desk) -> None:
    study = f"/{desk.folder}/study/"
    parts = {
        "<d:sync-token>before</d:sync-token>": multistatus(
            response(study + "a.ics", 404), response(study.rstrip("/"), 507), token="between"
        ),
        "<d:sync-token>between</d:sync-token>": multistatus(
            response(study + "a%20b.ics", 404), response(study + "%2E%2E", 404), token="after"
        ),
    }
    desk.proxy.rule = lambda question: next(
        (said for asked, said in parts.items() if asked.replace("d:", "D:") in question.text), None
    )
    changes = calendar.changes("before")
    assert changes.token == "after"
    assert changes.standings == (Standing("a b.ics", "", True), Standing("a.ics", "", True))


@pytest.mark.parametrize(
    "said",
    [
        multistatus(response("/x.ics", 404)),
        multistatus(response("/x/", 507), token="before"),
        multistatus(response("/x.ics", 404), token="after")[:-20],
        answer("207 Multi-Status", "<d:multistatus xmlns:d='DAV:'>", Content_Type="application/xml"),
        answer("200 OK", "<html><body>Please log in</body></html>", Content_Type="text/html"),
        answer("207 Multi-Status", ""),
    ],
    ids=["no-token", "never-ends", "cut", "half", "login-page", "empty"],
)
def test_an_answer_that_is_not_whole_is_none(
    calendar: CalDavCalendar, desk: Desk, caplog: pytest.LogCaptureFixture, said: bytes
) -> None:
    desk.proxy.always(said, "REPORT")
    assert calendar.find("nothing-there.ics") is None  # so that it has logged in
    with pytest.raises(CalendarUnavailable):
        calendar.changes("before")
    assert len(desk.proxy.questions) < 5
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("503 Service Unavailable", "not available at the moment"),
        ("507 Insufficient Storage", "it has no room left"),
        ("429 Too Many Requests", "it is asked too often"),
        ("500 Internal Server Error", r"a fault of its own \(500\)"),
    ],
)
def test_a_server_that_cannot_now_is_tried_again_later(
    calendar: CalDavCalendar, desk: Desk, said: str, reason: str
) -> None:
    desk.proxy.always(answer(said), "PUT")
    with pytest.raises(CalendarUnavailable, match=rf"did not make the event fieldcall-.*: .*{reason}.* tried again"):
        calendar.put(an_entry(), None)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("403 Forbidden", "does not allow that to this user. Share the calendar"),
        ("413 Content Too Large", "it is too large"),
        ("418 I'm a teapot", r"it refuses \(418\)"),
        ("401 Unauthorized", "does not accept the user or the password"),
        ("301 Moved Permanently", "sends us to another address"),
    ],
)
def test_a_server_that_will_not_needs_a_person(calendar: CalDavCalendar, desk: Desk, said: str, reason: str) -> None:
    desk.proxy.always(answer(said), "PUT")
    with pytest.raises(AccessLost, match=reason):
        calendar.put(an_entry(), None)


def test_a_calendar_that_is_not_there_is_named_as_such(radicale_server: Radicale) -> None:
    address = f"{radicale_server.address}/{USER}/nowhere/at all/"
    calendar = CalDavCalendar(
        DavServer(address, USER, PASSWORD), address, zone=LONDON, zones={}, inviting=Inviting("", by_server=False)
    )
    with pytest.raises(AccessLost, match="Look at the address in study") as refused:
        calendar.put(an_entry(), None)
    with pytest.raises(AccessLost):
        calendar.changes("")
    calendar.close()
    assert USER not in str(refused.value) and "nowhere" not in str(refused.value)


def test_a_server_that_nobody_listens_at_is_not_available() -> None:
    address = f"http://127.0.0.1:{free_port()}/x/"
    calendar = CalDavCalendar(
        DavServer(address, USER, PASSWORD), address, zone=LONDON, zones={}, inviting=Inviting("", by_server=False)
    )
    with pytest.raises(CalendarUnavailable, match=r"cannot be reached \(ConnectionError\)"):
        calendar.put(an_entry(), None)
    calendar.close()


def test_a_wrong_password_is_said_without_it(desk: Desk) -> None:
    calendar = desk.open(password="guessed")
    with pytest.raises(AccessLost, match="FIELDCALL_CALDAV_PASSWORD") as refused:
        calendar.changes("")
    calendar.close()
    assert "guessed" not in str(refused.value)
    assert not re.search("example.org", str(refused.value))


# what the calendar is


def test_a_survey_tells_what_the_server_can_do(calendar: CalDavCalendar, desk: Desk) -> None:
    survey = calendar.survey()
    assert (survey.is_calendar, survey.may_write, survey.tells_changes) == (True, True, True)
    assert not survey.sends_invitations  # Radicale sends none
    desk.proxy.alter = lambda question, heard: heard.replace(
        b"calendar-access", b"calendar-access, calendar-auto-schedule"
    )
    assert calendar.survey().sends_invitations


def test_following_goes_on_whatever_lies_in_the_calendar(
    calendar: CalDavCalendar, hand: CalDavHand, desk: Desk
) -> None:
    entry = an_entry()
    made = calendar.put(entry, None)
    todo = event().replace("VEVENT", "VTODO")
    hand.write("todo.ics", todo)
    hand.write("huge.ics", event("DESCRIPTION:" + "x" * 1_000_001, f"DTSTART:{stamp(TEN)}"))
    bells = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT1M\r\nDURATION:PT1S\r\nREPEAT:2000000000\r\nEND:VALARM\r\n"
    hand.write("bells.ics", event(f"DTSTART:{stamp(TEN)}", bells * 50))
    stored = desk.server.files(desk.folder) / "study"
    (stored / "junk.ics").write_bytes(b"\x00\xff not a calendar at all")
    (stored / "broken.ics").write_text(event("DTSTART:never", "SEQUENCE:many", uid="broken"))
    (stored / "fold.ics").write_text(event(f"DTSTART:{stamp(TEN)}\r\n" + " " * 2000, uid="fold"))
    changes = calendar.changes("")
    assert ours(changes.standings, entry) == [made]
    told = {one.event_id: one for one in changes.standings}
    assert (told["huge.ics"].guid, told["huge.ics"].starts_at) == ("", None)
    assert told["bells.ics"].starts_at == TEN
    assert calendar.changes(changes.token).standings == ()


def test_an_answer_that_is_too_large_is_asked_for_in_parts(
    calendar: CalDavCalendar, hand: CalDavHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [calendar.put(an_entry(), None) for _ in range(5)]
    hand.write("large.ics", event("DESCRIPTION:" + "x" * 40_000, f"DTSTART:{stamp(TEN)}"))
    monkeypatch.setattr("scheduling.calendars.dav_server.MOST_BYTES", 20_000)
    told = {one.event_id: one for one in calendar.changes("").standings}
    assert [told[one.event_id] for one in made] == made
    assert (told["large.ics"].guid, told["large.ics"].starts_at, told["large.ics"].is_cancelled) == ("", None, False)


def test_an_event_of_ours_that_nobody_can_read_any_more_is_told_by_its_id(calendar: CalDavCalendar, desk: Desk) -> None:
    entry = an_entry()
    made = calendar.put(entry, None)
    desk.proxy.alter = lambda question, heard: heard.replace(b"BEGIN:VEVENT", b"BEGIN:VMUDDLE")
    found = calendar.find(made.event_id)
    assert found == Standing(made.event_id, made.etag, is_cancelled=False)
    with pytest.raises(EditedMeanwhile, match="cannot be read"):
        calendar.put(moved(entry, HOUR), found)


# when interviewers are busy


def test_a_day_off_is_that_of_its_owner_whatever_the_server_makes_of_it(
    desk: Desk, hand: CalDavHand, owners: tuple[str, str]
) -> None:
    first, second = owners
    calendar = desk.open(zones={first: ZoneInfo("America/New_York")})
    for owner in owners:
        hand.occupy_with(owner, "DTSTART;VALUE=DATE:20200505", "DTEND;VALUE=DATE:20200506")
    found = calendar.busy(owners, WEEK)
    assert found[first] == (span("2020-05-05T04:00", "2020-05-06T04:00"),)
    assert found[second] == (span("2020-05-04T23:00", "2020-05-05T23:00"),)
    # this is why the events are read: the server takes the day for one in UTC
    desk.proxy.always(answer("403 Forbidden"), "REPORT", holding="calendar-query")
    assert calendar.busy(owners, WEEK)[first] == (span("2020-05-05T00:00", "2020-05-06T00:00"),)
    calendar.close()


def span(start: str, end: str) -> Span:
    return Span(datetime.fromisoformat(start + "Z"), datetime.fromisoformat(end + "Z"))


def test_series_block_each_of_their_times(calendar: CalDavCalendar, hand: CalDavHand, owners: tuple[str, str]) -> None:
    lines = ("DTSTART;TZID=Europe/London:20200302T100000", "DTEND;TZID=Europe/London:20200302T110000")
    hand.occupy_with(owners[0], *lines, "RRULE:FREQ=DAILY;BYDAY=MO,WE")
    hand.occupy_with(owners[0], "DTSTART:20200505T100000Z", "DTEND:20200505T110000Z", "STATUS:TENTATIVE")
    hand.occupy_with(owners[0], "DTSTART:20200505T120000Z", "DTEND:20200505T130000Z", "STATUS:CANCELLED")
    assert calendar.busy(owners, WEEK)[owners[0]] == (
        span("2020-05-04T09:00", "2020-05-04T10:00"),
        span("2020-05-05T10:00", "2020-05-05T11:00"),
        span("2020-05-06T09:00", "2020-05-06T10:00"),
    )


@pytest.mark.parametrize("how", ["events not shown", "events not understood"])
def test_the_account_of_the_server_is_taken_where_events_are_no_help(
    calendar: CalDavCalendar, hand: CalDavHand, desk: Desk, owners: tuple[str, str], how: str
) -> None:
    hand.occupy(owners[0], TEN, TEN + HOUR)
    if how == "events not shown":
        desk.proxy.always(answer("403 Forbidden"), "REPORT", holding="calendar-query")
    else:
        desk.proxy.alter = lambda question, heard: heard.replace(b"SUMMARY:something", b"RRULE:FREQ=HOURLY")
    assert calendar.busy(owners, WEEK)[owners[0]] == (Span(TEN, TEN + HOUR),)
    asked = [question.text for question in desk.proxy.questions if "free-busy-query" in question.text]
    assert asked and 'start="20200501T100000Z"' in asked[-1]


def test_a_calendar_that_shows_nothing_at_all_is_unseen(
    calendar: CalDavCalendar, hand: CalDavHand, desk: Desk, owners: tuple[str, str]
) -> None:
    first, second = owners
    hand.occupy(second, TEN, TEN + HOUR)
    desk.proxy.rule = lambda question: answer("403 Forbidden") if "/first/" in question.path else None
    found = calendar.busy((first, second, f"{desk.proxy.address}/locked/calendar/"), WEEK)
    assert found[second] == (Span(TEN, TEN + HOUR),)
    for address in found.keys() - {second}:
        unseen = found[address]
        assert isinstance(unseen, Unseen)
        assert "Share the calendar with the user" in unseen.reason
        assert USER not in unseen.reason and address not in unseen.reason


def test_an_event_that_cannot_be_worked_out_leaves_its_owner_unseen(
    calendar: CalDavCalendar, hand: CalDavHand, desk: Desk, owners: tuple[str, str]
) -> None:
    hand.occupy_with(owners[0], f"DTSTART:{stamp(TEN)}", f"DTEND:{stamp(TEN + HOUR)}", "RRULE:FREQ=HOURLY;COUNT=3")
    desk.proxy.always(answer("501 Not Implemented"), "REPORT", holding="free-busy-query")
    found = calendar.busy(owners, WEEK)
    assert isinstance(found[owners[0]], Unseen)
    assert "repeats too often" in str(found[owners[0]])
    assert found[owners[1]] == ()


def test_a_fault_with_one_calendar_is_not_one_with_all(
    calendar: CalDavCalendar, desk: Desk, owners: tuple[str, str]
) -> None:
    fault = answer("500 Internal Server Error")
    desk.proxy.rule = lambda question: fault if "/first/" in question.path else None
    found = calendar.busy(owners, WEEK)
    assert isinstance(found[owners[0]], Unseen)
    assert found[owners[1]] == ()
    for is_dead in (fault, Fate.HANG_UP):
        desk.proxy.rule = lambda question, said=is_dead: said  # type: ignore[misc]
        with pytest.raises(CalendarUnavailable):
            calendar.busy([*owners, "https://elsewhere.example.org/"], WEEK)


def test_nobody_is_nobody(calendar: CalDavCalendar) -> None:
    assert calendar.busy([], WEEK) == {}


# opening it for a study


@pytest.fixture
def on_caldav(study: Study, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    section = study.calendar.model_copy(
        update={"backend": "caldav", "address": desk.address("study").rstrip("/"), "user": USER}
    )
    return study.model_copy(update={"calendar": section})


def changed_study(study: Study, **changed: object) -> Study:
    return study.model_copy(update={"calendar": study.calendar.model_copy(update=changed)})


def test_a_study_opens_its_calendar(on_caldav: Study, desk: Desk, hand: CalDavHand) -> None:
    calendar = open_caldav(on_caldav)
    made = calendar.put(an_entry(), None)
    calendar.close()
    assert calendar.address == desk.address("study")  # with or without a slash in study.toml
    assert f"ORGANIZER:mailto:{USER}" in hand.read(made.event_id)  # there is no mail.sender


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"user": ""}, r"calendar\.user in study\.toml.*FIELDCALL_CALDAV_PASSWORD"),
        ({"address": "primary"}, "Give the https:// address"),
        ({"address": "http://calendar.example.org/study/"}, "password would go in the clear"),
        ({"address": "https://anna:secret@calendar.example.org/study/"}, "carries a user or a password"),
        ({"address": "https://[calendar/"}, "Give the https:// address"),
        ({"address": "file:///etc/passwd"}, "Give the https:// address"),
    ],
)
def test_what_cannot_be_opened_is_said(on_caldav: Study, changed: dict[str, str], message: str) -> None:
    with pytest.raises(AccessLost, match=message) as refused:
        open_caldav(changed_study(on_caldav, **changed))
    assert "secret" not in str(refused.value)


def test_a_missing_password_is_said(on_caldav: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PASSWORD_VARIABLE)
    with pytest.raises(AccessLost, match=PASSWORD_VARIABLE):
        open_caldav(on_caldav)


def test_a_missing_package_is_said(on_caldav: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "caldav", None)
    monkeypatch.delitem(sys.modules, "scheduling.calendars.dav_server")
    with pytest.raises(AccessLost, match=r"pip install 'fieldcall\[caldav\]'"):
        open_caldav(on_caldav)


# safety of the password, and of us


def test_no_redirection_takes_the_password_elsewhere(calendar: CalDavCalendar, desk: Desk) -> None:
    with proxy(desk.server.port) as elsewhere:
        calendar.find("nothing-there.ics")
        said = answer("302 Found", Location=f"{elsewhere.address}/{desk.folder}/study/")
        desk.proxy.rule = lambda question: said
        with pytest.raises(AccessLost, match="Put the address it moved to into study"):
            calendar.changes("")
        assert elsewhere.questions == []


def test_a_calendar_on_another_server_is_not_asked(calendar: CalDavCalendar, desk: Desk) -> None:
    with proxy(desk.server.port) as elsewhere:
        address = f"{elsewhere.address}/{desk.folder}/first/"
        found = calendar.busy([address, "http://[broken", desk.address("first")], WEEK)
        assert isinstance(found[address], Unseen)
        assert isinstance(found["http://[broken"], Unseen)
        assert found[desk.address("first")] == ()
        assert elsewhere.questions == []


def test_a_login_by_digest_never_says_the_password(calendar: CalDavCalendar, desk: Desk) -> None:
    challenge = 'Basic realm="a, b", Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256'
    desk.proxy.rule = lambda question: (
        answer("404 Not Found") if question.login else answer("401 Unauthorized", WWW_Authenticate=challenge)
    )
    assert calendar.find("nothing-there.ics") is None
    assert {question.login.split()[0] for question in desk.proxy.questions if question.login} == {"Digest"}


BOMB = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
SECRET = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("head", [BOMB, SECRET, "<!-- a --> " + BOMB[22:]])
def test_documents_that_declare_entities_are_not_read(calendar: CalDavCalendar, desk: Desk, head: str) -> None:
    body = f"{head}<d:multistatus xmlns:d='DAV:'><d:sync-token>&a;</d:sync-token></d:multistatus>"
    for content in (body, body.encode("utf-16").decode("latin-1")):
        desk.proxy.always(answer("207 Multi-Status", content, Content_Type="application/xml"), "REPORT")
        with pytest.raises(CalendarUnavailable, match="not a whole answer"):
            calendar.changes("before")


@pytest.mark.parametrize(
    ("body", "is_read"),
    [
        (b"<a/>", True),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a comment -->\n<a/>", True),
        (b"<a><![CDATA[X-ALT-DESC:<!DOCTYPE html><html>]]></a>", True),  # as Outlook describes events
        (b"<!DOCTYPE a><a/>", False),
        (BOMB.encode() + b"<a/>", False),
        (BOMB.encode() + b"<a b='&b;'/>", False),
        (b"<?xml version='1.0' encoding='UTF-7'?>+ADw-!DOCTYPE a+AD4-<a/>", False),
        (b"<a>", False),
        (b"", False),
        (b"\x00<a/>", False),
    ],
)
def test_only_plain_documents_are_parsed(body: bytes, is_read: bool) -> None:
    assert (document_in(body) is not None) == is_read


def test_a_property_that_the_server_says_it_has_not_is_none() -> None:
    lacking = "<d:propstat><d:prop><d:getetag>old</d:getetag></d:prop><d:status>HTTP/1.1 404 X</d:status></d:propstat>"
    xml = f'<d:multistatus xmlns:d="DAV:"><d:response><d:href>/a.ics</d:href>{lacking}</d:response></d:multistatus>'
    (member,) = members_in(document_in(xml.encode()))
    assert (member.name, member.is_there, member.etag) == ("a.ics", True, "")


def test_an_answer_without_end_is_not_read_to_its_end(calendar: CalDavCalendar, desk: Desk) -> None:
    desk.proxy.always(answer("200 OK", "x" * 17_000_000, ETag='"a"', Content_Type="text/calendar"), "GET")
    calendar.changes("")
    with pytest.raises(CalendarUnavailable, match="larger than 16 MB"):
        calendar.find("some.ics")
