"""As whom Google is used: logging in as a person, a service account, and what is kept of it."""

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from cryptography.fernet import Fernet
from google_people import ANNA, BEN
from google_setup import GIVEN_AT, rewritten, service_key
from google_setup import log_in as keep_login
from google_stand_in import Google

from storage.google.account import (
    CALENDARS,
    ENDPOINT_VARIABLE,
    EVENTS,
    FREEBUSY,
    MEETINGS,
    RECORDINGS,
    RIGHTS,
    account_of,
    build_service,
    credentials_of,
    endpoint,
    read_token,
    scopes_of,
)
from storage.google.calls import GoogleAccessLost, GoogleError, GoogleUnavailable, call
from storage.google.login import log_in, log_out
from storage.study import Study

NOW = datetime(2020, 6, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def key() -> Fernet:
    return Fernet(Fernet.generate_key())


@pytest.fixture
def client_file(google_study: Study, google: Google) -> Path:
    """The JSON file of an installed application, as Google's console gives it, for the stand-in."""
    path = google_study.place(google_study.google.client)
    path.parent.mkdir(exist_ok=True)
    installed = {
        "client_id": "client",
        "client_secret": google.accounts.client_secret,
        "auth_uri": f"{google.address}/auth",
        "token_uri": google.token_uri,
        "redirect_uris": ["http://localhost"],
    }
    path.write_text(json.dumps({"installed": installed}))
    return path


class Browser:
    """A browser with a person before it, who goes wherever the consent screen sends them."""

    def __init__(self) -> None:
        self.pages: list[str] = []
        self.read: list[str] = []
        self._threads: list[threading.Thread] = []

    def __call__(self, address: str) -> None:
        self.pages.append(address)
        self._threads.append(threading.Thread(target=self._visit, args=(address,)))
        self._threads[-1].start()

    def _visit(self, address: str) -> None:
        with suppress(OSError), urlopen(address, timeout=5) as page:
            self.read.append(page.read().decode())

    def close(self) -> None:
        for thread in self._threads:
            thread.join()

    @property
    def asked(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.pages[-1]).query).items()}


@pytest.fixture
def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


@pytest.fixture
def browser() -> Any:
    browser = Browser()
    yield browser
    browser.close()


class TestScopes:
    @pytest.mark.parametrize(
        ("backend", "meet", "scopes"),
        [
            ("local", "false", set()),
            ("caldav", "false", set()),
            ("google", "false", {CALENDARS, EVENTS, FREEBUSY}),
            ("local", "true", {CALENDARS, MEETINGS, RECORDINGS}),
            ("google", "true", {CALENDARS, EVENTS, FREEBUSY, MEETINGS, RECORDINGS}),
        ],
    )
    def test_no_more_is_asked_for_than_the_study_needs(
        self, study: Study, backend: str, meet: str, scopes: set[str]
    ) -> None:
        changes = ('backend = "local"', f'backend = "{backend}"'), ("[capture]\n", f"[capture]\nmeet = {meet}\n")
        assert set(scopes_of(rewritten(study, *changes))) == scopes

    def test_each_has_words_for_the_person_who_is_to_give_it(self) -> None:
        assert RIGHTS.keys() == {CALENDARS, EVENTS, FREEBUSY, MEETINGS, RECORDINGS}


