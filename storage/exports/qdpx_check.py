"""Whether a `.qdpx` keeps the REFI-QDA standard: its container, its XML, and what the schema cannot say.

The file is not trusted: nothing is unpacked to disk, no entity or network address is followed, and nothing
is read beyond the limits.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from zipfile import ZipFile

from storage.exports.checks.archive import HARMLESS, Limits, about_content, about_members, content_of
from storage.exports.checks.files import about_files
from storage.exports.checks.findings import Finding, listed
from storage.exports.checks.identity import about_identity
from storage.exports.checks.texts import about_texts
from storage.exports.checks.xml import overlooked_colours, parsed, schema_findings
from storage.exports.refi_qda import PROJECT_FILE
from storage.imports.safe_zip import UNREADABLE

SCHEMA = "refi_qda_project.xsd"  # of the standard: QDA-XML 1.0 of 18 March 2019
Progress = Callable[[int, int], None]
_LIMITS = Limits()


def check_qdpx(path: Path, *, limits: Limits = _LIMITS, progress: Progress | None = None) -> list[Finding]:
    """What is wrong with a project file, the container first; nothing found means that it conforms.

    `progress` is told bytes read and bytes in all. Never raises, whatever the file holds.
    """
    try:
        with ZipFile(path) as archive:
            return listed(_findings(archive, path.stat().st_size, limits, progress))
    except UNREADABLE as error:
        return [Finding("zip", path.name, f"cannot be read as a ZIP archive: {_reason(error)}")]


def _findings(archive: ZipFile, size: int, limits: Limits, progress: Progress | None) -> Iterator[Finding]:
    found = list(about_members(archive, limits))
    yield from found
    if {finding.rule for finding in found} - HARMLESS:
        return
    found = list(about_content(archive, size, limits, _steps(archive, progress)))
    yield from found
    if not any(finding.rule == "growth" for finding in found):
        yield from _about_project(archive, limits)


def _about_project(archive: ZipFile, limits: Limits) -> Iterator[Finding]:
    """What the XML, the schema and the rules beyond it find."""
    content = content_of(archive, PROJECT_FILE, limits)
    if content is None:
        return  # told with the members
    found: list[Finding] = []
    root = parsed(content, PROJECT_FILE, found)
    yield from found
    if root is None:
        return
    yield from schema_findings(root, PROJECT_FILE, SCHEMA)
    yield from overlooked_colours(root)
    yield from about_identity(root)
    yield from about_files(root, frozenset(name for name in archive.namelist() if not name.endswith("/")))
    yield from about_texts(root, lambda name: content_of(archive, name, limits))


def _steps(archive: ZipFile, progress: Progress | None) -> Callable[[int], None]:
    total, done = sum(member.file_size for member in archive.infolist()), 0

    def step(read: int) -> None:
        nonlocal done
        done += read
        if progress:
            progress(done, total)

    return step


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
