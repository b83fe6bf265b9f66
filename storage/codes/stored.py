"""The rows of codes, coders, codings and memos, read as values and written from them."""

from collections.abc import Collection, Iterable, Mapping

from sqlmodel import Session, col, select

from storage.codes.anchoring import Anchor
from storage.codes.codebook import MergedCodebook
from storage.codes.codings import MergedCodings, PlacedCoding
from storage.codes.memos import MergedMemos, StoredMemo
from storage.codes.texts import StudyText
from storage.imports.coded_project import ProjectCoder, ProjectMemo
from storage.tables import Code, CodedText, Coder, Coding, MatchedBy, Memo, MemoAbout, Version

Target = tuple[str, int | str]  # what a memo can be about: the column of `MemoAbout`, and the key in it


def read_coders(session: Session) -> list[ProjectCoder]:
    """All who ever coded, the first first."""
    return [ProjectCoder(coder.guid, coder.name) for coder in session.exec(select(Coder).order_by(col(Coder.id)))]


def read_placed(session: Session, version_ids: Collection[int] | None = None) -> list[PlacedCoding]:
    """All codings or those of some versions, retired ones too, in the order in which they came."""
    query = select(Coding).order_by(col(Coding.id))
    if version_ids is not None:
        query = query.where(col(Coding.version_id).in_(version_ids))
    codes = {code.id: code.guid for code in session.exec(select(Code))}
    coders = {coder.id: coder.guid for coder in session.exec(select(Coder))}
    versions = dict(session.exec(select(Version.id, Version.transcript_id)).all())
    return [
        PlacedCoding(
            guid=row.guid,
            code_guid=codes[row.code_id],
            coder_guid=coders[row.coder_id],
            version_id=row.version_id,
            transcript_id=versions[row.version_id],
            style=row.style,
            anchor=Anchor(
                row.start, row.end, row.start_ms, row.end_ms, row.quote, MatchedBy(row.matched_by), row.reason
            ),
            made_at=row.made_at,
            row_id=row.id,
            is_retired=row.retired_by is not None,
        )
        for row in session.exec(query)
    ]


def write_codebook(session: Session, merged: MergedCodebook) -> dict[str, int]:
    """Write the codes that are new or changed; returns the ids of all by GUID."""
    rows = {code.guid: code for code in session.exec(select(Code))}
    for code in merged.codes:
        if code.guid in merged.new | merged.changed:
            row = rows.setdefault(code.guid, Code(guid=code.guid, name=code.name))
            row.name, row.description, row.color = code.name, code.description, code.color
            row.is_codable = code.is_codable
            row.parent_id = rows[code.parent_guid].id if code.parent_guid else None
            session.add(row)
            session.flush()  # those below it need its id
    return {guid: row.id or 0 for guid, row in rows.items()}


def write_coders(session: Session, coders: Iterable[ProjectCoder]) -> dict[str, int]:
    """Write the coders that are new; returns the ids of all by GUID."""
    rows = {coder.guid: coder for coder in session.exec(select(Coder))}
    for coder in coders:
        if coder.guid not in rows:
            rows[coder.guid] = Coder(guid=coder.guid, name=coder.name)
            session.add(rows[coder.guid])
    session.flush()
    return {guid: row.id or 0 for guid, row in rows.items()}


def read_hashes(session: Session) -> dict[tuple[int, str], str]:
    """The SHA-256 of every text that was coded, by version and style."""
    rows = session.exec(select(CodedText.version_id, CodedText.style, CodedText.sha256))
    return {(version_id, style): sha256 for version_id, style, sha256 in rows}


def write_texts(session: Session, texts: Iterable[StudyText]) -> None:
    """Write how texts read that were not coded before."""
    for text in texts:
        if session.get(CodedText, (text.version.id, text.style)) is None:
            row = CodedText(
                version_id=text.version.id,
                style=text.style,
                sha256=text.sha256,
                length=len(text.text),
                lines=[[passage.start, passage.end] for passage in text.passages],
            )
            session.add(row)
            session.flush()


def write_codings(
    session: Session, merged: MergedCodings, code_ids: Mapping[str, int], coder_ids: Mapping[str, int], import_id: int
) -> None:
    """Retire, revive and store codings."""
    for each in (*merged.retired, *merged.revived):
        row = session.get_one(Coding, each.row_id)
        row.retired_by = import_id if row.retired_by is None else None
    session.flush()  # a changed coding takes the GUID of the one that is retired for it
    session.add_all(
        Coding(
            guid=each.guid,
            code_id=code_ids[each.code_guid],
            version_id=each.version_id,
            coder_id=coder_ids[each.coder_guid],
            style=each.style,
            start=each.anchor.start,
            end=each.anchor.end,
            start_ms=each.anchor.start_ms,
            end_ms=each.anchor.end_ms,
            quote=each.anchor.quote,
            made_at=each.made_at,
            import_id=import_id,
            matched_by=each.anchor.matched_by,
            standing=each.anchor.standing,
            reason=each.anchor.reason,
        )
        for each in merged.new
    )
    session.flush()


def read_memos(session: Session) -> list[StoredMemo]:
    """All memos, those that are retired too; what they are about is not read."""
    coders = {coder.id: coder.guid for coder in session.exec(select(Coder))}
    return [
        StoredMemo(
            ProjectMemo(row.guid, row.name, row.text, (), coders[row.coder_id], row.made_at),
            row.id or 0,
            row.retired_by is not None,
        )
        for row in session.exec(select(Memo).order_by(col(Memo.id)))
    ]


def write_memos(
    session: Session, merged: MergedMemos, targets: Mapping[str, Target], coder_ids: Mapping[str, int], import_id: int
) -> None:
    """Retire and store memos, with what they are about; `targets` by GUID."""
    for row_id in merged.retired:
        session.get_one(Memo, row_id).retired_by = import_id
    session.flush()
    for memo in merged.new:
        row = Memo(
            guid=memo.guid,
            name=memo.name,
            text=memo.text,
            coder_id=coder_ids[memo.coder_guid],
            made_at=memo.created_at,
            import_id=import_id,
        )
        session.add(row)
        session.flush()
        for kind, key in dict.fromkeys(targets[guid] for guid in memo.about if guid in targets):
            session.add(MemoAbout.model_validate({"memo_id": row.id, kind: key}))
    session.flush()
