"""One call to Google: what is tried again, for how long, and how a failure is told."""

from collections.abc import Iterator
from typing import Any

import httplib2
import pytest
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp
from google_people import ANNA
from google_stand_in import SCOPES, Google
from googleapiclient.discovery import build

from storage.google import calls as google_calls
from storage.google.calls import (
    GoogleAccessLost,
    GoogleChanged,
    GoogleError,
    GoogleMissing,
    GoogleQuotaUsedUp,
    GoogleRefused,
    GoogleTaken,
    GoogleTokenDead,
    GoogleUnavailable,
    call,
)


@pytest.fixture
def slept() -> list[float]:
    return []


def opened(google: Google, *scopes: str, **other: Any) -> Any:
    """The real client with a login of ANNA."""
    info = {
        "refresh_token": google.accounts.refresh_token(ANNA, *(scopes or SCOPES.values())),
        "token_uri": google.token_uri,
        "client_id": "client",
        "client_secret": google.accounts.client_secret,
    }
    http = AuthorizedHttp(Credentials(None, **(info | other)), http=httplib2.Http(timeout=5))
    return build("calendar", "v3", http=http, client_options=google.endpoint("calendar"), static_discovery=True)


@pytest.fixture
def client(google: Google) -> Iterator[Any]:
    client = opened(google)
    yield client
    client.close()


def listing(client: Any) -> Any:
    return client.events().list(calendarId=ANNA)


