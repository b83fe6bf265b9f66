"""Selections: stretches of texts and recordings with the codes, notes and remarks that they bear."""

from collections.abc import Iterator
from datetime import datetime

from storage.imports.coded_project import ProjectCoding, ProjectStretch
from storage.imports.counting import is_quote
from storage.imports.elements import children, description, has, moment, number, place, written
from storage.imports.notebook import About, Notebook
from storage.imports.safe_xml import Element

_SHOWN = 40  # letters of a code's name


def quotes_of(selection: Element) -> tuple[str, ...]:
    """What a selection keeps that can be the words it stands on: programs differ in where."""
    kept = (selection.get("name", ""), description(selection))
    return tuple(text for text in kept if text.strip())


def take_selection(book: Notebook, selection: Element, stretch: ProjectStretch) -> None:
    """Take what a selection bears; its stretch is known."""
    guid = book.guids.own(selection, "Selection")
    codings = list(_codings(book, selection, guid, stretch))
    book.codings += codings
    about = About(tuple(coding.guid for coding in codings)) if codings else _about_stretch(stretch)
    book.selections[guid] = stretch
    book.selected[guid] = about
    is_noted = book.note(selection, about)
    name = selection.get("name", "").strip()
    title = "" if is_quote(name, stretch.quote) else name
    is_remarked = _remark(book, selection, guid, title, stretch.quote, about)
    if title and not is_remarked:
        book.losses.tally("names of selections", "that are not their quotes were left out")
    if not (has(selection, "Coding", "CodeRef") or is_noted or is_remarked):
        book.bare[guid] = selection


def lose_selection(book: Notebook, selection: Element, source_guid: str, why: str) -> None:
    """Tell what a selection bears that has no place; what people wrote about it is kept with its source."""
    names = [book.codes.get(book.guids.meant(ref.get("targetGUID")), "?") for ref in selection.iter("{*}CodeRef")]
    lost = f"; not taken: its coding with {', '.join(name[:_SHOWN] for name in names)}" if names else ""
    book.losses.add(place(selection), f"{why}{lost}")
    guid = book.guids.own(selection, "Selection")
    about = About((source_guid,))
    book.selected[guid] = about
    book.note(selection, about)
    for coding in children(selection, "Coding"):
        book.note(coding, about)
    _remark(book, selection, guid, "", "", about)


def take_twin(book: Notebook, selection: Element, twin: Element) -> None:
    """Take what a part of a page bears and its twin, the same stretch of the page's text, does not."""
    guid = book.guids.meant(twin.get("guid"))
    known = {ref.get("targetGUID") for ref in twin.iter("{*}CodeRef")}
    if stretch := book.selections.get(guid):
        for coding in children(selection, "Coding"):
            refs = [ref for ref in children(coding, "CodeRef") if ref.get("targetGUID") not in known]
            if refs:
                book.bare.pop(guid, None)
                book.codings += _given(book, refs, book.guids.own(coding, "Coding"), stretch, coding, selection)
    if book.note(selection, book.selected.get(guid, About())):
        book.bare.pop(guid, None)


def take_whole(book: Notebook, source: Element, source_guid: str) -> None:
    """Take the codes that a source bears as a whole."""
    book.codings += _codings(book, source, source_guid, ProjectStretch(source_guid))


def take_media_selection(book: Notebook, selection: Element, source_guid: str) -> None:
    """Take a stretch of a recording, in milliseconds."""
    begin, end = number(selection, "begin"), number(selection, "end")
    if begin is None or end is None or begin < 0 or end < 0:
        given = written(selection, "begin", "end")
        lose_selection(book, selection, source_guid, f"goes from {given}, which are no times in milliseconds")
        return
    begin, end = in_order(book, selection, begin, end)
    take_selection(book, selection, ProjectStretch(source_guid, start_ms=begin, end_ms=end))


def in_order(book: Notebook, selection: Element, start: int, end: int) -> tuple[int, int]:
    """The two ends, the earlier first."""
    if start > end:
        book.losses.add(place(selection), f"goes backwards, from {start} to {end}; its ends were swapped")
    return min(start, end), max(start, end)


def _about_stretch(stretch: ProjectStretch) -> About:
    return About((stretch.source_guid,), (stretch,))


def _remark(book: Notebook, selection: Element, guid: str, title: str, quote: str, about: About) -> bool:
    """Keep what somebody wrote on a selection, unless it is the quote; whether there was anything."""
    text = description(selection)
    if not text or is_quote(text.strip(), quote):
        return False
    book.remark(guid, text, about, selection, title)
    return True


def _codings(book: Notebook, holder: Element, guid: str, stretch: ProjectStretch) -> Iterator[ProjectCoding]:
    """The codings of a selection or source. A code that refers straight to it is read as a coding."""
    for coding in children(holder, "Coding"):
        own = book.guids.own(coding, "Coding")
        refs = list(children(coding, "CodeRef"))
        if not refs:
            book.losses.add(place(coding), "has no code and was not taken")
        taken = [*_given(book, refs, own, stretch, coding, holder)]
        about = About((own,)) if taken else _about_stretch(stretch)
        book.note(coding, about)
        yield from taken
    if bare := list(children(holder, "CodeRef")):
        book.losses.tally("CodeRef", "without a coding around it was taken as one", len(bare))
        yield from _given(book, bare, book.guids.part(guid, "coding"), stretch, bare[0], holder)


def _given(
    book: Notebook, refs: list[Element], own: str, stretch: ProjectStretch, coding: Element, holder: Element
) -> Iterator[ProjectCoding]:
    """One coding for each code that is in the codebook; a program may code a stretch with a case."""
    first = own
    for count, ref in enumerate(refs, 1):
        target = book.guids.meant(ref.get("targetGUID"))
        if target in book.codes:
            coder = book.coder(coding, holder)
            created = moment(coding, "creationDateTime", book.losses) or moment(holder, "creationDateTime", book.losses)
            yield _coding(first or book.guids.part(own, f"code {count}"), target, stretch, coder, created)
            first = ""
        elif target in book.cases:
            book.case_stretches.setdefault(target, []).append(stretch)
        else:
            book.losses.add(place(coding), "points to a code that is not in the codebook and was not taken")


def _coding(guid: str, code_guid: str, stretch: ProjectStretch, coder: str, created: datetime | None) -> ProjectCoding:
    return ProjectCoding(
        guid=guid,
        code_guid=code_guid,
        source_guid=stretch.source_guid,
        text_guid=stretch.text_guid,
        start=stretch.start,
        end=stretch.end,
        start_ms=stretch.start_ms,
        end_ms=stretch.end_ms,
        quote=stretch.quote,
        coder_guid=coder,
        created_at=created,
    )
