"""Google Meet: a meeting is asked for with its event, awaited, and asked for anew where that failed."""

import re
from dataclasses import replace
from typing import Any

import pytest
from google_interview import ENTRY, found
from google_people import ANNA
from google_stand_in import Google

from scheduling.calendars.base import Meeting
from scheduling.calendars.google import GoogleCalendar
from scheduling.calendars.google_events import standing_of
from scheduling.errors import AccessLost


class TestMeetings:
    VIDEO = replace(ENTRY, with_meeting=True)

    def test_it_is_pending_first_and_then_there(self, calendar: GoogleCalendar) -> None:
        assert calendar.put(self.VIDEO, None).meeting == Meeting("pending")
        meeting = found(calendar).meeting
        assert meeting is not None
        assert meeting.state == "success"
        assert re.fullmatch(r"[a-z]{3}-[a-z]{4}-[a-z]{3}", meeting.code)
        assert meeting.url == f"https://meet.google.com/{meeting.code}"
        assert re.fullmatch(r"tel:\+[\d-]+,,,\d+#", meeting.phone)

    def test_it_stays_pending_for_as_long_as_google_needs(self, calendar: GoogleCalendar, google: Google) -> None:
        google.calendars.conference = "pending"
        standing = calendar.put(self.VIDEO, None)
        assert found(calendar).meeting == Meeting("pending")
        calendar.put(replace(self.VIDEO, sequence=1), standing)
        assert found(calendar).meeting == Meeting("pending")
        google.calendars.conference = "success"
        meeting = found(calendar).meeting
        assert meeting is not None
        assert meeting.state == "success"

    def test_one_that_failed_is_asked_for_anew_with_the_next_change(
        self, calendar: GoogleCalendar, google: Google
    ) -> None:
        google.calendars.conference = "failure"
        calendar.put(self.VIDEO, None)
        assert found(calendar).meeting == Meeting("failure")
        google.calendars.conference = "success"
        assert calendar.put(self.VIDEO, found(calendar)).meeting == Meeting("pending")
        meeting = found(calendar).meeting
        assert meeting is not None
        assert meeting.state == "success"

    def test_one_is_added_where_the_interview_becomes_a_video_call(self, calendar: GoogleCalendar) -> None:
        standing = calendar.put(ENTRY, None)
        assert standing.meeting is None
        assert calendar.put(replace(self.VIDEO, sequence=1), standing).meeting == Meeting("pending")

    def test_another_kind_that_somebody_put_there_stays_and_has_no_code_of_meet(
        self, calendar: GoogleCalendar, google: Google
    ) -> None:
        event = calendar.put(ENTRY, None).event_id
        other = {
            "conferenceId": "123",
            "conferenceSolution": {"key": {"type": "addOn"}, "name": "Zoom"},
            "entryPoints": [
                {"entryPointType": "video", "uri": "https://zoom.example/123"},
                {"entryPointType": "phone", "uri": "tel:+44-20-7946-0000", "pin": "77"},
            ],
        }
        google.calendars.change(ANNA, event, conferenceData=other)
        standing = calendar.put(replace(self.VIDEO, sequence=1), found(calendar))
        phone = "tel:+44-20-7946-0000,,,77#"
        assert standing.meeting == Meeting("success", "", "https://zoom.example/123", phone)

    def test_a_calendar_that_allows_no_meet_says_so_and_makes_no_event(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        google.calendars.calendars[ANNA].allows_meet = False
        with pytest.raises(AccessLost, match="let an administrator allow it"):
            calendar.put(self.VIDEO, None)
        assert events == {}

    @pytest.mark.parametrize("data", [{}, {"notes": "ring the bell"}, None])
    def test_none_is_none(self, data: Any) -> None:
        assert standing_of({"id": "e", "conferenceData": data}).meeting is None
