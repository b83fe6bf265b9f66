"""Codings on a newer version: kept where nobody touched their words, else flagged, never changed where they were."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from coded_values import ALONE, MONEY, SAID

from storage.codes.anchoring import Anchor
from storage.codes.carrying import CarriedCoding, Follow, carried_codings, carried_on
from storage.codes.codings import PlacedCoding
from storage.codes.report import ImportReport
from storage.codes.texts import StudyText, StudyVersion
from storage.database import Database
from storage.errors import StorageError
from storage.imports.coded_project import CodedProject
from storage.study import Study
from storage.tables import MatchedBy


@dataclass(frozen=True)
class Carried:
    fate: str
    start: int
    end: int


def follower(old: str, new: str) -> Follow:
    """A stand-in for the edit map: what is before the first and after the last difference is kept."""
    head = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    tail = next((n for n, (a, b) in enumerate(zip(old[::-1], new[::-1], strict=False)) if a != b), 0)

    def follow(start: int, end: int) -> Carried:
        shift = len(new) - len(old)
        if end <= head:
            return Carried("kept", start, end)
        if start >= len(old) - tail:
            return Carried("kept", start + shift, end + shift)
        return Carried("touched", head, len(new) - tail)

    return follow


@pytest.fixture
def versions(
    transcribed: Callable[..., StudyVersion],
    corrected: Callable[..., StudyVersion],
    coded: Callable[..., CodedProject],
    take: Callable[..., ImportReport],
) -> tuple[StudyVersion, StudyVersion]:
    """Two versions; the first is coded, the second says '£25 – quite' for '£20 – '."""
    first = transcribed("C_031")
    take(coded(first, (ALONE, "On my own"), (MONEY, "£20 – “for nothing”"), (ALONE, "kept me going")))
    said = [(who, words.replace("£20 –", "£25 – quite")) for who, words in SAID]
    return first, corrected("C_031", said)


def carried(database: Database, study: Study, guid: str, text_of: Callable[..., StudyText]) -> list[CarriedCoding]:
    def follow_from(old: StudyVersion, new: StudyVersion, style: str) -> Follow:
        assert style == study.transcription.style
        return follower(text_of(old).text, text_of(new).text)

    with database.reading() as session:
        return carried_codings(session, study, guid, follow_from)


def test_words_that_nobody_touched_are_kept_and_the_others_flagged(
    versions: tuple[StudyVersion, StudyVersion], database: Database, study: Study, text_of: Callable[..., StudyText]
) -> None:
    first, second = versions
    found = carried(database, study, second.guid, text_of)
    assert [each.standing for each in found] == ["kept", "flagged", "kept"]
    assert found[1].reason == "its words were edited since version 1 of C_031_06/20"
    text = text_of(second).text
    assert [text[slice(each.start, each.end)] for each in (found[0], found[2])] == ["On my own", "kept me going"]
    assert found[2].start != found[2].coding.anchor.start
    assert {each.coding.version_id for each in found} == {first.id}


def test_on_the_version_that_was_coded_they_are_where_they_were(
    versions: tuple[StudyVersion, StudyVersion], database: Database, study: Study, text_of: Callable[..., StudyText]
) -> None:
    found = carried(database, study, versions[0].guid, text_of)
    assert [(each.start, each.end) for each in found] == [(c.coding.anchor.start, c.coding.anchor.end) for c in found]


def test_what_is_coded_in_a_later_version_is_not_carried_back(
    versions: tuple[StudyVersion, StudyVersion],
    coded: Callable[..., CodedProject],
    take: Callable[..., ImportReport],
    database: Database,
    study: Study,
    text_of: Callable[..., StudyText],
) -> None:
    take(coded(versions[1], (MONEY, "£25 – quite"), first=20))
    assert len(carried(database, study, versions[0].guid, text_of)) == 3
    assert len(carried(database, study, versions[1].guid, text_of)) == 4


def test_there_is_no_version_that_is_not_there(
    versions: tuple[StudyVersion, StudyVersion], database: Database, study: Study, text_of: Callable[..., StudyText]
) -> None:
    with pytest.raises(StorageError, match="There is no version nowhere"):
        carried(database, study, "nowhere", text_of)


class TestOne:
    """One coding, by the words of its anchor."""

    @pytest.fixture
    def texts(
        self, versions: tuple[StudyVersion, StudyVersion], text_of: Callable[..., StudyText]
    ) -> tuple[StudyText, StudyText]:
        return text_of(versions[0]), text_of(versions[1])

    def coding(self, text: StudyText, words: str, **changed: object) -> PlacedCoding:
        start = text.text.index(words)
        anchor = Anchor(start, start + len(words), 0, 900, words, MatchedBy.GUID)
        return PlacedCoding(
            "g",
            "code",
            "coder",
            text.version.id,
            1,
            text.style,
            replace(anchor, **changed),  # type: ignore[arg-type]
        )

    def follow(self, texts: tuple[StudyText, StudyText]) -> Follow:
        return follower(texts[0].text, texts[1].text)

    def test_a_map_that_is_wrong_moves_nothing(self, texts: tuple[StudyText, StudyText]) -> None:
        old, new = texts
        coding = self.coding(old, "On my own")
        found = carried_on(coding, old, new, lambda start, end: Carried("kept", start + 1, end + 1))
        assert found.reason == "its words were edited since version 1 of C_031_06/20"

    def test_words_that_are_not_where_they_were_are_not_followed(self, texts: tuple[StudyText, StudyText]) -> None:
        old, new = texts
        found = carried_on(self.coding(old, "On my own", quote="other"), old, new, self.follow(texts))
        assert (found.start, found.reason) == (None, "its words are not where they were in version 1 of C_031_06/20")

    def test_what_was_flagged_stays_flagged(self, texts: tuple[StudyText, StudyText]) -> None:
        old, new = texts
        found = carried_on(self.coding(old, "On my own", reason="stands twice"), old, new, self.follow(texts))
        assert (found.start, found.reason) == (None, "stands twice")

    def test_what_is_coded_in_the_sound_needs_no_following(self, texts: tuple[StudyText, StudyText]) -> None:
        old, new = texts
        found = carried_on(self.coding(old, "On my own", start=None, end=None, quote=""), old, new, self.follow(texts))
        assert (found.start, found.standing) == (None, "kept")

    def test_words_of_which_nothing_is_left_have_no_place(self, texts: tuple[StudyText, StudyText]) -> None:
        old, new = texts
        found = carried_on(self.coding(old, "On my own"), old, new, lambda start, end: Carried("gone", 9, 9))
        assert (found.start, found.end, found.standing) == (None, None, "flagged")
