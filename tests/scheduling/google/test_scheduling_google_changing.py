"""Only what was read last is changed or deleted at Google, and all that people have done to it stays."""

from dataclasses import replace
from typing import Any

import pytest
from google_interview import ENTRY, HOUR, MOVED, START, found, methods, only
from google_people import ANNA, BEN, GUEST
from google_stand_in import Google

from scheduling.calendars.base import Guest
from scheduling.calendars.google import GoogleCalendar
from scheduling.errors import EditedMeanwhile


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
