"""The text of an earlier version comes back whole, as a version of its own, and never names that were taken out."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from stored_talks import SPOKEN, begin

from storage.database import Database
from storage.errors import StorageError
from storage.study import Study
from storage.tables import Interview, State, VersionKind
from storage.transcripts.approval import approve_transcript
from storage.transcripts.listing import versions_of
from storage.transcripts.reading import read_transcripts
from storage.transcripts.reverting import revert
from storage.transcripts.saving import save_machine_version, save_next_version
from storage.transcripts.transcript import InterviewTranscript, Spoken

Book = Callable[..., Interview]
Newest = Callable[[], InterviewTranscript]
Edited = Callable[..., None]
GoBack = Callable[[int], None]
CUT = (replace(SPOKEN[0], text="", words=[]), replace(SPOKEN[1], text="", words=[]))
WITHOUT_NAMES = (SPOKEN[0], replace(SPOKEN[1], text="[Person 1]", words=[]))


@pytest.fixture
def newest(database: Database, study: Study, book: Book) -> Newest:
    """The newest version of C_001's transcript; the machine's to begin with."""
    interview = book("C_001")
    with database.writing() as session:
        save_machine_version(session, begin(session, interview), SPOKEN, completeness=0.9, unclear_ms=100, notes=["a"])

    def read() -> InterviewTranscript:
        with database.reading() as session:
            return read_transcripts(session, study)[0]

    return read


@pytest.fixture
def edited(database: Database, newest: Newest) -> Edited:
    def save(said: tuple[Spoken, ...], kind: VersionKind = VersionKind.CORRECTED) -> None:
        with database.writing() as session:
            save_next_version(session, newest(), said, kind=kind, actor="RES_02", note="edited")

    return save


@pytest.fixture
def go_back(database: Database, study: Study, newest: Newest) -> GoBack:
    def to(number: int) -> None:
        with database.writing() as session:
            revert(session, study, newest(), number, actor="RES_01")

    return to


def words(transcript: InterviewTranscript) -> list[tuple[object, ...]]:
    return [(u.speaker, u.channel, u.start_ms, u.end_ms, u.text, u.words) for u in transcript.utterances]


def test_the_text_is_as_it_was_and_the_version_between_stays(
    database: Database,
    newest: Newest,
    edited: Edited,
    go_back: GoBack,
) -> None:
    first = newest()
    edited(CUT)
    go_back(1)
    now = newest()
    assert words(now) == words(first)
    assert (now.version_number, now.version_kind) == (3, VersionKind.CORRECTED)
    assert (now.completeness, now.unclear_ms) == (0.9, 100)
    assert now.notes == ("a", "The text is that of version 1 again.")
    with database.reading() as session:
        made = versions_of(session, now.transcript_guid)
    assert [(each.number, each.actor) for each in made] == [(1, "openai-whisper"), (2, "RES_02"), (3, "RES_01")]


def test_nothing_is_said_of_how_complete_a_text_without_words_is(newest: Newest, edited: Edited) -> None:
    edited(CUT)
    assert newest().completeness is None


def test_what_was_approved_is_to_be_checked_again(
    database: Database,
    newest: Newest,
    edited: Edited,
    go_back: GoBack,
) -> None:
    edited(CUT)
    with database.writing() as session:
        approve_transcript(session, session.get_one(Interview, 1), actor="RES_01")
    go_back(1)
    assert (newest().state, newest().approved_by) == (State.TRANSCRIBED, "")


def test_names_that_were_taken_out_do_not_come_back(newest: Newest, edited: Edited, go_back: GoBack) -> None:
    """Not from before the pseudonyms, nor from between two rounds of them, where only some names were taken out."""
    edited(WITHOUT_NAMES, VersionKind.PSEUDONYMISED)
    edited(CUT, VersionKind.PSEUDONYMISED)
    for number in (1, 2):
        with pytest.raises(StorageError, match=rf"^Version {number} of C_001_05/20 may hold names .* edit C_001'"):
            go_back(number)
    assert newest().version_number == 3


@pytest.mark.parametrize(("number", "told"), [(1, "is at that version already"), (2, "has versions 1 to 1")])
def test_there_must_be_such_an_earlier_version(newest: Newest, go_back: GoBack, number: int, told: str) -> None:
    with pytest.raises(StorageError, match=f"^C_001_05/20 {told}; 'fieldcall transcripts versions C_001'"):
        go_back(number)
    assert newest().version_number == 1