class TestTryingAgain:
    def test_waits_double_up_to_a_limit_and_are_never_alike_for_all(
        self, client: Any, google: Google, slept: list[float]
    ) -> None:
        google.faults.refuse("calendar.events.list", 503, "backendError", times=6)
        assert call(listing(client), "list events", budget_s=300, sleep=slept.append)["items"] == []
        assert len(slept) == 6
        for wait_s, longest_s in zip(slept, (1, 2, 4, 8, 16, 16), strict=True):
            assert longest_s / 2 <= wait_s <= longest_s
        assert len({wait_s / longest_s for wait_s, longest_s in zip(slept, (1, 2, 4, 8, 16, 16), strict=True)}) == 6

    def test_the_budget_is_of_all_tries_together_whoever_sleeps(
        self, client: Any, google: Google, slept: list[float]
    ) -> None:
        google.faults.refuse("calendar.events.list", 503, "backendError", times=1000)
        with pytest.raises(GoogleUnavailable, match="Google did not list events: backendError"):
            call(listing(client), "list events", budget_s=20, sleep=slept.append)
        assert 3 <= len(slept) <= 6
        assert sum(slept) <= 20

    def test_google_may_say_when_to_come_again(self, client: Any, google: Google, slept: list[float]) -> None:
        google.faults.refuse("calendar.events.list", 429, "rateLimitExceeded", retry_after_s=11)
        call(listing(client), "list events", sleep=slept.append)
        assert slept == [11.0]

    def test_a_wait_that_is_longer_than_the_budget_is_not_begun(
        self, client: Any, google: Google, slept: list[float]
    ) -> None:
        google.faults.refuse("calendar.events.list", 429, "rateLimitExceeded", retry_after_s=31)
        with pytest.raises(GoogleUnavailable):
            call(listing(client), "list events", sleep=slept.append)
        assert slept == []

    @pytest.mark.parametrize("value", ["Wed, 03 Jun 2020 13:00:00 GMT", "-3", "soon", ""])
    def test_a_time_that_cannot_be_read_is_none(
        self, client: Any, google: Google, slept: list[float], value: str
    ) -> None:
        google.faults.refuse("calendar.events.list", 503, "backendError", retry_after_s=value)  # type: ignore[arg-type]
        call(listing(client), "list events", sleep=slept.append)
        assert slept[0] <= 1

    @pytest.mark.parametrize(
        ("status", "reason", "again"),
        [
            (429, "rateLimitExceeded", True),
            (403, "userRateLimitExceeded", True),
            (500, "backendError", False),
            (503, "backendError", False),
        ],
    )
    def test_what_must_not_be_done_twice_is_repeated_only_where_nothing_was_done(
        self, client: Any, google: Google, slept: list[float], status: int, reason: str, again: bool
    ) -> None:
        google.faults.refuse("calendar.events.list", status, reason)
        if again:
            call(listing(client), "list events", repeatable=False, sleep=slept.append)
        else:
            with pytest.raises(GoogleUnavailable):
                call(listing(client), "list events", repeatable=False, sleep=slept.append)
        assert len(slept) == int(again)

    @pytest.mark.parametrize("how", ["drop", "cut"])
    def test_a_connection_that_ends_is_opened_again(
        self, client: Any, google: Google, slept: list[float], how: str
    ) -> None:
        if how == "drop":
            google.faults.drop("calendar.events.list", times=3)
        else:
            google.faults.cut("calendar.events.list", 30, times=3)
        assert call(listing(client), "list events", sleep=slept.append)["items"] == []
        assert slept

    def test_an_answer_that_is_no_json_is_no_answer(
        self, client: Any, google: Google, slept: list[float], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        request = listing(client)
        monkeypatch.setattr(
            request, "postproc", lambda *_: __import__("json").loads("<html>Log in to this network</html>")
        )
        with pytest.raises(GoogleUnavailable, match="JSONDecodeError"):
            call(request, "list events", sleep=slept.append)

    def test_a_server_that_is_not_there(self, google: Google, slept: list[float]) -> None:
        client = opened(google)
        client._http.http.timeout = 1
        google_is_gone = client.events().list(calendarId=ANNA)
        google_is_gone.uri = google_is_gone.uri.replace(google.address, "http://127.0.0.1:1")
        with pytest.raises(GoogleUnavailable, match=r"cannot be reached \(ConnectionRefusedError\)"):
            call(google_is_gone, "list events", sleep=slept.append)
        client.close()
        assert sum(slept) > 10


class TestTelling:
    @pytest.mark.parametrize(
        ("status", "reason", "kind"),
        [
            (400, "invalid", GoogleRefused),
            (401, "authError", GoogleAccessLost),
            (403, "quotaExceeded", GoogleQuotaUsedUp),
            (403, "dailyLimitExceeded", GoogleQuotaUsedUp),
            (403, "insufficientPermissions", GoogleAccessLost),
            (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", GoogleAccessLost),
            (403, "forbiddenForServiceAccounts", GoogleAccessLost),
            (403, "accessNotConfigured", GoogleAccessLost),
            (403, "SERVICE_DISABLED", GoogleAccessLost),
            (403, "forbiddenForNonOrganizer", GoogleRefused),
            (404, "notFound", GoogleMissing),
            (409, "duplicate", GoogleTaken),
            (410, "deleted", GoogleMissing),
            (410, "fullSyncRequired", GoogleTokenDead),
            (410, "updatedMinTooLongAgo", GoogleTokenDead),
            (412, "conditionNotMet", GoogleChanged),
        ],
    )
    @pytest.mark.parametrize("api", ["calendar", "meet"])
    def test_what_does_not_pass_is_of_one_kind_and_asked_for_once(
        self, google: Google, slept: list[float], status: int, reason: str, kind: type[GoogleError], api: str
    ) -> None:
        """In both forms of error that Google's APIs have."""
        client = opened(google)
        meet = build("meet", "v2", http=client._http, client_options=google.endpoint("meet"), static_discovery=True)
        request = listing(client) if api == "calendar" else meet.conferenceRecords().list()
        google.faults.refuse("*.list", status, reason, times=2 if status == 401 else 1)
        if status == 401:
            google.faults.refuse("*.list", status, reason, times=3)  # google-auth asks for a new token in between
        with pytest.raises(kind, match=r"^Google did not list events: .*\(on demand\)\.") as error:
            call(request, "list events", sleep=slept.append)
        client.close()
        assert type(error.value) is kind
        assert (error.value.status, error.value.reason) == (status, reason)
        assert slept == []

    @pytest.mark.parametrize(
        ("reason", "step"),
        [
            ("insufficientPermissions", "leave every box ticked"),
            ("forbiddenForServiceAccounts", "domain-wide delegation"),
            ("accessNotConfigured", "Enable this API"),
        ],
    )
    def test_the_next_step_is_that_of_the_reason(self, client: Any, google: Google, reason: str, step: str) -> None:
        google.faults.refuse("calendar.events.list", 403, reason)
        with pytest.raises(GoogleAccessLost, match=step):
            call(listing(client), "list events")

    @pytest.mark.parametrize(
        "body", [b"", b"Service Unavailable", b'{"error": "x"}', b"[]", b'{"error": {"errors": [1]}}']
    )
    def test_an_error_in_no_form_that_is_known_is_told_by_its_number(self, body: bytes) -> None:
        from googleapiclient.errors import HttpError

        class Request:
            def execute(self, num_retries: int) -> Any:
                raise HttpError(httplib2.Response({"status": "418"}), body)

        with pytest.raises(GoogleRefused, match="418") as error:
            call(Request(), "brew tea")
        assert error.value.status == 418

    def test_neither_message_nor_traceback_repeats_the_address_that_was_asked(
        self, client: Any, google: Google
    ) -> None:
        import traceback

        google.faults.refuse("calendar.events.list", 400, "invalid")
        with pytest.raises(GoogleRefused) as error:
            call(listing(client), "list events")
        assert "anna" not in "".join(traceback.format_exception(error.value))


class TestTokens:
    def test_a_consent_that_was_revoked(self, client: Any, google: Google, slept: list[float]) -> None:
        google.accounts.revoke(ANNA)
        with pytest.raises(GoogleAccessLost, match=r"revoked.*fieldcall google login") as error:
            call(listing(client), "list events", sleep=slept.append)
        assert error.value.reason == "invalid_grant"
        assert slept == []

    def test_a_client_that_is_gone(self, google: Google) -> None:
        client = opened(google, client_secret="renewed meanwhile")
        with pytest.raises(GoogleAccessLost, match="new JSON file"):
            call(listing(client), "list events")
        client.close()

    @pytest.mark.parametrize(
        ("told", "words"),
        [
            (
                ({"error": "invalid_scope", "error_description": "Bad Request"},),
                "Bad Request. Log in .* every box ticked",
            ),
            (({"error": "unauthorized_client"},), "unauthorized_client. An administrator"),
            (({"error": "deleted_client"},), "make another"),
            (({"error": "admin_policy_enforced"},), "admin_policy_enforced. Log in again"),
            ((), "there is no token. Log in again"),
            (("no JSON",), "there is no token. Log in again"),
        ],
    )
    def test_every_other_reason_has_its_next_step(self, told: tuple[Any, ...], words: str) -> None:
        class Request:
            def execute(self, num_retries: int) -> Any:
                raise RefreshError("in Google's words", *told)

        with pytest.raises(GoogleAccessLost, match=words):
            call(Request(), "list events")

    def test_a_token_server_that_fails_is_tried_again(
        self, client: Any, google: Google, slept: list[float], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("google.auth._exponential_backoff.time.sleep", lambda _: None)  # google-auth waits as well
        google.faults.refuse("token", 503, "backendError", times=4)
        assert call(listing(client), "list events", repeatable=False, sleep=slept.append)["items"] == []
        assert len(slept) == 1

    def test_one_that_is_not_there_is_waited_for(self, google: Google, slept: list[float]) -> None:
        client = opened(google, token_uri="http://127.0.0.1:1/token")
        with pytest.raises(GoogleUnavailable, match="cannot be reached"):
            call(listing(client), "list events", sleep=slept.append)
        client.close()
        assert slept

    def test_an_access_token_that_ends_is_renewed_by_the_way(self, client: Any, google: Google) -> None:
        call(listing(client), "list events")
        google.accounts.expire_access()
        assert call(listing(client), "list events")["items"] == []


def test_every_error_is_one_that_the_command_line_tells_as_a_message() -> None:
    from storage.errors import StorageError

    kinds = [one for one in vars(google_calls).values() if isinstance(one, type) and one.__name__.startswith("Google")]
    assert len(kinds) == 9
    assert all(issubclass(kind, StorageError) for kind in kinds)
