"""`fieldcall google login · logout`, and what `fieldcall doctor` says of Google."""

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from google_people import ANNA, BEN
from google_setup import log_in, rewritten, service_key
from google_stand_in import Google

from desk.checks import Check
from desk.google_checks import check_google, check_login_age, check_organiser
from desk.opened import Opened
from storage.contacts import Contacts
from storage.google.account import FREEBUSY, read_token, scopes_of
from storage.study import Study

ROOT = Path(__file__).parents[2]
NOW = datetime(2020, 6, 1, 9, tzinfo=UTC)

# what a person's browser does: it shows the page, and goes where the page sends it
BROWSER = """#!{python}
import subprocess, sys
visit = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=10).read()"
subprocess.Popen([sys.executable, "-c", visit, sys.argv[1]])
"""


@pytest.fixture
def client_file(google_study: Study, google: Google) -> Path:
    """The JSON file of an installed application, for the stand-in."""
    path = google_study.place(google_study.google.client)
    installed = {
        "client_id": "client",
        "client_secret": google.accounts.client_secret,
        "auth_uri": f"{google.address}/auth",
        "token_uri": google.token_uri,
    }
    path.write_text(json.dumps({"installed": installed}))
    return path


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The addresses that were opened in a browser, each of which was visited."""
    opened: list[str] = []
    threads: list[threading.Thread] = []

    def visit(address: str) -> None:
        with suppress(OSError), urlopen(address, timeout=5) as page:
            page.read()

    def open_page(address: str) -> bool:
        opened.append(address)
        threads.append(threading.Thread(target=visit, args=(address,)))
        threads[-1].start()
        return True

    monkeypatch.setattr("webbrowser.open", open_page)
    yield opened
    for thread in threads:
        thread.join()


class TestLogin:
    def test_from_the_command_line_to_the_browser_and_back(
        self, google_study: Study, google: Google, client_file: Path, contacts: Contacts, tmp_path: Path
    ) -> None:
        """The whole way in a process of its own, with a program for a browser."""
        google.consent = ANNA
        program = tmp_path / "browser"
        program.write_text(BROWSER.format(python=sys.executable))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        command = [sys.executable, "-m", "desk", "--study", google_study.folder, "google", "login"]
        environment = os.environ | {"BROWSER": str(program)}
        run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
        assert run.returncode == 0, run.stderr
        assert "The login is kept." in run.stdout
        assert "@" not in run.stdout + run.stderr
        assert read_token(google_study, contacts.key)["email"] == ANNA

    def test_the_address_is_printed_and_opened(
        self, google_study: Study, google: Google, client_file: Path, browser: list[str], at: Any
    ) -> None:
        google.consent = ANNA
        said = at("google", "login")
        assert said.status == 0, said.err
        assert browser[0] in said.out

    def test_a_refusal_is_a_message(
        self, google_study: Study, google: Google, client_file: Path, browser: list[str], at: Any
    ) -> None:
        said = at("google", "login")
        assert said.status == 1
        assert "refused in the browser" in said.err
        assert "Traceback" not in said.err

    def test_without_a_client_file_it_says_where_to_get_one(self, google_study: Study, at: Any) -> None:
        said = at("google", "login")
        assert said.status == 1
        assert "There is no keys/google-client.json" in said.err

    @pytest.mark.parametrize("port", ["-1", "65536", "x"])
    def test_a_port_that_is_none(self, google_study: Study, at: Any, port: str) -> None:
        assert at("google", "login", "--port", port).status == 2


class TestLogout:
    def test_the_login_ends_here_and_at_google(self, logged_in: Study, google: Google, at: Any) -> None:
        said = at("google", "logout")
        assert (said.status, "Google has ended it" in said.out) == (0, True)
        assert not logged_in.place(logged_in.google.token).exists()
        assert at("google", "logout").status == 1

    def test_where_google_cannot_be_told_a_person_is_told_to(self, logged_in: Study, google: Google, at: Any) -> None:
        google.faults.refuse("revoke", 503, "backendError")
        said = at("google", "logout")
        assert (said.status, "myaccount.google.com" in said.out) == (0, True)


def checks(study: Study, now: datetime = NOW) -> dict[str, Check]:
    return {check.name: check for check in check_google(Opened(study.folder), now)}


def troubled(study: Study, now: datetime = NOW) -> dict[str, str]:
    """Next steps by check, of those that have one; nobody's address is in any of them."""
    found = checks(study, now)
    assert all("@" not in check.finding + check.next_step for check in found.values())
    return {name: check.next_step for name, check in found.items() if check.next_step}


