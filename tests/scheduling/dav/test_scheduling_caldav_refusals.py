"""What a CalDAV server refuses: tried again later where that may help, else told with the next step."""

import re

import pytest
from caldav_desk import LONDON, Desk
from caldav_server import PASSWORD, USER, Radicale, answer, free_port
from calendar_contract import an_entry

from scheduling.calendars.caldav import CalDavCalendar
from scheduling.calendars.dav_event import Inviting
from scheduling.calendars.dav_server import DavServer
from scheduling.errors import AccessLost, CalendarUnavailable


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
