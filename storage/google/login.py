"""Logging in to Google as a person, and out again: OAuth 2.0 for installed apps (RFC 8252), with an answer on loopback.

The addresses of the consent screen and of the token server come from the client's own JSON file.
"""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from cryptography.fernet import Fernet

from storage.google.account import RIGHTS, build_service, client_file, read_token, scopes_of, write_token
from storage.google.calls import GoogleAccessLost, GoogleUnavailable, call
from storage.study import Study

PATIENCE_S = 300  # for the person at the consent screen
_AGAIN = "Run 'fieldcall google login' again."
_DONE = "Fieldcall has its answer. You can close this page and go back to the command line."
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def log_in(
    study: Study,
    key: Fernet,
    *,
    open_url: Callable[[str], object],
    now: datetime,
    port: int = 0,
    patience_s: int = PATIENCE_S,
) -> None:
    """Let a person consent in a browser, which `open_url` shows the page to, and keep the login sealed.

    `port` of loopback is where the browser brings the answer; 0 takes a free one. Raises GoogleError, and keeps what
    was there before, unless all rights that the study needs were given by the account that is to be the organiser.
    """
    scopes = scopes_of(study)
    if not scopes:
        raise GoogleAccessLost(
            "This study uses nothing of Google. Set backend = 'google' in [calendar] or meet = true in [capture] of "
            "study.toml first."
        )
    if study.google.identity == "service":
        raise GoogleAccessLost(
            "No login is needed: study.toml says identity = 'service' in [google]. Run 'fieldcall doctor' to see "
            "whether the service account is let in."
        )
    credentials = _consented(_client(study), scopes, open_url, port, patience_s)
    missing = sorted(set(scopes) - set(credentials.granted_scopes or credentials.scopes or ()))
    if missing:
        raise GoogleAccessLost(
            f"Not all rights were given. Missing: {in_words(missing)}. {_AGAIN} Leave every box ticked."
        )
    if not credentials.refresh_token:
        raise GoogleAccessLost(f"Google gave no lasting login. {_AGAIN}")
    email = account_email(credentials)
    if study.google.organiser and email != study.google.organiser.lower():
        raise GoogleAccessLost(
            "The login is not of the account that google.organiser in study.toml names, so it is not kept. "
            f"{_AGAIN} Choose that account, or change study.toml."
        )
    token = {name: getattr(credentials, name) for name in ("refresh_token", "token_uri", "client_id", "client_secret")}
    write_token(study, key, token | {"scopes": list(scopes), "email": email, "given_at": now.isoformat()})


def log_out(study: Study, key: Fernet) -> bool:
    """Forget the login; whether Google was told, too. Raises GoogleAccessLost where there is none."""
    path = study.place(study.google.token)
    if not path.exists():
        raise GoogleAccessLost("Nobody is logged in to Google.")
    try:
        is_revoked = _revoke(read_token(study, key))
    except GoogleAccessLost:  # sealed with another key: nobody can use it here
        is_revoked = False
    path.unlink()
    return is_revoked


def account_email(credentials: Any) -> str:
    """Address of the account that opens Google, in small letters: its primary calendar's id. Raises GoogleError."""
    service = build_service("calendar", credentials)
    try:
        primary = call(service.calendars().get(calendarId="primary", fields="id"), "say whose account it is")
    finally:
        service.close()
    return str(primary["id"]).lower()


def in_words(scopes: Iterable[str]) -> str:
    """Rights as a person understands them, with their names at Google."""
    return "; ".join(f"{RIGHTS.get(scope, 'something else')} ({scope.rpartition('/')[2]})" for scope in scopes)


def _client(study: Study) -> dict[str, Any]:
    """The installed application. Raises GoogleAccessLost for a file that is not of one."""
    path = client_file(study)
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        client = content["installed"]
        missing = [name for name in ("client_id", "client_secret", "auth_uri", "token_uri") if not client.get(name)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise GoogleAccessLost(
            f"{study.google.client} does not describe an OAuth client of the kind 'Desktop app'. Make one in Google's "
            "console and put its JSON file there; docs/google.md shows how."
        ) from None
    if missing:
        raise GoogleAccessLost(
            f"{study.google.client} lacks {', '.join(missing)}. Download it anew from Google's console."
        )
    for name in ("auth_uri", "token_uri"):
        address = urlsplit(client[name])
        if address.scheme != "https" and address.hostname not in _LOOPBACK:
            raise GoogleAccessLost(f"{name} in {study.google.client} is not an https address. Download the file anew.")
    return content


def _consented(
    client: dict[str, Any], scopes: tuple[str, ...], open_url: Callable[[str], object], port: int, patience_s: int
) -> Any:
    """Credentials that a person has given in the browser, with whatever rights. Raises GoogleError."""
    from google_auth_oauthlib.flow import InstalledAppFlow, WSGITimeoutError
    from oauthlib.oauth2 import AccessDeniedError, OAuth2Error
    from requests import RequestException

    class Flow(InstalledAppFlow):  # type: ignore[misc]
        def authorization_url(self, **options: Any) -> tuple[str, str]:
            """Called when the place for the answer is open, and not before."""
            url, state = super().authorization_url(**options)
            open_url(url)
            return url, state

    flow = Flow.from_client_config(client, scopes)
    try:
        flow.run_local_server(
            host="127.0.0.1",
            port=port,
            open_browser=False,
            authorization_prompt_message="",
            success_message=_DONE,
            timeout_seconds=patience_s,
            access_type="offline",
            prompt="consent",  # else a second login gives no refresh token
        )
    except Warning as changed:  # how oauthlib tells that other rights were given than asked for
        flow.oauth2session.token = changed.token  # type: ignore[attr-defined]
    except WSGITimeoutError:
        raise GoogleAccessLost(f"No answer came from the browser within {patience_s // 60} minutes. {_AGAIN}") from None
    except AccessDeniedError:
        raise GoogleAccessLost(f"Consent was refused in the browser; nothing was changed. {_AGAIN}") from None
    except OAuth2Error as error:
        raise GoogleAccessLost(
            f"Google did not accept the login ({error.error}). Look whether the OAuth client in the client file of "
            f"study.toml still exists in Google's console. {_AGAIN}"
        ) from None
    except RequestException as error:
        raise GoogleUnavailable(
            f"Google did not give the login: it cannot be reached ({type(error).__name__}). {_AGAIN}"
        ) from None
    except OSError as error:
        raise GoogleAccessLost(
            f"Port {port} of this machine cannot be used: {error.strerror}. Name another with --port."
        ) from None
    return flow.credentials


def _revoke(token: dict[str, Any]) -> bool:
    """Tell Google that the login ends (RFC 7009); whether it heard."""
    import httplib2

    http = httplib2.Http(timeout=10)
    body = urlencode({"token": token["refresh_token"]})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        answer, _ = http.request(urljoin(token["token_uri"], "revoke"), "POST", body, headers)
    except (httplib2.HttpLib2Error, OSError):
        return False
    finally:
        http.close()
    return bool(answer.status == 200)
