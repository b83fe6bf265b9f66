"""How far two coders agree, code by code: per cent, Cohen's kappa, Krippendorff's alpha (nominal).

Only texts count in which both have coded something, and in them only what is surely in place. The unit is the
utterance: it has a code where a coding of it shares a character with it. By characters, each character is a unit: then
long codings weigh more, and whether their edges are the same counts. Kappa: Cohen, Educ. Psychol. Meas. 1960;20:37-46,
by scikit-learn. Alpha: Krippendorff, Content Analysis, 4th ed. 2018, chapter 12, by the package krippendorff.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from storage.codes.codebook import read_codebook
from storage.codes.merging import Progress
from storage.codes.seen import counted, named_paths, told
from storage.errors import StorageError
from storage.interviews import label
from storage.study import Study
from storage.tables import Code, CodedText, Coder, Coding, Standing

INSTALL = "pip install 'fieldcall[coding]'"
MOST_UNITS = 2_000_000  # for alpha, whose package wants each of them listed

Span = tuple[int, int]  # of units, half-open
Spans = Sequence[Span]


class Unit(StrEnum):
    """What is compared."""

    UTTERANCE = "utterance"
    CHARACTER = "character"


@dataclass(frozen=True, slots=True)
class Counts:
    """Of the units of two coders: with the code by both, by the first alone, by the second alone, by neither."""

    both: int = 0
    first: int = 0
    second: int = 0
    neither: int = 0

    @property
    def units(self) -> int:
        return self.both + self.first + self.second + self.neither

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.both + other.both,
            self.first + other.first,
            self.second + other.second,
            self.neither + other.neither,
        )


@dataclass(frozen=True, slots=True)
class Measures:
    """Measures of agreement; None where one is not defined, and `reason` says why."""

    percent: float
    kappa: float | None
    alpha: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two coders on one code, in the interviews that both have coded."""

    code: str  # its path
    first: str
    second: str
    interviews: tuple[str, ...]
    counts: Counts
    measures: Measures


@dataclass(frozen=True, slots=True)
class _Text:
    """A text that several have coded: its units, and by coder and code (ids) the units that have the code."""

    label: str
    units: int
    coded: Mapping[int, Mapping[int, Spans]]


def agreement(
    session: Session, study: Study, unit: Unit = Unit.UTTERANCE, progress: Progress = lambda *_: None
) -> list[Agreement]:
    """Every two coders on every code that either has used where both have coded, by code.

    Raises StorageError where nothing is coded by two, or the packages for it are not installed.
    """
    texts = _shared_texts(session, study, unit)
    if not texts:
        raise StorageError(
            "No text is coded by two coders yet, so there is nothing to compare. "
            "Import what a second coder made of the same delivery."
        )
    coders = {coder.id: coder.name for coder in session.scalars(select(Coder))}
    ids = {code.guid: code.id for code in session.scalars(select(Code))}
    codebook = read_codebook(session)
    paths = named_paths(codebook)
    found = []
    for number, code in enumerate(codebook):
        progress(number, len(codebook))
        for pair, (labels, counts) in _pairs(texts, ids[code.guid] or 0).items():
            first, second = (coders[each] for each in pair)
            found.append(Agreement(paths[code.guid], first, second, labels, counts, measured(counts)))
    return found


def _pairs(texts: Iterable[_Text], code_id: int) -> dict[tuple[int, int], tuple[tuple[str, ...], Counts]]:
    """By two coders, the interviews that both have coded and what they did there with a code, if either used it."""
    labels: dict[tuple[int, int], list[str]] = defaultdict(list)
    totals: dict[tuple[int, int], Counts] = defaultdict(Counts)
    for text in texts:
        for one, other in combinations(sorted(text.coded), 2):
            labels[one, other].append(text.label)
            spans = text.coded[one].get(code_id, ()), text.coded[other].get(code_id, ())
            totals[one, other] += compared(*spans, units=text.units)
    return {
        pair: (tuple(dict.fromkeys(labels[pair])), counts)
        for pair, counts in totals.items()
        if counts.neither < counts.units
    }


