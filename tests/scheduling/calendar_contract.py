"""What every calendar backend promises, as tests: a subclass names its fixtures `calendar`, `hand`, `owners`, `nobody`.

`owners` are the addresses of two interviewers' own calendars, `nobody` one that there is no calendar at.
"""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling.calendars.base import Calendar, Entry, Guest, Standing, Unseen
from scheduling.errors import AccessLost, CalendarUnavailable, EditedMeanwhile, FollowingLost
from scheduling.spans import Span

TEN = datetime(2020, 5, 4, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
GUEST = Guest("INT_01", "interviewer@example.org")
WEEK = Span(TEN - timedelta(days=3), TEN + timedelta(days=4))


class Hand(Protocol):
    """Somebody else who works with the calendars, and whoever runs the server."""

    def move(self, event_id: str, starts_at: datetime, ends_at: datetime) -> None:
        """Give an event of the study another time."""

    def delete(self, event_id: str) -> None:
        """Delete an event of the study."""

    def reply(self, event_id: str, address: str, answer: str) -> None:
        """Answer for a guest of an event: accepted, declined or tentative."""

    def add(self, title: str, starts_at: datetime, ends_at: datetime) -> None:
        """Make an event of their own in the study's calendar."""

    def occupy(self, owner: str, starts_at: datetime, ends_at: datetime, *, is_free: bool = False) -> None:
        """Make an event in somebody's own calendar, one that blocks no time where `is_free`."""

    def lose_answer(self) -> None:
        """Let the next thing that is written be done, and the answer be lost."""

    def forget_tokens(self) -> None:
        """Let the server not know any more what has changed since it was last asked."""

    def lock_out(self) -> None:
        """Let the login be refused from now on."""

    def go_down(self) -> None:
        """Let the server not answer any more."""


def an_entry(**given: object) -> Entry:
    """A new interview on Monday at ten."""
    entry = Entry(
        guid=str(uuid.uuid4()),
        generation=0,
        sequence=0,
        summary="Interview C_031 (video)",
        description="Moved or cancelled with fieldcall only.",
        location="",
        starts_at=TEN,
        ends_at=TEN + HOUR,
        is_tentative=False,
        with_meeting=False,
        guests=(GUEST,),
    )
    return replace(entry, **given)  # type: ignore[arg-type]


def moved(entry: Entry, by: timedelta) -> Entry:
    return replace(entry, sequence=entry.sequence + 1, starts_at=entry.starts_at + by, ends_at=entry.ends_at + by)


def times(standing: Standing | None) -> tuple[datetime | None, datetime | None]:
    assert standing is not None
    return standing.starts_at, standing.ends_at


def is_gone(standing: Standing | None) -> bool:
    return standing is None or standing.is_cancelled


def ours(standings: Sequence[Standing], entry: Entry) -> list[Standing]:
    return [standing for standing in standings if standing.guid == entry.guid]


class CalendarContract:
    """The promises; see `Calendar` in scheduling/calendars/base.py."""

    def test_what_was_made_stands_as_it_was_asked_for(self, calendar: Calendar) -> None:
        entry = an_entry(sequence=3, generation=1)
        made = calendar.put(entry, None)
        assert made.event_id == calendar.event_id(entry.guid, 1)
        assert (made.guid, made.generation, made.sequence) == (entry.guid, 1, 3)
        assert times(made) == (TEN, TEN + HOUR)
        assert not made.is_cancelled and made.etag
        assert calendar.find(made.event_id) == made

    def test_what_was_never_there_is_not_found(self, calendar: Calendar) -> None:
        assert calendar.find(calendar.event_id(str(uuid.uuid4()), 0)) is None

    def test_ids_follow_from_interview_and_generation_alone(self, calendar: Calendar) -> None:
        entry = an_entry()
        ids = [calendar.event_id(entry.guid, generation) for generation in (0, 1, 2)]
        assert len(set(ids)) == 3
        assert ids == [calendar.event_id(entry.guid, generation) for generation in (0, 1, 2)]

    def test_making_it_twice_makes_one_event(self, calendar: Calendar) -> None:
        entry = an_entry()
        first, second = calendar.put(entry, None), calendar.put(entry, None)
        assert first == second
        assert len(ours(calendar.changes("").standings, entry)) == 1

    def test_an_event_is_adopted_as_it_is_there(self, calendar: Calendar, hand: Hand) -> None:
        entry = an_entry()
        made = calendar.put(entry, None)
        hand.move(made.event_id, TEN + HOUR, TEN + 2 * HOUR)
        assert times(calendar.put(entry, None)) == (TEN + HOUR, TEN + 2 * HOUR)

    def test_an_event_whose_making_was_not_heard_of_is_adopted(self, calendar: Calendar, hand: Hand) -> None:
        entry = an_entry()
        hand.lose_answer()
        try:
            calendar.put(entry, None)
        except CalendarUnavailable:
            assert calendar.find(calendar.event_id(entry.guid, 0)) is not None
        calendar.put(entry, None)
        assert len(ours(calendar.changes("").standings, entry)) == 1

    def test_a_change_whose_answer_is_lost_can_be_looked_up(self, calendar: Calendar, hand: Hand) -> None:
        entry = an_entry()
        made, later = calendar.put(entry, None), moved(entry, HOUR)
        hand.lose_answer()
        with suppress(CalendarUnavailable, EditedMeanwhile):  # a backend may recognise its own change
            calendar.put(later, made)
        found = calendar.find(made.event_id)
        assert found is not None
        assert (found.sequence, found.starts_at) == (1, TEN + HOUR)

    def test_a_move_of_ours_stands(self, calendar: Calendar) -> None:
        entry = an_entry()
        made = calendar.put(entry, None)
        changed = calendar.put(moved(entry, HOUR), made)
        assert (changed.event_id, changed.sequence, changed.starts_at) == (made.event_id, 1, TEN + HOUR)
        assert changed.etag != made.etag
        assert calendar.find(made.event_id) == changed

    def test_what_has_been_edited_meanwhile_is_not_overwritten(self, calendar: Calendar, hand: Hand) -> None:
        entry = an_entry()
        made = calendar.put(entry, None)
        hand.move(made.event_id, TEN + 5 * HOUR, TEN + 6 * HOUR)
        with pytest.raises(EditedMeanwhile):
            calendar.put(moved(entry, HOUR), made)
        with pytest.raises(EditedMeanwhile):
            calendar.remove(made)
        found = calendar.find(made.event_id)
        assert found is not None
        assert (found.starts_at, found.ends_at) == (TEN + 5 * HOUR, TEN + 6 * HOUR)
        assert calendar.put(moved(entry, HOUR), found).starts_at == TEN + HOUR

    def test_what_has_been_deleted_meanwhile_is_not_made_anew(self, calendar: Calendar, hand: Hand) -> None:
        entry = an_entry()
        made = calendar.put(entry, None)
        hand.delete(made.event_id)
        with pytest.raises(EditedMeanwhile):
            calendar.put(moved(entry, HOUR), made)
        assert is_gone(calendar.find(made.event_id))

    def test_a_move_by_hand_keeps_what_marks_it_as_ours(self, calendar: Calendar, hand: Hand) -> None:
        entry = an_entry()
        made = calendar.put(entry, None)
        hand.move(made.event_id, TEN + HOUR, TEN + 2 * HOUR)
        found = calendar.find(made.event_id)
        assert found is not None
        assert (found.guid, found.sequence, found.starts_at) == (entry.guid, 0, TEN + HOUR)

    def test_deleting_it_twice_is_no_fault(self, calendar: Calendar) -> None:
        made = calendar.put(an_entry(), None)
        calendar.remove(made)
        calendar.remove(made)
        assert is_gone(calendar.find(made.event_id))

    def test_deleting_what_somebody_has_deleted_is_no_fault(self, calendar: Calendar, hand: Hand) -> None:
        made = calendar.put(an_entry(), None)
        hand.delete(made.event_id)
        calendar.remove(made)

    def test_a_deletion_whose_answer_is_lost_can_be_repeated(self, calendar: Calendar, hand: Hand) -> None:
        made = calendar.put(an_entry(), None)
        hand.lose_answer()
        try:
            calendar.remove(made)
        except CalendarUnavailable:
            calendar.remove(made)
        assert is_gone(calendar.find(made.event_id))

    def test_a_deleted_event_is_made_anew_as_the_next_generation(self, calendar: Calendar, hand: Hand) -> None:
        entry = an_entry()
        hand.delete(calendar.put(entry, None).event_id)
        anew = calendar.put(replace(entry, generation=1), None)
        assert (anew.guid, anew.generation, anew.is_cancelled) == (entry.guid, 1, False)
        standing = [one for one in ours(calendar.changes("").standings, entry) if not one.is_cancelled]
        assert standing == [anew]

    def test_replies_of_guests_are_known_by_address(self, calendar: Calendar, hand: Hand) -> None:
        made = calendar.put(an_entry(), None)
        assert made.replies == {}
        for answer in ("accepted", "declined", "tentative"):
            hand.reply(made.event_id, GUEST.address, answer)
            found = calendar.find(made.event_id)
            assert found is not None
            assert found.replies == {GUEST.address: answer}

    def test_the_first_reading_has_everything(self, calendar: Calendar, hand: Hand) -> None:
        entries = [an_entry(), an_entry()]
        standings = [calendar.put(entry, None) for entry in entries]
        hand.add("a meeting of the team", TEN, TEN + HOUR)
        changes = calendar.changes("")
        assert changes.is_all and changes.token
        assert [ours(changes.standings, entry) for entry in entries] == [[one] for one in standings]
        assert len([one for one in changes.standings if not one.guid]) == 1

    def test_nothing_has_changed_since_the_last_reading(self, calendar: Calendar) -> None:
        calendar.put(an_entry(), None)
        token = calendar.changes("").token
        changes = calendar.changes(token)
        assert (changes.standings, changes.is_all) == ((), False)
        assert calendar.changes(changes.token).standings == ()

    def test_what_people_do_since_the_last_reading_is_told(self, calendar: Calendar, hand: Hand) -> None:
        left, gone, kept = (calendar.put(an_entry(), None) for _ in range(3))
        token = calendar.changes("").token
        hand.move(left.event_id, TEN + HOUR, TEN + 3 * HOUR)
        hand.delete(gone.event_id)
        changes = calendar.changes(token)
        by_id = {standing.event_id: standing for standing in changes.standings}
        assert not changes.is_all
        assert by_id.keys() == {left.event_id, gone.event_id}
        assert kept.event_id not in by_id
        assert times(by_id[left.event_id]) == (TEN + HOUR, TEN + 3 * HOUR)
        assert (by_id[left.event_id].guid, by_id[left.event_id].is_cancelled) == (left.guid, False)
        assert by_id[gone.event_id].is_cancelled

    def test_each_change_is_told_until_it_has_been_read(self, calendar: Calendar, hand: Hand) -> None:
        made = calendar.put(an_entry(), None)
        token = calendar.changes("").token
        hand.move(made.event_id, TEN + HOUR, TEN + 2 * HOUR)
        first, again = calendar.changes(token), calendar.changes(token)
        assert [times(one) for one in first.standings] == [times(one) for one in again.standings]
        assert calendar.changes(again.token).standings == ()

    def test_events_of_others_are_told_apart_from_ours(self, calendar: Calendar, hand: Hand) -> None:
        token = calendar.changes("").token
        hand.add("C_031", TEN, TEN + HOUR)
        (foreign,) = calendar.changes(token).standings
        assert (foreign.guid, foreign.generation, foreign.sequence) == ("", 0, -1)
        assert times(foreign) == (TEN, TEN + HOUR)

    def test_a_token_that_the_server_has_forgotten_is_told(self, calendar: Calendar, hand: Hand) -> None:
        entry = an_entry()
        made = calendar.put(entry, None)
        token = calendar.changes("").token
        hand.move(made.event_id, TEN + HOUR, TEN + 2 * HOUR)
        hand.forget_tokens()
        with pytest.raises(FollowingLost):
            calendar.changes(token)
        anew = calendar.changes("")
        assert anew.is_all
        assert times(*ours(anew.standings, entry)) == (TEN + HOUR, TEN + 2 * HOUR)

    def test_busy_times_are_sorted_joined_and_within_what_was_asked(
        self, calendar: Calendar, hand: Hand, owners: tuple[str, str]
    ) -> None:
        first, second = owners
        hand.occupy(first, TEN + 4 * HOUR, TEN + 5 * HOUR)
        hand.occupy(first, TEN, TEN + HOUR)
        hand.occupy(first, TEN + HOUR / 2, TEN + 2 * HOUR)
        hand.occupy(first, WEEK.start - HOUR, WEEK.start + HOUR)
        hand.occupy(first, WEEK.end + HOUR, WEEK.end + 2 * HOUR)
        hand.occupy(second, TEN, TEN + HOUR, is_free=True)
        assert calendar.busy(owners, WEEK) == {
            first: (
                Span(WEEK.start, WEEK.start + HOUR),
                Span(TEN, TEN + 2 * HOUR),
                Span(TEN + 4 * HOUR, TEN + 5 * HOUR),
            ),
            second: (),
        }

    def test_a_calendar_that_cannot_be_seen_hides_no_other(
        self, calendar: Calendar, hand: Hand, owners: tuple[str, str], nobody: str
    ) -> None:
        hand.occupy(owners[1], TEN, TEN + HOUR)
        found = calendar.busy((owners[0], nobody, owners[1]), WEEK)
        assert isinstance(found[nobody], Unseen)
        assert (found[owners[0]], found[owners[1]]) == ((), (Span(TEN, TEN + HOUR),))

    def test_a_refused_login_is_lost_access_and_never_free_time(
        self, calendar: Calendar, hand: Hand, owners: tuple[str, str]
    ) -> None:
        made, token = calendar.put(an_entry(), None), calendar.changes("").token
        hand.lock_out()
        with pytest.raises(AccessLost):
            calendar.find(made.event_id)
        with pytest.raises(AccessLost):
            calendar.put(an_entry(), None)
        with pytest.raises(AccessLost):
            calendar.remove(made)
        with pytest.raises(AccessLost):
            calendar.changes(token)
        with pytest.raises(AccessLost):
            calendar.busy(owners, WEEK)

    def test_a_server_that_is_down_is_not_available_and_nobody_is_free(
        self, calendar: Calendar, hand: Hand, owners: tuple[str, str]
    ) -> None:
        made, token = calendar.put(an_entry(), None), calendar.changes("").token
        hand.go_down()
        with pytest.raises(CalendarUnavailable):
            calendar.find(made.event_id)
        with pytest.raises(CalendarUnavailable):
            calendar.put(an_entry(), None)
        with pytest.raises(CalendarUnavailable):
            calendar.remove(made)
        with pytest.raises(CalendarUnavailable):
            calendar.changes(token)
        with pytest.raises(CalendarUnavailable):
            calendar.busy(owners, WEEK)

    @settings(
        max_examples=25,
        # every backend's class runs this one test
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(
        summary=st.text(max_size=200),
        description=st.text(max_size=400) | st.sampled_from(["a,b;c\\d\\n\\N\r\ne", "שלום 🎙\u200f", 'say "x": y\n z']),
        location=st.text(max_size=100),
        start=st.integers(0, 3_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
        minutes=st.integers(1, 600),
        sequence=st.integers(0, 10_000),
        is_tentative=st.booleans(),
    )
    def test_any_texts_and_times_come_back_as_they_were_put(
        self,
        calendar: Calendar,
        summary: str,
        description: str,
        location: str,
        start: datetime,
        minutes: int,
        sequence: int,
        is_tentative: bool,
    ) -> None:
        entry = an_entry(
            summary=summary,
            description=description,
            location=location,
            starts_at=start,
            ends_at=start + timedelta(minutes=minutes),
            sequence=sequence,
            is_tentative=is_tentative,
        )
        made = calendar.put(entry, None)
        found = calendar.find(made.event_id)
        assert found == made
        assert (found.guid, found.sequence, times(found)) == (entry.guid, sequence, (entry.starts_at, entry.ends_at))
        changed = calendar.put(moved(entry, HOUR), found)
        assert (changed.sequence, changed.starts_at) == (sequence + 1, entry.starts_at + HOUR)
