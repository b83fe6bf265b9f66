"""Whether the paths of a project lead to the files that it has, and to nothing else."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from storage.exports.checks.elements import all_elements, place, tag
from storage.exports.checks.findings import Finding
from storage.exports.refi_qda import INTERNAL, SOURCES, Element

_MEDIA = frozenset({"AudioSource", "VideoSource"})
_GUID_NAME = re.compile(r"\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?\.[A-Za-z0-9]+")


def about_files(root: Element, members: frozenset[str]) -> Iterator[Finding]:
    """Paths against `members`, the names of the files in the archive."""
    users: dict[str, Element] = {}
    for element in all_elements(root):
        for attribute in ("path", "plainTextPath", "richTextPath"):
            if (path := element.get(attribute)) is None:
                continue
            yield from (
                Finding(rule, place(element), f"{attribute} {what}")
                for rule, what in _about(tag(element), attribute, path, members)
            )
            if path.startswith(INTERNAL):
                name = f"{SOURCES}/{path.removeprefix(INTERNAL)}"
                if name in users and users[name] is not element:
                    yield Finding("shared-file", place(element), f"{attribute} names the file of {place(users[name])}")
                users.setdefault(name, element)
    for name in sorted(members - users.keys()):
        if name.rpartition("/")[0] == SOURCES:
            yield Finding("unused-file", name, "is in the archive and no source refers to it")


def _about(owner: str, attribute: str, path: str, members: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Rules that a path breaks, and how."""
    scheme, _, name = path.partition("://")
    if scheme in ("relative", "absolute") and name.startswith("/"):
        if "\\" in name or ".." in PurePosixPath(name).parts:
            yield "path", "leads outside the project's folder or has a backslash"
        if owner not in _MEDIA or attribute != "path":
            yield "external", "is external, which only recordings may be"
    elif scheme != "internal":
        yield "path", "begins with none of internal://, relative:/// and absolute:///"
    elif not _GUID_NAME.fullmatch(name):
        yield "internal-name", "is not a GUID with a suffix"
    elif f"{SOURCES}/{name}" not in members:
        yield "missing-file", f"names a file that is not in '{SOURCES}'"
    is_text = path.lower().endswith(".txt")
    if attribute == "plainTextPath" and not is_text:
        yield "text-suffix", "names a file that is not a .txt"
    if attribute == "richTextPath" and is_text:
        yield "rich-text", "names a plain text, which is no rich text"
