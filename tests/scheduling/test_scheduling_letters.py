"""What a letter says: times on the clocks of both sides, and how one comes to be in the interview."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail_letters import LONDON, START, letter, recipient

from scheduling.errors import AccountRefused, MailRefused
from scheduling.mails.letters import Kind, Letter, Role, clock_times, letter_of, phrases
from storage.contacts import Contact
from storage.study import Mail, Study
from storage.tables import Effect, Interview, Participant, Placement

ZONES = [
    "Europe/London", "Europe/Berlin", "America/New_York", "America/St_Johns", "Asia/Kathmandu",
    "Australia/Lord_Howe", "Africa/Casablanca", "America/Santiago", "Pacific/Apia", "Pacific/Kiritimati",
]  # fmt: skip


def times(start: str, minutes: int, zone: str) -> str:
    at = datetime.fromisoformat(start).replace(tzinfo=UTC)
    return clock_times(at, at + timedelta(minutes=minutes), ZoneInfo(zone))


@pytest.mark.parametrize(
    ("start", "zone", "told"),
    [
        ("2020-06-03T13:00", "Europe/London", "Wednesday 3 June 2020, 14:00 to 15:00 BST (Europe/London)"),
        ("2020-12-03T13:00", "Europe/London", "Thursday 3 December 2020, 13:00 to 14:00 GMT (Europe/London)"),
        ("2020-06-03T13:00", "Asia/Kathmandu", "Wednesday 3 June 2020, 18:45 to 19:45 UTC+05:45 (Asia/Kathmandu)"),
        (
            "2020-06-03T22:30",
            "Europe/London",
            "Wednesday 3 June 2020, 23:30 to Thursday 4 June 2020, 00:30 BST (Europe/London)",
        ),
        (
            "2020-10-25T00:30",
            "Europe/London",
            "Sunday 25 October 2020, 01:30 BST to 01:30 GMT (Europe/London)",
        ),
    ],
)
def test_times_name_day_clock_and_zone(start: str, zone: str, told: str) -> None:
    assert times(start, 60, zone) == told


@given(
    st.integers(0, 16 * 366 * 24 * 60).map(
        lambda minutes: datetime(2019, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    st.sampled_from(ZONES),
    st.sampled_from(ZONES),
)
def test_both_sides_are_told_where_their_clocks_differ_and_once_where_not(at: datetime, theirs: str, ours: str) -> None:
    until, their_zone, our_zone = at + timedelta(hours=1), ZoneInfo(theirs), ZoneInfo(ours)
    told = phrases(letter(starts_at=at, ends_at=until, to=recipient(zone=their_zone), study_zone=our_zone))["when"]
    first, *second = told.split("\n")
    assert f"{at.astimezone(their_zone):%H:%M}" in first and first.endswith(f"({theirs})")
    if all(one.astimezone(their_zone).utcoffset() == one.astimezone(our_zone).utcoffset() for one in (at, until)):
        assert not second
    else:
        assert f"{at.astimezone(our_zone):%H:%M}" in second[0] and second[0].endswith(f"({ours})")


def test_one_clock_is_told_once() -> None:
    assert "\n" not in phrases(letter())["when"]
    assert "\n" not in phrases(letter(to=recipient(zone=ZoneInfo("Europe/Dublin"))))["when"]


def test_clocks_that_part_during_the_interview_are_told_apart() -> None:
    start = datetime(2020, 10, 25, 0, 30, tzinfo=UTC)
    one = letter(starts_at=start, ends_at=start + timedelta(hours=1), study_zone=ZoneInfo("Africa/Lagos"))
    assert phrases(one)["when"] == (
        "Sunday 25 October 2020, 01:30 BST to 01:30 GMT (Europe/London)\n"
        "For us, that is Sunday 25 October 2020, 01:30 to 02:30 WAT (Africa/Lagos)"
    )


@pytest.mark.parametrize(
    ("role", "fields", "told"),
    [
        (Role.PARTICIPANT, {}, "By telephone: we will call you."),
        (Role.FOR_CLIENT, {}, "By telephone: we will call them."),
        (Role.PARTICIPANT, {"mode": "video"}, "By video: we will send the link before the interview."),
        (
            Role.PARTICIPANT,
            {"mode": "video", "meeting_url": "https://meet.example/abc"},
            "By video: https://meet.example/abc",
        ),
        (
            Role.ATTENDING,
            {
                "mode": "video",
                "meeting_url": "https://meet.example/abc",
                "meeting_phone": "tel:+44-20-3956-0000,,,123456#",
            },
            "By video: https://meet.example/abc\nOr by telephone: +44 20 3956 0000, PIN 123456#",
        ),
    ],
)
def test_it_says_how_one_comes_to_be_there(role: Role, fields: dict[str, str], told: str) -> None:
    assert phrases(letter(to=recipient(role=role), **fields))["how"] == told


def test_what_is_not_known_is_not_left_blank() -> None:
    said = phrases(letter(to=recipient(name=""), sender_name=""))
    assert (said["name"], said["sender"]) == ("participant", "interviews@example.org")
    assert all(said.values())


def owed(recipient_code: str = "C_001", kind: str = "invitation") -> Effect:
    return Effect(
        key="k",
        kind=kind,
        interview_id=1,
        sequence=0,
        starts_at=START,
        ends_at=START,
        recipient=recipient_code,
        due_at=START,
    )


def made(study: Study, effect: Effect, contact: Contact | None, mode: str = "video", zone: str = "") -> Letter:
    interview = Interview(
        id=1, guid="g", participant_code="C_001", interviewer_code="INT_01", mode=mode, sequence=3, state="booked",
        starts_at=START, ends_at=START + timedelta(hours=1), attending_code="LW_01",
    )  # fmt: skip
    placement = Placement(
        interview_id=1, calendar="c", event_id="e", starts_at=START, ends_at=START, seen_at=START,
        meeting_url="https://meet.example/abc", meeting_phone="tel:+44",
    )  # fmt: skip
    person = Participant(code=effect.recipient, group="client", mode=mode, zone=zone)
    with_sender = study.model_copy(update={"mail": Mail(sender="team@example.org", sender_name="Team")})
    return letter_of(
        with_sender, effect, interview, person=person, contact=contact, placement=placement, now=START
    )  # fmt: skip


ANN = Contact(name="Ann Example", email="ann@example.org")


def test_a_letter_is_made_of_the_rows_as_they_are_now(study: Study) -> None:
    made_now = made(study, owed(), ANN, zone="Asia/Kathmandu")
    assert (made_now.sequence, made_now.guid, made_now.meeting_url) == (3, "g", "https://meet.example/abc")
    assert made_now.recipient.zone.key == "Asia/Kathmandu" and made_now.study_zone == LONDON
    assert made(study, owed(), ANN).recipient.zone == LONDON
    assert made(study, owed(), ANN, mode="phone").meeting_url == ""


@pytest.mark.parametrize(
    ("code", "role", "template"),
    [
        ("C_001", Role.PARTICIPANT, "invitation"),
        ("LW_01", Role.ATTENDING, "invitation-attending"),
        ("LW_02", Role.FOR_CLIENT, "invitation-for-client"),
    ],
)
def test_the_recipient_decides_which_template_words_it(study: Study, code: str, role: Role, template: str) -> None:
    one = made(study, owed(code), ANN)
    assert (one.recipient.role, one.template) == (role, template)


def test_only_who_attends_is_asked_to_and_reminders_touch_no_calendar() -> None:
    asked = {(kind, role): letter(kind, to=recipient(role=role)).asks_to_attend for kind in Kind for role in Role}
    assert {pair for pair, asks in asked.items() if asks} == {
        (kind, role)
        for kind in (Kind.INVITATION, Kind.UPDATE, Kind.CANCELLATION)
        for role in (Role.PARTICIPANT, Role.ATTENDING)
    }


@pytest.mark.parametrize("contact", [None, Contact(name="Ann Example", phone="+447700900001")])
def test_who_has_no_address_is_told_by_code(study: Study, contact: Contact | None) -> None:
    with pytest.raises(MailRefused, match="C_001 has no e-mail address") as caught:
        made(study, owed(), contact)
    assert "Ann" not in str(caught.value) and "7700" not in str(caught.value)


def test_without_a_sender_no_letter_is_made(study: Study) -> None:
    interview = Interview(
        participant_code="C_001",
        interviewer_code="INT_01",
        mode="phone",
        starts_at=START,
        ends_at=START,
        state="booked",
    )
    with pytest.raises(AccountRefused, match=r"mail\.sender is missing"):
        letter_of(study, owed(), interview, person=None, contact=ANN, placement=None, now=START)
