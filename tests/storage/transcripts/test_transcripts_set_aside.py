"""What was set aside can be found by its time, listened to, and made text again in a version of its own."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select
from stored_talks import begin

from storage.database import Database
from storage.errors import StorageError
from storage.interviews import history
from storage.study import Study
from storage.tables import Interview, State, Utterance, Version, VersionKind
from storage.transcripts.approval import approve_transcript
from storage.transcripts.passages import Passage, set_aside
from storage.transcripts.reading import read_transcripts
from storage.transcripts.saving import save_machine_version
from storage.transcripts.set_aside import find_passage, restore, with_passage
from storage.transcripts.transcript import InterviewTranscript, Spoken
from storage.transcripts.words import text_of

Book = Callable[..., Interview]


def row(text: str, start_ms: int, end_ms: int, *marks: str) -> list[Any]:
    return [text, start_ms, end_ms, 0.5, *([list(marks)] if marks else [])]


def spoken(speaker: str, channel: int, *rows: list[Any]) -> Spoken:
    return Spoken(speaker, channel, rows[0][1], rows[-1][2], text_of(rows), list(rows))


SAID = (
    spoken("INT_01", 0, row("How", 0, 300), row("are", 300, 600), row("you?", 600, 900)),
    spoken("C_001", 1, row("How", 50, 350, "bleed"), row("are", 350, 650, "bleed", "speaker")),
    spoken("C_001", 1, row("Well,", 1_000, 1_400), row("well", 1_500, 1_800)),
    spoken("C_001", 1, row("well", 751_200, 751_800, "loop"), row("well", 752_000, 752_600, "loop")),
    spoken("C_001", 1, row("well", 753_700, 754_000, "loop")),
    spoken("C_001", 1, row("Thanks", 757_000, 757_500, "invented")),
    spoken("INT_01", 0, row("Bye.", 760_000, 760_500)),
)


def told(passages: tuple[Passage, ...]) -> list[tuple[str, int, int, str, str]]:
    return [(p.speaker, p.start_ms, p.end_ms, p.reason, p.text) for p in passages]


def test_passages_are_runs_of_one_voice_and_one_reason() -> None:
    assert told(set_aside(SAID)) == [
        ("C_001", 50, 650, "echo of the other speaker", "How are"),
        ("C_001", 751_200, 754_000, "repetition", "well well well"),
        ("C_001", 757_000, 757_500, "invented", "Thanks"),
    ]


def test_a_word_that_is_shown_or_two_seconds_of_nothing_end_a_passage() -> None:
    shown_between = spoken("", 0, row("a", 0, 100, "loop"), row("b", 100, 200), row("c", 200, 300, "loop"))
    assert [p.text for p in set_aside([shown_between])] == ["a", "c"]
    near, far = row("b", 2_100, 2_200, "loop"), row("b", 2_101, 2_200, "loop")
    assert [p.text for p in set_aside([spoken("", 0, row("a", 0, 100, "loop"), near)])] == ["a b"]
    assert [p.text for p in set_aside([spoken("", 0, row("a", 0, 100, "loop"), far)])] == ["a", "b"]


ROWS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from([(), ("loop",), ("bleed", "speaker"), ("disputed",)]))
)


@given(st.lists(ROWS.filter(bool), max_size=4))
def test_bringing_everything_back_gives_every_word_in_its_place(drawn: list[list[tuple[str, tuple[str, ...]]]]) -> None:
    said = tuple(
        spoken(
            "C_001",
            1,
            *(row(text, n * 9_000 + i * 300, n * 9_000 + i * 300 + 200, *m) for i, (text, m) in enumerate(rows)),
        )
        for n, rows in enumerate(drawn)
    )
    everything = said
    for passage in set_aside(said):
        everything = with_passage(everything, passage)
    assert set_aside(everything) == ()
    assert [each.text for each in everything] == [" ".join(text for text, _ in rows) for rows in drawn]
    assert [[r[:4] for r in each.words] for each in everything] == [[r[:4] for r in each.words] for each in said]
    kept = {mark for each in everything for r in each.words for mark in (r[4] if len(r) > 4 else ())}
    assert kept <= {"speaker", "disputed"}


@pytest.fixture
def stored(study: Study, database: Database, book: Book) -> Callable[[], InterviewTranscript]:
    """Store a transcript with passages set aside; reads its newest version."""
    interview = book("C_001")
    with database.writing() as session:
        save_machine_version(
            session, begin(session, interview), SAID, completeness=0.97, unclear_ms=700, notes=["The file ends early."]
        )

    def newest() -> InterviewTranscript:
        with database.reading() as session:
            return read_transcripts(session, study)[0]

    return newest


def test_a_passage_is_found_by_the_time_under_which_it_is_listed(stored: Callable[[], InterviewTranscript]) -> None:
    read = stored()
    for at_ms, reason in ((751_000, "repetition"), (753_000, "repetition"), (757_000, "invented"), (0, "echo of the")):
        assert find_passage([read], at_ms)[1].reason.startswith(reason)
    for at_ms, speaker in ((750_000, ""), (754_000, ""), (751_000, "INT_01")):
        with pytest.raises(StorageError, match=r"Nothing was set aside at 00:12:3.*show CODE --set-aside"):
            find_passage([read], at_ms, speaker)


def test_of_two_passages_in_a_second_the_speaker_says_which(stored: Callable[[], InterviewTranscript]) -> None:
    both = (*SAID, spoken("INT_01", 0, row("so", 751_400, 751_500, "loop")))
    read = replace(stored(), utterances=both)
    with pytest.raises(StorageError, match=r"2 passages were set aside at 00:12:31 \(C_001, INT_01\).*--speaker"):
        find_passage([read], 751_000)
    assert find_passage([read], 751_000, "int_01")[1].text == "so"
    assert find_passage([read], 752_000)[1].text == "well well well"


def test_of_two_passages_that_share_a_second_the_one_that_begins_in_it_is_meant(
    stored: Callable[[], InterviewTranscript],
) -> None:
    loop = spoken("C_001", 1, row("so", 1_000, 2_500, "loop"), row("Thanks", 2_500, 2_900, "invented"))
    assert find_passage([replace(stored(), utterances=(loop,))], 2_000)[1].text == "Thanks"


def test_what_is_brought_back_is_a_version_of_its_own(
    study: Study, database: Database, stored: Callable[[], InterviewTranscript]
) -> None:
    machine = stored()
    with database.writing() as session:
        version = restore(session, *find_passage([machine], 751_000), actor="researcher")
        assert (version.number, version.kind, version.actor) == (2, VersionKind.CORRECTED, "researcher")
    corrected = stored()
    assert [u.text for u in corrected.utterances] == ["How are you?", "", "Well, well", "well well", "well", "", "Bye."]
    assert told(set_aside(corrected.utterances)) == [each for each in told(set_aside(SAID)) if each[3] != "repetition"]
    assert (corrected.version_number, corrected.completeness, corrected.unclear_ms) == (2, 0.97, 700)
    assert corrected.notes == (
        "The file ends early.",
        "The passage at 00:12:31 that was set aside (repetition) was brought back.",
    )
    with database.reading() as session:
        first = session.exec(select(Version).where(Version.number == 1)).one()
        rows = session.exec(select(Utterance).where(Utterance.version_id == first.id).order_by(Utterance.number))
        assert [(u.text, u.words) for u in rows] == [(s.text, s.words) for s in SAID]
        assert (first.notes, first.kind) == (["The file ends early."], VersionKind.MACHINE)


def test_other_doubts_about_a_word_stay_when_it_is_brought_back(stored: Callable[[], InterviewTranscript]) -> None:
    echo = set_aside(SAID)[0]
    assert with_passage(SAID, echo)[1].words == [row("How", 50, 350), row("are", 350, 650, "speaker")]


def test_a_checked_transcript_is_to_be_checked_again(
    database: Database, stored: Callable[[], InterviewTranscript]
) -> None:
    with database.writing() as session:
        approve_transcript(session, session.exec(select(Interview)).one(), actor="researcher")
        restore(session, *find_passage([stored()], 751_000), actor="researcher")
    with database.writing() as session:
        interview = session.exec(select(Interview)).one()
        assert interview.state == State.TRANSCRIBED
        assert "brought back" in history(session, [interview.id or 0])[-1].cause
        approve_transcript(session, interview, actor="researcher")


def test_two_people_do_not_overwrite_each_other(database: Database, stored: Callable[[], InterviewTranscript]) -> None:
    read = stored()
    with database.writing() as session:
        restore(session, *find_passage([read], 751_000), actor="researcher")
    with pytest.raises(StorageError, match="changed by someone else meanwhile"), database.writing() as session:
        restore(session, *find_passage([read], 757_000), actor="researcher")
    with database.writing() as session:
        restore(session, *find_passage([stored()], 757_000), actor="researcher")
    assert stored().version_number == 3


def test_nothing_is_brought_back_into_text_that_a_person_wrote(
    database: Database, stored: Callable[[], InterviewTranscript]
) -> None:
    mixed = spoken("C_001", 1, row("so", 0, 100), row("so", 100, 200, "loop"))
    passage = set_aside([mixed])[0]
    with pytest.raises(StorageError, match="written by a person"):
        with_passage([replace(mixed, text="So.")], passage)
    hidden = replace(stored(), version_kind=VersionKind.PSEUDONYMISED)
    with pytest.raises(StorageError, match="may hold names"), database.writing() as session:
        restore(session, *find_passage([hidden], 751_000), actor="researcher")
