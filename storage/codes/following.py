"""Codings follow the edits that were made to their text since it was coded."""

from functools import partial

from sqlmodel import Session

from storage.codes.carrying import Follow, FollowFrom
from storage.codes.texts import StudyVersion
from storage.edits.edit_map import carried
from storage.edits.following import map_between
from storage.study import Study


def through_edits(session: Session, study: Study) -> FollowFrom:
    """How positions in a version follow to a later one, by the stored versions between them."""

    def follow_from(old: StudyVersion, new: StudyVersion, style: str) -> Follow:
        return partial(carried, map_between(session, study, old.guid, new.guid, style=style))

    return follow_from
