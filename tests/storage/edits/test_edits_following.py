"""Codings follow through every stored version between two, and a person can read what differs."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from stored_talks import begin
from talks import spoken, talk

from storage.database import Database
from storage.edits.changes import Change, changes, in_line
from storage.edits.edit_map import Fate, carried
from storage.edits.following import map_between
from storage.errors import StorageError
from storage.study import Study
from storage.tables import Interview
from storage.transcripts.listing import versions_of
from storage.transcripts.reading import read_transcripts
from storage.transcripts.saving import save_machine_version, save_next_version

Book = Callable[..., Interview]
SAID = (spoken("INT_01", 0, 0, "How are you?"), spoken("C_001", 1, 2_000, "Um, I went home."))


@pytest.fixture
def guids(database: Database, study: Study, book: Book) -> list[str]:
    """Three versions: words were put in, then taken out again. Their GUIDs."""
    interview = book("C_001")
    with database.writing() as session:
        save_machine_version(session, begin(session, interview), SAID)
        for text in ("Um, I went straight home.", "Um, I went home."):
            (newest,) = read_transcripts(session, study)
            said = [SAID[0], spoken("C_001", 1, 2_000, text)]
            save_next_version(session, newest, said, actor="RES_01", note="edited")
        return [version.guid for version in versions_of(session, newest.transcript_guid)]


def fate(database: Database, study: Study, quote: str, *guids: str, style: str = "") -> Fate:
    with database.reading() as session:
        edits = map_between(session, study, *guids, style=style)
    start = edits.old.text.index(quote)
    return carried(edits, start, start + len(quote)).fate


def test_a_coding_follows_step_by_step_and_what_any_step_touched_stays_flagged(
    database: Database, study: Study, guids: list[str]
) -> None:
    first, second, third = guids
    assert fate(database, study, "went home", first, second) == Fate.TOUCHED
    assert fate(database, study, "went straight", second, third) == Fate.TOUCHED
    assert fate(database, study, "went home", first, third) == Fate.TOUCHED
    assert fate(database, study, "How are you?", first, third) == Fate.KEPT
    assert fate(database, study, "went home", first, first) == Fate.KEPT


def test_the_text_that_was_coded_is_that_of_its_style(database: Database, study: Study, guids: list[str]) -> None:
    assert fate(database, study, "C_001: Um, I went", guids[0], guids[2]) == Fate.KEPT
    assert fate(database, study, "C_001: I went", guids[0], guids[2], style="intelligent") == Fate.KEPT


def test_codings_follow_forwards_and_within_one_transcript_only(
    database: Database, study: Study, guids: list[str]
) -> None:
    for pair in ((guids[1], guids[0]), (guids[0], "x"), ("x", guids[0])):
        with pytest.raises(StorageError, match=r"is no later one of|There is no version x"):
            fate(database, study, "How", *pair)


def test_the_utterances_that_differ_are_told_by_time() -> None:
    before = talk(
        ("INT_01", 0, 0, "a b c"), ("C_001", 1, 2_000, "d e f"), ("C_001", 1, 4_000, "g"), ("", 0, 6_000, "h")
    )
    first, second, third, fourth = before.utterances
    parts = spoken("C_001", 1, 2_000, "d"), spoken("INT_01", 1, 2_300, "e f")
    new = spoken("C_001", 1, 9_000, "put in")
    after = (first, *parts, replace(fourth, speaker="C_001"), new)
    assert changes(before.utterances, after) == [
        Change(second, parts),
        Change(third, ()),
        Change(fourth, (replace(fourth, speaker="C_001"),)),
        Change(None, (new,)),
    ]
    assert changes(before.utterances, before.utterances) == []


@pytest.mark.parametrize(
    ("old", "new", "both"),
    [
        ("I went home", "I walked home", "I [-went-] {+walked+} home"),
        ("I went", "I went home now", "I went {+home now+}"),
        ("I I went", "I went", "[-I I-] {+I+} went"),
        ("Well went home.", "went home", "[-Well-] went [-home.-] {+home+}"),
        ("a", "", "[-a-]"),
        ("", "a b", "{+a b+}"),
        ("same", "same", "same"),
    ],
)
def test_changed_words_are_shown_in_their_place(old: str, new: str, both: str) -> None:
    assert in_line(old, new) == both