class TestLogin:
    def test_a_person_consents_and_the_login_opens_google(
        self, google_study: Study, key: Fernet, google: Google, client_file: Path, browser: Browser
    ) -> None:
        google.consent = ANNA
        log_in(google_study, key, open_url=browser, now=NOW)
        token = read_token(google_study, key)
        assert (token["email"], token["given_at"], set(token["scopes"])) == (ANNA, NOW, set(scopes_of(google_study)))
        assert account_of(google_study, key) == ANNA
        service = build_service("calendar", credentials_of(google_study, key))
        assert call(service.events().list(calendarId=ANNA), "list events")["items"] == []
        service.close()
        browser.close()
        assert "close this page" in browser.read[0]

    def test_what_is_asked_for_is_narrow_lasting_and_bound_to_this_login(
        self, google_study: Study, key: Fernet, google: Google, client_file: Path, browser: Browser
    ) -> None:
        google.consent = ANNA
        log_in(google_study, key, open_url=browser, now=NOW)
        assert browser.pages[0].startswith(f"{google.address}/auth?")
        asked = browser.asked
        assert set(asked["scope"].split()) == set(scopes_of(google_study))
        assert (asked["access_type"], asked["prompt"], asked["response_type"]) == ("offline", "consent", "code")
        assert urlsplit(asked["redirect_uri"]).hostname == "127.0.0.1"
        assert asked["code_challenge_method"] == "S256"
        assert asked["state"]

    def test_it_is_kept_sealed_and_for_its_owner_only(
        self, google_study: Study, key: Fernet, google: Google, client_file: Path, browser: Browser
    ) -> None:
        google.consent = ANNA
        log_in(google_study, key, open_url=browser, now=NOW)
        path = google_study.place(google_study.google.token)
        assert b"refresh" not in path.read_bytes()
        assert ANNA.encode() not in path.read_bytes()
        assert path.stat().st_mode & 0o777 == 0o600

    def test_the_browser_may_come_to_a_port_that_was_named(
        self, google_study: Study, key: Fernet, google: Google, client_file: Path, browser: Browser, free_port: int
    ) -> None:
        google.consent = ANNA
        log_in(google_study, key, open_url=browser, now=NOW, port=free_port)
        assert browser.asked["redirect_uri"] == f"http://127.0.0.1:{free_port}/"

    def refused(self, study: Study, key: Fernet, browser: Callable[[str], object], **how: Any) -> str:
        with pytest.raises(GoogleError) as error:
            log_in(study, key, open_url=browser, now=NOW, **how)
        assert "@" not in str(error.value)
        return str(error.value)

    def test_a_box_that_was_unticked_is_named_and_what_was_there_stays(
        self, google_study: Study, key: Fernet, google: Google, client_file: Path, browser: Browser
    ) -> None:
        keep_login(google_study, key, google)
        google.consent, google.unticked = ANNA, {FREEBUSY}
        words = self.refused(google_study, key, browser)
        assert "see when the owners of calendars are busy (calendar.freebusy)" in words
        assert "calendar.events" not in words
        assert read_token(google_study, key)["given_at"] == GIVEN_AT

    def test_another_account_than_the_organiser_is_not_kept(
        self, google_study: Study, key: Fernet, google: Google, client_file: Path, browser: Browser
    ) -> None:
        google.consent = BEN
        assert "google.organiser" in self.refused(google_study, key, browser)
        assert not google_study.place(google_study.google.token).exists()

    def test_the_organiser_is_the_same_in_capitals(
        self, google_study: Study, key: Fernet, google: Google, client_file: Path, browser: Browser
    ) -> None:
        google.consent = ANNA
        study = rewritten(google_study, (ANNA, ANNA.upper()))
        log_in(study, key, open_url=browser, now=NOW)
        assert account_of(study, key) == ANNA

    def test_whoever_it_is_where_the_study_names_nobody(
        self, google_study: Study, key: Fernet, google: Google, client_file: Path, browser: Browser
    ) -> None:
        google.consent = BEN
        study = rewritten(google_study, (f'organiser = "{ANNA}"', 'organiser = ""'))
        log_in(study, key, open_url=browser, now=NOW)
        assert account_of(study, key) == BEN

    def test_a_person_may_refuse(
        self, google_study: Study, key: Fernet, google: Google, client_file: Path, browser: Browser
    ) -> None:
        assert "refused in the browser" in self.refused(google_study, key, browser)

    def test_or_never_answer(self, google_study: Study, key: Fernet, google: Google, client_file: Path) -> None:
        assert "No answer came" in self.refused(google_study, key, lambda _: None, patience_s=0)

    def test_an_answer_that_is_of_another_login_is_not_taken(
        self, google_study: Study, key: Fernet, google: Google, client_file: Path, browser: Browser
    ) -> None:
        def forged(address: str) -> None:
            place = parse_qs(urlsplit(address).query)["redirect_uri"][0]
            browser(f"{place}?code={google.accounts.code(BEN, *scopes_of(google_study))}&state=forged")

        assert "mismatching_state" in self.refused(google_study, key, forged)
        assert not google_study.place(google_study.google.token).exists()

    def test_a_client_whose_secret_was_renewed(
        self, google_study: Study, key: Fernet, google: Google, client_file: Path, browser: Browser
    ) -> None:
        google.consent, google.accounts.client_secret = ANNA, "renewed"
        assert "invalid_client" in self.refused(google_study, key, browser)

    def test_a_token_server_that_is_not_there(
        self, google_study: Study, key: Fernet, google: Google, client_file: Path, browser: Browser
    ) -> None:
        google.consent = ANNA
        client_file.write_text(client_file.read_text().replace(google.token_uri, "http://127.0.0.1:1/token"))
        with pytest.raises(GoogleUnavailable, match="cannot be reached"):
            log_in(google_study, key, open_url=browser, now=NOW)

    def test_a_port_that_is_taken(
        self, google_study: Study, key: Fernet, google: Google, client_file: Path, browser: Browser
    ) -> None:
        port = urlsplit(google.address).port
        assert port
        assert "--port" in self.refused(google_study, key, browser, port=port)

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (None, "There is no keys/google-client.json"),
            ("", "Desktop app"),
            ("[]", "Desktop app"),
            ('{"web": {"client_id": "x"}}', "Desktop app"),
            ('{"installed": "x"}', "Desktop app"),
            ('{"installed": {"client_id": "x", "client_secret": "y"}}', "lacks auth_uri, token_uri"),
            (
                '{"installed": {"client_id": "x", "client_secret": "y", "auth_uri": "https://accounts.example/",'
                ' "token_uri": "http://elsewhere.example/"}}',
                "token_uri in keys/google-client.json is not an https address",
            ),
        ],
    )
    def test_a_client_file_that_is_none(
        self, google_study: Study, key: Fernet, browser: Browser, client_file: Path, content: str | None, words: str
    ) -> None:
        client_file.unlink() if content is None else client_file.write_text(content)
        assert words in self.refused(google_study, key, browser)
        assert browser.pages == []

    def test_a_study_that_uses_nothing_of_google_or_a_service_account_needs_no_login(
        self, study: Study, key: Fernet, browser: Browser, google: Google
    ) -> None:
        assert "uses nothing of Google" in self.refused(study, key, browser)
        study = rewritten(study, ("[capture]\n", '[google]\nidentity = "service"\n\n[capture]\nmeet = true\n'))
        assert "No login is needed" in self.refused(study, key, browser)


