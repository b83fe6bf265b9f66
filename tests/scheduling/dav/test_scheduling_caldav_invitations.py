"""Whom an event on a CalDAV server names, and whether that server is to invite them."""

import re

from caldav_desk import ORGANISER, CalDavHand, Desk, event_in, stamp
from calendar_contract import HOUR, TEN, an_entry

from scheduling.calendars.caldav import CalDavCalendar
from scheduling.calendars.dav_event import Inviting


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
