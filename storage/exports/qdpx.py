"""A project for coding in the open standard REFI-QDA 1.5 (qdasoftware.org): recordings with synced transcripts.

A `.qdpx` is a ZIP archive of `project.qde` (XML after `refi_qda_project.xsd`) and a flat folder `sources`. GUIDs are
those stored with the rows, or derived from them, so that the same thing keeps its GUID in every delivery.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import IO
from zipfile import ZipFile

from storage.exports.archive import add_bytes, add_file
from storage.exports.contents import Contents
from storage.exports.document import Document
from storage.exports.qdpx_project import project_element
from storage.exports.qdpx_sources import media_name, text_name
from storage.exports.refi_qda import PROJECT_FILE, SOURCES, xml_bytes


def write_qdpx(contents: Contents, file: IO[bytes]) -> None:
    """Write the project with every text, and the recordings that may be inside; same contents, same bytes."""
    with ZipFile(file, "w") as archive:
        add_bytes(archive, PROJECT_FILE, xml_bytes(project_element(contents)))
        for document in sorted(contents.documents, key=_version_guid):
            add_bytes(archive, _source(text_name(document)), document.text.text.encode())
        for name, path in _recordings(contents, inside=True):
            add_file(archive, _source(name), path)


def recordings_beside(contents: Contents) -> list[tuple[str, Path]]:
    """Recordings too large for a project, which refers to them in its folder: names there, and where they are now."""
    return list(_recordings(contents, inside=False))


def _recordings(contents: Contents, *, inside: bool) -> Iterator[tuple[str, Path]]:
    named = {document.transcript.recording_guid: media_name(document) for document in contents.documents}
    for guid, name in sorted(named.items()):
        sound = contents.sounds.get(guid)
        if sound and sound.is_internal == inside:
            yield name, sound.path


def _source(name: str) -> str:
    return f"{SOURCES}/{name}"


def _version_guid(document: Document) -> str:
    return document.transcript.version_guid
