"""Tokens, and what goes wrong on demand: asked through the real client and Google's own credentials."""

import json
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from http.client import IncompleteRead
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import httplib2
import pytest
from google.auth.exceptions import RefreshError
from google.auth.transport import Request as Transport
from google.oauth2 import service_account
from google_auth_httplib2 import Request
from google_people import ANNA, GUEST, Client
from google_stand_in import SCOPES, Google
from googleapiclient.errors import HttpError

SERVICE = "robot@fieldcall-test.iam.gserviceaccount.com"


@pytest.fixture
def transport() -> Iterator[Transport]:
    """What credentials fetch their tokens with."""
    http = httplib2.Http(timeout=5)
    yield Request(http)
    http.close()


class TestTokens:
    def test_an_access_token_that_has_ended_is_renewed(self, calendar: Any, google: Google) -> None:
        calendar.events().list(calendarId=ANNA).execute()
        google.accounts.expire_access()
        assert calendar.events().list(calendarId=ANNA).execute()["items"] == []

    def test_it_ends_after_an_hour(self, calendar: Any, google: Google) -> None:
        calendar.events().list(calendarId=ANNA).execute()
        google.clock.advance(hours=1)
        assert calendar.events().list(calendarId=ANNA).execute()["items"] == []

    def test_a_consent_that_was_revoked_is_an_invalid_grant(self, calendar: Any, google: Google) -> None:
        calendar.events().list(calendarId=ANNA).execute()
        google.accounts.revoke(ANNA)
        with pytest.raises(RefreshError, match="invalid_grant"):
            calendar.events().list(calendarId=ANNA).execute()

    def of(self, google: Google, folder: Path, subject: str | None, *delegated: str) -> Any:
        key = google.accounts.service(SERVICE, *delegated).key_file(folder / "key.json", google.token_uri)
        return service_account.Credentials.from_service_account_file(
            str(key), scopes=[SCOPES["calendar"]], subject=subject
        )

    def test_a_service_account_acts_for_whom_it_is_delegated(
        self, google: Google, tmp_path: Path, transport: Transport
    ) -> None:
        credentials = self.of(google, tmp_path, ANNA, SCOPES["calendar"])
        credentials.refresh(transport)
        assert google.accounts.who(f"Bearer {credentials.token}").email == ANNA

    def test_by_itself_it_is_itself(self, google: Google, tmp_path: Path, transport: Transport) -> None:
        credentials = self.of(google, tmp_path, None)
        credentials.refresh(transport)
        who = google.accounts.who(f"Bearer {credentials.token}")
        assert (who.email, who.is_service) == (SERVICE, True)

    def test_without_delegation_it_acts_for_nobody(self, google: Google, tmp_path: Path, transport: Transport) -> None:
        with pytest.raises(RefreshError, match="unauthorized_client"):
            self.of(google, tmp_path, ANNA).refresh(transport)

    def test_nor_for_whom_the_domain_does_not_know(self, google: Google, tmp_path: Path, transport: Transport) -> None:
        with pytest.raises(RefreshError, match="invalid_grant"):
            self.of(google, tmp_path, GUEST, SCOPES["calendar"]).refresh(transport)

    def test_nor_with_the_key_of_another(self, google: Google, tmp_path: Path, transport: Transport) -> None:
        credentials = self.of(google, tmp_path, ANNA, SCOPES["calendar"])
        google.accounts.service(SERVICE, SCOPES["calendar"])
        with pytest.raises(RefreshError, match="invalid_grant"):
            credentials.refresh(transport)

    @pytest.mark.parametrize(("consent", "given"), [(ANNA, "code"), ("", "error")])
    def test_the_consent_screen_sends_back_a_code_or_a_refusal(self, google: Google, consent: str, given: str) -> None:
        google.consent = consent
        asked = {"redirect_uri": "http://127.0.0.1:1/", "scope": SCOPES["calendar"], "state": "s1"}
        answer = parse_qs(urlsplit(_sent_on_to(f"{google.address}/auth?{urlencode(asked)}")).query)
        assert answer["state"] == ["s1"]
        assert given in answer
        if consent:
            form = {"grant_type": "authorization_code", "code": answer["code"][0], "client_secret": "secret"}
            token = google.accounts.token(form)
            assert google.accounts.who(f"Bearer {token['access_token']}").email == ANNA
            assert token["refresh_token"]

    def test_rights_that_are_unticked_there_are_not_in_the_code(self, google: Google) -> None:
        google.consent, google.unticked = ANNA, {SCOPES["freebusy"]}
        scopes = f"{SCOPES['calendar']} {SCOPES['freebusy']}"
        asked = {"redirect_uri": "http://127.0.0.1:1/", "scope": scopes, "state": "s1"}
        answer = parse_qs(urlsplit(_sent_on_to(f"{google.address}/auth?{urlencode(asked)}")).query)
        form = {"grant_type": "authorization_code", "code": answer["code"][0], "client_secret": "secret"}
        assert google.accounts.token(form)["scope"] == SCOPES["calendar"]

    def test_the_client_may_say_who_it_is_in_a_header(self, google: Google) -> None:
        form = {"grant_type": "refresh_token", "refresh_token": google.accounts.refresh_token(ANNA)}
        request = urllib.request.Request(google.token_uri, urlencode(form).encode())
        request.add_header("Authorization", f"Basic {b64encode(b'client:secret').decode()}")
        with urllib.request.urlopen(request, timeout=5) as answer:
            assert json.load(answer)["access_token"]

    @pytest.mark.parametrize(("known", "status"), [(True, 200), (False, 400)])
    def test_a_login_ends_by_its_token_once(
        self, google: Google, transport: Transport, known: bool, status: int
    ) -> None:
        token = google.accounts.refresh_token(ANNA) if known else "unknown"
        body = urlencode({"token": token}).encode()
        assert transport(f"{google.address}/revoke", "POST", body).status == status
        assert transport(f"{google.address}/revoke", "POST", body).status == 400


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def _sent_on_to(address: str) -> str:
    try:
        build_opener(_Stay).open(address, timeout=5)
    except HTTPError as error:
        with error:
            return str(error.headers["Location"])
    raise AssertionError("was not sent on")


