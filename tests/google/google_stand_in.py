"""A stand-in for Google: one HTTP server on loopback that the real client talks to as it would to Google's own.

Routes, parameters and the form of every answer are those of the discovery documents that ship in the client; what the
answers mean is kept in `google_calendar`, `google_meet`, `google_drive` and `google_accounts`.
"""

from __future__ import annotations

import json
import time
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import RLock, Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from google_accounts import Accounts, Identity, TokenError
from google_calendar import Calendars
from google_documents import Method, find
from google_drive import Drive, Media
from google_errors import GoogleError
from google_faults import Fault, Faults, Kind
from google_meet import Meet

SCOPES = {
    "calendar": "https://www.googleapis.com/auth/calendar.events",
    "freebusy": "https://www.googleapis.com/auth/calendar.freebusy",
    "list": "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
    "calendars": "https://www.googleapis.com/auth/calendar.calendars.readonly",
    "meet": "https://www.googleapis.com/auth/meetings.space.created",
    "drive": "https://www.googleapis.com/auth/drive.meet.readonly",
}
_APIS = {"/calendar/v3/": "calendar.v3", "/drive/v3/": "drive.v3", "/v2/": "meet.v2"}


@dataclass
class Clock:
    """The time as tests set it."""

    at: datetime = datetime(2020, 6, 1, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass(frozen=True)
class Call:
    """A request that came in, as tests may look at it afterwards."""

    method: str
    who: str
    values: Mapping[str, Any]
    body: Any


class Google:
    """Everything behind the server. `address` is where it listens, without a slash at its end."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.accounts = Accounts(self.clock)
        self.meet = Meet(self.clock)
        self.calendars = Calendars(self.clock, self.meet)
        self.drive = Drive(self.clock)
        self.faults = Faults()
        self.calls: list[Call] = []
        self.violations: list[str] = []  # answers that are not as Google describes them: faults of this stand-in
        self.consent = ""  # whoever clicks 'allow' in the browser; '' refuses
        self.unticked: set[str] = set()  # scopes that they leave out
        self.address = ""
        self.lock = RLock()
        self._handlers = self._all_handlers()

    @property
    def token_uri(self) -> str:
        return f"{self.address}/token"

    def endpoint(self, api: str) -> dict[str, str]:
        """`client_options` for `googleapiclient.discovery.build` of 'calendar', 'meet' or 'drive'."""
        base = {"calendar": "/calendar/v3/", "meet": "/", "drive": "/drive/v3/"}[api]
        return {"api_endpoint": self.address + base}

    def _all_handlers(self) -> dict[str, Callable[..., Any]]:
        calendars, meet, drive = self.calendars, self.meet, self.drive
        return {
            "calendar.calendars.get": calendars.calendars_get,
            "calendar.calendarList.list": calendars.calendar_list_list,
            "calendar.calendarList.get": calendars.calendar_list_get,
            "calendar.events.insert": calendars.events_insert,
            "calendar.events.get": calendars.events_get,
            "calendar.events.update": calendars.events_update,
            "calendar.events.patch": calendars.events_patch,
            "calendar.events.delete": calendars.events_delete,
            "calendar.events.list": calendars.events_list,
            "calendar.freebusy.query": calendars.freebusy_query,
            "meet.spaces.create": meet.spaces_create,
            "meet.spaces.get": meet.spaces_get,
            "meet.conferenceRecords.list": meet.conference_records_list,
            "meet.conferenceRecords.get": meet.conference_records_get,
            "meet.conferenceRecords.recordings.list": meet.recordings_list,
            "meet.conferenceRecords.recordings.get": meet.recordings_get,
            "meet.conferenceRecords.participants.list": meet.participants_list,
            "drive.files.list": drive.files_list,
            "drive.files.get": drive.files_get,
            "drive.files.export": drive.files_export,
            "drive.changes.getStartPageToken": drive.changes_get_start_page_token,
            "drive.changes.list": drive.changes_list,
            "drive.about.get": drive.about_get,
        }

    def answer(
        self, method: Method, who: Identity, values: dict[str, Any], body: Any, headers: Mapping[str, str]
    ) -> Any:
        """What a call gives. Raises GoogleError."""
        if method.scopes and not who.scopes & set(method.scopes):
            raise GoogleError(403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "Request had insufficient authentication scopes.")
        handler = self._handlers.get(method.id)
        if handler is None:
            self.violations.append(f"{method.id} is called, and the stand-in does not know it")
            raise GoogleError(501, "notImplemented", f"The stand-in does not know {method.id}.")
        method.check_request(body)
        with self.lock:
            self.calls.append(Call(method.id, who.email, values, body))
            answer = handler(who, values, body, headers)
        if isinstance(answer, dict) and "fields" not in values:
            method.check_response(answer)
        return answer


@contextmanager
def serving(google: Google) -> Iterator[Google]:
    """Listen on a free port of loopback until the block ends; answers that are not Google's fail the test then."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(google))
    server.daemon_threads = True
    google.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield google
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert not google.violations, google.violations


@dataclass
class _Reply:
    status: int
    content: bytes = b""
    mime_type: str = "application/json; charset=UTF-8"
    headers: dict[str, str] = field(default_factory=dict)


def _json(status: int, body: Any, **headers: str) -> _Reply:
    return _Reply(status, json.dumps(body).encode(), headers=headers)


def _handler(google: Google) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer waits 40 ms for the client to acknowledge its headers

        def do_GET(self) -> None:
            self._serve("GET")

        def do_DELETE(self) -> None:
            self._serve("DELETE")

        def do_PUT(self) -> None:
            self._serve("PUT")

        def do_PATCH(self) -> None:
            self._serve("PATCH")

        def do_POST(self) -> None:
            self._serve("POST")

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is written: tests look at `calls`."""

        def _serve(self, verb: str) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            address = urlsplit(self.path)
            query = address.query
            if "x-http-method-override" in self.headers:  # how the client sends a GET that is too long
                verb, query, raw = self.headers["x-http-method-override"], raw.decode(), b""
            fault: Fault | None = None
            if address.path == "/token":
                fault = google.faults.strike("token")
                reply = self._struck(fault) or _token(google, raw, self.headers.get("Authorization", ""))
            elif address.path == "/revoke":
                fault = google.faults.strike("revoke")
                reply = self._struck(fault) or _revoked(google, raw)
            elif address.path == "/auth":
                reply = _consent_screen(google, query)
            else:
                reply, fault = self._called(verb, address.path, query, raw)
            self._send(reply, fault)

        def _called(self, verb: str, path: str, query: str, raw: bytes) -> tuple[_Reply, Fault | None]:
            found = None
            for prefix, api in _APIS.items():
                if path.startswith(prefix):
                    found = find(api, verb, path.removeprefix("/" if api == "meet.v2" else prefix))
            if found is None:
                return _json(404, {"error": {"code": 404, "message": f"No method for {verb} {path}"}}), None
            method, in_path = found
            is_platform = method.id.startswith("meet.")
            fault = google.faults.strike(method.id, *([f"{method.id}:media"] if "alt=media" in query else []))
            try:
                if fault and (reply := self._struck(fault, is_platform=is_platform)):
                    return reply, fault
                who = google.accounts.who(self.headers.get("Authorization"))
                values = method.values(in_path, parse_qs(query, keep_blank_values=True))
                body = json.loads(raw) if raw else {} if method.request else None
                answer = google.answer(method, who, values, body, self.headers)
            except GoogleError as error:
                is_front = error.reason in ("authError", "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
                return _refused(error, is_platform=is_platform or is_front), fault
            except AssertionError as error:
                google.violations.append(str(error))
                return _json(500, {"error": {"code": 500, "message": str(error)}}), fault
            if isinstance(answer, Media):
                headers = {"Content-Range": answer.content_range} if answer.content_range else {}
                return _Reply(answer.status, answer.content, answer.mime_type, headers), fault
            return (_Reply(204) if answer is None else _json(200, answer)), fault

        def _struck(self, fault: Fault | None, *, is_platform: bool = False) -> _Reply | None:
            """The reply that a fault puts in place of the call's own."""
            if fault is None:
                return None
            if fault.kind is Kind.SLOW:
                time.sleep(fault.seconds)
            if fault.kind is Kind.REFUSE:
                assert fault.error is not None
                return _refused(fault.error, is_platform=is_platform)
            return _Reply(0) if fault.kind is Kind.DROP else None

        def _send(self, reply: _Reply, fault: Fault | None) -> None:
            if fault and fault.kind in (Kind.DROP, Kind.COMMIT_THEN_DROP):
                self.close_connection = True
                return
            self.send_response(reply.status)
            if reply.status not in (204, 304):
                self.send_header("Content-Type", reply.mime_type)
                self.send_header("Content-Length", str(len(reply.content)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if fault and fault.kind is Kind.CUT:
                self.wfile.write(reply.content[: fault.bytes])
                self.close_connection = True
            elif reply.status not in (204, 304):
                self.wfile.write(reply.content)

    return Handler


def _refused(error: GoogleError, *, is_platform: bool) -> _Reply:
    after = {} if error.retry_after_s is None else {"Retry-After": str(error.retry_after_s)}
    return _json(error.status, error.envelope(is_platform=is_platform), **after)


def _token(google: Google, raw: bytes, authorization: str) -> _Reply:
    form = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
    if authorization.startswith("Basic "):  # where a client may put its id and secret (RFC 6749, section 2.3.1)
        names = b64decode(authorization.removeprefix("Basic ")).decode().split(":", 1)
        form |= dict(zip(("client_id", "client_secret"), names, strict=True))
    try:
        return _json(200, google.accounts.token(form))
    except TokenError as error:
        return _json(error.status, error.body)


def _revoked(google: Google, raw: bytes) -> _Reply:
    token = parse_qs(raw.decode()).get("token", [""])[0]
    return _json(200, {}) if google.accounts.end(token) else _json(400, {"error": "invalid_token"})


def _consent_screen(google: Google, query: str) -> _Reply:
    """The page on which a person allows a program what it asks for; here they have made up their mind before."""
    form = {name: values[0] for name, values in parse_qs(query).items()}
    given = {"state": form["state"]}
    if google.consent:
        scopes = [scope for scope in form["scope"].split() if scope not in google.unticked]
        given |= {"code": google.accounts.code(google.consent, *scopes), "scope": " ".join(scopes)}
    else:
        given["error"] = "access_denied"
    return _Reply(302, headers={"Location": f"{form['redirect_uri']}?{urlencode(given)}"})
