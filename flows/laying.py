"""Files of one person each from the inbox, joined into one recording by what is heard in them."""

from collections.abc import Sequence
from pathlib import Path
from typing import IO

from storage.errors import IntakeError

BY_LENGTH = (
    "one of its files is heard in no other, so that it was laid beside them by its length only: listen to a moment at "
    "which one person answers another"
)


def lay_side_by_side(files: Sequence[Path], mix: Path | None, target: IO[bytes]) -> str:
    """Write files into an open one as FLAC, a channel each; `mix` is the same conversation in one file.

    Gives a remark for a person, or ''. Raises IntakeError where it cannot be known how they belong together.
    """
    from transcription.errors import TranscriptionError
    from transcription.joining import write_joined
    from transcription.tracks import listened, placements

    try:
        tracks = [listened(path) for path in files]
        placed = placements(tracks, listened(mix) if mix else None)
        write_joined(tracks, placed, target)
    except TranscriptionError as error:
        raise IntakeError(str(error)) from error
    is_doubtful = any(
        placement.found == "length" and track.spoken.any() for track, placement in zip(tracks, placed, strict=True)
    )
    return BY_LENGTH if is_doubtful else ""
