"""What may be said about an error where everyone can read it: Prefect, logs, the database, a terminal."""

from pathlib import Path
from traceback import extract_tb

from scheduling.errors import SchedulingError
from storage.errors import StorageError
from transcription.errors import TranscriptionError

EXPECTED = (StorageError, SchedulingError, TranscriptionError)


def reason(error: Exception) -> str:
    """The message of an error of our rooms, which is for a person; of any other only its kind and its place.

    Messages of other libraries may quote what they were given: rows, file names, text.
    """
    if isinstance(error, EXPECTED):
        return str(error)
    frames = extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(Path(__file__).parent.parent)]
    place = (ours or frames)[-1:]
    where = f" at {Path(place[0].filename).name} line {place[0].lineno}" if place else ""
    return (
        f"An unexpected fault ({type(error).__name__}{where}). Nothing was lost; run it again, "
        "and if it comes back, report this line."
    )
