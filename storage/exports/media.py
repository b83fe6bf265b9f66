"""Which recordings go into a project, and why the others do not."""

from collections.abc import Callable
from dataclasses import replace

from storage.errors import VaultError
from storage.exports.contents import Contents, Sound
from storage.exports.document import Document
from storage.exports.qdpx_sources import media_name
from storage.exports.refi_qda import LARGEST_INTERNAL
from storage.vault import Vault

KEPT_BACK = (
    "are not in it: names were taken out of the texts, and a voice tells who it is (--with-recordings adds them). "
    "The texts are whole; a program that opens study.qdpx asks for the recordings or goes without"
)


def with_sounds(
    contents: Contents, vault: Vault, step: Callable[[], None], *, largest: int = LARGEST_INTERNAL
) -> Contents:
    """The contents with the recordings that are in the vault as they were captured.

    What is damaged or missing is left out, with its reason; what has more than `largest` bytes goes beside the
    project, with a remark. `step` is called for every document.
    """
    sounds: dict[str, Sound] = {}
    left_out, remarks = [*contents.left_out], [*contents.remarks]
    for document in contents.documents:
        t = document.transcript
        try:
            vault.verify(t.recording_sha256, t.recording_suffix)
        except VaultError as error:
            left_out.append((t.code, f"{error} Its text is in the .qdpx, but neither sound nor link in time."))
        else:
            is_internal = t.recording_size <= largest
            sounds[t.recording_guid] = Sound(vault.path(t.recording_sha256, t.recording_suffix), is_internal)
            if not is_internal:
                remarks.append((t.code, _beside(document, largest)))
        step()
    return replace(contents, sounds=sounds, left_out=tuple(sorted(left_out)), remarks=tuple(remarks))


def without_sounds(contents: Contents, step: Callable[[], None]) -> Contents:
    """The contents with every recording kept back, for a voice tells who it is; a remark says so."""
    for _ in contents.documents:
        step()
    sounds = {document.transcript.recording_guid: Sound(None, is_internal=False) for document in contents.documents}
    return replace(contents, sounds=sounds, remarks=(*contents.remarks, ("recordings", KEPT_BACK)))


def _beside(document: Document, largest: int) -> str:
    return (
        f"its recording is larger than the {largest:,} bytes that a .qdpx may hold, so it lies beside it as "
        f"{media_name(document)}; keep both in one folder, and name that folder to a program that asks for it"
    )
