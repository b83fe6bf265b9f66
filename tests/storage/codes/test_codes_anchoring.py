"""The words of a coding are where the file says, where they are found for sure, or they are flagged."""

from dataclasses import replace

import pytest
from coded_values import spoken
from hypothesis import given
from hypothesis import strategies as st

from storage.codes.anchoring import NEAR, Anchor, Place, anchored, occurrences
from storage.codes.texts import StudyText, StudyVersion, study_text
from storage.imports.coded_project import ProjectCoding
from storage.tables import MatchedBy

VERSION = StudyVersion(
    id=1,
    guid="v",
    number=2,
    transcript_id=1,
    transcript_guid="t",
    recording_guid="r",
    recording_sha256="ab",
    duration_ms=90_000,
    interview_id=1,
    label="C_031_06/20",
    language="en",
)


def text_saying(*words: str) -> StudyText:
    return study_text(VERSION, tuple(spoken("C_031", [("", each) for each in words])), "full")


def coding(start: int | None, end: int | None, start_ms: int | None = None, end_ms: int | None = None) -> ProjectCoding:
    return ProjectCoding("g", "code", "source", "text", start, end, start_ms, end_ms)


def found(text: StudyText, quote: str, at: int, read_in: str, matched_by: MatchedBy = MatchedBy.GUID) -> Anchor:
    anchor = anchored(coding(at, at + len(quote)), quote, Place(text, matched_by), read_in)
    assert isinstance(anchor, Anchor)
    return anchor


def test_positions_in_the_same_text_are_right_however_often_the_words_are_said() -> None:
    text = text_saying("no no no no")
    at = text.text.index("no") + 3
    anchor = found(text, "no", at, text.text)
    assert (anchor.start, anchor.end, anchor.matched_by, anchor.reason) == (at, at + 2, MatchedBy.GUID, "")


def test_the_positions_of_a_file_with_a_heading_are_moved_by_its_length() -> None:
    text = text_saying("no no no no")
    heading = "Study: x\n\n"
    at = text.text.index("no") + 3
    anchor = anchored(
        coding(at + len(heading), at + len(heading) + 2),
        "no",
        Place(text, MatchedBy.HASH, len(heading)),
        heading + text.text,
    )
    assert isinstance(anchor, Anchor)
    assert (anchor.start, anchor.end, anchor.reason) == (at, at + 2, "")


def test_words_of_the_heading_are_no_words_of_the_interview() -> None:
    text = text_saying("Study is what I do")
    heading = "Study: x\n\n"
    place = Place(text, MatchedBy.HASH, len(heading))
    assert anchored(coding(0, 5), "Study", place, heading + text.text) == "it is outside of what was said"


def test_a_long_quote_that_is_there_once_is_found_wherever_it_is() -> None:
    quote = "that kept me going on"
    text = text_saying("word " * 300, quote)
    anchor = found(text, quote, 3, f"xx {quote}")
    assert (text.text[slice(anchor.start, anchor.end)], anchor.matched_by) == (quote, MatchedBy.QUOTE)


def test_whatever_space_a_program_has_put_between_the_words() -> None:
    text = text_saying("that kept me going on")
    anchor = found(text, "that kept\n me\u00a0going on", 0, "")
    assert (anchor.quote, anchor.reason) == ("that kept me going on", "")


def test_a_short_one_is_found_near_where_it_should_be() -> None:
    text = text_saying("word " * 200 + "yes", "well")
    at = text.text.index("yes")
    assert found(text, "yes", at - NEAR, "").start == at
    assert found(text, "yes", at - NEAR - 1, "").reason


def test_or_in_the_utterance_of_its_time() -> None:
    text = text_saying(*["yes" if number % 3 == 0 else "word " * 60 for number in range(9)])
    third = text.passages[6]
    anchor = anchored(coding(0, 3, third.start_ms, third.end_ms), "yes", Place(text, MatchedBy.GUID), "yes, other text")
    assert isinstance(anchor, Anchor)
    assert (anchor.start, anchor.end) == (third.start, third.end)


def test_or_between_the_same_words() -> None:
    text = text_saying(
        "in the first week yes and then", "x " * 300, "and in the second week yes and so on and on it went"
    )
    other = f"[a heading] {'y ' * 900}And in the second week yes and so on and on it goes [a footer]"
    anchor = found(text, "yes", other.index("yes"), other, MatchedBy.QUOTE)
    assert text.text[: anchor.start].endswith("second week ")


