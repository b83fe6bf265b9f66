"""One call to Google: repeated where that is safe and may help, and told in our own words where it fails.

Which error means what follows Google's guides 'Handle API errors' (Calendar), 'Resolve errors' (Drive) and AIP-193
(Meet). The client's own retries are not used: they know no budget, heed no Retry-After, and would repeat what is
not to be repeated.
"""

import json
import random
import time
from collections.abc import Callable
from http.client import HTTPException
from typing import Any

from storage.errors import StorageError

BUDGET_S = 30.0  # that one call may take with all its repetitions
_LONGEST_WAIT_S = 16.0
_TOO_FAST = {"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"}
_USED_UP = {"quotaExceeded", "dailyLimitExceeded", "downloadQuotaExceeded"}
_LOGIN = "Log in again with 'fieldcall google login', or look at the service account's delegation."
_RIGHTS = (
    "Log in again with 'fieldcall google login' and leave every box ticked, or add the missing scope to the service "
    "account's delegation; 'fieldcall doctor' shows which it is."
)
_ENABLE = "Enable this API for the project in Google's console, and try again some minutes later."
_DELEGATE = (
    "The service account acts for nobody: an administrator gives it domain-wide delegation, and google.organiser in "
    "study.toml names the account it acts for."
)
# why Google lets nobody in, and what a person is to do
_NO_ACCESS = {
    "authError": _LOGIN,
    "required": _LOGIN,
    "insufficientPermissions": _RIGHTS,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": _RIGHTS,
    "forbiddenForServiceAccounts": _DELEGATE,
    "accessNotConfigured": _ENABLE,
    "SERVICE_DISABLED": _ENABLE,
}
_NO_TOKEN = {
    "unauthorized_client": "An administrator gives the service account domain-wide delegation for every scope that "
    "the study needs; 'fieldcall doctor' lists them.",
    "invalid_scope": _RIGHTS,
    "invalid_client": "The OAuth client is gone or its secret was renewed: put its new JSON file in place, and log "
    "in again with 'fieldcall google login'.",
    "deleted_client": "The OAuth client was deleted: make another, put its JSON file in place, and log in again "
    "with 'fieldcall google login'.",
}


class GoogleError(StorageError):
    """A call to Google failed; `status` and `reason` are Google's, 0 and '' where it did not answer."""

    def __init__(self, message: str, status: int = 0, reason: str = "") -> None:
        super().__init__(message)
        self.status, self.reason = status, reason


class GoogleUnavailable(GoogleError):
    """It may work later: no answer, too many calls, or a fault on Google's side. Whether it was done is not known.

    Unless Google `did_nothing`, as where it turns calls away; it is not to be asked again for `retry_after_s`.
    """

    def __init__(
        self,
        message: str,
        status: int = 0,
        reason: str = "",
        *,
        did_nothing: bool = False,
        retry_after_s: float = 0.0,
    ) -> None:
        super().__init__(message, status, reason)
        self.did_nothing, self.retry_after_s = did_nothing, retry_after_s


class GoogleQuotaUsedUp(GoogleError):
    """No more calls are allowed for hours or days."""


class GoogleAccessLost(GoogleError):
    """Google does not let us in, or not to this: a person must log in again or give the right."""


class GoogleMissing(GoogleError):
    """What was asked for is not there, or is deleted."""


class GoogleTaken(GoogleError):
    """The identifier exists already."""


class GoogleChanged(GoogleError):
    """It has been changed since it was read."""


class GoogleTokenDead(GoogleError):
    """A sync token is too old: everything must be read anew."""


class GoogleRefused(GoogleError):
    """Google will never do this as it was asked."""


def call(
    request: Any,
    what: str,
    *,
    repeatable: bool = True,
    budget_s: float = BUDGET_S,
    sleep: Callable[[float], None] = time.sleep,
) -> Any:
    """The answer to a request of the client; `what` is the task in words that follow 'Google did not'.

    What is not `repeatable` is tried again only where Google says that it did nothing. Raises GoogleError.
    """
    left_s, longest_s = budget_s, 1.0
    while True:
        began = time.monotonic()
        try:
            return _execute(request, what)
        except GoogleUnavailable as fault:
            wait_s = max(fault.retry_after_s, longest_s * random.uniform(0.5, 1.0))  # noqa: S311
            left_s -= time.monotonic() - began + wait_s
            if left_s < 0 or not (repeatable or fault.did_nothing):
                raise
        longest_s = min(_LONGEST_WAIT_S, 2 * longest_s)
        sleep(wait_s)


