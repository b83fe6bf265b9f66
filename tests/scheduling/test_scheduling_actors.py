"""Who may take which step: the whole matrix, and what is said to those who may not."""

from datetime import UTC, datetime

import pytest

from scheduling.actors import COORDINATOR, Step, allowed_actor, why_may_not
from scheduling.booking import book
from scheduling.errors import NotAllowed, UnknownParticipant
from scheduling.participants import import_participants
from storage.contacts import Contacts
from storage.database import Database
from storage.study import Study
from storage.tables import Interview, Participant

PARTICIPANT = Participant(code="C_001", group="client", mode="phone", link_worker="LW_02")
WITH_INT_01 = Interview(
    participant_code="C_001",
    interviewer_code="INT_01",
    mode="phone",
    starts_at=datetime(2020, 6, 3, 13, tzinfo=UTC),
    ends_at=datetime(2020, 6, 3, 14, tzinfo=UTC),
    state="booked",
)
MARKING = (Step.HELD, Step.NO_SHOW, Step.ATTEMPT)
# every actor there is, with the steps that are theirs; everything else is forbidden
MATRIX = {
    COORDINATOR: tuple(Step),
    "INT_01": tuple(Step),
    "INT_02": (Step.BOOK,),
    "C_001": (Step.BOOK, Step.MOVE, Step.CANCEL, Step.CONSENT, Step.WITHDRAW),
    "LW_02": (Step.BOOK, Step.MOVE, Step.CANCEL, Step.WITHDRAW),
    "LW_01": (),
    "C_002": (),
    "M_01": (),
}


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("actor", MATRIX)
def test_every_step_is_somebodys_to_take_or_not(study: Study, actor: str, step: Step) -> None:
    reason = why_may_not(study, actor, step, PARTICIPANT, WITH_INT_01)
    assert (reason == "") is (step in MATRIX[actor]), reason


def test_the_reasons_say_what_is_missing(study: Study) -> None:
    def reason(actor: str, step: Step) -> str:
        return why_may_not(study, actor, step, PARTICIPANT, WITH_INT_01)

    assert reason("INT_02", Step.MOVE) == "the interview is with INT_01"
    assert reason("LW_01", Step.BOOK) == "C_001 was not referred by LW_01"
    assert reason("M_01", Step.CANCEL) == "C_001 was not referred by M_01"
    for step in MARKING:
        said = "only the coordinator and the interviewer can say whether an interview took place"
        assert reason("LW_02", step) == reason("C_001", step) == said
    assert reason("LW_02", Step.CONSENT) == "nobody consents for somebody else"


@pytest.mark.parametrize("step", [Step.CONSENT, Step.WITHDRAW])
def test_where_nothing_is_booked_any_interviewer_may_note_what_they_hear(study: Study, step: Step) -> None:
    assert why_may_not(study, "INT_02", step, PARTICIPANT, None) == ""


@pytest.mark.parametrize("step", Step)
def test_without_a_referral_no_link_worker_acts(study: Study, step: Step) -> None:
    alone = Participant(code="C_001", group="client", mode="phone")
    assert why_may_not(study, "LW_02", step, alone, None)


@pytest.fixture
def referred(study: Study, database: Database, contacts: Contacts, now: datetime) -> Database:
    rows = "code,group,link_worker\nC_001,client,LW_02\nC_002,client,\n"
    import_participants(study, database, contacts, rows, now=now)
    book(database, study, "C_001", now=now, interviewer="INT_01", actor=COORDINATOR)
    return database


@pytest.mark.parametrize(
    ("given", "actor"),
    [("coordinator", COORDINATOR), (" Coordinator ", COORDINATOR), ("int_01", "INT_01"), ("lw_02", "LW_02")],
)
def test_an_actor_is_written_in_one_way(referred: Database, study: Study, given: str, actor: str) -> None:
    assert allowed_actor(referred, study, given, Step.MOVE, "c_001") == actor


@pytest.mark.parametrize("given", ["Ann Example", "C_Ann Example", "INT_99", "ZZ_01", "", "C_"])
def test_who_is_nobody_of_the_study_does_nothing_and_is_not_repeated(
    referred: Database, study: Study, given: str
) -> None:
    with pytest.raises(NotAllowed) as refused:
        allowed_actor(referred, study, given, Step.BOOK, "C_001")
    assert "names nobody of the study. Give the code" in str(refused.value)
    assert "Ann" not in str(refused.value)


def test_a_refusal_says_who_what_why_and_what_to_do(referred: Database, study: Study) -> None:
    with pytest.raises(NotAllowed) as refused:
        allowed_actor(referred, study, "LW_02", Step.NO_SHOW, "C_001")
    assert str(refused.value) == (
        "The step 'no-show' with C_001 is not LW_02's to take: only the coordinator and the interviewer can say "
        "whether an interview took place. Leave out --as to take it as the coordinator, or name somebody who may."
    )
    with pytest.raises(NotAllowed, match="C_002 was not referred by LW_02"):
        allowed_actor(referred, study, "LW_02", Step.BOOK, "C_002")
    with pytest.raises(NotAllowed, match="the interview is with INT_01"):
        allowed_actor(referred, study, "INT_02", Step.CANCEL, "C_001")


def test_an_unknown_participant_is_told_as_such(referred: Database, study: Study) -> None:
    with pytest.raises(UnknownParticipant):
        allowed_actor(referred, study, COORDINATOR, Step.BOOK, "C_999")
