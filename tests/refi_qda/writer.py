"""Writes a coded project as values into a `.qdpx`: for tests that start from what somebody has coded."""

from datetime import datetime
from typing import Any

from building import Member, archive, content, document, element, project

SOUND = b"sound"
_TAGS = {
    "audio": ("AudioSource", "AudioSelection", "Transcript"),
    "video": ("VideoSource", "VideoSelection", "Transcript"),
}


def written(made: Any) -> bytes:
    """The bytes of a `CodedProject`. Of its sources only texts and recordings can be written; texts are in files, and
    recordings that are said to be inside are `SOUND`."""
    texts = {text.guid: text.text for source in made.sources for text in source.texts}
    notes = [_note(memo) for memo in made.memos]
    parts = [
        ("Users", [element("User", guid=c.guid, name=c.name, id=c.initials or None) for c in made.coders]),
        ("CodeBook", [element("Codes", *_codes(made, ""))] if made.codes else []),
        ("Variables", [_variable(variable) for variable in made.variables]),
        ("Cases", [_case(made, case) for case in made.cases]),
        ("Sources", [_source(made, source) for source in made.sources]),
        ("Notes", notes),
    ]
    root = project(
        *(element(name, *children) for name, children in parts if children),
        *([_description(made.description)] if made.description else []),
        name=made.name,
        origin=made.origin or None,
        creatingUserGUID=made.creator_guid or None,
        creationDateTime=_instant(made.created_at),
    )
    files = [Member(f"sources/{guid}.txt", text.encode()) for guid, text in texts.items()]
    inside = [source.path.removeprefix("internal://") for source in made.sources if source.kind != "text"]
    media = [Member(f"sources/{name}", SOUND) for name in inside if ":" not in name]
    return archive([Member("project.qde", document(root)), *files, *media])


def _codes(made: Any, parent: str) -> list[str]:
    return [
        element(
            "Code",
            *([_description(code.description)] if code.description else []),
            *_refer(made, code.guid),
            *_codes(made, code.guid),
            guid=code.guid,
            name=code.name,
            isCodable=str(code.is_codable).lower(),
            color=code.color or None,
        )
        for code in made.codes
        if code.parent_guid == parent
    ]


def _variable(variable: Any) -> str:
    return element("Variable", guid=variable.guid, name=variable.name, typeOfVariable=variable.kind)


def _case(made: Any, case: Any) -> str:
    sources = [element("SourceRef", targetGUID=guid) for guid in case.source_guids]
    return element("Case", *_values(made, case), *sources, guid=case.guid, name=case.name)


def _values(made: Any, holder: Any) -> list[str]:
    guids = {variable.name: variable.guid for variable in made.variables}
    return [
        element("VariableValue", element("VariableRef", targetGUID=guids[name]), element("TextValue", _escaped(value)))
        for name, value in holder.attributes
    ]


def _source(made: Any, source: Any) -> str:
    codings = [coding for coding in made.codings if coding.source_guid == source.guid]
    whole = [_coding(made, coding) for coding in codings if coding.start is None and coding.start_ms is None]
    common = {"guid": source.guid, "name": source.name, "creatingUser": source.coder_guid or None}
    end = [*whole, *_refer(made, source.guid), *_values(made, source)]
    if source.kind == "text":
        chosen = [_selection(made, coding) for coding in codings if coding.start is not None]
        return element("TextSource", *chosen, *end, plainTextPath=f"internal://{source.guid}.txt", **common)
    tag, selection, text_tag = _TAGS[source.kind]
    heard = [
        element(selection, _coding(made, c), guid=_twin(c.guid), begin=c.start_ms, end=c.end_ms)
        for c in codings
        if c.start is None and c.start_ms is not None
    ]
    return element(
        tag, *(_text(made, text_tag, text) for text in source.texts), *heard, *end, path=source.path, **common
    )


def _text(made: Any, tag: str, text: Any) -> str:
    """A transcript: its own sync points, and two for each coding that has a time."""
    synced = [
        element("SyncPoint", guid=guid, position=position, timeStamp=ms)
        for guid, (position, ms) in zip(text.sync_guids, text.sync_points, strict=True)
    ]
    guids = dict(zip(text.sync_points, text.sync_guids, strict=True))
    chosen = [
        element(
            "TranscriptSelection",
            _coding(made, coding),
            guid=_twin(coding.guid),
            fromSyncPoint=guids[coding.start, coding.start_ms],
            toSyncPoint=guids[coding.end, coding.end_ms],
        )
        for coding in made.codings
        if coding.text_guid == text.guid
    ]
    path = f"internal://{text.guid}.txt"
    return element(tag, *synced, *chosen, *_refer(made, text.guid), guid=text.guid, name=text.name, plainTextPath=path)


def _selection(made: Any, coding: Any) -> str:
    ends = {"startPosition": coding.start, "endPosition": coding.end}
    return element("PlainTextSelection", _coding(made, coding), guid=_twin(coding.guid), **ends)


def _coding(made: Any, coding: Any) -> str:
    return element(
        "Coding",
        element("CodeRef", targetGUID=coding.code_guid),
        *_refer(made, coding.guid),
        guid=coding.guid,
        creatingUser=coding.coder_guid or None,
        creationDateTime=_instant(coding.created_at),
    )


def _note(memo: Any) -> str:
    when = {"creatingUser": memo.coder_guid or None, "creationDateTime": _instant(memo.created_at)}
    return element("Note", content(memo.text), guid=memo.guid, name=memo.name, **when)


def _refer(made: Any, guid: str) -> list[str]:
    return [element("NoteRef", targetGUID=memo.guid) for memo in made.memos if guid in memo.about]


def _description(text: str) -> str:
    return element("Description", _escaped(text))


def _escaped(text: str) -> str:
    return content(text).removeprefix("<PlainTextContent>").removesuffix("</PlainTextContent>")


def _twin(guid: str) -> str:
    """A GUID for the selection of a coding."""
    return guid[:14] + "5" + guid[15:]


def _instant(moment: datetime | None) -> str | None:
    return moment and f"{moment:%Y-%m-%dT%H:%M:%SZ}"
