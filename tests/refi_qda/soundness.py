"""What holds of every project that was read, whatever the file: the other half of a fuzz."""

from collections.abc import Iterator
from typing import Any


def faults(project: Any) -> Iterator[str]:
    """What does not hold together in a `CodedProject`."""
    yield from _of_codings(project)
    for kind in ("codes", "sources", "codings", "memos", "cases", "coders", "variables"):
        guids = [thing.guid for thing in getattr(project, kind)]
        if len(guids) != len(set(guids)):
            yield f"{kind} share a GUID"
        if any(len(guid) != 36 or guid != guid.lower() for guid in guids):
            yield f"{kind} have GUIDs that are none"
    seen = {""}
    for code in project.codes:
        if code.parent_guid not in seen:
            yield f"code {code.guid} comes before its parent"
        seen.add(code.guid)
    yield from _of_texts(project)


def _of_codings(project: Any) -> Iterator[str]:
    """Codings refer to what is there, and lie where they say."""
    texts = {text.guid: text.text for source in project.sources for text in source.texts}
    codes, coders = {code.guid for code in project.codes}, {"", *(coder.guid for coder in project.coders)}
    sources = {source.guid for source in project.sources}
    for coding in project.codings:
        if coding.code_guid not in codes or coding.source_guid not in sources or coding.coder_guid not in coders:
            yield f"coding {coding.guid} refers to nothing"
        if coding.text_guid:
            text = texts[coding.text_guid]
            if not 0 <= coding.start <= coding.end <= len(text) or coding.quote != text[coding.start : coding.end]:
                yield f"coding {coding.guid} does not lie where it says"
        if coding.start_ms is not None and not 0 <= coding.start_ms <= coding.end_ms:
            yield f"coding {coding.guid} lies outside time"


def _of_texts(project: Any) -> Iterator[str]:
    for source in project.sources:
        for text in source.texts:
            if "\r" in text.text or "\x00" in text.text or text.text.startswith("\ufeff"):
                yield f"text {text.guid} is not clean"
            if any(not 0 <= position <= len(text.text) or ms < 0 for position, ms in text.sync_points):
                yield f"text {text.guid} has sync points outside it"
            if list(text.sync_points) != sorted(text.sync_points) or len(text.sync_guids) != len(text.sync_points):
                yield f"text {text.guid} has sync points in disorder"
