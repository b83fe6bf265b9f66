"""Calendars on a real Radicale server, which is asked through a proxy that can misbehave."""

import uuid
from collections.abc import Iterator

import pytest
from caldav_desk import CalDavHand, Desk
from caldav_server import PASSWORD, USER, Radicale, ask, make_calendar, proxy, radicale

from scheduling.calendars.caldav import CalDavCalendar


@pytest.fixture(scope="session")
def radicale_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    """A real CalDAV server on a port of this machine, gone at the end."""
    pytest.importorskip("radicale", reason="Radicale is not installed (pip install 'fieldcall[test]')")
    with radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture
def desk(radicale_server: Radicale) -> Iterator[Desk]:
    with proxy(radicale_server.port) as before:
        desk = Desk(radicale_server, before, f"{USER}/{uuid.uuid4().hex}")
        ask("MKCOL", f"{radicale_server.address}/{desk.folder}/")
        for name in ("study", "first", "second"):
            make_calendar(desk.behind(desk.address(name)))
        yield desk
    (radicale_server.folder / "users").write_text(f"{USER}:{PASSWORD}\n", encoding="utf-8")


@pytest.fixture
def calendar(desk: Desk) -> Iterator[CalDavCalendar]:
    calendar = desk.open()
    yield calendar
    calendar.close()


@pytest.fixture
def hand(desk: Desk) -> CalDavHand:
    return CalDavHand(desk)


@pytest.fixture
def owners(desk: Desk) -> tuple[str, str]:
    return desk.address("first"), desk.address("second")


@pytest.fixture
def nobody(desk: Desk) -> str:
    return desk.address("none")
