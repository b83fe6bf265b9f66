"""What cannot be known is not offered: each way in which a calendar at Google cannot be seen, by the real client."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from google_people import ANNA, BEN
from google_setup import log_in, rewritten
from google_stand_in import Google

from scheduling.booking import slots_for
from scheduling.outside.placing import keeping_with
from scheduling.outside.seeing import look
from scheduling.participants import import_participants
from storage.alerts import alerts
from storage.contacts import Contacts
from storage.database import Database, open_database
from storage.study import Study

NOW = datetime(2020, 5, 4, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Break = Callable[[Google], None]


def revoked(google: Google) -> None:
    google.accounts.revoke(ANNA)


def not_shared(google: Google) -> None:
    google.calendars.calendars[BEN].shared.clear()


def internal_error(google: Google) -> None:
    google.calendars.freebusy_errors[BEN] = "internalError"


def quota_used_up(google: Google) -> None:
    google.faults.refuse("calendar.freebusy.query", 403, "quotaExceeded", times=9)


def cut_answer(google: Google) -> None:
    google.faults.cut("calendar.freebusy.query", 40, times=99)


@pytest.fixture
def seen(study: Study, google: Google, contacts: Contacts) -> tuple[Study, Database]:
    """Only Ben interviews; he has shared his calendar, and it has been seen."""
    google.calendars.calendars[BEN].shared[ANNA] = "freeBusyReader"
    study = rewritten(
        study,
        ('backend = "local"', 'backend = "google"'),
        ("[calendar]", f'[google]\norganiser = "{ANNA}"\n\n[calendar]'),
        ('hours = ["Tue-Fri 10:00-18:00"]', f'hours = ["Tue-Fri 10:00-18:00"]\ncalendar = "{BEN}"'),
    )
    study = study.model_copy(update={"interviewers": {"INT_02": study.interviewers["INT_02"]}})
    log_in(study, contacts.key, google)
    database = open_database(study)
    import_participants(study, database, contacts, "code;group;mode\nC_001;client;phone\n", now=NOW)
    look_at(study, database, contacts, NOW)
    return study, database


def look_at(study: Study, database: Database, contacts: Contacts, now: datetime) -> None:
    with keeping_with(study, database, contacts) as keeping:
        assert keeping is not None
        look(study, database, keeping.calendar, now)


def offered(study: Study, database: Database, now: datetime) -> int:
    with database.reading() as session:
        return len(slots_for(session, study, "C_001", now))


def told(database: Database) -> list[str]:
    with database.reading() as session:
        return [alert.message for alert in alerts(session)]


def test_a_calendar_that_is_seen_offers_what_it_leaves_free(
    seen: tuple[Study, Database], google: Google, contacts: Contacts
) -> None:
    study, database = seen
    before = offered(study, database, NOW)
    tuesday = datetime(2020, 5, 12, 9, tzinfo=UTC)
    google.calendars.put(BEN, tuesday, tuesday + timedelta(hours=8))
    look_at(study, database, contacts, NOW + MINUTE)
    assert before > offered(study, database, NOW + MINUTE) > 0
    assert told(database) == []


@pytest.mark.parametrize("broken", [revoked, not_shared, internal_error, quota_used_up, cut_answer])
def test_one_that_cannot_be_seen_offers_nothing_and_is_told_once(
    seen: tuple[Study, Database],
    google: Google,
    contacts: Contacts,
    broken: Break,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study, database = seen
    monkeypatch.setattr("storage.google.calls.BUDGET_S", 0.0)
    monkeypatch.setattr("scheduling.calendars.google.time.sleep", lambda seconds: None)
    assert offered(study, database, NOW) > 0
    broken(google)
    for minutes in (2, 4):
        look_at(study, database, contacts, NOW + minutes * MINUTE)
        assert offered(study, database, NOW + minutes * MINUTE) == 0
    assert len(told(database)) == 1
    assert BEN not in told(database)[0]


def test_one_that_nobody_looked_at_for_ten_minutes_offers_nothing(seen: tuple[Study, Database]) -> None:
    study, database = seen
    assert offered(study, database, NOW + 10 * MINUTE) > 0
    assert offered(study, database, NOW + 11 * MINUTE) == 0
