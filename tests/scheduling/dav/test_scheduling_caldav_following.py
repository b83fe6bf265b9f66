"""What has changed in the CalDAV calendar is told whole or not at all, whatever its server can do."""

import pytest
from caldav_desk import CalDavHand, Desk, event, stamp
from caldav_server import answer
from calendar_contract import HOUR, TEN, an_entry, ours, times

from scheduling.calendars.base import Standing
from scheduling.calendars.caldav import CalDavCalendar
from scheduling.errors import AccessLost, CalendarUnavailable, FollowingLost


@pytest.fixture(params=["not said", "refused"])
def without_sync(request: pytest.FixtureRequest, desk: Desk) -> None:
    """A server that cannot tell what has changed, and says so or not."""
    if request.param == "refused":
        desk.proxy.always(answer("501 Not Implemented"), "REPORT", holding="sync-collection")
    else:
        desk.proxy.alter = lambda question, heard: heard.replace(b"sync-collection", b"sing-collection")


@pytest.mark.usefixtures("without_sync")
def test_changes_are_found_where_the_server_cannot_tell_them(
    calendar: CalDavCalendar, hand: CalDavHand, desk: Desk
) -> None:
    left, gone, kept = (calendar.put(an_entry(), None) for _ in range(3))
    first = calendar.changes("")
    assert first.is_all and {one.event_id for one in first.standings} == {left.event_id, gone.event_id, kept.event_id}
    hand.move(left.event_id, TEN + HOUR, TEN + 2 * HOUR)
    hand.delete(gone.event_id)
    hand.add("a meeting of the team", TEN, TEN + HOUR)
    changes = calendar.changes(first.token)
    assert not changes.is_all
    assert {one.guid: one.is_cancelled for one in changes.standings} == {left.guid: False, "": False} | {
        one.guid: True for one in changes.standings if one.event_id == gone.event_id
    }
    assert {one.event_id for one in changes.standings if one.is_cancelled} == {gone.event_id}
    assert [times(one) for one in changes.standings if one.guid == left.guid] == [(TEN + HOUR, TEN + 2 * HOUR)]
    assert calendar.changes(changes.token).standings == ()


def test_a_token_of_ours_that_is_broken_is_a_lost_one(calendar: CalDavCalendar) -> None:
    for token in ("etags:[1", "etags:[]", "etags:3"):
        with pytest.raises(FollowingLost):
            calendar.changes(token)


@pytest.mark.parametrize("said", ["409 Conflict", "410 Gone", "403 Forbidden", "400 Bad Request", "412 Failed"])
def test_however_a_server_refuses_a_token_following_is_lost(calendar: CalDavCalendar, desk: Desk, said: str) -> None:
    token = calendar.changes("").token
    desk.proxy.once(answer(said), "REPORT", holding="sync-collection")
    with pytest.raises(FollowingLost):
        calendar.changes(token)
    assert calendar.changes("").is_all


@pytest.mark.parametrize(
    ("said", "content"),
    [("404 Not Found", ""), ("403 Forbidden", '<d:error xmlns:d="DAV:"><d:need-privileges/></d:error>')],
)
def test_a_right_that_is_lost_is_no_lost_token(calendar: CalDavCalendar, desk: Desk, said: str, content: str) -> None:
    token = calendar.changes("").token
    desk.proxy.always(answer(said, content, Content_Type="application/xml"), "REPORT")
    with pytest.raises(AccessLost):
        calendar.changes(token)


def multistatus(*responses: str, token: str = "") -> bytes:
    end = f"<d:sync-token>{token}</d:sync-token>" if token else ""
    xml = f'<d:multistatus xmlns:d="DAV:">{"".join(responses)}{end}</d:multistatus>'
    return answer("207 Multi-Status", xml, Content_Type="application/xml")


def response(path: str, status: int) -> str:
    return f"<d:response><d:href>{path}</d:href><d:status>HTTP/1.1 {status} X</d:status></d:response>"


