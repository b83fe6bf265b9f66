"""Codings on a newer version of their text. What is stored stays as it is: they are carried on when they are asked for.

A coding is kept where the edit map says that its words were not touched and they are there; anything else is flagged,
with the place to look at. So a second correction is followed from the version that was coded, never from a guess.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from sqlmodel import Session

from storage.codes.codebook import read_codebook
from storage.codes.codings import PlacedCoding
from storage.codes.seen import named_paths, told_in
from storage.codes.stored import read_coders, read_placed
from storage.codes.texts import StudyText, StudyVersion, read_texts, read_versions
from storage.errors import StorageError
from storage.interviews import code_of
from storage.study import Study
from storage.tables import Participant, Standing

KEPT = "kept"


class Carried(Protocol):
    """What became of a stretch of text: 'kept' or something else, and where it is, or the nearest place to look at."""

    @property
    def fate(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


Follow = Callable[[int, int], Carried]  # from positions in the version that was coded
FollowFrom = Callable[[StudyVersion, StudyVersion, str], Follow]  # from a version to a later one, in a style


@dataclass(frozen=True, slots=True)
class CarriedCoding:
    """A coding where it stands in a newer version; without positions where it only has a time, or no words are left."""

    coding: PlacedCoding
    version_guid: str
    start: int | None
    end: int | None
    reason: str = ""  # why it is flagged

    @property
    def standing(self) -> Standing:
        return Standing.FLAGGED if self.reason else Standing.KEPT


def carried_on(coding: PlacedCoding, old: StudyText, new: StudyText, follow: Follow) -> CarriedCoding:
    """A coding of `old` in `new`, both in the style in which it was coded. Pure."""
    anchor, guid = coding.anchor, new.version.guid
    if anchor.start is None or anchor.end is None:
        return CarriedCoding(coding, guid, None, None, anchor.reason)  # a recording has the same times for ever
    if anchor.reason:
        return CarriedCoding(coding, guid, None, None, anchor.reason)
    if old.version == new.version:
        return CarriedCoding(coding, guid, anchor.start, anchor.end)
    if old.text[anchor.start : anchor.end] != anchor.quote:
        return CarriedCoding(coding, guid, None, None, f"its words are not where they were in {old.version.name}")
    there = follow(anchor.start, anchor.end)
    if there.fate == KEPT and new.text[there.start : there.end] == anchor.quote:
        return CarriedCoding(coding, guid, there.start, there.end)
    reason = f"its words were edited since {old.version.name}"
    if there.start < there.end:
        return CarriedCoding(coding, guid, there.start, there.end, reason)
    return CarriedCoding(coding, guid, None, None, reason)


def carried_codings(session: Session, study: Study, version_guid: str, follow_from: FollowFrom) -> list[CarriedCoding]:
    """All codings of a transcript on one of its versions, in the order in which they were stored.

    Those of an older version are followed; those of a later one are not shown. Raises StorageError where there is no
    such version.
    """
    versions = {version.id: version for version in read_versions(session, study)}
    target = next((version for version in versions.values() if version.guid == version_guid), None)
    if target is None:
        raise StorageError(f"There is no version {version_guid}. 'fieldcall transcripts list' shows what there is.")
    earlier = {
        version.id
        for version in versions.values()
        if version.transcript_id == target.transcript_id and version.number <= target.number
    }
    codings = [each for each in read_placed(session, earlier) if not each.is_retired]
    return list(_all_carried(session, study, codings, versions, target, follow_from))


def _all_carried(
    session: Session,
    study: Study,
    codings: Iterable[PlacedCoding],
    versions: dict[int, StudyVersion],
    target: StudyVersion,
    follow_from: FollowFrom,
) -> Iterable[CarriedCoding]:
    texts: dict[tuple[int, str], StudyText] = {}
    follows: dict[tuple[int, str], Follow] = {}
    for coding in codings:
        old = versions[coding.version_id]
        for version in (old, target):
            if (version.id, coding.style) not in texts:
                texts |= {(version.id, each.style): each for each in read_texts(session, study, version)}
        key = (old.id, coding.style)
        if key not in follows:
            follows[key] = follow_from(old, target, coding.style)
        yield carried_on(coding, texts[key], texts[target.id, coding.style], follows[key])


@dataclass(frozen=True, slots=True)
class NewestCoding:
    """A coding in the newest version of its text, with the code's path and the coder's name."""

    label: str
    version_number: int
    code: str
    coder: str
    carried: CarriedCoding


def on_newest(session: Session, study: Study, participant_code: str, follow_from: FollowFrom) -> list[NewestCoding]:
    """The codings of a participant's interviews in the newest versions of their texts, by interview, as stored.

    None of a participant who has taken consent back: their words are in no answer. Raises StorageError where there is
    no such participant.
    """
    if session.get(Participant, participant_code) is None:
        raise StorageError(
            f"{participant_code} is not a participant of this study; 'fieldcall participants list' shows those there "
            "are."
        )
    seen = told_in(session)
    codes = named_paths(read_codebook(session))
    coders = {coder.guid: coder.name for coder in read_coders(session)}
    newest: dict[int, StudyVersion] = {}
    for version in read_versions(session, study):
        if code_of(version.label) == participant_code and version.id in seen:
            newest[version.transcript_id] = max(newest.get(version.transcript_id, version), version, key=_number)
    return [
        NewestCoding(
            version.label, version.number, codes[carried.coding.code_guid], coders[carried.coding.coder_guid], carried
        )
        for version in newest.values()
        for carried in carried_codings(session, study, version.guid, follow_from)
    ]


def _number(version: StudyVersion) -> int:
    return version.number
