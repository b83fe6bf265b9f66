"""The edit map between any two stored versions of a transcript, by which codings follow."""

from functools import reduce
from itertools import pairwise

from sqlmodel import Session

from storage.edits.edit_map import EditMap, edit_map, then
from storage.errors import StorageError
from storage.study import Study
from storage.transcripts.listing import versions_of
from storage.transcripts.reading import read_version


def map_between(session: Session, study: Study, old: str, new: str, *, style: str = "") -> EditMap:
    """The map from a version's delivered text to that of a later one of the same transcript, both by GUID.

    It goes step by step through the versions between them, so that what any of them touched is flagged, even where a
    later one wrote the same words again. The style is the study's where none is given: the one in which the text that
    was coded went out. Raises StorageError where the second is no later version, or there is no such version.
    """
    first = read_version(session, study, old)
    made = versions_of(session, first.transcript_guid)
    numbers = {version.guid: version.number for version in made}
    if numbers.get(new, 0) < first.version_number:
        raise StorageError(
            f"Version {new} is no later one of {first.label} than version {first.version_number}, and codings follow "
            "forwards only. 'fieldcall transcripts versions CODE' lists them."
        )
    steps = [read_version(session, study, v.guid) for v in made if first.version_number < v.number <= numbers[new]]
    style = style or study.transcription.style
    maps = [edit_map(one, other, style) for one, other in pairwise([first, *steps])]
    return reduce(then, maps) if maps else edit_map(first, first, style)