def with_calendars(study: Study, *addresses: str) -> Study:
    """The study whose interviewers have calendars of their own."""
    changes = [
        (f"[interviewers.INT_0{number}]", f'[interviewers.INT_0{number}]  \ncalendar = "{address}"')
        for number, address in enumerate(addresses, 1)
    ]
    return rewritten(study, *changes)


class TestDoctor:
    def test_of_a_study_without_google_it_says_nothing(self, study: Study) -> None:
        assert checks(study) == {}

    def test_all_is_well(self, google_study: Study, google: Google, contacts: Contacts) -> None:
        google.calendars.calendars[BEN].shared[ANNA] = "freeBusyReader"
        study = with_calendars(google_study, BEN)
        study = rewritten(study, ("[capture]\n", "[capture]\nmeet = true\n"))
        log_in(study, contacts.key, google)
        assert troubled(study) == {}
        assert {name: check.finding for name, check in checks(study).items()} == {
            "Google rights": "all 5 that the study needs",
            "Google organiser": "the account that study.toml names",
            "Google login": "given on 2020-05-30, 2 days ago",
            "study's calendar": "can be read and written",
            "Google Meet": "can be used in the study's calendar",
            "calendar of INT_01": "seen; spans of time taken in the next four weeks: 0",
            "interviewers' calendars": "1 of 2 are seen; none is given for INT_02",
            "recordings in Drive": "can be fetched; their folder comes with the first one",
            "meetings": "can be seen",
        }

    def test_it_changes_nothing_at_google(self, logged_in: Study, google: Google) -> None:
        checks(logged_in)
        assert google.calls
        assert {call.method.split(".")[-1] for call in google.calls} <= {"get", "list", "query"}
        assert google.calendars.calendars[ANNA].events == {}

    def test_the_command_shows_what_is_found(self, google_study: Study, at: Any) -> None:
        said = at("doctor")
        assert said.status == 1
        assert "fieldcall google login" in " ".join(said.out.split())

    @pytest.mark.parametrize("how", ["none", "revoked", "another key"])
    def test_without_a_login_that_opens_it_says_so_once(
        self, google_study: Study, google: Google, contacts: Contacts, how: str
    ) -> None:
        if how != "none":
            log_in(google_study, contacts.key, google)
        if how == "revoked":
            google.accounts.revoke(ANNA)
        if how == "another key":
            google_study.place(google_study.google.token).write_bytes(b"sealed otherwise")
        ((name, step),) = troubled(google_study).items()
        assert name == "Google account"
        assert "fieldcall google login" in step
        assert ("logins end after 7 days" in step) == (how == "revoked")

    def test_a_right_that_the_study_needs_since_then(self, logged_in: Study) -> None:
        study = rewritten(logged_in, ("[capture]\n", "[capture]\nmeet = true\n"))
        found = checks(study)["Google rights"]
        assert "drive.meet.readonly" in found.finding
        assert "calendar.events" not in found.finding
        assert found.next_step

    def test_one_that_was_left_out(self, google_study: Study, google: Google, contacts: Contacts) -> None:
        log_in(google_study, contacts.key, google, without=FREEBUSY)
        assert list(troubled(google_study)) == ["Google rights"]

    def test_another_account_than_the_organiser(self, logged_in: Study, google: Google, contacts: Contacts) -> None:
        log_in(logged_in, contacts.key, google, email=BEN)
        assert "choose the account" in troubled(logged_in)["Google organiser"]

    def test_a_calendar_that_is_not_there(self, logged_in: Study) -> None:
        study = rewritten(logged_in, ("[calendar]\n", '[calendar]\naddress = "gone@group.example"\n'))
        assert "[calendar] address" in troubled(study)["study's calendar"]

    def test_a_calendar_that_may_only_be_read(self, logged_in: Study, google: Google) -> None:
        google.calendars.add("team@group.example").shared[ANNA] = "reader"
        study = rewritten(logged_in, ("[calendar]\n", '[calendar]\naddress = "team@group.example"\n'))
        assert "right to make changes" in troubled(study)["study's calendar"]

    def test_a_calendar_without_meet_matters_where_there_are_video_calls(
        self, logged_in: Study, google: Google
    ) -> None:
        google.calendars.calendars[ANNA].allows_meet = False
        assert list(troubled(logged_in)) == ["Google Meet"]
        file = logged_in.folder / "study.toml"
        file.write_text(file.read_text().replace(', "video"', "").replace('"video"', '"phone"'))
        assert troubled(logged_in) == {}

    def test_interviewers_whose_calendars_are_not_seen_by_their_codes(self, logged_in: Study, google: Google) -> None:
        study = with_calendars(logged_in, BEN, "nobody@study.example")
        google.calendars.freebusy_errors[BEN] = "internalError"
        steps = troubled(study)
        assert list(steps) == ["calendar of INT_01", "calendar of INT_02"]
        assert "internalError" in steps["calendar of INT_01"]
        assert "not shared" in steps["calendar of INT_02"]
        assert checks(study)["interviewers' calendars"].finding == "0 of 2 are seen"

    @pytest.mark.parametrize(
        ("method", "name"),
        [
            ("calendar.freebusy.query", "interviewers' calendars"),
            ("drive.files.list", "recordings in Drive"),
            ("meet.conferenceRecords.list", "meetings"),
        ],
    )
    def test_one_thing_that_fails_hides_no_other(
        self, google_study: Study, google: Google, contacts: Contacts, method: str, name: str
    ) -> None:
        google.calendars.calendars[BEN].shared[ANNA] = "freeBusyReader"
        study = with_calendars(google_study, BEN)
        study = rewritten(study, ("[capture]\n", "[capture]\nmeet = true\n"))
        log_in(study, contacts.key, google)
        google.faults.refuse(method, 403, "SERVICE_DISABLED")
        steps = troubled(study)
        assert list(steps) == [name]
        assert "Enable this API" in steps[name]

    def test_a_service_account_without_delegation_and_the_scopes_it_needs(
        self, google_study: Study, google: Google
    ) -> None:
        study = rewritten(google_study, ("[google]\n", '[google]\nidentity = "service"\n'))
        service_key(study, google)
        step = troubled(study)["Google account"]
        assert "domain-wide delegation" in step
        assert all(scope in step for scope in scopes_of(study))

    def test_a_service_account_that_is_let_in_has_no_login_that_ages(self, google_study: Study, google: Google) -> None:
        study = rewritten(google_study, ("[google]\n", '[google]\nidentity = "service"\n'))
        service_key(study, google, *scopes_of(study))
        assert troubled(study) == {}
        assert "Google login" not in checks(study)


