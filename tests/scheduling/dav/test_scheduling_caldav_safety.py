"""No CalDAV server, and nothing that it answers, gets at the password or at us."""

import pytest
from caldav_desk import Desk
from caldav_server import answer, proxy
from calendar_contract import WEEK

from scheduling.calendars.base import Unseen
from scheduling.calendars.caldav import CalDavCalendar
from scheduling.calendars.dav_answers import document_in, members_in
from scheduling.errors import AccessLost, CalendarUnavailable


def test_no_redirection_takes_the_password_elsewhere(calendar: CalDavCalendar, desk: Desk) -> None:
    with proxy(desk.server.port) as elsewhere:
        calendar.find("nothing-there.ics")
        said = answer("302 Found", Location=f"{elsewhere.address}/{desk.folder}/study/")
        desk.proxy.rule = lambda question: said
        with pytest.raises(AccessLost, match="Put the address it moved to into study"):
            calendar.changes("")
        assert elsewhere.questions == []


def test_a_calendar_on_another_server_is_not_asked(calendar: CalDavCalendar, desk: Desk) -> None:
    with proxy(desk.server.port) as elsewhere:
        address = f"{elsewhere.address}/{desk.folder}/first/"
        found = calendar.busy([address, "http://[broken", desk.address("first")], WEEK)
        assert isinstance(found[address], Unseen)
        assert isinstance(found["http://[broken"], Unseen)
        assert found[desk.address("first")] == ()
        assert elsewhere.questions == []


def test_a_login_by_digest_never_says_the_password(calendar: CalDavCalendar, desk: Desk) -> None:
    challenge = 'Basic realm="a, b", Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256'
    desk.proxy.rule = lambda question: (
        answer("404 Not Found") if question.login else answer("401 Unauthorized", WWW_Authenticate=challenge)
    )
    assert calendar.find("nothing-there.ics") is None
    assert {question.login.split()[0] for question in desk.proxy.questions if question.login} == {"Digest"}


BOMB = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
SECRET = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("head", [BOMB, SECRET, "<!-- a --> " + BOMB[22:]])
def test_documents_that_declare_entities_are_not_read(calendar: CalDavCalendar, desk: Desk, head: str) -> None:
    body = f"{head}<d:multistatus xmlns:d='DAV:'><d:sync-token>&a;</d:sync-token></d:multistatus>"
    for content in (body, body.encode("utf-16").decode("latin-1")):
        desk.proxy.always(answer("207 Multi-Status", content, Content_Type="application/xml"), "REPORT")
        with pytest.raises(CalendarUnavailable, match="not a whole answer"):
            calendar.changes("before")


@pytest.mark.parametrize(
    ("body", "is_read"),
    [
        (b"<a/>", True),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a comment -->\n<a/>", True),
        (b"<a><![CDATA[X-ALT-DESC:<!DOCTYPE html><html>]]></a>", True),  # as Outlook describes events
        (b"<!DOCTYPE a><a/>", False),
        (BOMB.encode() + b"<a/>", False),
        (BOMB.encode() + b"<a b='&b;'/>", False),
        (b"<?xml version='1.0' encoding='UTF-7'?>+ADw-!DOCTYPE a+AD4-<a/>", False),
        (b"<a>", False),
        (b"", False),
        (b"\x00<a/>", False),
    ],
)
def test_only_plain_documents_are_parsed(body: bytes, is_read: bool) -> None:
    assert (document_in(body) is not None) == is_read


def test_a_property_that_the_server_says_it_has_not_is_none() -> None:
    lacking = "<d:propstat><d:prop><d:getetag>old</d:getetag></d:prop><d:status>HTTP/1.1 404 X</d:status></d:propstat>"
    xml = f'<d:multistatus xmlns:d="DAV:"><d:response><d:href>/a.ics</d:href>{lacking}</d:response></d:multistatus>'
    (member,) = members_in(document_in(xml.encode()))
    assert (member.name, member.is_there, member.etag) == ("a.ics", True, "")


def test_an_answer_without_end_is_not_read_to_its_end(calendar: CalDavCalendar, desk: Desk) -> None:
    desk.proxy.always(answer("200 OK", "x" * 17_000_000, ETag='"a"', Content_Type="text/calendar"), "GET")
    calendar.changes("")
    with pytest.raises(CalendarUnavailable, match="larger than 16 MB"):
        calendar.find("some.ics")
