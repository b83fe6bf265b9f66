"""In the morning a night is told in a few sentences, the most important first, and then in tables."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flows.morning import NightReport, complete, markdown, percent, story
from flows.next_steps import with_next_step
from flows.outcomes import Outcome, Quality

TEN = datetime(2020, 11, 22, 22, 0, tzinfo=UTC)
HOUR_MS = 3_600_000

GOOD = Outcome(
    "C_001", "done", length_ms=HOUR_MS, seconds=1200, words=9000, windows=130, quality=Quality(completeness=1.0)
)
DOUBTED = Outcome(
    "C_002",
    "done",
    length_ms=HOUR_MS,
    seconds=1200,
    words=8000,
    windows=120,
    quality=Quality(completeness=0.986, unclear_ms=50_400, unclear=2, disputed=1, set_aside=3),
)
DAMAGED = Outcome("C_003", "failed", "The file is damaged.", "Fetch it again.", length_ms=HOUR_MS)
LATE = Outcome("C_004", "left", "It needs about 2 h.", "Nothing to do.", length_ms=HOUR_MS)


def report(*outcomes: Outcome, stopped: str = "", engine: str = "openai-whisper small") -> NightReport:
    return NightReport(
        name="22 Nov",
        zone=ZoneInfo("Europe/London"),
        began_at=TEN,
        ended_at=TEN + timedelta(minutes=41),
        outcomes=outcomes,
        engine=engine,
        expected_at=TEN + timedelta(minutes=40),
        stopped=stopped,
    )


def test_what_was_done_how_fast_how_complete_what_to_hear_what_failed_what_is_left() -> None:
    assert story(report(GOOD, DOUBTED, DAMAGED, LATE)) == (
        "2 of 4 recordings were transcribed with openai-whisper small: 2 h of sound in 40 min of work, "
        "3.0 × real time.",
        "It worked from 22:00 to 22:41; at its beginning 22:40 was expected.",
        "99.3 % of the speech has words, least in C_002 (98.6 %).",
        "For a person to hear: 2 unclear passages, 1 disputed passage, in C_002.",
        "1 recording could not be transcribed: C_003; the next step of each is told.",
        "1 recording left for another night: C_004.",
    )


def test_a_night_without_a_fault_is_told_shortly() -> None:
    assert story(report(GOOD)) == (
        "1 recording was transcribed with openai-whisper small: 1 h of sound in 20 min of work, 3.0 × real time.",
        "It worked from 22:00 to 22:41; at its beginning 22:40 was expected.",
        "100 % of the speech has words.",
    )


def test_why_a_night_was_stopped_comes_first() -> None:
    assert story(report(GOOD, LATE, stopped="The disk is full."))[0] == "The night was stopped: The disk is full."


def test_where_no_engine_was_loaded_no_hours_are_told() -> None:
    assert story(report(LATE, engine="")) == (
        "No recording was transcribed.",
        "1 recording left for another night: C_004.",
    )


def test_the_page_has_what_needs_a_person_before_what_is_done() -> None:
    page = markdown(report(GOOD, DOUBTED, DAMAGED, LATE))
    headings = [line for line in page.splitlines() if line.startswith("#")]
    assert headings == [
        "# The night of 22 Nov",
        "## Needs a person",
        "## To be heard while checking",
        "## Transcribed",
        "## Left",
    ]
    assert "| C_003 | The file is damaged. | Fetch it again. |" in page
    assert "| C_002 | 2 unclear passages, 1 disputed passage |" in page
    assert "| C_002 | 1:00:00 | 3.0 | 8000 | 98.6 % | 0:50 | 3 |" in page
    assert "| C_004 | 1:00:00 | It needs about 2 h. | Nothing to do. |" in page


def test_what_is_empty_has_no_table() -> None:
    assert [line for line in markdown(report(GOOD)).splitlines() if line.startswith("##")] == ["## Transcribed"]


def test_many_codes_are_cut_short_in_a_sentence_and_all_in_the_table() -> None:
    failed = [Outcome(f"C_{number:03}", "failed", "It is damaged.", "Fetch it.") for number in range(1, 10)]
    page = markdown(report(*failed))
    assert "C_001, C_002, C_003, C_004, C_005, C_006 and 3 more" in page
    assert all(f"| {outcome.code} |" in page for outcome in failed)


def test_only_all_of_it_is_a_hundred_percent() -> None:
    assert [percent(share) for share in (1.0, 0.99999, 0.9874, 0.0)] == ["100 %", "99.9 %", "98.7 %", "0.0 %"]
    assert complete(Outcome("C_001", "done")) == ""


class TestTheNextStep:
    def test_is_the_last_sentence_of_what_the_rooms_say(self) -> None:
        told = with_next_step(Outcome("C_001", "failed", "It is missing from the vault. Restore it from a backup."))
        assert (told.message, told.next_step) == ("It is missing from the vault.", "Restore it from a backup.")

    def test_is_never_missing(self) -> None:
        told = with_next_step(Outcome("C_001", "failed", "It is damaged."))
        assert told.message == "It is damaged."
        assert "fieldcall transcribe C_001" in told.next_step

    def test_stays_where_it_was_given(self) -> None:
        for outcome in (DAMAGED, GOOD, LATE):
            assert with_next_step(outcome) == outcome
