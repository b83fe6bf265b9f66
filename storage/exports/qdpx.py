"""A project for coding in the open standard REFI-QDA 1.5 (qdasoftware.org): recordings with synced transcripts.

A `.qdpx` is a ZIP archive of `project.qde` (XML after `refi_qda_project.xsd`) and a flat folder `sources`.
Every utterance has a sync point: where its words start in the text, in Unicode code points, and when, in
milliseconds. GUIDs are those stored with the rows, or derived from them, so that the same thing keeps its
GUID in every delivery.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import IO, Any
from uuid import UUID, uuid5
from zipfile import ZipFile

from lxml import etree

from storage.exports.archive import add_bytes, add_file
from storage.exports.clean import clean
from storage.exports.contents import Contents, Person, Sound
from storage.exports.document import Document, heading, month_of
from storage.exports.identities import TEAM, VARIABLES, variable
from storage.transcripts import InterviewTranscript

NAMESPACE = "urn:QDA-XML:project:1.0"
LARGEST_INTERNAL = 2**31 - 1  # bytes of a file inside a project, section 8.5 of the standard
PROJECT_FILE = "project.qde"
_PREFIXES: Any = {None: NAMESPACE}  # the standard's programs write no prefix

Element = etree._Element


def write_qdpx(contents: Contents, file: IO[bytes]) -> None:
    """Write the project with the recordings that are sound; the same contents give the same bytes."""
    documents = [d for d in contents.documents if d.transcript.recording_guid in contents.sounds]
    with ZipFile(file, "w") as archive:
        add_bytes(archive, PROJECT_FILE, _project_xml(contents, documents))
        for document in sorted(documents, key=lambda d: d.transcript.version_guid):
            transcript = document.transcript
            add_bytes(archive, f"sources/{_text_name(transcript)}", document.plain.text.encode())
        for document in sorted(documents, key=lambda d: d.transcript.recording_guid):
            sound = contents.sounds[document.transcript.recording_guid]
            if sound.is_internal:
                add_file(archive, f"sources/{media_name(document.transcript)}", sound.path)


def media_name(transcript: InterviewTranscript) -> str:
    """Name of a recording inside a project, or beside it where it is too large: `GUID.m4a`."""
    return f"{transcript.recording_guid}{transcript.recording_suffix}"


def _text_name(transcript: InterviewTranscript) -> str:
    return f"{transcript.version_guid}.txt"


def _project_xml(contents: Contents, documents: list[Document]) -> bytes:
    """`project.qde`; the order of children is the schema's, and empty containers are not allowed."""
    team = contents.guids[TEAM]
    project = _element("Project", name=clean(contents.title), origin="Fieldcall", creatingUserGUID=team)
    project.set("creationDateTime", _instant(contents.made_at))
    users = [_element("User", guid=team, name="Study team")]
    variables = [
        _element("Variable", guid=contents.guids[variable(name)], name=name, typeOfVariable="Text")
        for name in VARIABLES
    ]
    by_code: dict[str, list[Document]] = {}
    for document in documents:
        by_code.setdefault(document.transcript.code, []).append(document)
    cases = [_case(person, by_code.get(person.code, []), contents.guids) for person in contents.people]
    sources = [_source(contents, document) for document in documents]
    for name, children in (("Users", users), ("Variables", variables), ("Cases", cases), ("Sources", sources)):
        if children:
            _inside(project, name).extend(children)
    return etree.tostring(project, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _case(person: Person, documents: list[Document], guids: Mapping[str, str]) -> Element:
    """A participant with what is known of the interviews delivered, and links to their recordings."""
    case = _element("Case", guid=person.guid, name=person.code)
    attributes = [_attributes(document.transcript) for document in documents]
    values = {name: ", ".join(sorted({a[name] for a in attributes})) for name in VARIABLES if attributes}
    _add_values(case, {**values, "group": person.group}, guids)
    for document in documents:
        _inside(case, "SourceRef", targetGUID=document.transcript.recording_guid)
    return case


def _source(contents: Contents, document: Document) -> Element:
    """A recording with its transcript. Its name carries the suffix because programs use it as a file's name."""
    t, team = document.transcript, contents.guids[TEAM]
    source = _element(
        "VideoSource" if t.has_video else "AudioSource",
        guid=t.recording_guid,
        name=f"{document.name}{t.recording_suffix}",
        path=_media_path(t, contents.sounds[t.recording_guid]),
        creatingUser=team,
        creationDateTime=_instant(t.starts_at),
    )
    _inside(source, "Description").text = "\n".join(f"{name}: {value}" for name, value in heading(document))
    source.append(_transcript(document, team))
    _add_values(source, _attributes(t), contents.guids)
    return source


def _media_path(transcript: InterviewTranscript, sound: Sound) -> str:
    return f"{'internal://' if sound.is_internal else 'relative:///'}{media_name(transcript)}"


def _transcript(document: Document, team: str) -> Element:
    """A version of the text with a sync point at the first word of each utterance and one at the end."""
    t = document.transcript
    lines, text = document.lines, document.plain
    element = _element(
        "Transcript",
        guid=t.version_guid,
        name=f"{document.name} v{t.version_number} {t.version_kind}",
        plainTextPath=f"internal://{_text_name(t)}",
        creatingUser=team,
        creationDateTime=_instant(t.made_at),
    )
    _inside(element, "Description").text = document.status
    for line, (start, _) in zip(lines, text.positions, strict=True):
        _inside(element, "SyncPoint", guid=line.guid, timeStamp=str(line.start_ms), position=str(start))
    end_ms = max([t.duration_ms, *(line.end_ms for line in lines)])
    end_guid = str(uuid5(UUID(t.version_guid), "end"))
    _inside(element, "SyncPoint", guid=end_guid, timeStamp=str(end_ms), position=str(len(text.text)))
    return element


def _attributes(transcript: InterviewTranscript) -> dict[str, str]:
    """Values of `VARIABLES` for one interview."""
    return {
        "group": transcript.group,
        "mode": transcript.mode,
        "month": month_of(transcript),
        "interviewer": transcript.interviewer_code,
    }


def _add_values(parent: Element, values: Mapping[str, str], guids: Mapping[str, str]) -> None:
    """Hang values on a case or a source: programs differ in where they look for them."""
    for name in VARIABLES:
        if name in values:
            value = _inside(parent, "VariableValue")
            _inside(value, "VariableRef", targetGUID=guids[variable(name)])
            _inside(value, "TextValue").text = values[name]


def _element(tag: str, /, **attributes: str) -> Element:
    return etree.Element(f"{{{NAMESPACE}}}{tag}", attributes, nsmap=_PREFIXES)


def _inside(parent: Element, tag: str, /, **attributes: str) -> Element:
    return etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}", attributes)


def _instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