class TestAge:
    @pytest.mark.parametrize(
        ("age", "warns", "mentions_use"),
        [
            (timedelta(0), False, False),
            (timedelta(days=5) - timedelta(seconds=1), False, False),
            (timedelta(days=5), True, False),
            (timedelta(days=7) - timedelta(seconds=1), True, False),
            (timedelta(days=7), False, False),  # it has just been used, so its end was not that of 'Testing'
            (timedelta(days=149), False, False),
            (timedelta(days=150), False, True),
            (timedelta(days=900), False, True),
        ],
    )
    def test_a_warning_comes_when_it_may_be_true(self, age: timedelta, warns: bool, mentions_use: bool) -> None:
        check = check_login_age(NOW - age, NOW)
        assert bool(check.next_step) == warns
        assert ("six months" in check.finding) == mentions_use

    def test_it_names_the_day(self) -> None:
        assert "2020-06-02" in check_login_age(NOW - timedelta(days=6), NOW).next_step


class TestOrganiser:
    @pytest.mark.parametrize(
        ("organiser", "email", "warns"),
        [("", ANNA, False), (ANNA, ANNA, False), (ANNA.upper(), ANNA, False), (ANNA, BEN, True)],
    )
    def test_the_account_is_the_one_that_is_named(self, organiser: str, email: str, warns: bool) -> None:
        assert bool(check_organiser(organiser, email).next_step) == warns
