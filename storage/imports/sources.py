"""Sources: texts, recordings with their transcripts, pictures and PDFs."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from storage.imports.attributes import read_values
from storage.imports.coded_project import ProjectSource, ProjectText, ProjectVariable
from storage.imports.coded_texts import take_text
from storage.imports.elements import children, description, moment, place, tag
from storage.imports.notebook import About, Notebook
from storage.imports.safe_xml import Element
from storage.imports.selections import lose_selection, take_media_selection, take_twin, take_whole

KINDS = {
    "TextSource": "text",
    "AudioSource": "audio",
    "VideoSource": "video",
    "PictureSource": "picture",
    "PDFSource": "pdf",
}
_TEXTS = {"AudioSource": "Transcript", "VideoSource": "Transcript", "PictureSource": "TextDescription",
          "PDFSource": "Representation"}  # fmt: skip
_SOUNDS = frozenset({".m4a", ".mp3", ".wav", ".wma", ".ogg", ".oga", ".opus", ".flac", ".aac", ".aiff", ".amr"})


def take_source(book: Notebook, element: Element, variables: dict[str, ProjectVariable]) -> ProjectSource:
    """Take a source with its texts and all that is selected in them or in itself."""
    guid, name = book.guids.own(element, "Source"), element.get("name", "")
    book.sources.add(guid)
    is_text = tag(element) == "TextSource"
    path = element.get("plainTextPath" if is_text else "path", "")
    texts = (take_text(book, element, guid, guid, name),) if is_text else tuple(_texts(book, element, guid))
    if not is_text:
        take_whole(book, element, guid)
        book.note(element, About((guid,)))
    _take_selections(book, element, guid)
    return ProjectSource(
        guid=guid,
        name=name,
        kind=_kind(element, path),
        path=path,
        sha256=_digest(book, element, path, is_text=is_text),
        texts=texts,
        description=description(element),
        attributes=tuple(read_values(book, element, variables)),
        coder_guid=book.coder(element),
        created_at=moment(element, "creationDateTime", book.losses),
    )


def _kind(element: Element, path: str) -> str:
    """By the element; but some programs call every recording a video."""
    kind = KINDS[tag(element)]
    suffix = PurePosixPath(path.replace("\\", "/")).suffix.lower()
    return "audio" if kind == "video" and suffix in _SOUNDS else kind


def _texts(book: Notebook, element: Element, source_guid: str) -> Iterator[ProjectText]:
    for text in children(element, _TEXTS[tag(element)]):
        yield take_text(book, text, source_guid, book.guids.own(text, "Text"), text.get("name", ""))


def _digest(book: Notebook, element: Element, path: str, *, is_text: bool) -> str:
    digest = book.files.digest(path)
    if path and not digest and not is_text:
        if path.lower().startswith(("relative:", "absolute:")):
            book.losses.tally("files outside the project", "were not looked at: known by path alone")
        else:
            book.losses.add(place(element), "its path names no file in the project")
    return digest


def _take_selections(book: Notebook, element: Element, guid: str) -> None:
    for selection in children(element, "AudioSelection", "VideoSelection"):
        take_media_selection(book, selection, guid)
    for selection in children(element, "PictureSelection"):
        lose_selection(book, selection, guid, "is a part of a picture, which cannot be carried")
    twins = {
        book.guids.meant(twin.get("guid")): twin
        for text in children(element, "Representation")
        for twin in children(text, "PlainTextSelection")
    }
    for selection in children(element, "PDFSelection"):
        twin = twins.get(book.guids.meant(selection.get("guid")))
        if twin is None:
            lose_selection(book, selection, guid, "is a part of a page, which cannot be carried")
        else:
            take_twin(book, selection, twin)
