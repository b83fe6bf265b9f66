"""How much a version holds, counted once when it is stored, for a version never changes."""

from typing import TYPE_CHECKING

from storage.tables import VersionSize
from storage.transcripts.passages import set_aside
from storage.transcripts.words import unclear_count, word_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.transcripts.transcript import Spoken


def size_of(version_id: int, utterances: "Sequence[Spoken]") -> VersionSize:
    """The size of a version that has these utterances."""
    return VersionSize(
        version_id=version_id,
        words=sum(word_count(spoken.text) for spoken in utterances),
        unclear=sum(unclear_count(spoken.text) for spoken in utterances),
        set_aside=len(set_aside(utterances)),
    )
