"""Drive v3, as far as recordings need it: files found by query, their checksums, their bytes from any place on.

Sources: the discovery document, and Google's guides 'Search for files', 'Download files' and 'Retrieve changes'.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import md5, sha1, sha256
from itertools import count
from typing import Any

from google_accounts import Identity
from google_errors import GoogleError, forbidden, invalid, not_found
from google_times import stamp

Values = Mapping[str, Any]

FOLDER = "application/vnd.google-apps.folder"
DOCUMENT = "application/vnd.google-apps.document"
MEET_RECORDINGS = "Meet Recordings"
_DEFAULT_FIELDS = ("kind", "id", "name", "mimeType")
_TERM = re.compile(
    r"(?:'(?P<parent>(?:[^'\\]|\\.)*)' in parents"
    r"|(?P<name>name|mimeType|createdTime|modifiedTime|trashed)\s*(?P<op>=|!=|contains|>=|<=|>|<)\s*"
    r"(?:'(?P<text>(?:[^'\\]|\\.)*)'|(?P<truth>true|false)))"
)


@dataclass
class File:
    """A file, with its bytes unless it is a document or a folder."""

    id: str
    name: str
    mime_type: str
    owner: str
    created_at: datetime
    content: bytes | None = None
    parents: tuple[str, ...] = ()
    readers: set[str] = field(default_factory=set)
    can_download: bool = True
    has_checksums: bool = True  # false while Google is still working on it
    trashed: bool = False
    duration_ms: int | None = None

    def metadata(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "kind": "drive#file",
            "id": self.id,
            "name": self.name,
            "mimeType": self.mime_type,
            "createdTime": stamp(self.created_at),
            "modifiedTime": stamp(self.created_at),
            "parents": list(self.parents),
            "owners": [{"kind": "drive#user", "emailAddress": self.owner, "me": False}],
            "trashed": self.trashed,
            "version": "1",
            "capabilities": {"canDownload": self.can_download},
        }
        if self.content is not None:
            shown["size"] = str(len(self.content))
            if self.has_checksums:
                shown["md5Checksum"] = md5(self.content).hexdigest()
                shown["sha1Checksum"] = sha1(self.content).hexdigest()
                shown["sha256Checksum"] = sha256(self.content).hexdigest()
            shown["headRevisionId"] = f"r-{self.id}"
        if self.duration_ms is not None:
            shown["videoMediaMetadata"] = {"durationMillis": str(self.duration_ms)}
        return shown


@dataclass(frozen=True)
class Media:
    """Bytes of a file as an answer."""

    status: int
    content: bytes
    mime_type: str
    content_range: str = ""


@dataclass
class Drive:
    """All files, and the changes to them in order."""

    now: Callable[[], datetime]
    files: dict[str, File] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)  # ids, in order
    page_size: int | None = None
    incomplete: bool = False  # a search that could not look everywhere
    _numbers: Any = field(default_factory=lambda: count(1))

    # What people, and Meet, do in Drive

    def add(
        self,
        owner: str,
        name: str,
        content: bytes | None,
        mime_type: str = "video/mp4",
        parent: str | None = None,
        **how: Any,
    ) -> File:
        """A file in a folder, by default the one for recordings, which is made the first time."""
        if parent is None and mime_type != FOLDER:
            parent = self.recordings_folder(owner).id
        file = File(
            f"file-{next(self._numbers)}",
            name,
            mime_type,
            owner,
            self.now(),
            content,
            (parent,) if parent else (),
            **how,
        )
        self.files[file.id] = file
        self.changes.append(file.id)
        return file

    def recordings_folder(self, owner: str) -> File:
        for file in self.files.values():
            if file.owner == owner and file.name == MEET_RECORDINGS and file.mime_type == FOLDER:
                return file
        return self.add(owner, MEET_RECORDINGS, None, FOLDER)

    def remove(self, file_id: str) -> None:
        del self.files[file_id]
        self.changes.append(file_id)

    # The methods of the API

    def files_list(self, who: Identity, given: Values, _body: Any, _headers: Values) -> Any:
        terms = _terms(given.get("q", ""))
        found = [file for file in self._seen(who) if all(_holds(file, term) for term in terms)]
        begin = int(given.get("pageToken", "0"))
        size = min(given.get("pageSize", 100), self.page_size or 1000)
        answer: dict[str, Any] = {
            "kind": "drive#fileList",
            "incompleteSearch": self.incomplete,
            "files": [file.metadata() for file in found[begin : begin + size]],
        }
        if begin + size < len(found):
            answer["nextPageToken"] = str(begin + size)
        return fields_of(answer, given.get("fields") or f"kind,incompleteSearch,nextPageToken,files({_default()})")

    def files_get(self, who: Identity, given: Values, _body: Any, headers: Values) -> Any:
        file = self._file(who, given["fileId"])
        if given.get("alt") == "media":
            return _media(file, headers.get("Range"))
        return fields_of(file.metadata(), given.get("fields") or _default())

    def files_export(self, who: Identity, given: Values, _body: Any, _headers: Values) -> Any:
        file = self._file(who, given["fileId"])
        if file.mime_type != DOCUMENT:
            raise forbidden("fileNotExportable", "Export only supports Docs Editors files.")
        return Media(200, file.content or b"", given["mimeType"])

    def changes_get_start_page_token(self, _who: Identity, _given: Values, _body: Any, _headers: Values) -> Any:
        return {"kind": "drive#startPageToken", "startPageToken": str(len(self.changes))}

    def changes_list(self, who: Identity, given: Values, _body: Any, _headers: Values) -> Any:
        begin = int(given["pageToken"])
        size = min(given.get("pageSize", 100), self.page_size or 1000)
        changes = [self._change(who, file_id) for file_id in self.changes[begin : begin + size]]
        answer: dict[str, Any] = {"kind": "drive#changeList", "changes": changes}
        last = begin + size >= len(self.changes)
        answer |= {"newStartPageToken": str(len(self.changes))} if last else {"nextPageToken": str(begin + size)}
        asked = given.get("fields")
        return fields_of(answer, asked) if asked else answer

    def about_get(self, who: Identity, given: Values, _body: Any, _headers: Values) -> Any:
        if not given.get("fields"):
            raise GoogleError(400, "required", "The 'fields' parameter is required for this method.", location="fields")
        user = {"kind": "drive#user", "emailAddress": who.email, "me": True}
        return fields_of({"kind": "drive#about", "user": user}, given["fields"])

    # Inside

    def _seen(self, who: Identity) -> list[File]:
        return [file for file in self.files.values() if who.email == file.owner or who.email in file.readers]

    def _file(self, who: Identity, file_id: str) -> File:
        file = self.files.get(file_id)
        if file is None or file not in self._seen(who):
            raise not_found(f"File not found: {file_id}.")
        return file

    def _change(self, who: Identity, file_id: str) -> dict[str, Any]:
        file = self.files.get(file_id)
        seen = file is not None and file in self._seen(who)
        change: dict[str, Any] = {"kind": "drive#change", "changeType": "file", "fileId": file_id, "removed": not seen}
        if seen:
            assert file is not None
            change["file"] = {name: value for name, value in file.metadata().items() if name in _DEFAULT_FIELDS}
        return change


def _default() -> str:
    return ",".join(_DEFAULT_FIELDS)


def _media(file: File, asked: str | None) -> Media:
    """All of a file, or the part that a Range header asks for (RFC 9110). Raises GoogleError."""
    if file.content is None or file.mime_type == DOCUMENT:
        raise forbidden("fileNotDownloadable", "Only files with binary content can be downloaded. Use Export.")
    if not file.can_download:
        raise forbidden("cannotDownloadFile", "This file cannot be downloaded by the user.")
    if not asked:
        return Media(200, file.content, file.mime_type)
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", asked)
    if match is None:
        return Media(200, file.content, file.mime_type)
    begin, end = int(match[1]), min(int(match[2] or len(file.content) - 1), len(file.content) - 1)
    if begin >= len(file.content):
        raise GoogleError(416, "requestedRangeNotSatisfiable", "Request range not satisfiable", location="Range")
    return Media(206, file.content[begin : end + 1], file.mime_type, f"bytes {begin}-{end}/{len(file.content)}")


def _terms(query: str) -> list[re.Match[str]]:
    """The terms of a search, joined by 'and'. Raises GoogleError 400."""
    terms, at = [], 0
    while query[at:].strip():
        match = _TERM.match(query, at)
        if match is None:
            raise invalid("Invalid Value", "q")
        terms.append(match)
        onward = re.compile(r"\s+and\s+|\s*$").match(query, match.end())
        if onward is None:
            raise invalid("Invalid Value", "q")
        at = onward.end()
    return terms


def _holds(file: File, term: re.Match[str]) -> bool:
    if term["parent"] is not None:
        return _unquoted(term["parent"]) in file.parents
    if term["name"] == "trashed":
        return file.trashed == (term["truth"] == "true")
    text = _unquoted(term["text"])
    if term["name"] in ("createdTime", "modifiedTime"):
        at = datetime.fromisoformat(text)
        other = at if at.tzinfo else at.replace(tzinfo=UTC)
        created = file.created_at
        return {">": created > other, ">=": created >= other, "<": created < other, "<=": created <= other}[term["op"]]
    value = file.name if term["name"] == "name" else file.mime_type
    return {"=": value == text, "!=": value != text, "contains": text.casefold() in value.casefold()}[term["op"]]


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def fields_of(value: Any, mask: str) -> Any:
    """The parts of an answer that a field mask names: `a,b(c,d/e),*`. Raises GoogleError 400."""
    names, rest = _mask(mask)
    if rest:
        raise invalid(f"Invalid field selection {mask}", "fields")
    return _selected(value, names)


def _mask(text: str) -> tuple[dict[str, Any], str]:
    """Names with what is wanted of each ({} for all), and what of the text is left at a closing bracket."""
    names: dict[str, Any] = {}
    while True:
        match = re.match(r"\s*([\w*]+)", text)
        if match is None:
            raise invalid(f"Invalid field selection {text}", "fields")
        name, text = match[1], text[match.end() :]
        inner: dict[str, Any] = {}
        if text.startswith("("):
            inner, text = _mask(text[1:])
            if not text.startswith(")"):
                raise invalid("Invalid field selection", "fields")
            text = text[1:]
        elif text.startswith("/"):
            match = re.match(r"/([\w*]+)", text)
            if match is None:
                raise invalid("Invalid field selection", "fields")
            inner, text = {match[1]: {}}, text[match.end() :]
        names.setdefault(name, {}).update(inner)
        if not text.startswith(","):
            return names, text
        text = text[1:]


def _selected(value: Any, names: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_selected(item, names) for item in value]
    if not names or "*" in names:
        return value
    return {name: _selected(value[name], inner) for name, inner in names.items() if name in value}
