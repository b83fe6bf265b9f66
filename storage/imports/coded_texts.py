"""Texts with what is selected in them: by positions, or, in transcripts, from one sync point to another."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from storage.imports.coded_project import ProjectStretch, ProjectText
from storage.imports.counting import Counting, Span, decide, is_quote
from storage.imports.elements import children, description, moment, number, place, written
from storage.imports.notebook import About, Notebook
from storage.imports.safe_xml import Element
from storage.imports.selections import in_order, lose_selection, quotes_of, take_selection, take_whole
from storage.imports.texts import StoredText, read_text

LONG_QUOTE = 8  # letters from which on words that stand once in a text tell where they belong


@dataclass(frozen=True, slots=True)
class _Point:
    """A sync point as it was written, by the GUID it is referred to; None where it lacks one side."""

    written: str
    guid: str
    position: int | None = None
    ms: int | None = None


_NOWHERE = _Point("", "")


def take_text(book: Notebook, element: Element, source_guid: str, guid: str, name: str) -> ProjectText:
    """Take a text with its sync points, and all that is selected in it."""
    stored = read_text(element, book.files.read, book.losses)
    if stored is None:
        book.losses.add(place(element), "has no plain text in the project, so that no position in it means anything")
    all_points = list(_points(book, element))
    points = {point.written: point for point in reversed(all_points)}  # of two of one name, the first
    counting = _counting(book, element, stored or StoredText(""), points)
    book.texts[guid] = (source_guid, counting)
    for selection in children(element, "PlainTextSelection"):
        _take_by_positions(book, selection, counting, source_guid, guid)
    for selection in children(element, "TranscriptSelection"):
        _take_by_points(book, selection, counting, points, source_guid, guid)
    take_whole(book, element, source_guid)
    book.note(element, About((guid,)))
    synced = _synced(book, element, all_points, counting)
    return ProjectText(
        guid=guid,
        name=name,
        text=counting.text,
        sync_points=tuple((position, ms) for position, ms, _ in synced),
        sync_guids=tuple(point for _, _, point in synced),
        description=description(element),
        coder_guid=book.coder(element),
        created_at=moment(element, "creationDateTime", book.losses),
    )


def _points(book: Notebook, element: Element) -> Iterable[_Point]:
    """Sync points in their order; the same one written twice, as some programs do, is one."""
    seen: set[tuple[str, int | None, int | None]] = set()
    for point in children(element, "SyncPoint"):
        written, position, ms = (
            book.guids.meant(point.get("guid")),
            number(point, "position"),
            number(point, "timeStamp"),
        )
        if (written, position, ms) not in seen:
            seen.add((written, position, ms))
            yield _Point(written, book.guids.own(point, "SyncPoint"), position, ms if ms is None or ms >= 0 else None)


def _counting(book: Notebook, element: Element, stored: StoredText, points: dict[str, _Point]) -> Counting:
    """How positions in this text are counted; told where that is a guess, or not as the standard says."""
    spans = [*_plain_spans(element), *_point_spans(book, element, points)]
    positions = [point.position for point in points.values() if point.position is not None]
    decision = decide(stored, spans, positions, book.origin)
    if decision.remark:
        book.losses.add(place(element), decision.remark)
    return decision.counting


def _plain_spans(element: Element) -> Iterable[Span]:
    for selection in children(element, "PlainTextSelection"):
        start, end = number(selection, "startPosition"), number(selection, "endPosition")
        if start is not None and end is not None:
            yield Span(start, end, quotes_of(selection))


def _point_spans(book: Notebook, element: Element, points: dict[str, _Point]) -> Iterable[Span]:
    for selection in children(element, "TranscriptSelection"):
        first, last = _ends(book, selection, points)
        if first.position is not None and last.position is not None:
            yield Span(first.position, last.position, quotes_of(selection))


def _ends(book: Notebook, selection: Element, points: dict[str, _Point]) -> tuple[_Point, _Point]:
    """The sync points that a selection goes from and to."""
    first, last = (book.guids.meant(selection.get(name)) for name in ("fromSyncPoint", "toSyncPoint"))
    return points.get(first, _NOWHERE), points.get(last, _NOWHERE)


def _take_by_positions(book: Notebook, selection: Element, counting: Counting, source_guid: str, guid: str) -> None:
    start, end = number(selection, "startPosition"), number(selection, "endPosition")
    found = _in_text(book, selection, counting, start, end)
    if found is None:
        ends = written(selection, "startPosition", "endPosition")
        why = f"goes from {ends} in a text of {counting.length:,} characters"
        lose_selection(book, selection, source_guid, why)
        return
    take_selection(book, selection, _stretch(source_guid, guid, counting, found, None))


def _take_by_points(
    book: Notebook,
    selection: Element,
    counting: Counting,
    points: dict[str, _Point],
    source_guid: str,
    guid: str,
) -> None:
    """The text side from the positions of the two sync points, the time side from their times."""
    first, last = _ends(book, selection, points)
    found = _in_text(book, selection, counting, first.position, last.position)
    has_times = first.ms is not None and last.ms is not None
    span = in_order(book, selection, first.ms or 0, last.ms or 0) if has_times else None
    if found is None and span is None:
        lose_selection(book, selection, source_guid, "has no two sync points that tell where it is")
        return
    if found is None or span is None:
        side = "position in the text" if found is None else "time"
        book.losses.add(place(selection), f"has no {side}, for its sync points do not tell it")
    take_selection(book, selection, _stretch(source_guid, guid, counting, found, span))


def _in_text(
    book: Notebook, selection: Element, counting: Counting, start: int | None, end: int | None
) -> tuple[int, int] | None:
    """Where a selection lies in the text: by its positions, or else where its quote stands once."""
    quotes = [quote for quote in quotes_of(selection) if len(quote.strip()) >= LONG_QUOTE]
    if start is not None and end is not None and counting.holds(Span(start, end)):
        start, end = in_order(book, selection, counting.read(start), counting.read(end))
        if quotes and _is_elsewhere(quotes, counting.text, counting.text[start:end]):
            book.losses.add(
                place(selection), "keeps a quote that stands elsewhere in the text; its positions were taken"
            )
        return start, end
    for quote in quotes:
        if counting.text.count(quote) == 1:
            book.losses.add(place(selection), "has no place in the text by its positions; it was found by its quote")
            at = counting.text.index(quote)
            return at, at + len(quote)
    return None


def _is_elsewhere(quotes: Iterable[str], text: str, here: str) -> bool:
    return any(quote in text for quote in quotes) and not any(is_quote(quote, here) for quote in quotes)


def _stretch(
    source_guid: str, guid: str, counting: Counting, found: tuple[int, int] | None, span: tuple[int, int] | None
) -> ProjectStretch:
    start, end = found or (None, None)
    start_ms, end_ms = span or (None, None)
    quote = counting.text[start:end] if found else ""
    return ProjectStretch(source_guid, guid if found else "", start, end, start_ms, end_ms, quote)


def _synced(
    book: Notebook, element: Element, points: Iterable[_Point], counting: Counting
) -> list[tuple[int, int, str]]:
    """Sync points that link a position in the text with a time, in order of the text."""
    points = list(points)
    known = [(point.position, point.ms, point.guid) for point in points]
    whole = [
        (counting.read(position), ms, guid)
        for position, ms, guid in known
        if position is not None and ms is not None and counting.holds(Span(position, position))
    ]
    if lost := len(points) - len(whole):
        book.losses.add(place(element), f"has sync points without a time or a position in the text: {lost:,}")
    whole.sort(key=lambda point: point[:2])
    if any(before[1] > after[1] for before, after in pairwise(whole)):
        book.losses.add(place(element), "some of its sync points are later in the text and earlier in time")
    return whole
