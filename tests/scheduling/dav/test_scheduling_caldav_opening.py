"""Opening the CalDAV calendar that a study names, and what its server is found to be able to do."""

import sys

import pytest
from caldav_desk import CalDavHand, Desk
from caldav_server import PASSWORD, USER
from calendar_contract import an_entry

from scheduling.calendars.caldav import PASSWORD_VARIABLE, CalDavCalendar, open_caldav
from scheduling.errors import AccessLost
from storage.study import Study


@pytest.fixture
def on_caldav(study: Study, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    section = study.calendar.model_copy(
        update={"backend": "caldav", "address": desk.address("study").rstrip("/"), "user": USER}
    )
    return study.model_copy(update={"calendar": section})


def changed_study(study: Study, **changed: object) -> Study:
    return study.model_copy(update={"calendar": study.calendar.model_copy(update=changed)})


def test_a_study_opens_its_calendar(on_caldav: Study, desk: Desk, hand: CalDavHand) -> None:
    calendar = open_caldav(on_caldav)
    made = calendar.put(an_entry(), None)
    calendar.close()
    assert calendar.address == desk.address("study")  # with or without a slash in study.toml
    assert f"ORGANIZER:mailto:{USER}" in hand.read(made.event_id)  # there is no mail.sender


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"user": ""}, r"calendar\.user in study\.toml.*FIELDCALL_CALDAV_PASSWORD"),
        ({"address": "primary"}, "Give the https:// address"),
        ({"address": "http://calendar.example.org/study/"}, "password would go in the clear"),
        ({"address": "https://anna:secret@calendar.example.org/study/"}, "carries a user or a password"),
        ({"address": "https://[calendar/"}, "Give the https:// address"),
        ({"address": "file:///etc/passwd"}, "Give the https:// address"),
    ],
)
def test_what_cannot_be_opened_is_said(on_caldav: Study, changed: dict[str, str], message: str) -> None:
    with pytest.raises(AccessLost, match=message) as refused:
        open_caldav(changed_study(on_caldav, **changed))
    assert "secret" not in str(refused.value)


def test_a_missing_password_is_said(on_caldav: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PASSWORD_VARIABLE)
    with pytest.raises(AccessLost, match=PASSWORD_VARIABLE):
        open_caldav(on_caldav)


def test_a_missing_package_is_said(on_caldav: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "caldav", None)
    monkeypatch.delitem(sys.modules, "scheduling.calendars.dav_server")
    with pytest.raises(AccessLost, match=r"pip install 'fieldcall\[caldav\]'"):
        open_caldav(on_caldav)


def test_a_survey_tells_what_the_server_can_do(calendar: CalDavCalendar, desk: Desk) -> None:
    survey = calendar.survey()
    assert (survey.is_calendar, survey.may_write, survey.tells_changes) == (True, True, True)
    assert not survey.sends_invitations  # Radicale sends none
    desk.proxy.alter = lambda question, heard: heard.replace(
        b"calendar-access", b"calendar-access, calendar-auto-schedule"
    )
    assert calendar.survey().sends_invitations
