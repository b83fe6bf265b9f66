"""What a program for coding hands back, as values: whatever wrote the file, this is how it reads here.

GUIDs are lower case without braces. Positions are Unicode code points, half-open, in the text as it reads here
(LF line ends, no BOM); media times are integer milliseconds.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Loss:
    """Something in the file that could not be taken as it is: where, and what became of it."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class ProjectCoder:
    """Someone who coded."""

    guid: str
    name: str
    initials: str = ""


@dataclass(frozen=True, slots=True)
class ProjectVariable:
    """What attributes of cases and sources can be about. `kind` is 'Text', 'Boolean', 'Integer' and so on, or ''."""

    guid: str
    name: str
    kind: str = "Text"
    description: str = ""


@dataclass(frozen=True, slots=True)
class ProjectCode:
    """A code of the codebook; `parent_guid` is '' at the top, `color` is '#rrggbb' or ''."""

    guid: str
    name: str
    parent_guid: str = ""
    description: str = ""
    color: str = ""
    is_codable: bool = True


@dataclass(frozen=True, slots=True)
class ProjectText:
    """A text that codings refer to: a transcript of a recording, or a text source of its own, whose GUID it shares.

    `sync_guids` are those of `sync_points`, one for one.
    """

    guid: str
    name: str
    text: str
    sync_points: tuple[tuple[int, int], ...] = ()  # (position, milliseconds), in order
    sync_guids: tuple[str, ...] = ()
    description: str = ""
    coder_guid: str = ""
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProjectSource:
    """A recording, text, picture or PDF of the project. `sha256` is that of the file inside it, or ''.

    `path` is as it was written: 'internal://…' is in the project, anything else was not looked at.
    """

    guid: str
    name: str
    kind: str  # 'audio', 'video', 'text', 'pdf', 'picture'
    path: str = ""
    sha256: str = ""
    texts: tuple[ProjectText, ...] = ()
    description: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    coder_guid: str = ""
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProjectStretch:
    """A stretch of a text, of a recording, or both; None where it has no such side."""

    source_guid: str
    text_guid: str = ""
    start: int | None = None
    end: int | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    quote: str = ""


@dataclass(frozen=True, slots=True)
class ProjectCoding:
    """A code given to a stretch of a text, a stretch of a recording, or both; None where it has no such side.

    With neither side, the code is given to the source as a whole.
    """

    guid: str
    code_guid: str
    source_guid: str
    text_guid: str = ""
    start: int | None = None
    end: int | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    quote: str = ""
    coder_guid: str = ""
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProjectMemo:
    """A note, and the GUIDs of what it is about (codes, codings, sources, cases); none: the whole project.

    `stretches` are those that it is about and that have no code; their sources are in `about`.
    """

    guid: str
    name: str
    text: str
    about: tuple[str, ...] = ()
    coder_guid: str = ""
    created_at: datetime | None = None
    stretches: tuple[ProjectStretch, ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectCase:
    """A case with its attributes, the sources that belong to it as a whole, stretches of others, and its codes."""

    guid: str
    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    source_guids: tuple[str, ...] = ()
    description: str = ""
    stretches: tuple[ProjectStretch, ...] = ()
    code_guids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CodedProject:
    """All that was read from one file, and all that could not be."""

    name: str
    origin: str
    coders: tuple[ProjectCoder, ...] = ()
    codes: tuple[ProjectCode, ...] = ()
    sources: tuple[ProjectSource, ...] = ()
    codings: tuple[ProjectCoding, ...] = ()
    memos: tuple[ProjectMemo, ...] = ()
    cases: tuple[ProjectCase, ...] = ()
    losses: tuple[Loss, ...] = ()
    variables: tuple[ProjectVariable, ...] = ()
    description: str = ""
    creator_guid: str = ""
    created_at: datetime | None = None
