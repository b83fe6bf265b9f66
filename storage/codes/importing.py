"""A project that came back from coding, taken into the study in one transaction, with a report of every item."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial

from sqlmodel import Session, col, select

from storage.codes.anchoring import Anchor, anchored
from storage.codes.codebook import ARROW, MergedCodebook, SameNames, merge_codebook, paths_of, read_codebook
from storage.codes.coders import MergedCoders, all_of_one, merge_coders, shown
from storage.codes.codings import MergedCodings, PlacedCoding, merge_codings
from storage.codes.memos import MergedMemos, merge_memos
from storage.codes.merging import Places, Progress, places_of, quote_of
from storage.codes.report import ImportReport
from storage.codes.stored import (
    Target,
    read_coders,
    read_hashes,
    read_memos,
    read_placed,
    write_codebook,
    write_coders,
    write_codings,
    write_memos,
    write_texts,
)
from storage.codes.texts import StudyText, StudyVersion, read_texts, read_versions
from storage.errors import StorageError
from storage.exports.contents import reason_against
from storage.imports.coded_project import CodedProject, Loss, ProjectCoder, ProjectCoding, ProjectText
from storage.interviews import withdrawn_codes
from storage.lengths import clock
from storage.study import Study
from storage.tables import Coding, CodingImport, Interview, Participant, new_guid

TEXTS_AT_HAND = 64  # versions whose texts are kept in memory while texts are looked for


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person who imports has said.

    `coder`: whose work all of it is, '' as the file says. `same_names`: what codes and coders are that have the name
    of others. `update`: whether what their coder changed or removed is to be followed.
    """

    coder: str = ""
    same_names: SameNames = SameNames.ASK
    update: bool = False


@dataclass(frozen=True, slots=True)
class _Merge:
    """A project, and what its parts are in the study.

    `names` has by the study's GUIDs what codes and coders are called, `labels` by version the interview's label,
    `refused` by interview why nothing of it may be taken, `stale` the texts (version and style) that read otherwise
    now than when they were first coded, `people` the participants' codes by GUID and code, and `gone` those GUIDs and
    codes of who has withdrawn.
    """

    project: CodedProject
    places: Places
    codebook: MergedCodebook
    coders: MergedCoders
    names: Mapping[str, str]
    labels: Mapping[int, str]
    refused: Mapping[int, str]
    stale: frozenset[tuple[int, str]]
    people: Mapping[str, str]
    gone: frozenset[str]


@dataclass(frozen=True, slots=True)
class Found:
    """Where a project's texts belong among the versions that there were when they were looked for."""

    versions: tuple[StudyVersion, ...]
    places: Places


def find_texts(session: Session, study: Study, project: CodedProject, progress: Progress = lambda *_: None) -> Found:
    """Look for a project's texts. It may read every version, so it wants a session of its own that locks nobody out."""
    versions = read_versions(session, study)
    texts_of = lru_cache(TEXTS_AT_HAND)(partial(read_texts, session, study))
    return Found(tuple(versions), places_of(project, versions, texts_of, progress))


def import_project(
    session: Session,
    study: Study,
    project: CodedProject,
    found: Found,
    *,
    actor: str,
    now: datetime,
    wishes: Wishes | None = None,
) -> ImportReport:
    """Take codes, codings, memos and coders into the study. Wants a writing session; importing again changes nothing.

    Where a version was stored since its texts were found, they are looked for again. Raises StorageError, with nothing
    written, where codes or coders have the name of others and nobody has said whether they are the same.
    """
    wishes = wishes or Wishes()
    if tuple(read_versions(session, study)) != found.versions:
        found = find_texts(session, study, project)
    merge = _merged(session, project, found, wishes)
    placed, left_out = _placed(merge)
    codings = merge_codings(
        read_placed(session),
        placed,
        update=wishes.update,
        coders={coder.guid for coder in merge.coders.coders.values()},
        present={coding.guid for coding in project.codings},
        version_ids={place.text.version.id for place in merge.places.texts.values()},
    )
    theirs = [replace(memo, coder_guid=merge.coders.coders[memo.coder_guid].guid) for memo in project.memos]
    memos = merge_memos(read_memos(session), theirs, _refused_guids(merge), update=wishes.update)
    astray = _write(session, merge, codings, memos, CodingImport(at=now, actor=actor, origin=project.origin))
    return _report(merge, codings, memos, (*left_out, *memos.left_out), astray)