def _execute(request: Any, what: str) -> Any:
    """One try. Raises GoogleError, never with its cause: that repeats the address, which may hold people's."""
    from google.auth.exceptions import GoogleAuthError, RefreshError
    from google.auth.exceptions import TransportError as NoTokenServer
    from googleapiclient.errors import HttpError
    from httplib2 import HttpLib2Error

    try:
        return request.execute(num_retries=0)
    except HttpError as error:
        raise _fault_of(error, what) from None
    except RefreshError as error:
        raise _refresh_fault(error, what) from None
    except NoTokenServer as error:
        raise _unreachable(error, what, did_nothing=True) from None
    except GoogleAuthError as error:
        raise GoogleAccessLost(f"Google did not {what}: {type(error).__name__}. {_LOGIN}") from None
    except (HttpLib2Error, HTTPException, OSError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise _unreachable(error, what) from None


def _unreachable(error: Exception, what: str, *, did_nothing: bool = False) -> GoogleUnavailable:
    said = f"Google did not {what}: it cannot be reached ({type(error).__name__}). It is tried again by itself."
    return GoogleUnavailable(said, did_nothing=did_nothing)


def _refresh_fault(error: Any, what: str) -> GoogleError:
    """Why there is no token (RFC 6749, section 5.2), with the next step."""
    if error.retryable:
        said = f"Google did not {what}: it gives no token at the moment. It is tried again by itself."
        return GoogleUnavailable(said, did_nothing=True)
    told = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], dict) else {}
    reason = str(told.get("error", ""))
    why = str(told.get("error_description", "")) or reason or "there is no token"
    if reason == "invalid_grant":
        why = f"the login is revoked, has expired or is not known ({why.removesuffix('.')})"
    step = _NO_TOKEN.get(reason, _LOGIN)
    return GoogleAccessLost(f"Google did not {what}: {why.removesuffix('.')}. {step}", 400, reason)


def _fault_of(error: Any, what: str) -> GoogleError:
    status, (reason, message) = int(error.status_code), _told(error)
    said = f"Google did not {what}: {message or reason or status}."
    if status in (500, 502, 503, 504, 429, 408) or reason in _TOO_FAST:
        did_nothing = status == 429 or reason in _TOO_FAST
        wait_s = _retry_after_s(error)
        words = f"{said} It is tried again by itself."
        return GoogleUnavailable(words, status, reason, did_nothing=did_nothing, retry_after_s=wait_s)
    if reason in _USED_UP:
        return GoogleQuotaUsedUp(f"{said} No more is asked of Google for now; it may take a day.", status, reason)
    if status == 401 or reason in _NO_ACCESS:
        return GoogleAccessLost(f"{said} {_NO_ACCESS.get(reason, _LOGIN)}", status, reason)
    if status == 410 and reason in ("fullSyncRequired", "updatedMinTooLongAgo"):
        return GoogleTokenDead(said, status, reason)
    kinds: dict[int, type[GoogleError]] = {404: GoogleMissing, 410: GoogleMissing, 409: GoogleTaken, 412: GoogleChanged}
    return kinds.get(status, GoogleRefused)(said, status, reason)


def _told(error: Any) -> tuple[str, str]:
    """Reason and message of an answer, in either of the forms that Google's APIs have."""
    try:
        told = json.loads(error.content)["error"]
        reasons = [item.get("reason", "") for item in (*told.get("errors", ()), *told.get("details", ()))]
        return next(filter(None, reasons), told.get("status", "")), str(told.get("message", "")).removesuffix(".")
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", ""


def _retry_after_s(error: Any) -> float:
    value = error.resp.get("retry-after", "")
    return float(value) if value.isdigit() else 0.0
