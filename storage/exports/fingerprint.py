"""A delivery's GUID: the same for the same content, so that what was delivered already is recognised."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from storage.exports.contents import Contents
from storage.exports.document import Document


def delivery_guid(contents: Contents, formats: Sequence[str], number: int) -> str:
    """GUID of the delivery of `contents` in `formats`; `number` counts those whose files are gone or changed."""
    told: dict[str, Any] = {
        "study": [contents.title, contents.zone, dict(contents.guids)],
        "documents": [_told(document) for document in contents.documents],
        "people": [asdict(person) for person in contents.people],
        "interviews": [asdict(interview) for interview in contents.interviews],
        "codebook": [asdict(code) for code in contents.codebook],
        "told": [contents.left_out, contents.remarks],
        "sounds": {guid: [sound.is_internal, sound.path is None] for guid, sound in contents.sounds.items()},
        "formats": list(formats),
        "writers": _writers(),
        "number": number,
    }
    return str(uuid5(UUID(contents.project_guid), json.dumps(told, sort_keys=True, default=str)))


def _told(document: Document) -> dict[str, Any]:
    """A document without its text, which its version's GUID stands for, and its state, which delivering changes."""
    return asdict(replace(document, transcript=replace(document.transcript, utterances=(), state="")))


def _writers() -> str:
    """Digest of the programs that write: another version of them may write other files."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
