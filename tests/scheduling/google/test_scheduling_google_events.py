"""An interview as an event of Google's: its id never changes, and what is written is what is read back."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from google_interview import ENTRY, HOUR
from hypothesis import given
from hypothesis import strategies as st

from scheduling.calendars.google_events import event_id, request_id, standing_of


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
