"""Whether a `.qdc` keeps the REFI-QDA standard for codebooks: one XML file, never trusted."""

from collections.abc import Iterator
from pathlib import Path

from storage.exports.checks.archive import Limits
from storage.exports.checks.findings import Finding, listed
from storage.exports.checks.identity import about_identity
from storage.exports.checks.xml import parsed, schema_findings

SCHEMA = "refi_qda_codebook.xsd"
_LIMITS = Limits()


def check_qdc(path: Path, *, limits: Limits = _LIMITS) -> list[Finding]:
    """What is wrong with a codebook file; nothing found means that it conforms. Never raises."""
    try:
        with path.open("rb") as file:
            content = file.read(limits.xml + 1)
    except OSError as error:
        return [Finding("well-formed", path.name, f"cannot be read: {error.strerror}")]
    if len(content) > limits.xml:
        return [Finding("size", path.name, f"is larger than {limits.xml:,} bytes")]
    return listed(_findings(content, path.name))


def _findings(content: bytes, name: str) -> Iterator[Finding]:
    if content.startswith(b"PK"):
        yield Finding("well-formed", name, "is a ZIP archive, as projects are; a codebook is one XML file")
        return
    found: list[Finding] = []
    root = parsed(content, name, found)
    yield from found
    if root is not None:
        yield from schema_findings(root, name, SCHEMA)
        yield from about_identity(root)