def _merged(session: Session, project: CodedProject, found: Found, wishes: Wishes) -> _Merge:
    codebook, coders, stored = _named(session, project, wishes)
    paths = {guid: ARROW.join(path) for guid, path in paths_of(codebook.codes).items()}
    called = {coder.guid: shown(coder) for coder in (*stored, *coders.coders.values())}
    people = list(session.exec(select(Participant)))
    withdrawn = withdrawn_codes(session)
    return _Merge(
        project=project,
        places=found.places,
        codebook=codebook,
        coders=coders,
        names=paths | called,
        labels={version.id: version.label for version in found.versions},
        refused=_refused(session, found.places),
        stale=_stale(session, found.places),
        people={key: person.code for person in people for key in (person.guid, person.code)},
        gone=frozenset(key for person in people if person.code in withdrawn for key in (person.guid, person.code)),
    )


def refuse_same_names(session: Session, project: CodedProject, wishes: Wishes) -> None:
    """Raise StorageError where codes or coders have the name of others and nobody has said whether they are the same.

    An import does so too; this is known long before every text has been looked through.
    """
    _named(session, project, wishes)


def _named(
    session: Session, project: CodedProject, wishes: Wishes
) -> tuple[MergedCodebook, MergedCoders, list[ProjectCoder]]:
    """What becomes of codes and coders, and the coders that there are. Raises StorageError."""
    codebook = merge_codebook(read_codebook(session), project.codes, wishes.same_names, update=wishes.update)
    stored = read_coders(session)
    if wishes.coder:
        coders = all_of_one(stored, project, wishes.coder, new_guid())
    else:
        coders = merge_coders(stored, project, wishes.same_names)
    _ask_about(codebook.same_names, coders.same_names)
    return codebook, coders, stored


def _ask_about(codes: Sequence[str], coders: Sequence[str]) -> None:
    same = [*(f"code {path}" for path in codes), *(f"coder {name}" for name in coders)]
    if same:
        more = f" and {len(same) - 10} more" if len(same) > 10 else ""
        raise StorageError(
            f"Nothing was imported: the study has others of the same name for {', '.join(same[:10])}{more}. "
            "If they are the same, import with '--same-names merge'; if not, with '--same-names apart'."
        )


def _stale(session: Session, places: Places) -> frozenset[tuple[int, str]]:
    hashes = read_hashes(session)
    texts = {(text.version.id, text.style): text for text in places.all_texts}
    return frozenset(key for key, text in texts.items() if hashes.get(key, text.sha256) != text.sha256)


def _refused(session: Session, places: Places) -> dict[int, str]:
    """By interview, why nothing of it may be taken."""
    reasons = {}
    for interview_id in {text.version.interview_id for text in places.all_texts}:
        interview = session.get_one(Interview, interview_id)
        reasons[interview_id] = reason_against(session, interview.participant_code, interview.state)
    return {interview_id: reason for interview_id, reason in reasons.items() if reason}


def _placed(merge: _Merge) -> tuple[list[PlacedCoding], list[Loss]]:
    """The codings that have a place in the study, and why the others have none."""
    texts = {text.guid: text for source in merge.project.sources for text in source.texts}
    sources = {source.guid: source.name for source in merge.project.sources}
    placed, left_out = [], []
    for coding in merge.project.codings:
        found = _place(merge, coding, texts.get(coding.text_guid))
        if isinstance(found, PlacedCoding):
            placed.append(found)
        else:
            where = sources.get(coding.source_guid, "a source that is not in the file")
            name = merge.names.get(merge.codebook.guids.get(coding.code_guid, ""), "a coding")
            left_out.append(Loss(f"{name}, {_extent(coding)} of {where}", found))
    return placed, left_out


def _place(merge: _Merge, coding: ProjectCoding, text: ProjectText | None) -> PlacedCoding | str:
    code_guid = merge.codebook.guids.get(coding.code_guid)
    if code_guid is None:
        return "its code is not in the codebook of the file"
    place = merge.places.of(coding)
    if isinstance(place, str):
        return place
    version = place.text.version
    if version.interview_id in merge.refused:
        return merge.refused[version.interview_id]
    anchor = anchored(coding, quote_of(coding, text), place, text.text if text else "")
    if isinstance(anchor, str):
        return anchor
    if (version.id, place.text.style) in merge.stale:
        return f"{version.name} reads otherwise now than when it was first coded"
    return PlacedCoding(
        guid=coding.guid,
        code_guid=code_guid,
        coder_guid=merge.coders.coders[coding.coder_guid].guid,
        version_id=version.id,
        transcript_id=version.transcript_id,
        style=place.text.style,
        anchor=anchor,
        made_at=coding.created_at,
    )


