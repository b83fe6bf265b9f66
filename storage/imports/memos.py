"""Notes as memos: their texts, and what they are about."""

from storage.imports.coded_project import ProjectMemo, ProjectStretch
from storage.imports.counting import Span
from storage.imports.elements import children, description, has, inside, moment, number, place
from storage.imports.notebook import About, Notebook
from storage.imports.safe_xml import Element
from storage.imports.texts import read_text


def take_notes(book: Notebook, project: Element) -> None:
    """Take the notes of a project; all that can refer to them, other notes excepted, was read before."""
    notes = list(inside(project, "Notes", "Note"))
    for note in notes:
        book.note(note, About((book.guids.meant(note.get("guid")),)))
    book.note(project, About())
    book.memos += [_memo(book, note) for note in notes]
    if missing := book.notes_to_nowhere():
        book.losses.tally("NoteRef", "points to a note that is not in the project", missing)


def _memo(book: Notebook, element: Element) -> ProjectMemo:
    guid = book.guids.own(element, "Note")
    remark = description(element)
    stored = read_text(element, book.files.read, book.losses)
    if stored is None and not remark:
        book.losses.add(place(element), "has no plain text in the project")
    text = stored.text if stored else ""
    about = book.noted(guid)
    stretches = _annotated(book, element, about, len(text))
    if coded := sum(1 for _ in element.iter("{*}Coding")):
        book.losses.add(place(element), f"is a note that was coded itself; its codings ({coded:,}) were not taken")
    return ProjectMemo(
        guid=guid,
        name=element.get("name", ""),
        text=text if remark in text else "\n\n".join(filter(None, (text, remark))),
        about=about.guids,
        coder_guid=book.coder(element),
        created_at=moment(element, "creationDateTime", book.losses),
        stretches=(*about.stretches, *stretches),
    )


def _annotated(book: Notebook, element: Element, about: About, length: int) -> list[ProjectStretch]:
    """Stretches that a note marks in the text it is about, as QualCoder writes its annotations."""
    texts = [guid for guid in about.guids if guid in book.texts]
    found = []
    for selection in children(element, "PlainTextSelection"):
        span = Span(number(selection, "startPosition") or 0, number(selection, "endPosition") or 0)
        if len(texts) == 1 and _is_of_source(book, span, length) and (stretch := _stretch(book, texts[0], span)):
            found.append(stretch)
        elif not has(selection, "Coding"):
            book.losses.add(place(selection), "is a selection in a note and was not taken")
    return found


def _is_of_source(book: Notebook, span: Span, length: int) -> bool:
    """Whether positions that a note gives are those of its source, not its own."""
    return "qualcoder" in book.origin.lower() or span.end > length


def _stretch(book: Notebook, guid: str, span: Span) -> ProjectStretch | None:
    source_guid, counting = book.texts[guid]
    if not counting.holds(span) or span.start > span.end:
        return None
    start, end = counting.read(span.start), counting.read(span.end)
    return ProjectStretch(source_guid, guid, start, end, quote=counting.text[start:end])
