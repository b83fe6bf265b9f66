"""Links: one between a note and something else says what the note is about, as NVivo writes its annotations."""

from storage.imports.elements import inside
from storage.imports.notebook import About, Notebook
from storage.imports.safe_xml import Element


def take_links(book: Notebook, project: Element) -> None:
    """Take the links of notes; all others are told as lost."""
    notes = {book.guids.meant(note.get("guid")) for note in inside(project, "Notes", "Note")}
    things = {*notes, *book.codes, *book.cases, *book.sources, *book.texts, *(coding.guid for coding in book.codings)}
    for link in inside(project, "Links", "Link"):
        origin, target = (book.guids.meant(link.get(name)) for name in ("originGUID", "targetGUID"))
        note, other = (origin, target) if origin in notes else (target, origin)
        if note not in notes or note == other or (other not in things and other not in book.selected):
            book.losses.tally("Link", "between two things cannot be carried")
            continue
        book.bare.pop(other, None)
        book.note_on(note, book.selected.get(other) or About((other,)))
        if link.get("name"):
            book.losses.tally("names of links", "were left out")