class TestFaults:
    def insert(self, calendar: Any, **how: Any) -> Any:
        times = {name: {"dateTime": f"2020-06-03T{hour}:00:00Z"} for name, hour in (("start", 13), ("end", 14))}
        return calendar.events().insert(calendarId=ANNA, body={"id": "event1"} | times).execute(**how)

    @pytest.mark.parametrize(
        ("status", "reason"),
        [
            (403, "rateLimitExceeded"),
            (403, "userRateLimitExceeded"),
            (403, "quotaExceeded"),
            (429, "rateLimitExceeded"),
            (500, "backendError"),
            (503, "backendError"),
        ],
    )
    def test_a_call_is_refused_once_and_nothing_is_done(
        self, calendar: Any, google: Google, status: int, reason: str
    ) -> None:
        google.faults.refuse("calendar.events.insert", status, reason)
        with pytest.raises(HttpError) as error:
            self.insert(calendar)
        assert (error.value.status_code, error.value.error_details[0]["reason"]) == (status, reason)
        assert google.calendars.calendars[ANNA].events == {}
        self.insert(calendar)

    def test_a_refusal_may_say_when_to_come_again(self, calendar: Any, google: Google) -> None:
        google.faults.refuse("calendar.events.*", 429, "rateLimitExceeded", retry_after_s=7)
        with pytest.raises(HttpError) as error:
            self.insert(calendar)
        assert error.value.resp["retry-after"] == "7"

    def test_a_fault_lets_the_first_calls_pass_where_that_is_asked_for(self, calendar: Any, google: Google) -> None:
        google.faults.refuse("calendar.events.list", 500, "backendError", after=1, times=2)
        outcomes = []
        for _ in range(4):
            try:
                calendar.events().list(calendarId=ANNA).execute()
                outcomes.append(200)
            except HttpError as error:
                outcomes.append(error.status_code)
        assert outcomes == [200, 500, 500, 200]

    def test_a_call_whose_answer_is_lost_has_been_carried_out_and_is_sent_again(
        self, calendar: Any, google: Google
    ) -> None:
        """httplib2 itself repeats a request, a POST too, when a connection ends: the id of one's own is what saves."""
        google.faults.commit_then_drop("calendar.events.insert")
        with pytest.raises(HttpError) as error:
            self.insert(calendar)
        assert error.value.status_code == 409
        assert list(google.calendars.calendars[ANNA].events) == ["event1"]

    def test_a_connection_that_ends_at_once_has_done_nothing(self, calendar: Any, google: Google) -> None:
        google.faults.drop("calendar.events.insert")
        self.insert(calendar)
        assert [call.method for call in google.calls] == ["calendar.events.insert"]

    def test_a_download_may_be_cut(self, drive: Any, google: Google) -> None:
        file = google.drive.add(ANNA, "a call", b"0123456789")
        google.faults.cut("drive.files.get", 4, times=2)
        with pytest.raises(IncompleteRead) as error:
            drive.files().get_media(fileId=file.id).execute()
        assert error.value.partial == b"0123"

    def test_an_answer_may_be_slower_than_the_client_waits(self, client: Client, google: Google) -> None:
        calendar = client("calendar")
        calendar._http.http.timeout = 0.2
        google.faults.slow("calendar.events.list", 0.6, times=5)
        with pytest.raises(TimeoutError):
            calendar.events().list(calendarId=ANNA).execute()