def test_changes_that_come_in_parts_are_read_to_the_end(calendar: CalDavCalendar, desk: Desk) -> None:
    study = f"/{desk.folder}/study/"
    parts = {
        "<d:sync-token>before</d:sync-token>": multistatus(
            response(study + "a.ics", 404), response(study.rstrip("/"), 507), token="between"
        ),
        "<d:sync-token>between</d:sync-token>": multistatus(
            response(study + "a%20b.ics", 404), response(study + "%2E%2E", 404), token="after"
        ),
    }
    desk.proxy.rule = lambda question: next(
        (said for asked, said in parts.items() if asked.replace("d:", "D:") in question.text), None
    )
    changes = calendar.changes("before")
    assert changes.token == "after"
    assert changes.standings == (Standing("a b.ics", "", True), Standing("a.ics", "", True))


@pytest.mark.parametrize(
    "said",
    [
        multistatus(response("/x.ics", 404)),
        multistatus(response("/x/", 507), token="before"),
        multistatus(response("/x.ics", 404), token="after")[:-20],
        answer("207 Multi-Status", "<d:multistatus xmlns:d='DAV:'>", Content_Type="application/xml"),
        answer("200 OK", "<html><body>Please log in</body></html>", Content_Type="text/html"),
        answer("207 Multi-Status", ""),
    ],
    ids=["no-token", "never-ends", "cut", "half", "login-page", "empty"],
)
def test_an_answer_that_is_not_whole_is_none(
    calendar: CalDavCalendar, desk: Desk, caplog: pytest.LogCaptureFixture, said: bytes
) -> None:
    desk.proxy.always(said, "REPORT")
    assert calendar.find("nothing-there.ics") is None  # so that it has logged in
    with pytest.raises(CalendarUnavailable):
        calendar.changes("before")
    assert len(desk.proxy.questions) < 5
    assert caplog.text == ""


def test_following_goes_on_whatever_lies_in_the_calendar(
    calendar: CalDavCalendar, hand: CalDavHand, desk: Desk
) -> None:
    entry = an_entry()
    made = calendar.put(entry, None)
    todo = event().replace("VEVENT", "VTODO")
    hand.write("todo.ics", todo)
    hand.write("huge.ics", event("DESCRIPTION:" + "x" * 1_000_001, f"DTSTART:{stamp(TEN)}"))
    bells = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT1M\r\nDURATION:PT1S\r\nREPEAT:2000000000\r\nEND:VALARM\r\n"
    hand.write("bells.ics", event(f"DTSTART:{stamp(TEN)}", bells * 50))
    stored = desk.server.files(desk.folder) / "study"
    (stored / "junk.ics").write_bytes(b"\x00\xff not a calendar at all")
    (stored / "broken.ics").write_text(event("DTSTART:never", "SEQUENCE:many", uid="broken"))
    (stored / "fold.ics").write_text(event(f"DTSTART:{stamp(TEN)}\r\n" + " " * 2000, uid="fold"))
    changes = calendar.changes("")
    assert ours(changes.standings, entry) == [made]
    told = {one.event_id: one for one in changes.standings}
    assert (told["huge.ics"].guid, told["huge.ics"].starts_at) == ("", None)
    assert told["bells.ics"].starts_at == TEN
    assert calendar.changes(changes.token).standings == ()


def test_an_answer_that_is_too_large_is_asked_for_in_parts(
    calendar: CalDavCalendar, hand: CalDavHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [calendar.put(an_entry(), None) for _ in range(5)]
    hand.write("large.ics", event("DESCRIPTION:" + "x" * 40_000, f"DTSTART:{stamp(TEN)}"))
    monkeypatch.setattr("scheduling.calendars.dav_server.MOST_BYTES", 20_000)
    told = {one.event_id: one for one in calendar.changes("").standings}
    assert [told[one.event_id] for one in made] == made
    assert (told["large.ics"].guid, told["large.ics"].starts_at, told["large.ics"].is_cancelled) == ("", None, False)
