"""The study's calendar at Google, asked through the real client of a stand-in that keeps Google's contract."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google_calendar import Notice
from google_people import ANNA, BEN, GUEST
from google_setup import log_in, rewritten, service_key
from google_stand_in import Google
from hypothesis import given
from hypothesis import strategies as st

from scheduling.calendars.base import Entry, Guest, Meeting, Standing, Unseen
from scheduling.calendars.google import GoogleCalendar, open_google
from scheduling.calendars.google_events import event_id, request_id, standing_of
from scheduling.errors import AccessLost, CalendarError, CalendarUnavailable, EditedMeanwhile, FollowingLost
from scheduling.spans import Span
from storage.contacts import Contacts
from storage.google.account import EVENTS, scopes_of
from storage.study import Study

START = datetime(2020, 6, 3, 13, tzinfo=UTC)  # two o'clock in London
HOUR = timedelta(hours=1)
ENTRY = Entry(
    guid="6f1c2a52-1111-4222-8333-944455556666",
    generation=0,
    sequence=0,
    summary="Interview",
    description="By video.",
    location="Google Meet",
    starts_at=START,
    ends_at=START + HOUR,
    is_tentative=False,
    with_meeting=False,
    guests=(Guest("INT_01", BEN),),
)
MOVED = replace(ENTRY, sequence=1, starts_at=START + 24 * HOUR, ends_at=START + 25 * HOUR)


@pytest.fixture
def slept() -> list[float]:
    """How long the code under test would have waited, each time."""
    return []


@pytest.fixture
def calendar(logged_in: Study, contacts: Contacts, slept: list[float]) -> Iterator[GoogleCalendar]:
    calendar = open_google(logged_in, contacts.key, sleep=slept.append)
    yield calendar
    calendar.close()


@pytest.fixture
def events(google: Google) -> dict[str, Any]:
    """The events of the study's calendar as Google keeps them."""
    return google.calendars.calendars[ANNA].events


def only(events: dict[str, Any]) -> Any:
    (event,) = events.values()
    return event


def found(calendar: GoogleCalendar, entry: Entry = ENTRY) -> Standing:
    standing = calendar.find(calendar.event_id(entry.guid, entry.generation))
    assert standing is not None
    return standing


def methods(google: Google) -> list[str]:
    return [call.method for call in google.calls]


class TestIds:
    @given(st.text(), st.integers(0, 10**9))
    def test_an_id_is_of_the_letters_that_google_takes(self, guid: str, generation: int) -> None:
        assert re.fullmatch(r"[a-v0-9]{5,1024}", event_id(guid, generation))

    @given(st.uuids(), st.integers(0, 10**6), st.integers(0, 10**6))
    def test_each_generation_has_another_and_always_the_same(self, guid: Any, one: int, other: int) -> None:
        ids = {event_id(str(guid), one), event_id(str(guid), other)}
        assert len(ids) == (1 if one == other else 2)
        assert event_id(str(guid), one) in ids

    def test_it_is_sha256_in_base32hex(self) -> None:
        """Written down once: an id that came out otherwise in a later version would book everybody twice."""
        assert event_id(ENTRY.guid, 0) == "4v4f5of5g090kdunafqv6vm4k7nf7q6ooe5qdacm9181giuckme0"
        assert event_id(ENTRY.guid, 1) == "mdukd9g8m0imub2vvbe5h6k3g279hcgirgql1dlg76tp2p77hckg"

    def test_a_meeting_that_failed_is_asked_for_under_another_id(self) -> None:
        assert request_id(ENTRY.guid, 0) == request_id(ENTRY.guid, 0)
        assert request_id(ENTRY.guid, 0) != request_id(ENTRY.guid, 0, request_id(ENTRY.guid, 0))


