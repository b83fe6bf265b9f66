"""Positions are found as the program counted them, on the evidence that it left, and told where that is not certain."""

from collections.abc import Callable

import pytest
from building import selection
from hypothesis import given
from hypothesis import strategies as st

from storage.imports.coded_project import CodedProject
from storage.imports.counting import Span, decide, is_quote
from storage.imports.texts import StoredText

ReadText = Callable[..., CodedProject]

LETTERS = st.sampled_from(["a", "b", "c", " ", ".", "\n", "£", "“", "🙂", "\u0301", "م", "\u2028"])
TEXTS = st.lists(LETTERS, min_size=1, max_size=40).map("".join)
UNITS = {
    "code points": len,
    "UTF-16 units": lambda text: len(text.encode("utf-16-le")) // 2,
    "UTF-8 bytes": lambda text: len(text.encode()),
}


def _line_ends(text: str) -> frozenset[int]:
    return frozenset(at for at, sign in enumerate(text) if sign == "\n")


def _counted(text: str, at: int, unit: str, line_end: int, mark: int) -> int:
    """The position `at` of a text as a program counts it: told from the text itself."""
    before = text[:at]
    return UNITS[unit](before) + before.count("\n") * (line_end - 1) + mark * UNITS[unit]("\ufeff")


@given(
    text=TEXTS,
    unit=st.sampled_from(list(UNITS)),
    line_end=st.sampled_from([1, 2]),
    mark=st.sampled_from([0, 1]),
    data=st.data(),
)
def test_quotes_of_any_length_show_any_way_to_count(
    text: str, unit: str, line_end: int, mark: int, data: st.DataObject
) -> None:
    """Every stretch of 6 letters keeps its quote: whatever way is decided for finds each of them."""
    ends = [(at, min(at + 6, len(text))) for at in range(0, len(text), 2)]
    spans = [
        Span(*(_counted(text, end, unit, line_end, mark) for end in (start, stop)), (text[start:stop],))
        for start, stop in ends
        if text[start:stop].strip() and stop - start >= 3
    ]
    stored = StoredText(text, had_mark=bool(mark), crlf=_line_ends(text) if line_end == 2 else frozenset())
    counting = decide(stored, spans, [], "").counting
    assert [counting.slice(span) for span in spans] == [span.quotes[0] for span in spans]


@given(text=TEXTS, line_end=st.sampled_from([1, 2]), positions=st.lists(st.integers(0, 40), max_size=4))
def test_the_end_of_the_text_shows_how_line_ends_are_counted(text: str, line_end: int, positions: list[int]) -> None:
    stored = StoredText(text, crlf=_line_ends(text))
    here = [_counted(text, min(at, len(text)), "code points", line_end, 0) for at in [*positions, len(text)]]
    decision = decide(stored, [Span(0, here[-1])], here, "")
    assert [decision.counting.read(at) for at in here] == [min(at, len(text)) for at in [*positions, len(text)]]


@given(text=TEXTS, spans=st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)), max_size=4))
def test_without_any_evidence_a_text_with_lf_is_read_as_the_standard_says(
    text: str, spans: list[tuple[int, int]]
) -> None:
    decision = decide(StoredText(text), [Span(*span) for span in spans], [], "NVivo")
    counting = decision.counting
    assert (counting.unit, counting.line_end, counting.mark) == ("code points", 1, 0)
    assert [counting.read(at) for at in range(len(text) + 1)] == list(range(len(text) + 1))
    assert decision.remark == ""


@given(text=TEXTS, unit=st.sampled_from(list(UNITS)), line_end=st.sampled_from([1, 2]))
def test_a_position_within_a_character_is_the_one_before_it(text: str, unit: str, line_end: int) -> None:
    spans = [Span(_counted(text, 0, unit, line_end, 0), _counted(text, len(text), unit, line_end, 0), (text,))]
    counting = decide(StoredText(text, crlf=_line_ends(text)), spans, [], "").counting
    found = [counting.read(at) for at in range(counting.length + 1)]
    assert found == sorted(found)
    assert set(found) == set(range(len(text) + 1))


@pytest.mark.parametrize(
    ("name", "text", "is_one"),
    [
        ("the fares", "the fares", True),
        ("the  fares", "the\nfares", True),
        ("the fares went…", "the fares went up again", True),
        ("the fares went...", "the fares went up again", True),
        ("1:12 the fares went…", "the fares went up again", True),
        ("1:12 the fares", "the fares", True),
        ("the…", "the fares went up again", False),
        ("quotation 7", "the fares", False),
        ("fares", "the fares", False),
    ],
)
def test_a_name_is_a_quote_when_it_is_the_words_or_their_beginning(name: str, text: str, is_one: bool) -> None:
    assert is_quote(name, text) is is_one


def test_one_stray_position_moves_no_other(read_text: ReadText) -> None:
    """An emoji makes the text longer in other units; a position beyond the end is no evidence of them."""
    text = "🙂 It cost a lot.\nThen we laughed.\n"
    project = read_text(text, selection(41, 5, 9), selection(42, 0, len(text) + 1))
    assert [coding.quote for coding in project.codings] == ["cost"]
    assert len(project.losses) == 1


def test_ways_that_the_quotes_do_not_tell_apart_are_told_as_uncertain(read_text: ReadText) -> None:
    """One emoji and one line end before the quote: either may count 2. After the second line end it matters."""
    text = "🙂\nIt cost a lot.\nThen we laughed.\n"
    at = text.index("cost") + 1
    project = read_text(text, selection(41, at, at + 4, name="cost"), selection(42, 20, 24))
    assert project.codings[0].quote == "cost"
    assert "not certain" in project.losses[0].what


def test_a_text_in_two_places_of_a_project_is_counted_for_itself(read_text: ReadText) -> None:
    text = "It cost a lot.\r\nThen we laughed.\r\n"
    project = read_text(text.encode(), selection(41, 16, 20, name="Then"))
    assert project.codings[0].quote == "Then"
    assert project.sources[0].texts[0].text == text.replace("\r\n", "\n")
    assert project.losses == ()


PARTS = st.sampled_from(["It cost £20", "\n", "\r\n", "🙂", "we laughed"])


@given(parts=st.lists(PARTS, min_size=1, max_size=12))
def test_of_mixed_line_ends_only_crlf_counts_two(parts: list[str]) -> None:
    """Positions are those of the text as it stands in its file, where CR and LF are a code point each."""
    clean, crlf, spans, at = "", set(), [], 0
    for part in parts:
        if part == "\r\n":
            crlf.add(len(clean))
        if len(part) > 3:
            spans.append(Span(at, at + len(part), (part,)))
        clean, at = clean + part.replace("\r\n", "\n"), at + len(part)
    counting = decide(StoredText(clean, crlf=frozenset(crlf)), spans, [], "").counting
    assert [counting.slice(span) for span in spans] == [span.quotes[0] for span in spans]


def test_which_line_ends_were_crlf_is_known(read_text: ReadText) -> None:
    """A mark, then CRLF, LF and CRLF: the last word is found by its place in the file."""
    raw = "\ufeffone\r\ntwo\nthree\r\nfour"
    at = raw.index("four") - 1
    project = read_text(raw.encode(), selection(41, at, at + 4, name="four"), selection(42, 5, 8, name="two"))
    assert [coding.quote for coding in project.codings] == ["four", "two"]
