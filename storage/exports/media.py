"""Which recordings can go into a project, and why the others cannot."""

from collections.abc import Callable, Iterable
from pathlib import Path

from storage.errors import VaultError
from storage.exports.contents import LeftOut, Sound
from storage.exports.document import Document
from storage.exports.qdpx import LARGEST_INTERNAL, media_name
from storage.vault import Vault


def find_sounds(
    vault: Vault, documents: Iterable[Document], step: Callable[[], None]
) -> tuple[dict[str, Sound], list[LeftOut]]:
    """The recordings that are in the vault as they were captured, by GUID, and what is left out, with its reason."""
    sounds: dict[str, Sound] = {}
    left_out: list[LeftOut] = []
    for document in documents:
        t = document.transcript
        path = vault.path(t.recording_sha256, t.recording_suffix)
        try:
            vault.verify(t.recording_sha256, t.recording_suffix)
            is_internal = t.recording_size <= LARGEST_INTERNAL
            sounds[t.recording_guid] = Sound(path, is_internal)
            if not is_internal:
                left_out.append((t.code, _too_large(document, path)))
        except VaultError as error:
            left_out.append((t.code, f"{error} Its recording and time-linked text are not in the .qdpx."))
        step()
    return sounds, left_out


def _too_large(document: Document, path: Path) -> str:
    return (
        f"its recording is larger than the {LARGEST_INTERNAL:,} bytes that a .qdpx may hold, so the project only "
        f"refers to it: copy {path.name} from the vault to beside the .qdpx as {media_name(document.transcript)}"
    )
