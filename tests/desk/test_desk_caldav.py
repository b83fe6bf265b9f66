"""`fieldcall doctor` on a study whose calendar is on a CalDAV server."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from caldav_server import PASSWORD, USER, Proxy, Radicale, answer, ask, free_port, make_calendar, proxy, radicale

from desk.caldav_checks import check_caldav
from desk.checks import Check
from scheduling.calendars.caldav import PASSWORD_VARIABLE
from storage.study import Study

NOW = datetime(2020, 5, 4, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    pytest.importorskip("radicale", reason="Radicale is not installed (pip install 'fieldcall[test]')")
    with radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture
def before(server: Radicale) -> Iterator[Proxy]:
    with proxy(server.port) as before:
        yield before


@pytest.fixture
def on_caldav(study: Study, server: Radicale, before: Proxy, monkeypatch: pytest.MonkeyPatch) -> Study:
    """The study on CalDAV: INT_01 has a calendar with one event, INT_02's is not there."""
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    home = f"{USER}/{uuid.uuid4().hex}"
    ask("MKCOL", f"{server.address}/{home}/")
    for name in ("study", "first"):
        make_calendar(f"{server.address}/{home}/{name}/")
    times = f"DTSTART:{NOW + HOUR:%Y%m%dT%H%M%SZ}\r\nDTEND:{NOW + 2 * HOUR:%Y%m%dT%H%M%SZ}"
    event = (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\n{times}\r\nEND:VEVENT\r\nEND:VCALENDAR"
    )
    ask("PUT", f"{server.address}/{home}/first/1.ics", event, Content_Type="text/calendar")
    interviewers = {
        code: one.model_copy(update={"calendar": f"{before.address}/{home}/{name}/"})
        for (code, one), name in zip(study.interviewers.items(), ("first", "none"), strict=True)
    }
    return changed(study.model_copy(update={"interviewers": interviewers}), address=f"{before.address}/{home}/study/")


def changed(study: Study, **keys: object) -> Study:
    section = study.calendar.model_copy(update={"backend": "caldav", "user": USER, **keys})
    return study.model_copy(update={"calendar": section})


def by_name(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


def test_what_is_well_has_no_next_step_and_what_is_not_has_one(on_caldav: Study) -> None:
    found = by_name(check_caldav(on_caldav, NOW))
    unseen = found.pop("calendar of INT_02")
    assert unseen.finding == "cannot be seen"
    assert "there is nothing at this address. Look at the address in study.toml." in unseen.next_step
    assert {name: check.finding for name, check in found.items()} == {
        "CalDAV server": "answers, the password is accepted",
        "study calendar": "can be written",
        "changes by others": "told by the server",
        "invitations": "sent by mail, not by the CalDAV server",
        "calendar of INT_01": "seen; spans of time taken in the next four weeks: 1",
        "interviewers' calendars": "1 of 2 are seen",
    }
    assert not any(check.next_step for check in found.values())


def test_a_login_that_is_refused_says_where_to_look(on_caldav: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "guessed")
    (only,) = check_caldav(on_caldav, NOW)
    assert only.finding == "does not let us in"
    assert PASSWORD_VARIABLE in only.next_step and "guessed" not in only.next_step


def test_a_login_that_is_missing_is_said(on_caldav: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PASSWORD_VARIABLE)
    (only,) = check_caldav(on_caldav, NOW)
    assert (only.finding, PASSWORD_VARIABLE in only.next_step) == ("cannot be asked", True)


def test_a_server_that_does_not_answer_is_said(on_caldav: Study) -> None:
    (only,) = check_caldav(changed(on_caldav, address=f"http://127.0.0.1:{free_port()}/x/"), NOW)
    assert (only.finding, only.next_step != "") == ("does not answer", True)


def test_what_is_no_calendar_is_said(on_caldav: Study) -> None:
    folder = on_caldav.calendar.address.removesuffix("study/")
    assert "no calendar" in by_name(check_caldav(changed(on_caldav, address=folder), NOW))["study calendar"].finding


def test_a_calendar_that_may_only_be_read_is_said(on_caldav: Study, before: Proxy) -> None:
    before.alter = lambda question, heard: heard.replace(b"<all />", b"<one />").replace(b"<write", b"<right")
    check = by_name(check_caldav(on_caldav, NOW))["study calendar"]
    assert (check.finding, "right to write" in check.next_step) == ("may only be read", True)


def test_a_server_that_cannot_tell_changes_is_no_fault(on_caldav: Study, before: Proxy) -> None:
    before.alter = lambda question, heard: heard.replace(b"sync-collection", b"sing-collection")
    check = by_name(check_caldav(on_caldav, NOW))["changes by others"]
    assert (check.finding.startswith("found by comparing"), check.next_step) == (True, "")


def test_invitations_that_the_server_will_not_send_are_said(on_caldav: Study, before: Proxy) -> None:
    study = changed(on_caldav, invite_participants=True)
    assert "invite_participants to false" in by_name(check_caldav(study, NOW))["invitations"].next_step
    before.alter = lambda question, heard: heard.replace(b"DAV: 1,", b"DAV: calendar-auto-schedule, 1,")
    assert by_name(check_caldav(study, NOW))["invitations"] == Check("invitations", "sent by the CalDAV server")


def test_calendars_that_cannot_be_seen_at_all_are_said_once(on_caldav: Study, before: Proxy) -> None:
    before.always(answer("500 Internal Server Error"), "REPORT")
    check = by_name(check_caldav(on_caldav, NOW))["interviewers' calendars"]
    assert (check.finding, "tried again" in check.next_step) == ("cannot be seen", True)
