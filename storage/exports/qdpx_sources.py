"""The sources of a project: recordings with their transcripts linked in time, or texts where there is no recording."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from storage.exports.contents import Contents, Sound
from storage.exports.document import Document, heading
from storage.exports.identities import TEAM, interviewer_guid
from storage.exports.qdpx_variables import add_values, interview_values
from storage.exports.refi_qda import INTERNAL, RELATIVE, Element, element, inside, instant


def media_name(document: Document) -> str:
    """Name of a recording inside a project, or beside it where it is too large: `GUID.m4a`."""
    return f"{document.transcript.recording_guid}{document.transcript.recording_suffix}"


def text_name(document: Document) -> str:
    """Name of a text inside a project."""
    return f"{document.transcript.version_guid}.txt"


def source_guid(contents: Contents, document: Document) -> str:
    """GUID of the source that holds a document: its recording, else the text itself."""
    t = document.transcript
    return t.recording_guid if t.recording_guid in contents.sounds else t.version_guid


def source_elements(contents: Contents) -> list[Element]:
    """A source for each recording with all its transcripts, and for each text without a recording."""
    by_source: dict[str, list[Document]] = {}
    for document in contents.documents:
        by_source.setdefault(source_guid(contents, document), []).append(document)
    return [
        _recording(contents, documents, sound)
        if (sound := contents.sounds.get(guid))
        else _text_source(contents, documents[0])
        for guid, documents in by_source.items()
    ]


def _recording(contents: Contents, documents: Sequence[Document], sound: Sound) -> Element:
    """A recording with its transcripts. Its name carries the suffix because programs use it as a file's name."""
    first = documents[0]
    t = first.transcript
    source = element("VideoSource" if t.has_video else "AudioSource", guid=t.recording_guid)
    source.set("name", f"{first.name}{t.recording_suffix}")
    source.set("path", f"{INTERNAL if sound.is_internal else RELATIVE}{media_name(first)}")
    source.set("creatingUser", interviewer_guid(contents.project_guid, t.interviewer_code))
    source.set("creationDateTime", instant(t.starts_at))
    _describe(source, first)
    source.extend(_transcript(document, contents.guids[TEAM]) for document in documents)
    add_values(source, interview_values(contents, first), contents.guids)
    return source


def _text_source(contents: Contents, document: Document) -> Element:
    """The text of a recording that cannot be handed over: whole, with its time marks, and not linked."""
    source = element("TextSource", guid=document.transcript.version_guid, name=f"{document.name}.txt")
    _set_origin(source, document, contents.guids[TEAM])
    _describe(source, document)
    add_values(source, interview_values(contents, document), contents.guids)
    return source


def _describe(source: Element, document: Document) -> None:
    inside(source, "Description").text = "\n".join(f"{name}: {value}" for name, value in heading(document))


def _transcript(document: Document, team: str) -> Element:
    """A version of the text with a sync point at the first word of each utterance and one at the end.

    Positions are Unicode code points in the text file, times milliseconds from the start of the recording.
    """
    t = document.transcript
    lines, text = document.lines, document.text
    one = element("Transcript", guid=t.version_guid, name=f"{document.name} v{t.version_number} {t.version_kind}")
    _set_origin(one, document, team)
    inside(one, "Description").text = document.status
    for line, (start, _) in zip(lines, text.positions, strict=True):
        inside(one, "SyncPoint", guid=line.guid, timeStamp=str(line.start_ms), position=str(start))
    end_ms = max([t.duration_ms, 0, *(max(line.start_ms, line.end_ms) for line in lines)])
    end_guid = str(uuid5(UUID(t.version_guid), "end"))
    inside(one, "SyncPoint", guid=end_guid, timeStamp=str(end_ms), position=str(len(text.text)))
    return one


def _set_origin(text: Element, document: Document, team: str) -> None:
    text.set("plainTextPath", f"{INTERNAL}{text_name(document)}")
    text.set("creatingUser", team)
    text.set("creationDateTime", instant(document.transcript.made_at))
