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
_NO_ACCESS = {
    "authError",
    "required",
    "insufficientPermissions",
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
    "forbiddenForServiceAccounts",
    "accessNotConfigured",
    "SERVICE_DISABLED",
}


class GoogleError(StorageError):
    """A call to Google failed; `status` and `reason` are Google's, 0 and '' where it did not answer."""

    def __init__(self, message: str, status: int = 0, reason: str = "") -> None:
        super().__init__(message)
        self.status, self.reason = status, reason


class GoogleUnavailable(GoogleError):
    """It may work later: no answer, too many calls, or a fault on Google's side. Whether it was done is not known."""


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
    from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
    from googleapiclient.errors import HttpError
    from httplib2 import HttpLib2Error

    until = time.monotonic() + budget_s
    for tried in range(100):
        retry_after_s: float | None = None
        try:
            return request.execute(num_retries=0)
        except HttpError as error:
            fault = _fault_of(error, what)
            may_help = isinstance(fault, GoogleUnavailable) and (repeatable or _did_nothing(fault))
            retry_after_s = _retry_after_s(error)
        except RefreshError as error:
            fault, may_help = _refresh_fault(error, what), error.retryable
        except (TransportError, HttpLib2Error, HTTPException, OSError) as error:
            fault = GoogleUnavailable(
                f"Google did not {what}: it cannot be reached ({type(error).__name__}). It is tried again by itself."
            )
            may_help = repeatable
        except GoogleAuthError as error:
            fault = GoogleAccessLost(f"Google did not {what}: {type(error).__name__}. {_LOGIN}")
            may_help = False
        wait_s = max(retry_after_s or 0.0, min(_LONGEST_WAIT_S, 2.0**tried) * random.uniform(0.5, 1.0))  # noqa: S311
        if not may_help or time.monotonic() + wait_s > until:
            raise fault
        sleep(wait_s)
    raise AssertionError("the budget ends before a hundred tries")


_LOGIN = "Log in again with 'fieldcall google login', or look at the service account's delegation."


def _refresh_fault(error: Any, what: str) -> GoogleError:
    if error.retryable:
        return GoogleUnavailable(
            f"Google did not {what}: it gives no token at the moment. It is tried again by itself."
        )
    return GoogleAccessLost(
        f"Google did not {what}: its token is revoked or has expired. {_LOGIN}", 400, "invalid_grant"
    )


def _fault_of(error: Any, what: str) -> GoogleError:
    status, (reason, message) = int(error.status_code), _told(error)
    said = f"Google did not {what}: {message or reason or status}"
    if status in (500, 502, 503, 504, 429, 408) or reason in _TOO_FAST:
        return GoogleUnavailable(f"{said}. It is tried again by itself.", status, reason)
    if reason in _USED_UP:
        return GoogleQuotaUsedUp(f"{said}. No more is asked of Google for now; it may take a day.", status, reason)
    if status == 401 or reason in _NO_ACCESS:
        return GoogleAccessLost(f"{said} {_LOGIN}", status, reason)
    if status == 410 and reason in ("fullSyncRequired", "updatedMinTooLongAgo"):
        return GoogleTokenDead(said, status, reason)
    if status in (404, 410):
        return GoogleMissing(said, status, reason)
    if status == 409:
        return GoogleTaken(said, status, reason)
    if status == 412:
        return GoogleChanged(said, status, reason)
    return GoogleRefused(said, status, reason)


def _told(error: Any) -> tuple[str, str]:
    """Reason and message of an answer, in either of the forms that Google's APIs have."""
    try:
        told = json.loads(error.content)["error"]
        reasons = [item.get("reason", "") for item in (*told.get("errors", ()), *told.get("details", ()))]
        return next(filter(None, reasons), told.get("status", "")), str(told.get("message", "")).removesuffix(".")
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", ""


def _did_nothing(fault: GoogleError) -> bool:
    return fault.status == 429 or fault.reason in _TOO_FAST


def _retry_after_s(error: Any) -> float | None:
    value = error.resp.get("retry-after", "")
    return float(value) if value.isdigit() else None
