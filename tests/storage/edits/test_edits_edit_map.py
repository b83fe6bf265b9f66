"""A coding keeps its quote where nobody edited, and is flagged where somebody did; it is never moved in silence."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from talks import Said, reworded, spoken, talk

from storage.edits.edit_map import Carried, EditMap, Fate, Kept, carried, edit_map, then
from storage.exports.turns import plain_text
from storage.transcripts.transcript import InterviewTranscript, Spoken

TALK: tuple[Said, ...] = (
    ("INT_01", 0, 0, "How are you today?"),
    ("C_001", 1, 2_000, "Well, I went home because I was tired."),
    ("C_001", 1, 6_000, "It cost £20 and I cried 🙂."),
    ("INT_01", 0, 9_000, "Thank you."),
)
BEFORE = talk(*TALK)


def follow(edits: EditMap, quote: str, nth: int = 0) -> tuple[Fate, str]:
    """What became of a quote (its nth place in the old text), and the new text there."""
    start = -1
    for _ in range(nth + 1):
        start = edits.old.text.index(quote, start + 1)
    found = carried(edits, start, start + len(quote))
    return found.fate, edits.new.text[found.start : found.end]


def edited(number: int, text: str, **fields: Any) -> EditMap:
    return edit_map(BEFORE, reworded(BEFORE, number, text, **fields), "full")


def test_without_an_edit_the_whole_text_is_one_kept_stretch() -> None:
    edits = edit_map(BEFORE, BEFORE, "full")
    assert edits.kept == (Kept(0, 0, len(edits.old.text)),)
    assert edits.touched == ()
    assert edits.old == plain_text(BEFORE)


def test_a_quote_elsewhere_keeps_its_words_and_moves_with_them() -> None:
    edits = edited(1, "Well, I drove all the way home because I was tired.")
    assert follow(edits, "It cost £20") == (Fate.KEPT, "It cost £20")
    start = edits.old.text.index("It cost")
    assert carried(edits, start, start + 7).start == start + len("drove all the way") - len("went")


def test_a_quote_of_the_same_utterance_is_kept_outside_the_edit() -> None:
    edits = edited(1, "Well, I drove home because I was tired.")
    assert follow(edits, "home because I was tired.") == (Fate.KEPT, "home because I was tired.")
    assert follow(edits, "Well, I") == (Fate.KEPT, "Well, I")
    assert follow(edits, "I went home") == (Fate.TOUCHED, "I drove home")
    assert follow(edits, "went") == (Fate.TOUCHED, "drove")


def test_words_put_in_at_the_edge_of_a_quote_leave_it_whole_and_within_it_do_not() -> None:
    edits = edited(1, "Well, I went straight home because I was tired.")
    assert follow(edits, "I went") == (Fate.KEPT, "I went")
    assert follow(edits, "home because") == (Fate.KEPT, "home because")
    assert follow(edits, "I went home") == (Fate.TOUCHED, "I went straight home")
    (touched,) = edits.touched
    assert touched[1] - touched[0] == 0


def test_the_space_around_a_quote_is_kept_with_it() -> None:
    edits = edited(1, "Well, I home because I was tired.")
    assert follow(edits, "Well, I ") == (Fate.KEPT, "Well, I ")
    assert follow(edits, " home because") == (Fate.KEPT, " home because")


def test_what_was_taken_out_is_gone() -> None:
    edits = edited(1, "Well, I went home.")
    assert follow(edits, "because I was") == (Fate.GONE, "")
    assert follow(edits, "home because") == (Fate.TOUCHED, "home")
    assert follow(edits, "went home") == (Fate.KEPT, "went home")


def test_an_utterance_taken_out_is_gone_and_its_neighbours_are_kept() -> None:
    edits = edit_map(BEFORE, replace(BEFORE, utterances=(*BEFORE.utterances[:2], BEFORE.utterances[3])), "full")
    assert follow(edits, "It cost £20 and I cried 🙂.") == (Fate.GONE, "")
    assert follow(edits, "because I was tired.") == (Fate.KEPT, "because I was tired.")
    assert follow(edits, "Thank you.") == (Fate.KEPT, "Thank you.")
    assert follow(edits, "tired. (1.6) It") == (Fate.TOUCHED, "tired.")


def test_of_words_that_are_alike_none_is_kept_where_one_was_taken_out() -> None:
    before = talk(("C_001", 1, 0, "I I think I know"))
    edits = edit_map(before, reworded(before, 0, "I think I know"), "full")
    assert [follow(edits, "I", nth)[0] for nth in (0, 1)] == [Fate.TOUCHED, Fate.TOUCHED]
    assert follow(edits, "think I know") == (Fate.KEPT, "think I know")
    assert follow(edits, "I think I know")[0] == Fate.TOUCHED


def test_a_phrase_said_twice_is_flagged_where_the_second_was_put_in() -> None:
    before = talk(("C_001", 1, 0, "so I think so yes"))
    edits = edit_map(before, reworded(before, 0, "so I think so I think so yes"), "full")
    assert follow(edits, "I think so")[0] == Fate.TOUCHED
    assert follow(edits, "yes") == (Fate.KEPT, "yes")


def test_punctuation_put_at_its_end_leaves_a_quote_whole() -> None:
    edits = edited(1, "Well, I went home. Because I was tired.")
    assert follow(edits, "I went home") == (Fate.KEPT, "I went home")
    assert follow(edits, "I was tired") == (Fate.KEPT, "I was tired")
    assert follow(edits, "because") == (Fate.TOUCHED, "Because")


def test_a_corrected_speaker_touches_only_what_reaches_across_turns() -> None:
    edits = edited(1, BEFORE.utterances[1].text, speaker="INT_01")
    assert follow(edits, "How are you today?") == (Fate.KEPT, "How are you today?")
    assert follow(edits, "I went home because I was tired.") == (Fate.KEPT, "I went home because I was tired.")
    assert follow(edits, "today?\n\n[00:00:02] C_001: Well,")[0] == Fate.TOUCHED


def test_a_quote_across_turns_is_kept_where_nothing_between_them_changed() -> None:
    edits = edited(3, "Thanks.")
    across = "today?\n\n[00:00:02] C_001: Well, I"
    assert follow(edits, across) == (Fate.KEPT, across)


def test_an_utterance_that_is_split_keeps_its_words_on_either_side() -> None:
    first, second = spoken("C_001", 1, 2_000, "Well, I went home"), spoken("INT_01", 1, 3_200, "because I was tired.")
    after = talk(TALK[0], replace(first, end_ms=3_200), replace(second, end_ms=4_400), *TALK[2:])
    edits = edit_map(BEFORE, after, "full")
    assert follow(edits, "Well, I went home") == (Fate.KEPT, "Well, I went home")
    assert follow(edits, "because I was tired.") == (Fate.KEPT, "because I was tired.")
    assert follow(edits, "home because")[0] == Fate.TOUCHED
    assert follow(edits, "It cost") == (Fate.KEPT, "It cost")


def test_part_of_a_split_utterance_is_followed_past_what_was_said_meanwhile() -> None:
    before = talk(("C_001", 1, 0, "one two three four five six"), ("INT_01", 0, 700, "oh yes"))
    parts = (spoken("C_001", 1, 0, "one two"), ("INT_01", 0, 700, "oh yes"), spoken("C_001", 1, 900, "four five six"))
    edits = edit_map(before, talk(*parts), "intelligent")
    for quote in ("one two", "oh yes", "four five six"):
        assert follow(edits, quote) == (Fate.KEPT, quote)
    assert follow(edits, "three") == (Fate.GONE, "")
    assert follow(edits, "three four") == (Fate.TOUCHED, "four")


def test_the_same_word_at_another_time_is_another_word() -> None:
    before = talk(("INT_01", 0, 0, "Mm."), ("C_001", 1, 1_000, "No."), ("INT_01", 0, 2_000, "Mm."))
    edits = edit_map(before, talk(("C_001", 1, 1_000, "No."), ("INT_01", 0, 2_000, "Mm.")), "full")
    assert follow(edits, "Mm.", 0)[0] == Fate.GONE
    assert follow(edits, "Mm.", 1) == (Fate.KEPT, "Mm.")


def test_of_two_voices_at_the_same_time_each_keeps_its_own_words() -> None:
    before = talk(("INT_01", 0, 0, "yeah"), ("C_001", 1, 0, "no"))
    after = talk(("INT_01", 0, 0, "no"), ("C_001", 1, 0, "yeah"))
    edits = edit_map(before, after, "intelligent")
    assert follow(edits, "yeah")[0] == follow(edits, "no")[0] == Fate.TOUCHED


def test_of_two_who_begin_at_once_each_is_followed_whatever_their_order() -> None:
    before = talk(("INT_01", 0, 0, "yeah so"), ("C_001", 1, 0, "no way"))
    after = talk(("C_001", 1, 0, "no way then"), ("INT_01", 0, 0, "yeah so then"))
    edits = edit_map(before, after, "intelligent")
    assert follow(edits, "yeah so") == (Fate.KEPT, "yeah so")
    assert follow(edits, "no way") == (Fate.KEPT, "no way")


def test_of_two_utterances_in_one_place_the_one_that_is_left_could_be_either() -> None:
    before = talk(("C_001", 1, 0, "yeah"), ("C_001", 1, 0, "yeah I know"))
    edits = edit_map(before, talk(("C_001", 1, 0, "yeah I see")), "intelligent")
    assert [follow(edits, "yeah", nth)[0] for nth in (0, 1)] != [Fate.KEPT, Fate.KEPT]
    assert follow(edits, "yeah", 0)[0] != Fate.KEPT


def test_words_are_not_followed_to_the_other_channel() -> None:
    before = talk(("C_001", 1, 0, "one two three four"))
    after = talk(("C_001", 1, 0, "one two"), ("INT_01", 0, 300, "three four"))
    assert follow(edit_map(before, after, "intelligent"), "three four")[0] != Fate.KEPT


def test_a_place_between_words_is_kept_unless_something_was_put_in_there() -> None:
    edits = edited(1, "Well, I went straight home because I was tired.")
    before_home = edits.old.text.index("home")
    found = carried(edits, before_home, before_home)
    assert (found.fate, edits.new.text[found.start : found.end]) == (Fate.TOUCHED, "straight")
    before_tired = edits.old.text.index("tired")
    found = carried(edits, before_tired, before_tired)
    assert (found.fate, found.start, found.end) == (Fate.KEPT, before_tired + 9, before_tired + 9)


def test_a_flagged_quote_points_at_its_own_words_only() -> None:
    edits = edited(1, "Well, so I went away because I was tired.")
    assert follow(edits, "I went home") == (Fate.TOUCHED, "I went away")
    edits = edited(1, "Well, I home because I was tired.")
    assert follow(edits, " went ") == (Fate.GONE, "")


def test_words_cut_in_one_utterance_and_typed_in_another_are_flagged() -> None:
    before = talk(("C_001", 1, 0, "well yes"), ("C_001", 1, 5_000, "Margaret came"))
    after = talk(spoken("C_001", 1, 0, "well yes Margaret came"))
    assert follow(edit_map(before, after, "full"), "Margaret came") == (Fate.TOUCHED, "Margaret came")


def test_a_stretch_that_is_none_of_the_text_is_refused() -> None:
    edits = edit_map(BEFORE, BEFORE, "full")
    for start, end in ((-1, 2), (3, 2), (0, len(edits.old.text) + 1)):
        with pytest.raises(ValueError, match="is no stretch of a text of"):
            carried(edits, start, end)


def test_words_put_in_and_taken_out_again_stay_touched() -> None:
    between = reworded(BEFORE, 1, "Well, I went straight home because I was tired.")
    whole = then(edit_map(BEFORE, between, "full"), edit_map(between, BEFORE, "full"))
    assert whole.old == whole.new
    assert follow(whole, "I went") == (Fate.KEPT, "I went")
    assert follow(whole, "went home")[0] == Fate.TOUCHED


def test_maps_that_do_not_follow_each_other_are_not_joined() -> None:
    edits = edited(1, "Well.")
    with pytest.raises(ValueError, match="does not begin with the text"):
        then(edits, edits)


# --- whatever is edited --------------------------------------------------------------------------------------------

WORDS = st.lists(st.sampled_from(["a", "b", "so", "So,", "b.", "🙂", "e\u0301", "[x?]"]), min_size=1, max_size=5)
UTTERANCE = st.builds(
    lambda who, channel, start, words: spoken(who, channel, start * 700, " ".join(words)),
    st.sampled_from(["C_001", "INT_01", ""]),
    st.integers(0, 1),
    st.integers(0, 4),
    WORDS,
)
TALKS = st.lists(UTTERANCE, max_size=4).map(lambda said: talk(*said))
STYLES = st.sampled_from(["full", "intelligent"])


@st.composite
def edits_of(draw: st.DrawFn, before: InterviewTranscript) -> InterviewTranscript:
    """The transcript with some utterances reworded, spoken by others, taken out or added."""
    said: list[Spoken] = []
    for each in before.utterances:
        step = draw(st.sampled_from(["stay", "stay", "reword", "speaker", "out"]))
        if step == "reword":
            words = each.text.split()
            at = draw(st.integers(0, len(words)))
            words[at : at + draw(st.integers(0, 2))] = draw(st.lists(st.sampled_from(["a", "b", "new"]), max_size=2))
            each = replace(each, text=" ".join(words), words=[[w, each.start_ms, each.end_ms, None] for w in words])
        elif step == "speaker":
            each = replace(each, speaker=draw(st.sampled_from(["C_001", "INT_01"])))
        if step != "out":
            said.append(each)
    return talk(*said, *draw(st.lists(UTTERANCE, max_size=1)))


STORY = TALKS.flatmap(lambda a: st.tuples(st.just(a), edits_of(a))).flatmap(
    lambda pair: st.tuples(st.just(pair[0]), st.just(pair[1]), edits_of(pair[1]))
)


def stretches(text: str, data: st.DataObject) -> tuple[int, int]:
    start = data.draw(st.integers(0, len(text)))
    return start, data.draw(st.integers(start, len(text)))


@given(TALKS, TALKS, STYLES, st.data())
def test_what_is_kept_has_the_same_quote_between_any_two_texts(
    before: InterviewTranscript, after: InterviewTranscript, style: str, data: st.DataObject
) -> None:
    edits = edit_map(before, after, style)
    start, end = stretches(edits.old.text, data)
    found = carried(edits, start, end)
    assert 0 <= found.start <= found.end <= len(edits.new.text)
    if found.fate == Fate.KEPT:
        assert edits.new.text[found.start : found.end] == edits.old.text[start:end]
    ends = [0, *(edge for one in edits.kept for edge in (one.old_start, one.old_end)), len(edits.old.text)]
    assert ends == sorted(ends)


@given(TALKS, STYLES, st.data())
def test_without_an_edit_everything_is_kept_in_its_place(
    before: InterviewTranscript, style: str, data: st.DataObject
) -> None:
    assume(before.utterances)
    edits = edit_map(before, before, style)
    start, end = stretches(edits.old.text, data)
    assert carried(edits, start, end) == Carried(Fate.KEPT, start, end)


@given(STORY, STYLES, st.data())
def test_over_two_edits_is_the_same_as_one_after_the_other(
    story: tuple[InterviewTranscript, InterviewTranscript, InterviewTranscript], style: str, data: st.DataObject
) -> None:
    first, second = edit_map(story[0], story[1], style), edit_map(story[1], story[2], style)
    whole = then(first, second)
    assert all(one.length for one in whole.kept)
    start, end = stretches(first.old.text, data)
    step = carried(first, start, end)
    at_once = carried(whole, start, end)
    if step.fate == Fate.KEPT and start < end:
        last = carried(second, step.start, step.end)
        assert (at_once.fate == Fate.KEPT) == (last.fate == Fate.KEPT)
        assert last.fate != Fate.KEPT or at_once == last
    elif step.fate != Fate.KEPT:
        assert at_once.fate != Fate.KEPT


@given(STORY, STYLES)
def test_joining_maps_does_not_depend_on_which_are_joined_first(
    story: tuple[InterviewTranscript, InterviewTranscript, InterviewTranscript], style: str
) -> None:
    one, two = edit_map(story[0], story[1], style), edit_map(story[1], story[2], style)
    three = edit_map(story[2], story[0], style)
    assert then(then(one, two), three) == then(one, then(two, three))
    same = edit_map(story[0], story[0], style)
    assert then(same, one) == one
