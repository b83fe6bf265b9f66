"""What comes back from coding, read by what it is and not by what it is called."""

import hashlib
from pathlib import Path

from storage.errors import StorageError
from storage.imports.archive import called, opened
from storage.imports.coded_project import CodedProject
from storage.imports.elements import is_known, tag
from storage.imports.qdc import read_codebook
from storage.imports.qdpx import read_project
from storage.imports.safe_xml import LARGEST_XML, Element, parsed

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_DATABASE = b"SQLite format 3\x00"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ASK = "Export the project as REFI-QDA project (.qdpx) or its codebook (.qdc) and give that file."


def read_coded(path: Path) -> CodedProject:
    """Read a project (`.qdpx`, or its XML alone) or a codebook (`.qdc`) of any program.

    Every loss is in `losses` of what is returned. Raises StorageError, which tells the file, the cause and the next
    step, where it cannot be read as a whole: damaged, hostile, or something else.
    """
    try:
        with path.open("rb") as file:
            head = file.read(16)
            content = b"" if head.startswith(_ZIP) else head + file.read(LARGEST_XML)
    except OSError as error:
        raise StorageError(f"{path.name} cannot be read: {error.strerror}. Check the path.") from error
    if head.startswith(_ZIP):
        return _read_archive(path)
    if not head:
        raise StorageError(f"{path.name} is empty. {_ASK}")
    if head.startswith((_DATABASE, _OLE)):
        raise StorageError(f"{path.name} is a program's own file, which only that program reads. {_ASK}")
    root = _root(content, path.name)
    if tag(root) == "CodeBook":
        return read_codebook(root, _digest(content))
    return read_project(root, _digest(content), None)


def _read_archive(path: Path) -> CodedProject:
    with opened(path) as archive:
        content = archive.read(archive.project_file)
        root = _root(content, f"{path.name}, {called(archive.project_file)}")
        if tag(root) == "CodeBook":
            return read_codebook(root, _digest(content))
        return read_project(root, _digest(content), archive)


def _root(content: bytes, name: str) -> Element:
    root = parsed(content, name)
    if not is_known(root) or tag(root) not in ("Project", "CodeBook"):
        raise StorageError(f"{name} is XML, but neither a REFI-QDA project nor a codebook. {_ASK}")
    return root


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
