"""Times, lengths of time and a night's plan as people say them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flows.night_plan import NightPlan, Turn
from flows.outcomes import number

SOON = timedelta(minutes=30)  # from then on minutes count; before, five of them


def about(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """'about 23:40', or with its day, 'about 23:40 on 25 Nov', where it is not the coming one that is meant."""
    step = 60 if at - now < SOON else 300
    rounded = datetime.fromtimestamp(round(at.timestamp() / step) * step, zone)
    day = "" if at - now < timedelta(hours=20) else f" on {rounded.day} {rounded:%b}"
    return f"about {rounded:%H:%M}{day}"


def clock(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%H:%M}"


def lasting(seconds: float) -> str:
    """'2 h 10 min', '40 min', 'less than a minute'."""
    if seconds < 60:
        return "less than a minute"
    hours, minutes = divmod(round(seconds / 60), 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)


def plan_in_words(plan: NightPlan, now: datetime, ends_at: datetime | None, zone: ZoneInfo) -> str:
    """'C_031 about 23:40, all done about 02:15', or what will not fit."""
    waiting = len(plan.turns) + len(plan.left)
    late = sum(left.why == "time" for left in plan.left)
    over = sum(left.why == "limit" for left in plan.left)
    parts = []
    if plan.turns:
        first, last = plan.turns[0], plan.turns[-1]
        parts.append(_turn(first, now, zone))
        if len(plan.turns) > 1:
            whole = "the last" if plan.left else "all done"
            parts.append(f"{whole} {about(last.done_at, now, zone)}" if not last.goes_on else _turn(last, now, zone))
    if late and ends_at:
        verb = "is" if late == 1 else "are"
        parts.append(
            f"{late} of {waiting} will not fit before {clock(ends_at, zone)} and {verb} left for the next night"
        )
    if over:
        parts.append(f"{number(over, 'recording')} more than were asked for")
    return ", ".join(parts)


def _turn(turn: Turn, now: datetime, zone: ZoneInfo) -> str:
    code = turn.job.recording.code
    if turn.goes_on:
        needs = lasting((turn.done_at - turn.begins_at).total_seconds())
        return f"{code} needs {needs}, more than a night, and goes on the next"
    return f"{code} {about(turn.done_at, now, zone)}"
