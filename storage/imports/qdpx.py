"""A project of the open standard REFI-QDA (qdasoftware.org, version 1.5) as values.

What the programs in use do otherwise than the standard is read all the same; whatever cannot be taken as it is
becomes a `Loss`.
"""

from collections.abc import Iterator

from storage.imports.archive import ProjectArchive
from storage.imports.attributes import read_variables
from storage.imports.cases import take_case
from storage.imports.codebook import read_codes
from storage.imports.coded_project import CodedProject, ProjectCode, ProjectCoder
from storage.imports.elements import children, description, inside, moment, tag
from storage.imports.guids import Guids
from storage.imports.left_out import tell_sets_and_graphs, tell_what_is_left_out
from storage.imports.links import take_links
from storage.imports.losses import Losses
from storage.imports.memos import take_notes
from storage.imports.notebook import About, Notebook
from storage.imports.project_files import ProjectFiles
from storage.imports.safe_xml import Element
from storage.imports.sources import KINDS, take_source

_VERSIONS = ("urn:QDA-XML:project:1.0", "")


def read_project(root: Element, digest: str, archive: ProjectArchive | None) -> CodedProject:
    """All that can be taken of a project.

    `digest` is one of the XML; `archive` has its files, None where the XML came alone.
    """
    losses = Losses()
    tell_version(root, _VERSIONS, losses)
    origin, name = root.get("origin", ""), root.get("name", "")
    book = Notebook(origin, losses, Guids(losses, f"{origin}\n{name}", digest), ProjectFiles(archive))
    book.coders |= {coder.guid: coder for coder in (_coder(book, user) for user in inside(root, "Users", "User"))}
    codes = tuple(_codes(book, root))
    variables = read_variables(book, root)
    book.cases |= {book.guids.meant(case.get("guid")) for case in inside(root, "Cases", "Case")}
    sources = tuple(take_source(book, element, variables) for element in inside(root, "Sources", *KINDS))
    cases = tuple(take_case(book, element, variables) for element in inside(root, "Cases", "Case"))
    take_links(book, root)
    take_notes(book, root)
    creator_guid = book.user(root.get("creatingUserGUID"))
    created_at = moment(root, "creationDateTime", losses)
    _tell_left_out(book, root)
    return CodedProject(
        name=name,
        origin=origin,
        coders=tuple(book.coders.values()),
        codes=codes,
        sources=sources,
        codings=tuple(book.codings),
        memos=tuple(book.memos),
        cases=cases,
        variables=tuple(variables.values()),
        description=description(root),
        creator_guid=creator_guid,
        created_at=created_at,
        losses=losses.found(),
    )


def tell_version(root: Element, known: tuple[str, ...], losses: Losses) -> None:
    """A file of another version of the standard is read as far as it is known."""
    namespace = str(root.tag).rpartition("}")[0].removeprefix("{")
    if namespace not in known:
        losses.add(tag(root), f"is written after {namespace[:80]}, which is not known; what is known of it was read")


def _coder(book: Notebook, user: Element) -> ProjectCoder:
    name, initials = user.get("name", ""), user.get("id", "")
    return ProjectCoder(book.guids.own(user, "User"), name or initials, initials)


def _codes(book: Notebook, root: Element) -> Iterator[ProjectCode]:
    for holder in children(root, "CodeBook"):
        for element, code in read_codes(holder, book.guids, book.losses):
            book.codes[code.guid] = code.name
            book.note(element, About((code.guid,)))
            yield code


def _tell_left_out(book: Notebook, root: Element) -> None:
    """All that nothing was made of."""
    for selection in book.bare.values():
        book.losses.tally(f"{tag(selection)} without code or note", "was left out")
    for holder in (root, *children(root, "CodeBook")):
        tell_sets_and_graphs(holder, book.losses)
    tell_what_is_left_out(root, book.losses)
    for element in root.iter("{*}*"):
        book.files.find(element.get("richTextPath", ""))
    for name in book.files.unnamed():
        book.losses.add(name, "is in the archive, and nothing in the project names it")
