"""Nothing is lost when people change an interview in the study and in its calendar at once."""

from datetime import UTC, date, datetime

import pytest
from paper_calendar import PaperCalendar

from benchmarks.two_sided import Between, tell_many
from scheduling.outside.placing import Keeping
from scheduling.participants import import_participants
from storage.contacts import Contacts
from storage.database import Database
from storage.study import Calendar, Study

NOW = datetime(2019, 12, 1, tzinfo=UTC)
STORIES = 60


@pytest.fixture
def wide(study: Study) -> Study:
    """A study of years, with an interviewer who is always there."""
    about = study.study.model_copy(update={"start": date(2020, 1, 1), "end": date(2024, 12, 31)})
    hours = {"hours": ["Mon-Sun 06:00-22:00"], "daily_limit": 24, "away": []}
    interviewer = study.interviewers["INT_01"].model_copy(update=hours)
    groups = {name: group.model_copy(update={"minutes": 20}) for name, group in study.groups.items()}
    given = {"study": about, "interviewers": {"INT_01": interviewer}, "groups": groups}
    return study.model_copy(update=given | {"calendar": Calendar(backend="google")})


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_last_edit_reaches_the_other_side_or_a_person(
    wide: Study, database: Database, contacts: Contacts, seed: int
) -> None:
    codes = [f"C_{number:03}" for number in range(1, STORIES + 1)]
    import_participants(
        wide, database, contacts, "code;group;mode\n" + "".join(f"{c};client;phone\n" for c in codes), now=NOW
    )
    paper = PaperCalendar()
    verdicts = tell_many(Keeping(wide, database, contacts, Between(paper)), paper, codes, NOW, 1000 * seed)
    assert set(verdicts) == {"agreed", "before a person"}
    assert sum(verdicts.values()) == STORIES
