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
    """A text that codings refer to: a transcript of a recording, or a text source of its own."""

    guid: str
    name: str
    text: str
    sync_points: tuple[tuple[int, int], ...] = ()  # (position, milliseconds), in order


@dataclass(frozen=True, slots=True)
class ProjectSource:
    """A recording, text, picture or PDF of the project. `sha256` is that of the file inside it, or ''."""

    guid: str
    name: str
    kind: str  # 'audio', 'video', 'text', 'pdf', 'picture'
    path: str = ""
    sha256: str = ""
    texts: tuple[ProjectText, ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectCoding:
    """A code given to a stretch of a text, a stretch of a recording, or both; None where it has no such side."""

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
    """A note, and the GUIDs of what it is about (codes, codings, sources, cases); none: the whole project."""

    guid: str
    name: str
    text: str
    about: tuple[str, ...] = ()
    coder_guid: str = ""
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProjectCase:
    """A case with its attributes and the sources that belong to it."""

    guid: str
    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    source_guids: tuple[str, ...] = ()


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
