"""The count of faults in exported projects: none in ours, and every kind of fault is counted."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import exported_projects
from benchmarks.coding_texts import made_contents
from benchmarks.exported_projects import Point, lateness, mismatches, said, signature, tallied
from storage.exports.checks.findings import Finding
from storage.transcripts.transcript import Spoken

A = Spoken("C_031", 0, 1_000, 2_000, "It cost £20 🙂\r\nor so", [], "a")
B = Spoken("C_031", 0, 3_500, 4_000, "e\u0301te\u0301\x00", [], "b")
C = Spoken("", 1, 3_661_000, 3_662_000, "مرحبا", [], "c")
TEXT = "[00:00:01] C_031: It cost £20 🙂 or so e\u0301te\u0301\ufffd\n\n[01:01:01] Speaker: مرحبا\n"
POINTS = [
    Point("a", 1_000, TEXT.index("It")),
    Point("b", 3_500, TEXT.index("e\u0301")),
    Point("c", 3_661_000, TEXT.index("مرحبا")),
    Point("z", 3_662_000, len(TEXT)),
]


def test_a_run_counts_what_it_wrote_and_finds_nothing_wrong() -> None:
    tally = tallied([6, 1, 1])
    assert (tally.projects, tally.transcripts) == (3, 8)
    assert tally.utterances > 50
    assert 0 < tally.linked <= 8
    assert tally.codebooks > 0
    assert (tally.invalid, tally.broken, tally.mismatches, tally.late_ms, tally.changing) == (0, 0, 0, 0, 0)


def test_texts_have_what_has_broken_programs_before(tmp_path: Path) -> None:
    contents = made_contents(1, 40, tmp_path)
    texts = "".join(spoken.text for document in contents.documents for spoken in document.transcript.utterances)
    for sign in ("£", "“", "🙂", "\u0301", "مرحبا", "\u202b", "\r\n", "\f", "\x00", "\ufffe", "\ud800", "\ufeff"):
        assert sign in texts


def test_a_text_and_its_sync_points_as_they_should_be_have_no_mismatch() -> None:
    assert mismatches(said([C, B, A]), TEXT, POINTS) == 0
    assert lateness(said([A, B, C]), POINTS) == 0


@pytest.mark.parametrize(
    ("text", "shift"),
    [
        (TEXT, [0, 1, 1, 0]),
        (TEXT, [0, -1, -1, 0]),
        (TEXT, [0, 4, 8, 13]),  # bytes
        (TEXT, [0, 1, 1, 1]),  # UTF-16
        (TEXT.replace("£", "E"), [0, 0, 0, 0]),
        (TEXT.replace("e\u0301t", "\u00e9t"), [0, -1, -2, -2]),  # normalised
        (TEXT.replace("🙂 or", "🙂\nor"), [0, 0, 0, 0]),
        (TEXT.replace("£20 ", "£20 so "), [0, 3, 3, 3]),
        (TEXT.replace("C_031: It", "C_032: It"), [0, 0, 0, -1]),
        (TEXT.replace("01:01:01", "01:01:02"), [0, 0, 0, 0]),
    ],
)
def test_a_shift_or_a_change_is_a_mismatch(text: str, shift: list[int]) -> None:
    moved = [replace(point, position=point.position + by) for point, by in zip(POINTS, shift, strict=True)]
    assert mismatches(said([A, B, C]), text, moved) > 0


def test_a_point_too_few_is_a_mismatch_and_a_wrong_owner_too() -> None:
    assert mismatches(said([A, B, C]), TEXT, POINTS[1:]) == 3
    assert mismatches(said([A, B, C]), TEXT, [replace(POINTS[0], guid="b"), *POINTS[1:]]) == 1


def test_a_late_point_is_counted_in_milliseconds() -> None:
    assert lateness(said([A, B, C]), [*POINTS[:2], replace(POINTS[2], ms=3_660_993), POINTS[3]]) == 7


def test_what_says_nothing_is_not_shown() -> None:
    assert said([replace(A, text=" \r\n\u00a0")]) == []
    assert signature("a\x00\r\n b\u2028") == "a\ufffdb"


def test_findings_of_the_checker_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exported_projects, "check_qdpx", lambda _: [Finding("schema", "", ""), Finding("path", "", "")])
    tally = tallied([1, 1])
    assert (tally.invalid, tally.broken) == (2, 2)


def test_files_that_differ_the_second_time_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    written = iter([b"1", b"2"])
    real = exported_projects.write_qdpx
    monkeypatch.setattr(exported_projects, "write_qdpx", lambda c, file: (real(c, file), file.write(next(written))))
    assert tallied([1]).changing == 1