class TestMaking:
    def test_what_is_made_is_what_was_asked_for(self, calendar: GoogleCalendar, events: dict[str, Any]) -> None:
        standing = calendar.put(ENTRY, None)
        event = only(events)
        assert (event["summary"], event["description"], event["location"]) == ("Interview", "By video.", "Google Meet")
        assert event["start"] == {"dateTime": "2020-06-03T14:00:00+01:00", "timeZone": "Europe/London"}
        assert [guest["email"] for guest in event["attendees"]] == [BEN]
        assert standing == Standing(
            event_id=calendar.event_id(ENTRY.guid, 0),
            etag=event["etag"],
            is_cancelled=False,
            guid=ENTRY.guid,
            generation=0,
            sequence=0,
            starts_at=ENTRY.starts_at,
            ends_at=ENTRY.ends_at,
        )
        assert found(calendar) == standing

    def test_nobody_else_sees_what_it_is_or_who_comes(self, calendar: GoogleCalendar, events: dict[str, Any]) -> None:
        calendar.put(ENTRY, None)
        event = only(events)
        assert event["visibility"] == "private"
        assert not any(event[f"guestsCan{what}"] for what in ("InviteOthers", "Modify", "SeeOtherGuests"))
        assert event["extendedProperties"].keys() == {"private"}
        assert BEN not in str(event["extendedProperties"])

    def test_a_held_slot_is_tentative_until_it_is_booked(
        self, calendar: GoogleCalendar, events: dict[str, Any]
    ) -> None:
        standing = calendar.put(replace(ENTRY, is_tentative=True), None)
        assert only(events)["status"] == "tentative"
        assert not standing.is_cancelled
        calendar.put(replace(ENTRY, sequence=1), standing)
        assert only(events)["status"] == "confirmed"

    def test_made_twice_it_is_one_and_as_it_was(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        calendar.put(ENTRY, None)
        google.calendars.change(ANNA, only(events)["id"], starts_at=START + HOUR, ends_at=START + 2 * HOUR)
        standing = calendar.put(ENTRY, None)
        assert (standing.starts_at, standing.sequence) == (START + HOUR, 0)
        assert len(events) == 1

    def test_one_that_was_deleted_there_is_not_brought_back(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        calendar.put(ENTRY, None)
        google.calendars.remove(ANNA, only(events)["id"])
        assert calendar.put(ENTRY, None).is_cancelled
        assert only(events)["status"] == "cancelled"

    def test_nor_one_that_has_vanished_since_whose_id_stays_taken(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any], slept: list[float]
    ) -> None:
        calendar.put(ENTRY, None)
        event = only(events)["id"]
        google.calendars.remove(ANNA, event)
        google.calendars.purge(ANNA, event)
        assert calendar.put(ENTRY, None) == Standing(event, "", is_cancelled=True)
        assert sum(slept) == 15, "an event that is only slow to be found would be taken for a deleted one"

    def test_one_that_is_slow_to_be_found_is_waited_for(
        self, calendar: GoogleCalendar, google: Google, slept: list[float]
    ) -> None:
        calendar.put(ENTRY, None)
        google.faults.refuse("calendar.events.get", 404, "notFound", times=2)
        assert calendar.put(ENTRY, None).guid == ENTRY.guid
        assert slept == [1.0, 2.0]

    def test_the_next_generation_stands_beside_the_deleted_one(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        calendar.put(ENTRY, None)
        google.calendars.remove(ANNA, only(events)["id"])
        standing = calendar.put(replace(ENTRY, generation=1), None)
        assert (standing.guid, standing.generation, standing.is_cancelled) == (ENTRY.guid, 1, False)
        assert [event["status"] for event in events.values()] == ["cancelled", "confirmed"]

    def test_an_id_that_another_interview_has_is_never_taken_over(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        calendar.put(ENTRY, None)
        google.calendars.change(ANNA, only(events)["id"], extendedProperties={"private": {"fieldcall": "another"}})
        with pytest.raises(CalendarError, match="taken by another's event"):
            calendar.put(ENTRY, None)

    @pytest.mark.parametrize(
        ("zone", "start"),
        [
            ("America/St_Johns", "2020-06-03T10:30:00-02:30"),
            ("Asia/Kathmandu", "2020-06-03T18:45:00+05:45"),
            ("Pacific/Apia", "2020-06-04T02:00:00+13:00"),
        ],
    )
    def test_times_are_told_with_offset_and_zone_of_the_study(
        self, logged_in: Study, contacts: Contacts, google: Google, zone: str, start: str
    ) -> None:
        study = rewritten(logged_in, ("Europe/London", zone))
        calendar = open_google(study, contacts.key)
        assert calendar.put(ENTRY, None).starts_at == START
        calendar.close()
        body = next(call.body for call in google.calls if call.method == "calendar.events.insert")
        assert body["start"] == {"dateTime": start, "timeZone": zone}

    def test_both_of_the_hours_that_the_clocks_show_twice(self, calendar: GoogleCalendar) -> None:
        for number, hour in enumerate((0, 1)):  # half past one in London, summer time and winter time
            at = datetime(2020, 10, 25, hour, 30, tzinfo=UTC)
            entry = replace(ENTRY, guid=f"guid-{number}", starts_at=at, ends_at=at + HOUR)
            assert calendar.put(entry, None).starts_at == at


class TestChanging:
    def test_a_move_keeps_all_that_people_have_changed(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        event = calendar.put(replace(ENTRY, with_meeting=True), None).event_id
        by_hand = {
            "description": "Bring the map.",
            "reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 7}]},
            "attachments": [{"fileUrl": "https://drive.example/1", "title": "sheet"}],
            "attendees": [*events[event]["attendees"], {"email": GUEST, "responseStatus": "needsAction"}],
            "colorId": "5",
        }
        google.calendars.change(ANNA, event, **by_hand)
        before = found(calendar)
        after = calendar.put(replace(MOVED, with_meeting=True), before)
        assert (after.starts_at, after.sequence, after.meeting) == (MOVED.starts_at, 1, before.meeting)
        assert {name: events[event][name] for name in by_hand} == by_hand
        updates = [call for call in google.calls if call.method == "calendar.events.update"]
        assert [call.values["supportsAttachments"] for call in updates] == [True]

    def test_texts_of_ours_change_with_us(self, calendar: GoogleCalendar, events: dict[str, Any]) -> None:
        standing = calendar.put(ENTRY, None)
        calendar.put(replace(MOVED, description="By telephone.", location=""), standing)
        assert (only(events)["description"], only(events).get("location")) == ("By telephone.", "")

    def test_but_not_one_that_somebody_has_put_in_their_place_or_taken_away(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        event = calendar.put(ENTRY, None).event_id
        google.calendars.change(ANNA, event, summary="Talk with Zed", location="")
        for sequence in (1, 2):
            entry = replace(ENTRY, sequence=sequence, summary=f"Interview {sequence}", location="Room 2")
            calendar.put(entry, found(calendar))
        assert (events[event]["summary"], events[event]["location"]) == ("Talk with Zed", "")

    def test_white_space_that_google_sets_otherwise_is_no_edit(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        event = calendar.put(replace(ENTRY, description="one\ntwo \n"), None).event_id
        google.calendars.change(ANNA, event, description="one two")
        calendar.put(replace(MOVED, description="three"), found(calendar))
        assert events[event]["description"] == "three"

    def test_replies_stay_with_their_guests(self, calendar: GoogleCalendar, google: Google) -> None:
        event = calendar.put(replace(ENTRY, guests=(Guest("INT_01", BEN), Guest("C_001", GUEST))), None).event_id
        google.calendars.reply(ANNA, event, GUEST, "accepted")
        guests = (Guest("INT_01", BEN.upper()), Guest("C_001", GUEST))
        after = calendar.put(replace(ENTRY, sequence=1, guests=guests), found(calendar))
        assert after.replies == {GUEST: "accepted"}

    def test_another_interviewer_takes_the_place_of_the_first(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        event = calendar.put(ENTRY, None).event_id
        attendees = [*events[event]["attendees"], {"email": "by-hand@study.example", "responseStatus": "tentative"}]
        google.calendars.change(ANNA, event, attendees=attendees)
        other = replace(ENTRY, sequence=1, guests=(Guest("INT_02", GUEST),))
        calendar.put(other, found(calendar))
        assert [guest["email"] for guest in events[event]["attendees"]] == ["by-hand@study.example", GUEST]
        calendar.put(replace(ENTRY, sequence=2), found(calendar))
        assert [guest["email"] for guest in events[event]["attendees"]] == ["by-hand@study.example", BEN]

    def test_who_was_taken_off_the_list_by_hand_stays_off_it(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        event = calendar.put(ENTRY, None).event_id
        google.calendars.change(ANNA, event, attendees=[])
        for sequence in (1, 2):
            calendar.put(replace(MOVED, sequence=sequence), found(calendar))
        assert events[event]["attendees"] == []

    def test_what_is_as_wanted_already_is_not_written(self, calendar: GoogleCalendar, google: Google) -> None:
        standing = calendar.put(ENTRY, None)
        assert calendar.put(ENTRY, standing) == standing
        assert "calendar.events.update" not in methods(google)

    def test_what_was_edited_since_it_was_read_is_left(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        standing = calendar.put(ENTRY, None)
        google.calendars.change(ANNA, standing.event_id, starts_at=START + 3 * HOUR, ends_at=START + 4 * HOUR)
        with pytest.raises(EditedMeanwhile, match="changed in the calendar since"):
            calendar.put(MOVED, standing)
        assert found(calendar).starts_at == START + 3 * HOUR

    @pytest.mark.parametrize("how", ["moved", "deleted"])
    def test_also_what_is_edited_between_reading_and_writing(
        self, calendar: GoogleCalendar, google: Google, monkeypatch: pytest.MonkeyPatch, how: str
    ) -> None:
        standing = calendar.put(ENTRY, None)
        read, edits = GoogleCalendar._live, [how]

        def edited_after_reading(self: GoogleCalendar, event: str) -> Any:
            answer = read(self, event)
            if edits and edits.pop() == "moved":
                google.calendars.change(ANNA, event, starts_at=START + 3 * HOUR, ends_at=START + 4 * HOUR)
            elif how == "deleted":
                google.calendars.remove(ANNA, event)
            return answer

        monkeypatch.setattr(GoogleCalendar, "_live", edited_after_reading)
        with pytest.raises(EditedMeanwhile, match="read anew"):
            calendar.put(MOVED, standing)
        assert found(calendar).starts_at == (START + 3 * HOUR if how == "moved" else START)
        assert found(calendar).is_cancelled == (how == "deleted")

    def test_what_was_deleted_since_is_not_brought_back(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        standing = calendar.put(ENTRY, None)
        google.calendars.remove(ANNA, standing.event_id)
        with pytest.raises(EditedMeanwhile, match="deleted"):
            calendar.put(MOVED, standing)
        google.calendars.purge(ANNA, standing.event_id)
        with pytest.raises(EditedMeanwhile, match="deleted"):
            calendar.put(MOVED, standing)
        assert events == {}

    def test_a_whole_day_that_somebody_made_of_it_has_no_times_and_can_be_moved(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        event = calendar.put(ENTRY, None).event_id
        google.calendars.change(ANNA, event, start={"date": "2020-06-03"}, end={"date": "2020-06-04"})
        standing = found(calendar)
        assert (standing.starts_at, standing.ends_at, standing.guid) == (None, None, ENTRY.guid)
        assert calendar.put(MOVED, standing).starts_at == MOVED.starts_at
        assert "date" not in events[event]["start"]

    def test_a_change_whose_answer_was_lost_is_no_conflict_with_itself(
        self, calendar: GoogleCalendar, google: Google
    ) -> None:
        standing = calendar.put(ENTRY, None)
        google.faults.commit_then_drop("calendar.events.update")
        assert calendar.put(MOVED, standing).starts_at == MOVED.starts_at
        assert not google.faults.left

    def test_our_properties_survive_nothing_but_our_own_events(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        """Google's pages can duplicate an event with all it holds: the copy is nobody's interview."""
        calendar.put(ENTRY, None)
        copy = {name: only(events)[name] for name in ("summary", "extendedProperties")}
        other = google.calendars.put(ANNA, START + 5 * HOUR, START + 6 * HOUR, **copy)
        standing = calendar.find(other["id"])
        assert standing is not None
        assert (standing.guid, standing.sequence) == ("", -1)

    @pytest.mark.parametrize("written", ["", "no JSON", "[]", '"x"'])
    def test_properties_that_somebody_spoilt_cost_nothing_but_their_texts(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any], written: str
    ) -> None:
        event = calendar.put(ENTRY, None).event_id
        private = {"fieldcall": ENTRY.guid, "generation": "0", "sequence": "many", "written": written}
        google.calendars.change(ANNA, event, extendedProperties={"private": private})
        standing = found(calendar)
        assert (standing.guid, standing.sequence) == (ENTRY.guid, -1)
        calendar.put(replace(MOVED, description="new"), standing)
        assert (events[event]["description"], found(calendar).sequence) == ("By video.", 1)


class TestDeleting:
    def test_an_event_is_deleted_once_and_again(self, calendar: GoogleCalendar, events: dict[str, Any]) -> None:
        standing = calendar.put(ENTRY, None)
        calendar.remove(standing)
        assert only(events)["status"] == "cancelled"
        calendar.remove(standing)
        calendar.remove(found(calendar))

    def test_one_that_is_gone_for_good_is_no_fault(self, calendar: GoogleCalendar, google: Google) -> None:
        standing = calendar.put(ENTRY, None)
        google.calendars.remove(ANNA, standing.event_id)
        google.calendars.purge(ANNA, standing.event_id)
        calendar.remove(standing)

    def test_one_that_was_edited_since_is_left(self, calendar: GoogleCalendar, google: Google) -> None:
        standing = calendar.put(ENTRY, None)
        google.calendars.change(ANNA, standing.event_id, summary="Talk")
        with pytest.raises(EditedMeanwhile):
            calendar.remove(standing)
        assert not found(calendar).is_cancelled

    def test_nothing_is_deleted_that_was_not_read(self, calendar: GoogleCalendar, google: Google) -> None:
        standing = calendar.put(ENTRY, None)
        with pytest.raises(EditedMeanwhile):
            calendar.remove(replace(standing, etag=""))
        assert "calendar.events.delete" not in methods(google)

    def test_an_answer_that_is_lost_is_no_fault(self, calendar: GoogleCalendar, google: Google) -> None:
        standing = calendar.put(ENTRY, None)
        google.faults.commit_then_drop("calendar.events.delete")
        calendar.remove(standing)
        assert found(calendar).is_cancelled


class TestFinding:
    def test_what_never_was_is_none(self, calendar: GoogleCalendar) -> None:
        assert calendar.find(calendar.event_id(ENTRY.guid, 7)) is None

    def test_a_deleted_one_is_told_as_cancelled(self, calendar: GoogleCalendar, google: Google) -> None:
        google.calendars.remove(ANNA, calendar.put(ENTRY, None).event_id)
        assert found(calendar).is_cancelled

    def test_replies_are_told_by_address(self, calendar: GoogleCalendar, google: Google) -> None:
        guests = (Guest("INT_01", BEN), Guest("C_001", "Zed@Elsewhere.example"))
        event = calendar.put(replace(ENTRY, guests=guests), None).event_id
        assert found(calendar).replies == {}
        google.calendars.reply(ANNA, event, "Zed@Elsewhere.example", "declined")
        assert found(calendar).replies == {GUEST: "declined"}

    def test_a_calendar_that_is_not_shared_any_more_is_not_an_event_that_is_gone(
        self, calendar: GoogleCalendar, google: Google
    ) -> None:
        """Both are a 404; taken for one another, every interview would be cancelled."""
        standing = calendar.put(ENTRY, None)
        google.calendars.calendars[ANNA].owner = "somebody@else.example"
        for attempt in (
            lambda: calendar.find(standing.event_id),
            lambda: calendar.remove(standing),
            lambda: calendar.put(MOVED, standing),
            lambda: calendar.put(ENTRY, None),
            lambda: calendar.changes(""),
        ):
            with pytest.raises(AccessLost, match="share that calendar"):
                attempt()

    def test_times_without_an_offset_are_in_the_zone_beside_them(self) -> None:
        given = {"dateTime": "2020-06-03T14:00:00", "timeZone": "Europe/London"}
        assert standing_of({"id": "e", "start": given, "end": {"dateTime": "2020-06-03T14:00:00"}}) == Standing(
            "e", "", is_cancelled=False, starts_at=START, ends_at=None
        )


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


class TestInvitations:
    @pytest.mark.parametrize(("setting", "told"), [("true", "all"), ("false", "externalOnly")])
    def test_google_writes_to_all_guests_or_to_those_who_would_not_see_the_event(
        self, logged_in: Study, contacts: Contacts, google: Google, setting: str, told: str
    ) -> None:
        study = rewritten(logged_in, ("[calendar]\n", f"[calendar]\ninvite_participants = {setting}\n"))
        calendar = open_google(study, contacts.key)
        calendar.remove(calendar.put(MOVED, calendar.put(ENTRY, None)))
        calendar.close()
        writes = [call for call in google.calls if call.method.split(".")[-1] in ("insert", "update", "delete")]
        assert [call.values["sendUpdates"] for call in writes] == [told] * 3

    def test_a_lost_answer_invites_nobody_twice(
        self, logged_in: Study, contacts: Contacts, google: Google, slept: list[float]
    ) -> None:
        study = rewritten(logged_in, ("[calendar]\n", "[calendar]\ninvite_participants = true\n"))
        calendar = open_google(study, contacts.key, sleep=slept.append)
        google.faults.commit_then_drop("calendar.events.insert")
        standing = calendar.put(ENTRY, None)
        assert google.calendars.notices == [Notice("invitation", BEN, standing.event_id)]
        calendar.close()


class TestBusy:
    SPAN = Span(START - 4 * HOUR, START + 4 * HOUR)

    def share(self, google: Google, *addresses: str) -> None:
        for address in addresses:
            if address not in google.calendars.calendars:
                google.calendars.add(address)
            google.calendars.calendars[address].shared[ANNA] = "freeBusyReader"

    def test_each_is_told_apart_and_sorted(self, calendar: GoogleCalendar, google: Google) -> None:
        self.share(google, BEN)
        google.calendars.put(BEN, START + 2 * HOUR, START + 3 * HOUR)
        google.calendars.put(BEN, START - HOUR, START)
        google.calendars.put(BEN, START - 6 * HOUR, START - 3 * HOUR)
        assert calendar.busy([ANNA, BEN], self.SPAN) == {
            ANNA: (),
            BEN: (
                Span(START - 4 * HOUR, START - 3 * HOUR),
                Span(START - HOUR, START),
                Span(START + 2 * HOUR, START + 3 * HOUR),
            ),
        }

    def test_one_that_is_not_shared_is_unseen_and_hides_no_other(
        self, calendar: GoogleCalendar, google: Google
    ) -> None:
        seen = calendar.busy([ANNA, BEN, "nobody@study.example"], self.SPAN)
        assert seen[ANNA] == ()
        for address in (BEN, "nobody@study.example"):
            told = seen[address]
            assert isinstance(told, Unseen)
            assert "not shared" in told.reason
            assert "@" not in told.reason

    @pytest.mark.parametrize("reason", ["internalError", "groupTooBig", "somethingNew"])
    def test_one_that_fails_inside_of_a_success_is_unseen(
        self, calendar: GoogleCalendar, google: Google, reason: str
    ) -> None:
        google.calendars.freebusy_errors[ANNA] = reason
        told = calendar.busy([ANNA], self.SPAN)[ANNA]
        assert isinstance(told, Unseen)
        assert told.reason.endswith(".")

    def test_one_of_which_the_answer_says_nothing_is_unseen(
        self, calendar: GoogleCalendar, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(GoogleCalendar, "_free_busy", lambda self, addresses, span: {BEN: {}})
        seen = calendar.busy([ANNA, BEN], self.SPAN)
        assert all(isinstance(told, Unseen) for told in seen.values())

    def test_more_than_fifty_are_asked_for_in_turns(self, calendar: GoogleCalendar, google: Google) -> None:
        addresses = [f"int{number}@study.example" for number in range(103)]
        self.share(google, *addresses)
        for address in addresses:
            google.calendars.put(address, START, START + HOUR)
        seen = calendar.busy([*addresses, *addresses], self.SPAN)
        assert seen == dict.fromkeys(addresses, (Span(START, START + HOUR),))
        assert [len(call.body["items"]) for call in google.calls] == [50, 50, 3]

    def test_long_spans_are_asked_for_in_parts_and_put_together(self, calendar: GoogleCalendar, google: Google) -> None:
        begin = datetime(2020, 5, 1, tzinfo=UTC)
        seam = begin + timedelta(weeks=8)
        google.calendars.put(ANNA, seam - HOUR, seam + HOUR)
        span = Span(begin, begin + timedelta(weeks=20))
        assert calendar.busy([ANNA], span)[ANNA] == (Span(seam - HOUR, seam + HOUR),)
        asked = [(call.body["timeMin"], call.body["timeMax"]) for call in google.calls]
        assert len(asked) == 3
        assert [end for _, end in asked[:-1]] == [start for start, _ in asked[1:]]

    def test_one_that_is_unseen_in_a_part_is_unseen_in_all(
        self, calendar: GoogleCalendar, google: Google, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ask = GoogleCalendar._free_busy

        def failing_later(self: GoogleCalendar, addresses: Any, span: Span) -> Any:
            google.calendars.freebusy_errors = {ANNA: "internalError"} if span.start > START else {}
            return ask(self, addresses, span)

        monkeypatch.setattr(GoogleCalendar, "_free_busy", failing_later)
        span = Span(START, START + timedelta(weeks=9))
        assert isinstance(calendar.busy([ANNA], span)[ANNA], Unseen)

    def test_where_google_does_not_answer_nobody_is_free(
        self, calendar: GoogleCalendar, google: Google, slept: list[float]
    ) -> None:
        google.faults.refuse("calendar.freebusy.query", 503, "backendError", times=100)
        with pytest.raises(CalendarUnavailable, match="tried again by itself"):
            calendar.busy([ANNA], self.SPAN)
        assert 10 < sum(slept) <= 30


class TestFollowing:
    def test_first_all_then_what_has_changed(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        ours = calendar.put(ENTRY, None)
        stranger = google.calendars.put(ANNA, START, START + HOUR, summary="Dentist")
        first = calendar.changes("")
        assert first.is_all
        assert {(one.event_id, one.guid) for one in first.standings} == {
            (ours.event_id, ENTRY.guid),
            (stranger["id"], ""),
        }
        assert calendar.changes(first.token).standings == ()
        google.calendars.change(ANNA, ours.event_id, starts_at=START + HOUR, ends_at=START + 2 * HOUR)
        google.calendars.remove(ANNA, stranger["id"])
        later = calendar.changes(first.token)
        assert not later.is_all
        assert [(one.event_id, one.starts_at, one.is_cancelled) for one in later.standings] == [
            (ours.event_id, START + HOUR, False),
            (stranger["id"], None, True),
        ]
        assert calendar.changes(later.token).standings == ()

    def test_all_holds_the_deleted_ones_too(self, calendar: GoogleCalendar, google: Google) -> None:
        google.calendars.remove(ANNA, calendar.put(ENTRY, None).event_id)
        (standing,) = calendar.changes("").standings
        assert standing.is_cancelled

    @pytest.mark.parametrize("empty", [0, 1, 3])
    def test_short_and_empty_pages_are_followed_to_the_end(
        self, calendar: GoogleCalendar, google: Google, empty: int
    ) -> None:
        ids = [
            google.calendars.put(ANNA, START + day * 24 * HOUR, START + day * 24 * HOUR + HOUR)["id"]
            for day in (0, 1, 2)
        ]
        google.calendars.page_size, google.calendars.empty_pages = 1, empty
        first = calendar.changes("")
        assert [one.event_id for one in first.standings] == ids
        for event in ids:
            google.calendars.change(ANNA, event, summary="x")
        assert [one.event_id for one in calendar.changes(first.token).standings] == ids

    def test_a_list_that_breaks_off_is_no_list(
        self, calendar: GoogleCalendar, google: Google, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ask = GoogleCalendar._page
        calendar.put(ENTRY, None)

        def cut(self: GoogleCalendar, query: Any, page: Any, token: str) -> Any:
            return {name: value for name, value in ask(self, query, page, token).items() if name != "nextSyncToken"}

        monkeypatch.setattr(GoogleCalendar, "_page", cut)
        with pytest.raises(CalendarUnavailable, match="breaks off"):
            calendar.changes("")

    def test_nor_is_one_that_goes_round(self, calendar: GoogleCalendar, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(GoogleCalendar, "_page", lambda *_: {"items": [], "nextPageToken": "again"})
        with pytest.raises(CalendarUnavailable, match="breaks off"):
            calendar.changes("")

    def test_a_page_that_fails_takes_nothing_of_the_others(self, calendar: GoogleCalendar, google: Google) -> None:
        for day in range(3):
            google.calendars.put(ANNA, START + day * 24 * HOUR, START + day * 24 * HOUR + HOUR)
        google.calendars.page_size = 1
        google.faults.refuse("calendar.events.list", 500, "backendError", after=1, times=100)
        with pytest.raises(CalendarUnavailable):
            calendar.changes("")

    def test_a_token_that_is_too_old_asks_for_all_anew(self, calendar: GoogleCalendar, google: Google) -> None:
        token = calendar.changes("").token
        google.calendars.end_sync_tokens(ANNA)
        with pytest.raises(FollowingLost, match="read anew"):
            calendar.changes(token)
        assert calendar.changes("").is_all

    def test_so_does_one_that_google_does_not_know(self, calendar: GoogleCalendar) -> None:
        with pytest.raises(FollowingLost):
            calendar.changes("of another calendar")

    def test_also_in_the_middle_of_the_pages(self, calendar: GoogleCalendar, google: Google) -> None:
        first = calendar.changes("")
        calendar.put(ENTRY, None)
        google.calendars.empty_pages = 1
        google.faults.refuse("calendar.events.list", 410, "fullSyncRequired", after=1)
        with pytest.raises(FollowingLost):
            calendar.changes(first.token)

    def test_of_strangers_no_more_is_asked_for_than_is_needed(self, calendar: GoogleCalendar, google: Google) -> None:
        calendar.changes("")
        fields = google.calls[-1].values["fields"]
        assert not {"summary", "description", "location", "creator"} & set(re.findall(r"\w+", fields))


class TestFaults:
    @pytest.mark.parametrize(
        ("status", "reason"),
        [(429, "rateLimitExceeded"), (403, "rateLimitExceeded"), (403, "userRateLimitExceeded"), (500, "backendError"),
         (502, "backendError"), (503, "backendError")],
    )  # fmt: skip
    def test_what_passes_is_waited_for(
        self,
        calendar: GoogleCalendar,
        google: Google,
        events: dict[str, Any],
        slept: list[float],
        status: int,
        reason: str,
    ) -> None:
        google.faults.refuse("calendar.events.insert", status, reason, times=2)
        assert calendar.put(ENTRY, None).guid == ENTRY.guid
        assert len(events) == 1
        assert len(slept) == 2

    def test_for_as_long_as_google_says(self, calendar: GoogleCalendar, google: Google, slept: list[float]) -> None:
        google.faults.refuse("calendar.events.insert", 429, "rateLimitExceeded", retry_after_s=7)
        calendar.put(ENTRY, None)
        assert slept == [7.0]

    def test_but_not_for_longer_than_a_call_may_take(
        self, calendar: GoogleCalendar, google: Google, slept: list[float]
    ) -> None:
        google.faults.refuse("calendar.events.insert", 429, "rateLimitExceeded", retry_after_s=3600)
        with pytest.raises(CalendarUnavailable):
            calendar.put(ENTRY, None)
        assert slept == []

    @pytest.mark.parametrize("kind", ["drop", "commit_then_drop"])
    @pytest.mark.parametrize("times", [1, 2, 5])
    def test_however_often_the_connection_ends_there_is_one_event(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any], kind: str, times: int
    ) -> None:
        getattr(google.faults, kind)("calendar.events.insert", times=times)
        assert calendar.put(ENTRY, None).guid == ENTRY.guid
        assert len(events) == 1

    def test_a_try_that_was_given_up_is_found_by_the_next(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        google.faults.commit_then_drop("calendar.events.insert", times=100)
        with pytest.raises(CalendarUnavailable):
            calendar.put(ENTRY, None)
        google.faults._waiting.clear()
        assert calendar.put(ENTRY, None).guid == ENTRY.guid
        assert len(events) == 1

    def test_an_answer_that_is_too_slow_leaves_one_event(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        calendar.service._http.http.timeout = 0.3
        google.faults.slow("calendar.events.insert", 0.7)
        assert calendar.put(ENTRY, None).guid == ENTRY.guid
        assert len(events) == 1

    def test_an_answer_that_is_cut_short_is_asked_for_again(self, calendar: GoogleCalendar, google: Google) -> None:
        calendar.put(ENTRY, None)
        google.faults.cut("calendar.events.get", 20)
        assert found(calendar).guid == ENTRY.guid

    @pytest.mark.parametrize(
        ("status", "reason", "kind", "words"),
        [
            (403, "quotaExceeded", CalendarUnavailable, "No more is asked of Google for now"),
            (403, "forbiddenForServiceAccounts", AccessLost, "domain-wide delegation"),
            (403, "insufficientPermissions", AccessLost, "leave every box ticked"),
            (403, "accessNotConfigured", AccessLost, "Enable this API"),
            (403, "requiredAccessLevel", AccessLost, "right to make changes"),
            (403, "forbiddenForNonOrganizer", AccessLost, "right to make changes"),
            (401, "authError", AccessLost, "revoked"),
            (400, "invalid", CalendarError, "who its guests are"),
            (404, "notFound", AccessLost, "share that calendar"),
        ],
    )
    def test_what_does_not_pass_is_told_once_with_the_next_step(
        self,
        calendar: GoogleCalendar,
        google: Google,
        slept: list[float],
        status: int,
        reason: str,
        kind: type[CalendarError],
        words: str,
    ) -> None:
        if status == 401:
            google.accounts.revoke(ANNA)
        google.faults.refuse("calendar.events.insert", status, reason)
        with pytest.raises(kind, match=words) as error:
            calendar.put(ENTRY, None)
        assert type(error.value) is kind
        assert "@" not in str(error.value)
        assert slept == []

    def test_a_login_that_was_revoked_closes_everything(self, calendar: GoogleCalendar, google: Google) -> None:
        standing = calendar.put(ENTRY, None)
        google.accounts.revoke(ANNA)
        span = Span(START, START + HOUR)
        for attempt in (
            lambda: calendar.busy([ANNA], span),
            lambda: calendar.find(standing.event_id),
            lambda: calendar.put(MOVED, standing),
            lambda: calendar.remove(standing),
            lambda: calendar.changes(""),
        ):
            with pytest.raises(AccessLost, match="fieldcall google login"):
                attempt()

    def test_a_guest_whose_address_is_none_is_refused_for_good(self, calendar: GoogleCalendar) -> None:
        with pytest.raises(CalendarError, match="who its guests are") as error:
            calendar.put(replace(ENTRY, guests=(Guest("C_001", "nobody"),)), None)
        assert type(error.value) is CalendarError

    def test_no_error_tells_whose_calendar_it_is_not_even_in_its_causes(
        self, calendar: GoogleCalendar, google: Google
    ) -> None:
        import traceback

        google.faults.refuse("calendar.events.insert", 403, "requiredAccessLevel")
        with pytest.raises(AccessLost) as error:
            calendar.put(ENTRY, None)
        told = "".join(traceback.format_exception(error.value))
        assert "study.example" not in told
        assert "study%40" not in told


class TestIdentity:
    def test_without_a_login_there_is_no_calendar(self, google_study: Study, contacts: Contacts) -> None:
        with pytest.raises(AccessLost, match="fieldcall google login"):
            open_google(google_study, contacts.key)

    def test_primary_is_the_calendar_of_whoever_has_logged_in(
        self, google_study: Study, contacts: Contacts, google: Google
    ) -> None:
        """Under its own name: another login later is another calendar, in which no interview has been deleted."""
        study = rewritten(google_study, (f'organiser = "{ANNA}"', 'organiser = ""'))
        addresses = []
        for email in (ANNA, BEN):
            log_in(study, contacts.key, google, email=email)
            calendar = open_google(study, contacts.key)
            addresses.append(calendar.address)
            calendar.close()
        assert addresses == [ANNA, BEN]

    def test_another_calendar_is_used_where_the_study_names_it(
        self, logged_in: Study, contacts: Contacts, google: Google
    ) -> None:
        google.calendars.add("team@group.example").shared[ANNA] = "writer"
        study = rewritten(logged_in, ("[calendar]\n", '[calendar]\naddress = "team@group.example"\n'))
        calendar = open_google(study, contacts.key)
        calendar.put(ENTRY, None)
        calendar.close()
        assert list(google.calendars.calendars["team@group.example"].events) == [calendar.event_id(ENTRY.guid, 0)]

    def test_a_service_account_acts_for_the_organiser(
        self, google_study: Study, contacts: Contacts, google: Google, events: dict[str, Any]
    ) -> None:
        study = rewritten(google_study, ("[google]\n", '[google]\nidentity = "service"\n'))
        service_key(study, google, *scopes_of(study))
        calendar = open_google(study, contacts.key)
        calendar.put(replace(ENTRY, with_meeting=True), None)
        calendar.close()
        assert only(events)["creator"] == {"email": ANNA}

    @pytest.mark.parametrize("delegated", [(), (EVENTS,)])
    def test_without_delegation_for_all_it_is_not_let_in(
        self, google_study: Study, contacts: Contacts, google: Google, delegated: tuple[str, ...]
    ) -> None:
        study = rewritten(google_study, ("[google]\n", '[google]\nidentity = "service"\n'))
        service_key(study, google, *delegated)
        calendar = open_google(study, contacts.key)
        with pytest.raises(AccessLost, match="domain-wide delegation for every scope"):
            calendar.put(ENTRY, None)
        calendar.close()


@given(
    st.datetimes(datetime(2019, 1, 1), datetime(2035, 1, 1)).map(lambda at: at.replace(second=0, microsecond=0)),  # noqa: DTZ001
    st.sampled_from(
        ["Europe/London", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca"]
    ),
    st.booleans(),
    st.booleans(),
)
def test_what_is_written_is_what_is_read_back(at: datetime, zone: str, is_tentative: bool, with_meeting: bool) -> None:
    from zoneinfo import ZoneInfo

    from scheduling.calendars.google_events import changed_event, new_event

    at = at.replace(tzinfo=UTC)
    entry = replace(
        ENTRY, starts_at=at, ends_at=at + HOUR, is_tentative=is_tentative, with_meeting=with_meeting, sequence=3
    )
    event = new_event(entry, ZoneInfo(zone))
    standing = standing_of(event)
    assert (standing.guid, standing.generation, standing.sequence) == (entry.guid, 0, 3)
    assert (standing.starts_at, standing.ends_at) == (entry.starts_at, entry.ends_at)
    assert changed_event(event, entry, ZoneInfo("Pacific/Auckland")) == event, "written again without a reason"
