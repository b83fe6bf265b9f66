"""Who changed an interview, and what follows: every case."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.outside.reconciling import Side, Verdict, explain, reconcile

TEN = datetime(2020, 5, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
A, B, C = (Side(TEN + hours * HOUR, TEN + (hours + 1) * HOUR) for hours in (0, 2, 5))
OFF = Side(TEN, TEN + HOUR, is_cancelled=True)
TIMELESS = Side(None, None)
SIDES = st.sampled_from([A, B, C, OFF, TIMELESS])


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "verdict"),
    [
        (None, A, None, Verdict.WRITE),  # never written
        (None, OFF, None, Verdict.AGREED),
        (None, A, A, Verdict.AGREED),  # written, and not noted
        (A, A, A, Verdict.AGREED),
        (A, B, A, Verdict.WRITE),  # we moved it
        (A, OFF, A, Verdict.WRITE),  # we cancelled it
        (A, A, B, Verdict.TAKE),  # they moved it
        (A, A, OFF, Verdict.TAKE),  # they deleted it
        (A, B, B, Verdict.AGREED),  # both moved it to the same time
        (A, OFF, OFF, Verdict.AGREED),
        (A, B, C, Verdict.CONFLICT),
        (A, B, OFF, Verdict.CONFLICT),
        (A, OFF, B, Verdict.CONFLICT),
        (OFF, OFF, A, Verdict.CONFLICT),  # brought back in the calendar
        (A, A, TIMELESS, Verdict.CONFLICT),  # made an all-day event
        (OFF, A, OFF, Verdict.WRITE),  # a person wants it again
    ],
)
def test_what_follows_from_two_sides(base: Side | None, ours: Side, theirs: Side | None, verdict: Verdict) -> None:
    assert reconcile(base, ours, theirs, is_open=not ours.is_cancelled, has_begun=False) is verdict


def test_a_deletion_after_the_start_is_asked_about() -> None:
    assert reconcile(A, A, OFF, is_open=True, has_begun=True) is Verdict.CONFLICT
    assert explain(A, A, OFF) == "was deleted in the calendar after it had begun"


@given(base=SIDES | st.none(), theirs=SIDES | st.none(), has_begun=st.booleans())
def test_an_interview_that_was_held_is_never_changed(base: Side | None, theirs: Side | None, has_begun: bool) -> None:
    assert reconcile(base, A, theirs, is_open=False, has_begun=has_begun) in (Verdict.AGREED, Verdict.LEAVE)


@given(base=SIDES | st.none(), ours=SIDES, theirs=SIDES, has_begun=st.booleans())
def test_neither_side_is_overwritten_when_both_have_changed(
    base: Side | None, ours: Side, theirs: Side, has_begun: bool
) -> None:
    verdict = reconcile(base, ours, theirs, is_open=not ours.is_cancelled, has_begun=has_begun)
    both_changed = base is not None and not base.agrees(ours) and not base.agrees(theirs)
    if both_changed and not ours.agrees(theirs):
        assert verdict is Verdict.CONFLICT
    if verdict is Verdict.TAKE:
        assert base is not None
        assert base.agrees(ours)
    if verdict is Verdict.CONFLICT:
        assert explain(base, ours, theirs)
