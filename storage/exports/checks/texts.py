"""Whether texts are given once and plainly, and whether every position and every time in them makes sense."""

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

from storage.exports.checks.elements import guid, number, place, with_tags
from storage.exports.checks.findings import Finding
from storage.exports.refi_qda import INTERNAL, SOURCES, Element

Read = Callable[[str], bytes | None]  # the bytes of a member by its name, or None where it cannot be had

_TEXTS = frozenset({"TextSource", "Note", "TextDescription", "Representation", "Transcript"})
_MEDIA_SELECTIONS = frozenset({"AudioSelection", "VideoSelection"})
_FAULTS = (
    ("text-bom", "\ufeff", slice(1), "its text begins with a byte order mark"),
    ("line-ends", "\r", slice(None), "its text has line ends that are not LF"),
)


def about_texts(root: Element, read: Read) -> Iterator[Finding]:
    """Texts, selections and sync points, in the order of the XML; positions are Unicode code points."""
    for element in with_tags(root, _TEXTS):
        found: list[Finding] = []
        text = _text(element, read, found)
        yield from found
        length = None if text is None else len(text)
        yield from _about_selections(element, length)
        yield from _about_synchrony(element, length)
    for selection in with_tags(root, _MEDIA_SELECTIONS):
        begin, end = number(selection, "begin"), number(selection, "end")
        if begin is not None and end is not None and not 0 <= begin <= end:
            yield Finding("media-selection", place(selection), f"goes from {begin} to {end} ms")


def _text(element: Element, read: Read, found: list[Finding]) -> str | None:
    """The text of a source, note or transcript where it can be had."""
    content, path = element.find("{*}PlainTextContent"), element.get("plainTextPath")
    if (content is None) == (path is None):
        what = "has no text" if content is None else "has both PlainTextContent and plainTextPath"
        found.append(Finding("one-text", place(element), what))
        return None
    if content is not None:
        text = "".join([content.text or "", *(child.tail or "" for child in content)])  # a comment may be inside
    else:
        data = read(f"{SOURCES}/{str(path).removeprefix(INTERNAL)}")
        if data is None:
            return None  # told with the files
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            found.append(Finding("text-utf-8", place(element), f"its text is not UTF-8 (byte {error.start})"))
            return None
    found += [Finding(rule, place(element), what) for rule, sign, part, what in _FAULTS if sign in text[part]]
    return text


def _about_selections(element: Element, length: int | None) -> Iterator[Finding]:
    for selection in element.iterchildren("{*}PlainTextSelection"):
        start, end = number(selection, "startPosition"), number(selection, "endPosition")
        if start is not None and end is not None and not (0 <= start <= end and _is_in(end, length)):
            yield Finding("selection", place(selection), f"goes from {start} to {end}{_of(length)}")


def _about_synchrony(transcript: Element, length: int | None) -> Iterator[Finding]:
    points = {guid(point): point for point in transcript.iterchildren("{*}SyncPoint") if point.get("guid")}
    known: list[tuple[int, int, Element]] = []
    for point in points.values():
        position, stamp = number(point, "position"), number(point, "timeStamp")
        faults = list(_about_point(point, position, stamp, length))
        yield from faults
        if position is not None and stamp is not None and not faults:
            known.append((position, stamp, point))
    known.sort(key=lambda each: each[:2])
    for (_, before, _first), (_, after, point) in pairwise(known):
        if after < before:
            what = f"is later in the text and earlier in time ({after} ms after {before} ms)"
            yield Finding("sync-order", place(point), what)
    for selection in transcript.iterchildren("{*}TranscriptSelection"):
        yield from _about_span(selection, points)


def _about_point(point: Element, position: int | None, stamp: int | None, length: int | None) -> Iterator[Finding]:
    if position is not None and not (position >= 0 and _is_in(position, length)):
        yield Finding("sync-position", place(point), f"position {position} is outside its text{_of(length)}")
    if stamp is not None and stamp < 0:
        yield Finding("sync-time", place(point), f"timeStamp {stamp} is before the recording")


def _about_span(selection: Element, points: Mapping[str, Element]) -> Iterator[Finding]:
    ends = [guid(selection, name) for name in ("fromSyncPoint", "toSyncPoint") if selection.get(name)]
    if unknown := [end for end in ends if end not in points]:
        what = f"refers to {', '.join(unknown)}, which is no sync point of its transcript"
        yield Finding("transcript-selection", place(selection), what)
    elif len(ends) == 2:
        for axis in ("position", "timeStamp"):
            start, end = (number(points[end], axis) for end in ends)
            if start is not None and end is not None and start > end:
                yield Finding(
                    "transcript-selection", place(selection), f"ends before it starts ({axis} {start}, {end})"
                )


def _is_in(position: int, length: int | None) -> bool:
    return length is None or position <= length


def _of(length: int | None) -> str:
    return "" if length is None else f" of {length} characters"
