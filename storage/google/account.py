"""As whom Google is used: a person who has logged in, or a service account that acts for the organiser.

The refresh token is sealed with the study's contacts key (Fernet); it never stands in the clear on the disk.
"""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken

from storage.files import write_bytes
from storage.google.calls import GoogleAccessLost
from storage.study import Study

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

ENDPOINT_VARIABLE = "FIELDCALL_GOOGLE_ENDPOINT"  # another server instead of Google's, on this machine only: for tests
CALENDARS = "https://www.googleapis.com/auth/calendar.calendars.readonly"
EVENTS = "https://www.googleapis.com/auth/calendar.events"
FREEBUSY = "https://www.googleapis.com/auth/calendar.freebusy"
MEETINGS = "https://www.googleapis.com/auth/meetings.space.readonly"
RECORDINGS = "https://www.googleapis.com/auth/drive.meet.readonly"
# each right in words for the person who is to give it
RIGHTS = {
    CALENDARS: "see whose account it is, and the properties of its calendars",
    EVENTS: "see and change events in calendars",
    FREEBUSY: "see when the owners of calendars are busy",
    MEETINGS: "see which meetings took place and were recorded",
    RECORDINGS: "fetch the recordings of meetings from Drive",
}
_VERSIONS = {"calendar": "v3", "drive": "v3", "meet": "v2"}
_PATHS = {"calendar": "/calendar/v3/", "drive": "/drive/v3/", "meet": "/"}
_TIMEOUT_S = 30


def scopes_of(study: Study) -> tuple[str, ...]:
    """What the study needs of Google, and no more."""
    calendar = (EVENTS, FREEBUSY) if study.calendar.backend == "google" else ()
    recordings = (MEETINGS, RECORDINGS) if study.capture.meet else ()
    return (CALENDARS, *calendar, *recordings) if calendar or recordings else ()


def credentials_of(study: Study, key: Fernet) -> "Credentials":
    """What opens Google for this study. Raises GoogleAccessLost where there is nothing to open it with."""
    if study.google.identity == "service":
        return _of_service(study)
    from google.oauth2.credentials import Credentials

    stored = read_token(study, key)
    info = {name: stored[name] for name in ("refresh_token", "token_uri", "client_id", "client_secret")}
    credentials: Credentials = Credentials(None, scopes=stored["scopes"], **info)
    return credentials


def account_of(study: Study, key: Fernet) -> str:
    """E-mail address of the account that Google is used as, in small letters. Raises GoogleAccessLost."""
    if study.google.identity == "service":
        return study.google.organiser.lower()
    return str(read_token(study, key)["email"]).lower()


def build_service(api: str, credentials: "Credentials") -> Any:
    """The client for 'calendar', 'meet' or 'drive'; one for each thread, for its connection is not to be shared."""
    import httplib2
    from google_auth_httplib2 import AuthorizedHttp
    from googleapiclient.discovery import build

    http = AuthorizedHttp(credentials, http=httplib2.Http(timeout=_TIMEOUT_S))
    base = endpoint()
    options = {"api_endpoint": base + _PATHS[api]} if base else None
    return build(api, _VERSIONS[api], http=http, client_options=options, static_discovery=True)


def endpoint() -> str:
    """The server that stands in for Google's, or ''. Raises GoogleAccessLost for one that is not on this machine."""
    base = os.environ.get(ENDPOINT_VARIABLE, "").rstrip("/")
    if base and urlsplit(base).hostname not in ("127.0.0.1", "::1", "localhost"):
        raise GoogleAccessLost(f"{ENDPOINT_VARIABLE} names a server that is not on this machine. Unset it.")
    return base


def write_token(study: Study, key: Fernet, token: dict[str, Any]) -> None:
    """Keep what a login gave, sealed: refresh_token, token_uri, client_id, client_secret, scopes, email, given_at."""
    write_bytes(study.place(study.google.token), key.encrypt(json.dumps(token).encode()))


def read_token(study: Study, key: Fernet) -> dict[str, Any]:
    """What the last login gave. Raises GoogleAccessLost."""
    path = study.place(study.google.token)
    try:
        stored: dict[str, Any] = json.loads(key.decrypt(path.read_bytes()))
        return stored | {"given_at": datetime.fromisoformat(stored["given_at"])}
    except FileNotFoundError:
        raise GoogleAccessLost("Nobody has logged in to Google yet. Run 'fieldcall google login'.") from None
    except (InvalidToken, ValueError, KeyError, TypeError):
        raise GoogleAccessLost(
            f"The login in {study.google.token} cannot be opened with the study's key. Run 'fieldcall google login'."
        ) from None


def _of_service(study: Study) -> "Credentials":
    from google.oauth2.service_account import Credentials

    path = study.place(study.google.key)
    if not study.google.organiser:
        raise GoogleAccessLost("google.organiser is missing in study.toml: the account for which the service acts.")
    try:
        credentials: Credentials = Credentials.from_service_account_file(
            str(path), scopes=list(scopes_of(study)), subject=study.google.organiser
        )
    except (OSError, ValueError) as error:
        raise GoogleAccessLost(
            f"The key of the service account cannot be read from {study.google.key} ({type(error).__name__}). "
            "Put the JSON file there that Google's console gives."
        ) from None
    return credentials


def client_file(study: Study) -> Path:
    """The description of the installed application. Raises GoogleAccessLost where it is missing."""
    path = study.place(study.google.client)
    if not path.is_file():
        raise GoogleAccessLost(
            f"There is no {study.google.client}. Make an OAuth client of the kind 'Desktop app' in Google's console "
            "and put its JSON file there; docs/google.md shows how."
        )
    return path
