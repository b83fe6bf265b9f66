"""When interviewers are busy on their own CalDAV calendars: as they mean it, in their zone, and never too little."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.calendars.dav_busy import busy_in_events, busy_in_report
from scheduling.calendars.dav_event import Unreadable
from scheduling.spans import Span, intersection, merged

LONDON, NEW_YORK = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")
DAY = timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def event(*lines: str) -> str:
    inner = "\r\n".join(["BEGIN:VEVENT", "UID:1", "SUMMARY:x", *lines, "END:VEVENT"])
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{inner}\r\nEND:VCALENDAR\r\n"


def busy(*lines: str, span: Span | None = None, zone: ZoneInfo = LONDON) -> tuple[Span, ...]:
    return busy_in_events([event(*lines)], span or Span(at("2020-05-04T00:00"), at("2020-05-11T00:00")), zone)


ONE_HOUR = ("DTSTART:20200504T100000Z", "DTEND:20200504T110000Z")
TAKEN = (Span(at("2020-05-04T10:00"), at("2020-05-04T11:00")),)


@pytest.mark.parametrize(
    ("lines", "is_busy"),
    [
        ((), True),
        (("TRANSP:OPAQUE",), True),
        (("TRANSP:TRANSPARENT",), False),
        (("TRANSP:transparent",), False),
        (("STATUS:TENTATIVE",), True),
        (("STATUS:CONFIRMED",), True),
        (("STATUS:CANCELLED",), False),
    ],
)
def test_what_blocks_time_and_what_does_not(lines: tuple[str, ...], is_busy: bool) -> None:
    assert busy(*ONE_HOUR, *lines) == (TAKEN if is_busy else ())


def test_a_weekly_event_keeps_its_wall_clock_over_a_change_of_the_clocks() -> None:
    lines = ("DTSTART;TZID=Europe/London:20200302T100000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY")
    found = busy(*lines, span=Span(at("2020-03-23T00:00"), at("2020-04-06T00:00")))
    assert [one.start for one in found] == [at("2020-03-23T10:00"), at("2020-03-30T09:00")]


def test_exceptions_of_a_series_are_heeded() -> None:
    series = event(
        "DTSTART:20200504T100000Z",
        "DTEND:20200504T110000Z",
        "RRULE:FREQ=DAILY;COUNT=5",
        "EXDATE:20200505T100000Z",
        "RDATE:20200510T100000Z",
    )
    moved = ["RECURRENCE-ID:20200506T100000Z", "DTSTART:20200506T150000Z", "DTEND:20200506T160000Z"]
    dropped = ["RECURRENCE-ID:20200507T100000Z", "DTSTART:20200507T100000Z", "STATUS:CANCELLED"]
    for lines in (moved, dropped):
        inner = "\r\n".join(["BEGIN:VEVENT", "UID:1", *lines, "END:VEVENT"])
        series = series.replace("END:VCALENDAR", f"{inner}\r\nEND:VCALENDAR")
    found = busy_in_events([series], Span(at("2020-05-04T00:00"), at("2020-05-11T00:00")), LONDON)
    assert [one.start for one in found] == [
        at(text) for text in ("2020-05-04T10:00", "2020-05-06T15:00", "2020-05-08T10:00", "2020-05-10T10:00")
    ]


def test_whole_days_and_floating_times_are_those_of_the_owner() -> None:
    assert busy("DTSTART;VALUE=DATE:20200505", zone=NEW_YORK) == (Span(at("2020-05-05T04:00"), at("2020-05-06T04:00")),)
    assert busy("DTSTART;VALUE=DATE:20200505", zone=LONDON) == (Span(at("2020-05-04T23:00"), at("2020-05-05T23:00")),)
    floating = ("DTSTART:20200505T100000", "DTEND:20200505T110000")
    assert busy(*floating, zone=NEW_YORK) == (Span(at("2020-05-05T14:00"), at("2020-05-05T15:00")),)
    weekly = (*floating, "RRULE:FREQ=DAILY;COUNT=2")
    assert len(busy(*weekly, zone=NEW_YORK)) == 2


def test_a_floating_event_at_the_edge_is_not_lost() -> None:
    late = ("DTSTART:20200503T230000", "DTEND:20200504T010000")
    span = Span(at("2020-05-04T04:00"), at("2020-05-05T00:00"))
    assert busy(*late, span=span, zone=NEW_YORK) == (Span(at("2020-05-04T04:00"), at("2020-05-04T05:00")),)


@given(
    st.lists(
        st.tuples(st.integers(0, 20_000), st.integers(0, 3000), st.sampled_from(["utc", "zone", "floating"])),
        max_size=12,
    )
)
def test_busy_times_are_the_union_of_the_events(events: list[tuple[int, int, str]]) -> None:
    span, origin = Span(at("2020-10-20T00:00"), at("2020-10-24T00:00")), at("2020-10-18T00:00")
    spans, texts = [], []
    for minute, length, form in events:
        one = Span(origin + timedelta(minutes=minute), origin + timedelta(minutes=minute + length))
        if any(at("2020-10-24T20:00") < moment for moment in one):
            continue  # the night in which the clocks are put back has one wall-clock hour twice
        name = {"utc": "", "zone": ";TZID=America/New_York", "floating": ""}[form]
        walls = [f"{moment.astimezone(UTC if form == 'utc' else NEW_YORK):%Y%m%dT%H%M%S}" for moment in one]
        z = "Z" if form == "utc" else ""
        texts.append(event(f"DTSTART{name}:{walls[0]}{z}", f"DTEND{name}:{walls[1]}{z}"))
        spans.append(one)
    assert busy_in_events(texts, span, NEW_YORK) == tuple(intersection(merged(spans), [span]))


@pytest.mark.parametrize(
    "lines",
    [
        (*ONE_HOUR, "RRULE:FREQ=SECONDLY"),
        (*ONE_HOUR, "RRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30"),
        (*ONE_HOUR, "RRULE:FREQ=DAILY;INTERVAL=0"),
        (*ONE_HOUR, "RRULE:FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=1,2,3,4,5"),
        (*ONE_HOUR, "RRULE:FREQ=SOMETIMES"),
        (*ONE_HOUR, "RRULE:nonsense"),
        ("DTSTART:never",),
        ("DTEND:20200504T110000Z",),
        ("DTSTART:20200504T100000Z", "EXDATE:never", "RRULE:FREQ=DAILY"),
    ],
)
def test_what_cannot_be_worked_out_is_never_free_time(lines: tuple[str, ...]) -> None:
    with pytest.raises(Unreadable):
        busy(*lines)


def test_more_times_than_people_have_are_not_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduling.calendars.dav_busy.MOST_TIMES", 13)
    week = event("DTSTART:20000101T000000Z", "DURATION:PT1M", "RRULE:FREQ=DAILY")
    span = Span(at("2020-05-04T00:00"), at("2020-05-08T00:00"))
    assert len(busy_in_events([week], span, LONDON)) == 4
    with pytest.raises(Unreadable, match="repeats too often"):
        busy_in_events([week] * 3, span, LONDON)


def test_a_report_of_the_server_is_read() -> None:
    lines = [
        "FREEBUSY:20200504T100000Z/PT30M,20200504T120000Z/20200504T130000Z",
        "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20200504T103000Z/20200504T110000Z",
        "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20200510T220000Z/20200512T000000Z",
        "FREEBUSY;FBTYPE=FREE:20200505T100000Z/20200505T110000Z",
    ]
    text = "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VFREEBUSY", *lines, "END:VFREEBUSY", "END:VCALENDAR"])
    assert busy_in_report(text, Span(at("2020-05-04T00:00"), at("2020-05-11T00:00"))) == (
        *TAKEN,
        Span(at("2020-05-04T12:00"), at("2020-05-04T13:00")),
        Span(at("2020-05-10T22:00"), at("2020-05-11T00:00")),
    )


@pytest.mark.parametrize("text", ["", "BEGIN:VCALENDAR\nEND:VCALENDAR", event(*ONE_HOUR), "<html>"])
def test_a_report_that_says_nothing_is_never_free_time(text: str) -> None:
    with pytest.raises(Unreadable):
        busy_in_report(text, Span(at("2020-05-04T00:00"), at("2020-05-11T00:00")))
