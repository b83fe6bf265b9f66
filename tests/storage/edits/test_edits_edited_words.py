"""Words that a person edits keep their times where they stayed, and share those of the words they replace."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from storage.edits.edited_words import Part, WrittenWord, read_part, rows_of, written
from storage.transcripts.words import SET_ASIDE, text_of, words_of


def row(text: str, start_ms: int, end_ms: int, *marks: str) -> list[Any]:
    return [text, start_ms, end_ms, 0.5, *([list(marks)] if marks else [])]


ROWS = [
    row("Well,", 0, 300),
    row(" I", 400, 500),
    row("went", 500, 900, "disputed"),
    row("home.", 900, 1_200, "disputed"),
    row("home", 1_200, 1_400, "loop"),
    row("Yes.", 2_000, 2_400),
    row("[unclear 00:00:02-00:00:04]", 2_400, 4_000, "unclear"),
]


def edited(text: str, rows: list[list[Any]] = ROWS, end_ms: int = 4_000) -> list[list[Any]]:
    (made,) = rows_of(rows, [read_part(text)], 0, end_ms)
    return made


def test_words_are_written_with_their_doubts_and_without_what_is_set_aside() -> None:
    assert written(ROWS) == "Well, I [went home?]. Yes. [unclear 00:00:02-00:00:04]"
    assert written([row("I", 0, 1, "speaker"), row("know", 1, 2)]) == "[speaker?] I know"


def test_nothing_edited_leaves_every_row_as_it_was() -> None:
    assert edited(written(ROWS)) == ROWS


def test_a_replaced_word_has_the_time_of_what_it_replaces_and_the_others_keep_theirs() -> None:
    made = edited("Well, I walked back home. Yes. [unclear 00:00:02-00:00:04]")
    assert made[:2] == ROWS[:2]
    assert made[2:5] == [
        ["walked", 500, 740, None],
        ["back", 740, 900, None],
        ["home.", 900, 1_200, 0.5],
    ]
    assert made[5:] == ROWS[4:]


def test_a_doubt_is_settled_by_taking_its_brackets_away() -> None:
    assert edited("Well, I went home. Yes. [unclear 00:00:02-00:00:04]")[2:4] == [
        ["went", 500, 900, 0.5],
        ["home.", 900, 1_200, 0.5],
    ]
    (made,) = rows_of([row("I", 0, 1, "speaker"), row("know", 1, 2, "speaker")], [read_part("I know")], 0, 2)
    assert made == [["I", 0, 1, 0.5], ["know", 1, 2, 0.5]]


def test_a_doubt_can_be_raised_by_writing_it() -> None:
    assert read_part("[speaker?] I [think so?].") == Part(
        (WrittenWord("I"), WrittenWord("think", "disputed"), WrittenWord("so.", "disputed")), True
    )
    assert edited("[Well?], I [went home?]. Yes. [unclear 00:00:02-00:00:04]")[0] == row("Well,", 0, 300, "disputed")


def test_brackets_of_other_kinds_are_words() -> None:
    assert read_part("[laughs] I [went?] (home) [Anna]").words == (
        WrittenWord("[laughs]"),
        WrittenWord("I"),
        WrittenWord("went", "disputed"),
        WrittenWord("(home)"),
        WrittenWord("[Anna]"),
    )
    assert read_part("[[laughs]?]").words == (WrittenWord("[laughs]", "disputed"),)


def test_a_pseudonym_of_several_words_is_one_word_with_its_time() -> None:
    rows = [row("Then", 0, 100), row("[a friend],", 100, 400), row("left.", 400, 500)]
    assert edited("Then [a friend], went.", rows, 500) == [*rows[:2], ["went.", 400, 500, None]]


def test_what_nobody_could_write_down_is_filled_in_with_its_time() -> None:
    made = edited("Well, I [went home?]. Yes. it was dark")
    assert made[6:] == [["it", 2_400, 2_755, None], ["was", 2_755, 3_288, None], ["dark", 3_288, 4_000, None]]


def test_a_word_put_in_has_the_pause_in_which_it_stands() -> None:
    made = edited("Well, so I [went home?]. Yes. [unclear 00:00:02-00:00:04]")
    assert made[:3] == [ROWS[0], ["so", 300, 400, None], ROWS[1]]


def test_a_corrected_spelling_or_stop_keeps_the_time_of_the_word() -> None:
    made = edited("Well I [went home?], yes. [unclear 00:00:02-00:00:04]")
    assert made[0] == ["Well", 0, 300, None]
    assert made[3] == ["home,", 900, 1_200, None, ["disputed"]]
    assert made[5] == ["yes.", 2_000, 2_400, None]


def test_what_is_set_aside_stays_at_its_time_whatever_is_written_around_it() -> None:
    assert ROWS[4] in edited("something else")
    assert edited("") == [ROWS[4]]


def test_the_parts_of_a_split_utterance_have_their_own_rows() -> None:
    first, second = rows_of(ROWS, [read_part("Well, I [went home?]."), read_part("Yes indeed.")], 0, 4_000)
    assert first == ROWS[:5]
    assert second == [["Yes", 2_000, 2_400, None], ["indeed.", 2_400, 4_000, None]]


def test_words_without_any_rows_share_the_time_of_the_utterance() -> None:
    assert edited("a bcd", [], 400) == [["a", 0, 100, None], ["bcd", 100, 400, None]]


def test_new_words_stay_within_the_utterance_even_where_old_ones_did_not() -> None:
    assert rows_of([row("a", 0, 900)], [read_part("b")], 100, 500) == [[["b", 100, 500, None]]]
    assert rows_of([row("a", 600, 900)], [read_part("b")], 100, 500) == [[["b", 500, 500, None]]]


# --- whatever is written -------------------------------------------------------------------------------------------

TEXTS = st.sampled_from(["so", "So,", "I", "no.", "🙂", "e\u0301", "don’t", "…"])
MARKS = st.sampled_from([(), (), (), ("disputed",), ("loop",), ("bleed", "disputed")])


@st.composite
def rows_within(draw: st.DrawFn) -> list[list[Any]]:
    drawn = draw(st.lists(st.tuples(TEXTS, st.integers(0, 50), st.integers(0, 50), MARKS), max_size=7))
    rows, at = [], 0
    for text, gap, length, marks in drawn:
        rows.append(row(text, at + gap, at + gap + length, *marks))
        at += gap + length
    return rows


PARTS = st.lists(st.lists(TEXTS | st.sampled_from(["[so?]", "new"]), max_size=5).map(" ".join), min_size=1, max_size=3)


@given(rows_within(), PARTS, st.integers(0, 30))
def test_times_are_monotonic_and_within_the_utterance(rows: list[list[Any]], texts: list[str], more: int) -> None:
    end_ms = max((r[2] for r in rows), default=0) + more
    made = [r for part in rows_of(rows, [read_part(text) for text in texts], 0, end_ms) for r in part]
    assert all(0 <= r[1] <= r[2] <= end_ms for r in made)
    assert all(one[1] <= other[1] for one, other in pairwise(made))
    shown = [word for word in words_of(made) if not word.is_set_aside]
    assert all(one.end_ms <= other.start_ms for one, other in pairwise(shown))


@given(rows_within(), PARTS)
def test_every_word_written_is_there_and_nothing_set_aside_is_lost(rows: list[list[Any]], texts: list[str]) -> None:
    parts = rows_of(rows, [read_part(text) for text in texts], 0, 10_000)
    assert [written(part).split() for part in parts if part] == [
        written([row(w.text, 0, 0, *([w.mark] if w.mark else [])) for w in read_part(text).words]).split()
        for text, part in zip(texts, parts, strict=True)
        if part
    ]
    assert [text_of(part) for part in parts] == [" ".join(w.text for w in read_part(text).words) for text in texts]
    aside = [r for r in rows if len(r) > 4 and set(r[4]) & set(SET_ASIDE)]
    assert [r for part in parts for r in part if len(r) > 4 and set(r[4]) & set(SET_ASIDE)] == aside


@given(rows_within())
def test_what_is_written_reads_back_as_it_was(rows: list[list[Any]]) -> None:
    assert rows_of(rows, [read_part(written(rows))], 0, 10_000) == [rows]
