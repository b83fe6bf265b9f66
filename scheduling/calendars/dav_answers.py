"""What the answers of a CalDAV server say: multistatus documents (RFC 4918), and refusals in our own words.

Addresses of calendars may hold a person's name, so no message repeats one, nor any text of the server's.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml import etree

from scheduling.errors import AccessLost, CalendarUnavailable

DAV, CALDAV = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
_STATUS = re.compile(r"HTTP/\S+\s+(\d{3})")
# a byte order mark, a declaration, comments: and then the root, not a document type, which is what bombs are made of
_DOCUMENT = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s|<\?.*?\?>|<!--.*?-->)*<[A-Za-z_]", re.DOTALL)


class Refused(AccessLost):
    """The server will not do what it was asked; `status` is HTTP's, `conditions` what it says was not met."""

    def __init__(self, message: str, status: int, conditions: frozenset[str] = frozenset()) -> None:
        super().__init__(message)
        self.status, self.conditions = status, conditions

    @property
    def is_missing(self) -> bool:
        """Whether what was asked for is not there, or not any more."""
        return self.status in (404, 410)

    @property
    def is_unknown(self) -> bool:
        """Whether the server does not know this kind of question at all."""
        return self.status in (400, 405, 415, 422, 501) or "supported-report" in self.conditions


class TooLarge(CalendarUnavailable):
    """The answer is larger than any that is read."""


@dataclass(frozen=True, slots=True)
class Member:
    """What a multistatus says of one resource: its path as the server writes it, its status, its properties."""

    path: str
    status: int
    properties: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The last part of its path; '' for a collection, and for what leads out of it."""
        name = unquote(self.path.rpartition("/")[2])
        return "" if name in (".", "..") else name

    @property
    def is_there(self) -> bool:
        return 200 <= self.status < 300

    @property
    def etag(self) -> str:
        return etag_of(self.text(DAV + "getetag"))

    def text(self, tag: str) -> str:
        """The text of a property; '' where it is missing."""
        element = self.properties.get(tag)
        return "" if element is None else "".join(element.itertext()).strip()

    def names_in(self, tag: str) -> frozenset[str]:
        """The local names of every element within a property, such as privileges."""
        element = self.properties.get(tag)
        return frozenset() if element is None else frozenset(_local(inner) for inner in element.iterdescendants())


def document_in(body: bytes) -> Any:
    """The root of an XML document; None for anything else, and for one that declares entities."""
    if not _DOCUMENT.match(body):
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return None


def members_in(document: Any) -> Iterator[Member]:
    """What a multistatus says of each resource."""
    for response in document.findall(DAV + "response"):
        href = response.findtext(DAV + "href") or ""
        properties: dict[str, Any] = {}
        for found in response.findall(DAV + "propstat"):
            if _status_in(found) == 200:
                properties |= {inner.tag: inner for prop in found.findall(DAV + "prop") for inner in prop}
        yield Member(urlsplit(href.strip()).path, _status_in(response), properties)


def etag_of(text: str) -> str:
    """An ETag that may be compared and sent back; one that a proxy has weakened is still that of the server."""
    return text.strip().removeprefix("W/")


def refusal(status: int, document: Any, what: str) -> AccessLost | CalendarUnavailable:
    """Why a server that answers with such a status did not do `what`, in words that follow 'did not'."""
    said = f"The CalDAV server did not {what}"
    if status == 401:
        return AccessLost(f"{said}: it does not accept the user or the password. {_LOGIN}")
    if status in (408, 425, 429) or (status >= 500 and status not in (501, 505)):
        reason = _BUSY.get(status, f"it has a fault of its own ({status})")
        return CalendarUnavailable(f"{said}: {reason}. It is tried again by itself.")
    reason, next_step = _REFUSALS.get(status, (f"it refuses ({status})", "Ask whoever runs the server."))
    if 300 <= status < 400:
        reason, next_step = "it sends us to another address", "Put the address it moved to into study.toml."
    return Refused(f"{said}: {reason}. {next_step}", status, _conditions(document))


_LOGIN = "Look at calendar.user in study.toml, and give the password in the environment as FIELDCALL_CALDAV_PASSWORD."
_ADDRESS = "Look at the address in study.toml."
_BUSY = {
    408: "it waited too long for us",
    429: "it is asked too often",
    502: "the server behind it does not answer",
    503: "it is not available at the moment",
    504: "the server behind it does not answer",
    507: "it has no room left",
}
_REFUSALS = {
    403: (
        "it does not allow that to this user",
        "Share the calendar with the user that calendar.user in study.toml names.",
    ),
    404: ("there is nothing at this address", _ADDRESS),
    405: ("this is no calendar", _ADDRESS),
    409: ("there is no calendar at this address", _ADDRESS),
    410: ("what was at this address is gone", _ADDRESS),
    412: ("it has been changed there", "Read it anew."),
    413: ("it is too large", "Shorten the texts of the event."),
}


def _conditions(document: Any) -> frozenset[str]:
    if document is None or document.tag != DAV + "error":
        return frozenset()
    return frozenset(_local(inner) for inner in document.iterdescendants())


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _status_in(element: Any) -> int:
    """The status of a response or of a part of one; 200 where it says none."""
    match = _STATUS.match((element.findtext(DAV + "status") or "").strip())
    return int(match[1]) if match else 200
