"""Cases with their attributes, sources and stretches."""

from collections.abc import Container, Iterable

from storage.imports.attributes import read_values
from storage.imports.coded_project import ProjectCase, ProjectStretch, ProjectVariable
from storage.imports.elements import children, description, place
from storage.imports.notebook import About, Notebook
from storage.imports.safe_xml import Element


def take_case(book: Notebook, element: Element, variables: dict[str, ProjectVariable]) -> ProjectCase:
    """Take a case; what was selected or coded for it in the sources is known by now."""
    guid = book.guids.own(element, "Case")
    stretches = [*book.case_stretches.pop(guid, []), *_selected(book, element)]
    wholes = [stretch.source_guid for stretch in stretches if _is_whole(stretch)]
    book.note(element, About((guid,)))
    return ProjectCase(
        guid=guid,
        name=element.get("name", ""),
        attributes=tuple(read_values(book, element, variables)),
        source_guids=tuple(dict.fromkeys([*_targets(book, element, "SourceRef", book.sources), *wholes])),
        description=description(element),
        stretches=tuple(dict.fromkeys(stretch for stretch in stretches if not _is_whole(stretch))),
        code_guids=tuple(_targets(book, element, "CodeRef", book.codes)),
    )


def _is_whole(stretch: ProjectStretch) -> bool:
    return stretch.start is None and stretch.start_ms is None


def _targets(book: Notebook, element: Element, reference: str, known: Container[str]) -> Iterable[str]:
    """What a case refers to, without what is not there."""
    for ref in children(element, reference):
        target = book.guids.meant(ref.get("targetGUID"))
        if target in known:
            yield target
        else:
            book.losses.add(place(element), f"its {reference} points to nothing in the project")


def _selected(book: Notebook, element: Element) -> Iterable[ProjectStretch]:
    for target in _targets(book, element, "SelectionRef", book.selected):
        book.bare.pop(target, None)
        if target in book.selections:
            yield book.selections[target]
        else:
            book.losses.add(place(element), "has a selection that has no place and was not taken")
