"""One CalDAV server, and the questions that we ask it (RFC 4791, RFC 6578).

The library knows how to log in and how questions are written. Its own way of sending them follows redirections with
the password, reads answers of any size, and writes what it cannot parse to the log; so they are sent here.
"""

import re
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
from caldav import DAVClient
from caldav.elements import cdav, dav
from caldav.elements.base import BaseElement
from caldav.lib.namespace import ns
from lxml import etree
from requests.auth import HTTPBasicAuth, HTTPDigestAuth

from scheduling.calendars.dav_answers import DAV, Member, TooLarge, document_in, etag_of, members_in, refusal
from scheduling.errors import AccessLost, CalendarUnavailable
from scheduling.spans import Span

MOST_BYTES = 16_000_000  # of one answer
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_TIMEOUT_S = (5, 30)  # to connect, and between two parts of an answer
_MOST_PARTS = 1000  # that an answer may come in
_LONGEST_S = 120.0  # that a whole answer may take
_NOWHERE = urlsplit("")  # what is not an address at all
_XML = {"Content-Type": "application/xml; charset=utf-8"}
_ICALENDAR = {"Content-Type": "text/calendar; charset=utf-8"}


class _Privileges(BaseElement):
    tag = ns("D", "current-user-privilege-set")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said: `document` is its XML, None where it is none."""

    status: int
    content: bytes
    document: Any
    etag: str
    is_weak: bool  # of the ETag
    abilities: frozenset[str]  # of the header DAV, such as calendar-auto-schedule


class DavServer:
    """A connection to one server with one login; it is one thread's."""

    def __init__(self, address: str, user: str, password: str) -> None:
        """Raises AccessLost for an address to which a password must not be sent."""
        parts = _parts(address)
        if parts.username or parts.password:
            raise AccessLost(
                "calendar.address in study.toml carries a user or a password. Give the user as calendar.user, and the "
                "password in the environment as FIELDCALL_CALDAV_PASSWORD."
            )
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise AccessLost(
                "calendar.address in study.toml is not the address of a calendar that can be reached safely: the "
                "password would go in the clear. Give the https:// address of the calendar."
            )
        self._origin = _origin(address)
        self._client = _Client(address, user, password)
        self._client.session.trust_env = parts.scheme == "https"  # a password in the clear passes no proxy

    def close(self) -> None:
        self._client.close()

    def is_here(self, url: str) -> bool:
        """Whether an address is this server's, so that the password may be sent there."""
        return _origin(url) == self._origin

    def get(self, url: str, what: str) -> Answer:
        return self._ask("GET", url, what, {"Accept": "text/calendar"})

    def put(self, url: str, text: str, what: str, *, condition: Mapping[str, str]) -> Answer:
        return self._ask("PUT", url, what, {**_ICALENDAR, **condition}, text.encode())

    def delete(self, url: str, what: str, *, condition: Mapping[str, str]) -> None:
        self._ask("DELETE", url, what, condition)

    def abilities(self, url: str, what: str) -> frozenset[str]:
        """What the server says it can do for a resource: the compliance classes of the header DAV."""
        return self._ask("OPTIONS", url, what, {}).abilities

    def collection(self, url: str, what: str) -> Member:
        """What kind of thing stands at an address, what we may do to it and what can be asked of it."""
        question = _element(
            dav.Propfind(), _element(dav.Prop(), dav.ResourceType(), _Privileges(), dav.SupportedReportSet())
        )
        for member in members_in(self._document("PROPFIND", url, what, question, depth=0)):
            return member
        raise _incomplete(what)

    def versions(self, url: str, what: str) -> list[Member]:
        """Every resource of a collection with its ETag, and the collection itself."""
        return list(members_in(self._document("PROPFIND", url, what, _element(dav.Propfind(), _etag()), depth=1)))

    def changed_since(self, url: str, token: str, what: str) -> tuple[list[Member], str]:
        """What has changed since a sync token, or all there is for '', and the token to ask with next."""
        found: list[Member] = []
        for _ in range(_MOST_PARTS):
            question = _element(dav.SyncCollection(), dav.SyncToken(value=token), dav.SyncLevel(value="1"), _etag())
            document = self._document("REPORT", url, what, question, depth=0)
            part, following = list(members_in(document)), (document.findtext(DAV + "sync-token") or "").strip()
            is_cut = any(member.status == 507 for member in part)  # RFC 6578, 3.6: the rest is to be asked for
            if not following or (is_cut and following == token):
                break
            found += part
            if not is_cut:
                return found, following
            token = following
        raise _incomplete(what)

    def texts(self, url: str, paths: Sequence[str], what: str) -> list[Member]:
        """The resources at paths within a collection, with their texts."""
        question = _element(cdav.CalendarMultiGet(), _text(), *(dav.Href(value=path) for path in paths))
        return list(members_in(self._document("REPORT", url, what, question, depth=1)))

    def with_uid(self, url: str, uid: str, what: str) -> list[Member]:
        """The resources of a collection with an event whose UID holds `uid`, with their texts."""
        return self._query(url, what, _element(cdav.PropFilter("UID"), cdav.TextMatch(uid)))

    def events_within(self, url: str, span: Span, what: str) -> list[Member]:
        """The resources of a collection with an event that takes place within `span`, with their texts."""
        return self._query(url, what, cdav.TimeRange(span.start, span.end))

    def free_busy(self, url: str, span: Span, what: str) -> Answer:
        """The server's own account of when the owner of a calendar is busy: RFC 4791, 7.10."""
        question = _element(cdav.FreeBusyQuery(), cdav.TimeRange(span.start, span.end))
        return self._ask("REPORT", url, what, _XML | {"Depth": "1"}, _written(question))

    def _query(self, url: str, what: str, condition: BaseElement) -> list[Member]:
        wanted = _element(cdav.CompFilter("VCALENDAR"), _element(cdav.CompFilter("VEVENT"), condition))
        question = _element(cdav.CalendarQuery(), _text(), _element(cdav.Filter(), wanted))
        return list(members_in(self._document("REPORT", url, what, question, depth=1)))

    def _document(self, method: str, url: str, what: str, question: BaseElement, *, depth: int) -> Any:
        """The multistatus that answers a question; one that is cut off is as bad as none."""
        document = self._ask(method, url, what, _XML | {"Depth": str(depth)}, _written(question)).document
        if document is None or document.tag != DAV + "multistatus":
            raise _incomplete(what)
        return document

    def _ask(self, method: str, url: str, what: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """One question, asked once. Raises CalendarUnavailable, AccessLost, Refused and TooLarge."""
        try:
            answer = self._client.ask(method, url, headers, body)
        except requests.exceptions.SSLError:
            raise AccessLost(
                f"The CalDAV server did not {what}: its certificate cannot be trusted. Ask whoever runs the server."
            ) from None
        except (requests.RequestException, OSError) as error:  # whose texts hold the address
            raise CalendarUnavailable(
                f"The CalDAV server did not {what}: it cannot be reached ({type(error).__name__}). "
                "It is tried again by itself."
            ) from None
        if answer is None:
            raise TooLarge(f"The CalDAV server did not {what}: its answer is larger than {MOST_BYTES // 10**6} MB.")
        if not 200 <= answer.status < 300:
            raise refusal(answer.status, answer.document, what)
        return answer


class _Client(DAVClient):
    """The library's client, which holds the login, with a careful way of asking."""

    def __init__(self, address: str, user: str, password: str) -> None:
        super().__init__(address, username=user)
        self.password = password

    def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        """What the server says, logged in when it asks for that; None where it says more than is read."""
        request = self.session.request(
            method,
            url,
            data=body or None,
            headers={
                "User-Agent": "fieldcall",
                "Accept-Encoding": "identity",
                **headers,
            },  # ETags are of the plain form
            auth=self.auth,
            timeout=_TIMEOUT_S,
            allow_redirects=False,
            stream=True,
        )
        with closing(request) as response:
            content = _read(response)
        if response.status_code == 401 and self.auth is None:
            self.build_auth_object(_ways_to_log_in(response.headers.get("WWW-Authenticate", "")))
            if self.auth is not None:
                return self.ask(method, url, headers, body)
        return None if content is None else _answer(response, content)

    def build_auth_object(self, auth_types: list[str] | None = None) -> None:
        """Log in with the better of the ways that the server knows."""
        if auth_types and "digest" in auth_types:
            self.auth = HTTPDigestAuth(str(self.username), str(self.password))
        elif auth_types:  # as bytes, for else nothing beyond Latin-1 could be sent
            self.auth = HTTPBasicAuth(str(self.username).encode(), str(self.password).encode())


def _ways_to_log_in(challenge: str) -> list[str]:
    return re.findall(r"(?:^|,)\s*(basic|digest)\s", challenge.lower())


def _read(response: requests.Response) -> bytes | None:
    """The content of an answer; None where it is larger than any that is read, or does not come to an end."""
    until = time.monotonic() + _LONGEST_S
    content = bytearray()
    for part in response.iter_content(1 << 16):
        content += part
        if len(content) > MOST_BYTES or time.monotonic() > until:
            return None
    return bytes(content)


def _answer(response: requests.Response, content: bytes) -> Answer:
    tag = response.headers.get("ETag", "")
    return Answer(
        status=response.status_code,
        content=content,
        document=document_in(content),
        etag=etag_of(tag),
        is_weak=tag.startswith("W/"),
        abilities=frozenset(word.strip().lower() for word in response.headers.get("DAV", "").split(",")),
    )


def _element(outer: BaseElement, *inner: BaseElement) -> BaseElement:
    return outer + inner


def _etag() -> BaseElement:
    return _element(dav.Prop(), dav.GetEtag())


def _text() -> BaseElement:
    return _element(dav.Prop(), dav.GetEtag(), cdav.CalendarData())


def _written(question: BaseElement) -> bytes:
    return bytes(etree.tostring(question.xmlelement(), xml_declaration=True, encoding="utf-8"))


def _incomplete(what: str) -> CalendarUnavailable:
    return CalendarUnavailable(
        f"The CalDAV server did not {what}: what it answers is not a whole answer. It is tried again by itself."
    )


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # which is read only now
    except ValueError:
        return _NOWHERE
    return parts


def _origin(url: str) -> tuple[str, str, int]:
    parts = _parts(url)
    return parts.scheme, parts.hostname or "", parts.port or {"https": 443}.get(parts.scheme, 80)