def compared(first: Spans, second: Spans, *, units: int) -> Counts:
    """What two coders did with a code in a text of so many units; spans may overlap."""
    first, second = _joined(first), _joined(second)
    both = sum(
        max(0, min(end, its_end) - max(start, its_start)) for start, end in first for its_start, its_end in second
    )
    by_first, by_second = (sum(end - start for start, end in spans) for spans in (first, second))
    return Counts(both, by_first - both, by_second - both, units - by_first - by_second + both)


def _joined(spans: Spans) -> list[Span]:
    """Spans in order, those that overlap or touch as one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def measured(counts: Counts) -> Measures:
    """The measures of agreement, of at least one unit. Raises StorageError where the packages are not installed."""
    percent = 100 * (counts.both + counts.neither) / counts.units
    if counts.units in (counts.both, counts.neither):
        has = "has" if counts.both else "is without"
        return Measures(percent, None, None, f"every unit {has} the code, so agreement cannot be told from chance")
    if counts.units > MOST_UNITS:
        return Measures(percent, _kappa(counts), None, f"alpha is not computed for more than {MOST_UNITS:,} units")
    return Measures(percent, _kappa(counts), _alpha(counts))


def _kappa(counts: Counts) -> float:
    """The four kinds of units, each weighed by how many there are: the same as all of them listed."""
    try:
        from sklearn.metrics import cohen_kappa_score
    except ImportError as error:
        raise _missing("scikit-learn") from error
    weights = [counts.both, counts.first, counts.second, counts.neither]
    return float(cohen_kappa_score([1, 1, 0, 0], [1, 0, 1, 0], sample_weight=weights))


def _alpha(counts: Counts) -> float:
    """A row for each unit: how many coders left the code out, and how many gave it."""
    try:
        import krippendorff
        import numpy
    except ImportError as error:
        raise _missing("krippendorff") from error
    kinds = [[0, 2], [1, 1], [2, 0]]
    units = numpy.repeat(kinds, [counts.both, counts.first + counts.second, counts.neither], axis=0)
    return float(krippendorff.alpha(value_counts=units, level_of_measurement="nominal"))


def _missing(package: str) -> StorageError:
    return StorageError(f"Agreement is computed by {package}, which is not installed. Install it with {INSTALL}.")


def _shared_texts(session: Session, study: Study, unit: Unit) -> list[_Text]:
    """The texts that several have coded, in the order of their interviews."""
    at = told()
    place = (col(Coding.version_id), col(Coding.style))
    in_place = (*counted(session), col(Coding.standing) == Standing.KEPT, col(Coding.start).is_not(None))
    shared = select(*place).where(*in_place).group_by(*place)
    shared = shared.having(func.count(col(Coding.coder_id).distinct()) > 1)
    of_both = shared.cte("shared")
    texts = (
        select(*at.c, col(CodedText.style), col(CodedText.length), col(CodedText.lines))
        .join(CodedText, col(CodedText.version_id) == at.c.version_id)
        .join(of_both, (of_both.c.version_id == CodedText.version_id) & (of_both.c.style == CodedText.style))
        .order_by(at.c.participant, at.c.starts_at, col(CodedText.version_id), col(CodedText.style))
    )
    codings = (
        select(*place, col(Coding.coder_id), col(Coding.code_id), col(Coding.start), col(Coding.end))
        .join(of_both, (of_both.c.version_id == Coding.version_id) & (of_both.c.style == Coding.style))
        .where(*in_place)
    )
    made: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for version_id, style, *coding in session.connection().execute(codings):
        made[version_id, style].append(coding)
    return [
        _text(label(row.participant, row.starts_at, study.zone), row, made[row.version_id, row.style], unit)
        for row in session.connection().execute(texts)
    ]


def _text(its_label: str, row: Any, codings: Iterable[Sequence[int]], unit: Unit) -> _Text:
    starts, ends = [start for start, _ in row.lines], [end for _, end in row.lines]
    coded: dict[int, dict[int, list[Span]]] = defaultdict(lambda: defaultdict(list))
    for coder_id, code_id, start, end in codings:
        touched = (bisect_right(ends, start), bisect_left(starts, end)) if unit == Unit.UTTERANCE else (start, end)
        if touched[0] < touched[1]:
            coded[coder_id][code_id].append(touched)
    return _Text(its_label, len(starts) if unit == Unit.UTTERANCE else row.length, coded)