class TestLogout:
    def test_google_ends_the_login_and_the_file_is_gone(self, google_study: Study, key: Fernet, google: Google) -> None:
        keep_login(google_study, key, google)
        service = build_service("calendar", credentials_of(google_study, key))
        call(service.events().list(calendarId=ANNA), "list events")
        assert log_out(google_study, key)
        with pytest.raises(GoogleAccessLost, match="revoked"):
            call(service.events().list(calendarId=ANNA), "list events")
        service.close()
        with pytest.raises(GoogleAccessLost, match="Nobody has logged in"):
            read_token(google_study, key)

    @pytest.mark.parametrize("fault", ["refuse", "drop", "revoked before"])
    def test_where_google_is_not_told_the_file_goes_all_the_same(
        self, google_study: Study, key: Fernet, google: Google, fault: str
    ) -> None:
        keep_login(google_study, key, google)
        if fault == "refuse":
            google.faults.refuse("revoke", 503, "backendError")
        elif fault == "drop":
            google.faults.drop("revoke", times=10)
        else:
            google.accounts.revoke(ANNA)
        assert not log_out(google_study, key)
        assert not google_study.place(google_study.google.token).exists()

    def test_a_login_that_is_sealed_with_another_key_goes_too(
        self, google_study: Study, key: Fernet, google: Google
    ) -> None:
        keep_login(google_study, Fernet(Fernet.generate_key()), google)
        assert not log_out(google_study, key)
        assert not google_study.place(google_study.google.token).exists()

    def test_without_a_login_there_is_nothing_to_forget(self, google_study: Study, key: Fernet) -> None:
        with pytest.raises(GoogleAccessLost, match="Nobody is logged in"):
            log_out(google_study, key)


class TestKeeping:
    @pytest.mark.parametrize("content", [b"", b"not sealed", b"gAAAAABfake"])
    def test_a_login_that_cannot_be_opened(self, google_study: Study, key: Fernet, content: bytes) -> None:
        path = google_study.place(google_study.google.token)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        with pytest.raises(GoogleAccessLost, match="cannot be opened with the study's key"):
            credentials_of(google_study, key)

    @pytest.mark.parametrize("content", ["[]", "{}", '{"given_at": "yesterday"}', '"x"', "no JSON"])
    def test_or_that_says_something_else(self, google_study: Study, key: Fernet, content: str) -> None:
        path = google_study.place(google_study.google.token)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(key.encrypt(content.encode()))
        with pytest.raises(GoogleAccessLost, match="cannot be opened"):
            credentials_of(google_study, key)

    def test_a_service_account_is_the_organiser_to_google(
        self, google_study: Study, key: Fernet, google: Google
    ) -> None:
        study = rewritten(google_study, ("[google]\n", '[google]\nidentity = "service"\n'))
        service_key(study, google, *scopes_of(study))
        assert account_of(study, key) == ANNA
        service = build_service("calendar", credentials_of(study, key))
        call(service.events().list(calendarId="primary"), "list events")
        service.close()
        assert google.calls[-1].who == ANNA

    @pytest.mark.parametrize("content", [None, "{}", "no JSON"])
    def test_a_key_that_is_none(self, google_study: Study, key: Fernet, content: str | None) -> None:
        study = rewritten(google_study, ("[google]\n", '[google]\nidentity = "service"\n'))
        if content is not None:
            study.place(study.google.key).write_text(content)
        with pytest.raises(GoogleAccessLost, match=r"cannot be read from keys/google-service\.json"):
            credentials_of(study, key)

    def test_a_service_that_acts_for_nobody(self, google_study: Study, key: Fernet) -> None:
        study = rewritten(google_study, (f'organiser = "{ANNA}"', 'identity = "service"'))
        with pytest.raises(GoogleAccessLost, match=r"google\.organiser is missing"):
            credentials_of(study, key)

    @pytest.mark.parametrize("address", ["https://evil.example", "http://127.0.0.1.evil.example", "http://10.0.0.1"])
    def test_only_this_machine_may_stand_in_for_google(self, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
        monkeypatch.setenv(ENDPOINT_VARIABLE, address)
        with pytest.raises(GoogleAccessLost, match="not on this machine"):
            endpoint()