def test_the_same_words_around_it_twice_tell_nothing() -> None:
    there = "and in the second week yes and so on and on it went, "
    text = text_saying(there * 2)
    other = f"typed anew: {there}"
    assert found(text, "yes", other.index("yes"), other).reason


def test_words_on_one_side_of_it_alone_tell_nothing() -> None:
    """What came after it may have been taken out of the file."""
    text = text_saying("yes and in the second week it went on and on", "no")
    assert found(text, "yes", 0, "yes and in the second week it went on and on").reason


def test_places_that_overlap_are_two() -> None:
    assert occurrences("no no", "no no no") == [(0, 5), (3, 8)]


def test_a_short_one_at_the_same_position_of_a_text_that_reads_otherwise_is_not_believed() -> None:
    """Something was put in before: 'no' is there, but it is the one before."""
    text = text_saying("no no no no no no no no no no")
    at = text.text.index("no") + 9
    assert found(text, "no", at, text.text.replace("no", "and no", 1)).reason


@pytest.mark.parametrize(("quote", "how_often"), [("gone", "do not stand"), ("no", "stand 4 times")])
def test_what_is_not_sure_is_flagged_and_keeps_the_positions_of_its_file(quote: str, how_often: str) -> None:
    text = text_saying("no no no no")
    anchor = found(text, quote, 4000, "x" * 4000 + quote)
    reason = f"its words {how_often} in version 2 of C_031_06/20, and not surely where the file says"
    assert (anchor.start, anchor.end, anchor.quote, anchor.reason) == (4000, 4000 + len(quote), quote, reason)


def test_words_that_the_file_does_not_hold_cannot_be_verified() -> None:
    flagged = anchored(coding(0, 2), "", Place(text_saying("no"), MatchedBy.GUID))
    assert isinstance(flagged, Anchor)
    assert flagged.reason == "the file does not hold its words"


@pytest.mark.parametrize("nothing", [coding(None, None), coding(4, 4), coding(9, 3), coding(None, None, 50, 50)])
def test_what_has_no_length_has_no_place(nothing: ProjectCoding) -> None:
    assert anchored(nothing, "", Place(text_saying("no"), MatchedBy.GUID)) == "it has no words and no length"


spoken_words = ["yes", "no", "£20", "🙂", "e\u0301", "مرحبا", "kept", "going", "on"]
words = st.lists(st.sampled_from(spoken_words), min_size=1, max_size=2)


@given(st.lists(words.map(" ".join), min_size=1, max_size=8), st.data())
def test_in_an_edited_text_words_are_found_where_they_are_or_flagged(said: list[str], data: st.DataObject) -> None:
    """The file's text has lost some utterances and got others. What is said in any of them is said again and again;
    only a number is each one's own."""
    said = [f"{number}: {words} {number}." for number, words in enumerate(said)]
    text = text_saying(*said)
    kept = data.draw(st.lists(st.sampled_from(range(len(said))), min_size=1, unique=True).map(sorted))
    read_in, starts = "", {}
    for number in kept:
        read_in += data.draw(st.sampled_from(["", "", "something else. "]))
        starts[number] = len(read_in)
        read_in += said[number] + data.draw(st.sampled_from([" ", "\n\n"]))
    number = data.draw(st.sampled_from(kept))
    first = data.draw(st.integers(0, len(said[number]) - 1))
    last = data.draw(st.integers(first + 1, len(said[number])))
    quote = said[number][first:last]
    anchor = found(text, quote, starts[number] + first, read_in, MatchedBy.QUOTE)
    if not anchor.reason:
        trimmed = len(quote) - len(quote.lstrip()) if anchor.quote != quote else 0
        assert anchor.start == text.passages[number].start + first + trimmed


def test_the_time_of_the_coder_is_kept() -> None:
    text = text_saying("that kept me going on")
    anchor = anchored(coding(17, 38, 1_234, 2_345), text.text[17:38], Place(text, MatchedBy.GUID), text.text)
    assert isinstance(anchor, Anchor)
    assert (anchor.start_ms, anchor.end_ms) == (1_234, 2_345)


def test_an_utterance_without_length_gives_no_time() -> None:
    said = replace(spoken("C_031", [("", "that kept me going on")])[0], end_ms=0)
    text = study_text(VERSION, (said,), "full")
    assert found(text, "kept", text.text.index("kept"), text.text).start_ms is None