def _extent(coding: ProjectCoding | Anchor) -> str:
    if coding.start is not None:
        return f"characters {coding.start} to {coding.end}"
    return f"{clock(coding.start_ms or 0)} to {clock(coding.end_ms or 0)}"


def _refused_guids(merge: _Merge) -> set[str]:
    """The file's GUIDs of what belongs to somebody of whom nothing may be taken."""
    places = merge.places.texts | merge.places.sources
    refused = {guid for guid, place in places.items() if place.text.version.interview_id in merge.refused}
    for coding in merge.project.codings:
        place = merge.places.of(coding)
        if not isinstance(place, str) and place.text.version.interview_id in merge.refused:
            refused.add(coding.guid)
    return refused | {case.guid for case in merge.project.cases if not merge.gone.isdisjoint((case.guid, case.name))}


def _write(
    session: Session, merge: _Merge, codings: MergedCodings, memos: MergedMemos, record: CodingImport
) -> list[Loss]:
    """Write everything; returns the memos something of whose subjects is not in the study."""
    session.add(record)
    session.flush()
    used = {coding.coder_guid for coding in codings.new} | {memo.coder_guid for memo in memos.new}
    code_ids = write_codebook(session, merge.codebook)
    coder_ids = write_coders(session, (coder for coder in merge.coders.coders.values() if coder.guid in used))
    write_texts(session, _texts_of(merge, codings))
    write_codings(session, codings, code_ids, coder_ids, record.id or 0)
    targets = _targets(session, merge, code_ids)
    write_memos(session, memos, targets, coder_ids, record.id or 0)
    said = "something that it is about is not in the study; its text was taken"
    return [Loss(f"memo {memo.name}", said) for memo in memos.new if any(guid not in targets for guid in memo.about)]


def _texts_of(merge: _Merge, codings: MergedCodings) -> list[StudyText]:
    """The texts in which the new codings are."""
    used = {(coding.version_id, coding.style) for coding in codings.new}
    texts = {(text.version.id, text.style): text for text in merge.places.all_texts}
    return [text for key, text in texts.items() if key in used]


def _targets(session: Session, merge: _Merge, code_ids: Mapping[str, int]) -> dict[str, Target]:
    """What the file's GUIDs mean here, as a memo can be about it."""
    targets: dict[str, Target] = {guid: ("code_id", code_ids[own]) for guid, own in merge.codebook.guids.items()}
    for guid, place in (merge.places.texts | merge.places.sources).items():
        targets[guid] = ("transcript_id", place.text.version.transcript_id)
    for case in merge.project.cases:
        if person := merge.people.get(case.guid) or merge.people.get(case.name):
            targets[case.guid] = ("participant_code", person)
    wanted = {guid for memo in merge.project.memos for guid in memo.about}
    stored = session.exec(select(Coding.guid, Coding.id).where(col(Coding.retired_by).is_(None)))
    return targets | {guid: ("coding_id", row_id or 0) for guid, row_id in stored if guid in wanted}


def _report(
    merge: _Merge, codings: MergedCodings, memos: MergedMemos, left_out: Sequence[Loss], astray: Sequence[Loss]
) -> ImportReport:
    def named(each: PlacedCoding) -> str:
        words = f"{_extent(each.anchor)} of {merge.labels[each.version_id]}"
        return f"{merge.names[each.code_guid]}, {words}, by {merge.names[each.coder_guid]}"

    differences = [Loss(named(each), what) for each, what in codings.differences]
    return ImportReport(
        new_codes=tuple(sorted(merge.names[guid] for guid in merge.codebook.new)),
        changed_codes=tuple(sorted(merge.names[guid] for guid in merge.codebook.changed)),
        new_codings=dict(sorted(Counter(merge.names[each.coder_guid] for each in codings.new).items())),
        matched_by=dict(sorted(Counter(each.anchor.matched_by.value for each in codings.new).items())),
        already=codings.already,
        retired=len(codings.retired),
        revived=len(codings.revived),
        new_memos=len(memos.new),
        flagged=tuple(Loss(named(each), each.anchor.reason) for each in codings.new if each.anchor.reason),
        left_out=tuple(left_out),
        differences=(*merge.codebook.differences, *merge.coders.differences, *differences, *memos.differences, *astray),
        losses=(*merge.project.losses, *merge.codebook.losses, *_strange_cases(merge)),
    )


def _strange_cases(merge: _Merge) -> list[Loss]:
    said = "is no participant of the study, so the case itself was not taken"
    strange = (case for case in merge.project.cases if merge.people.keys().isdisjoint((case.guid, case.name)))
    return [Loss(f"case {case.name}", said) for case in strange]
