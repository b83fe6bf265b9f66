"""Fetching a file from Google Drive: it goes on at any byte after any break, and ends equal to what Drive says it is.

The client's own downloader begins at the first byte each time; this one asks for ranges (RFC 9110, section 14). What
has come lies in the vault's folder `fetching`, under a name made of the file's id and its version there, so that bytes
of two versions never meet. Every range is on disk before the next is asked for. At the end size and checksums are
compared, and the file is looked up once more: one that was changed meanwhile is fetched anew.
"""

import errno
import hashlib
import http.client
import os
import re
import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from storage.errors import IntakeError, VaultError
from storage.files import sync_folder
from storage.google.calls import GoogleMissing, GoogleQuotaUsedUp, GoogleRefused, GoogleUnavailable, call

RANGE = 8 << 20  # bytes asked for at once; this much is in memory
_FIELDS = "name,size,md5Checksum,sha256Checksum,headRevisionId,trashed,capabilities/canDownload"
_TRIES = 3  # of a file that keeps changing, or does not come as it is
_FRUITLESS = 3  # ranges in a row of which nothing came
_TIMEOUT_S = 60
_RANGE_TOLD = re.compile(r"bytes (\d+)-(\d+)/(\d+)")

Progress = Callable[[int, int], None]  # bytes done, bytes in all


class NotReady(IntakeError):
    """Google is still working on the file."""


class Gone(IntakeError):
    """The file is not there, or cannot be seen."""


class NotForUs(IntakeError):
    """The file is there, and a person must do something about it first."""


class NoRoom(VaultError):
    """The disk has no room for the file; what has come of it is kept."""


@dataclass(frozen=True, slots=True)
class There:
    """A file as Drive describes it. Its name may tell who somebody is."""

    file_id: str
    name: str
    size: int
    md5: str
    sha256: str
    revision: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that came whole: where it lies, and how many of its bytes had come in earlier tries."""

    path: Path
    name: str
    resumed: int


class _Changed(Exception):
    """What comes is not of the version that was looked up."""


def fetch(files: Any, file_id: str, folder: Path, progress: Progress | None = None) -> Fetched:
    """Fetch a file into `folder`, going on with what an earlier try left there; only for one process at a time.

    `files` is the client's resource of that name, which takes longer to make than to ask.

    Raises NotReady, Gone, NotForUs, NoRoom, IntakeError where it keeps changing or comes damaged, GoogleError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    why = ""
    for _ in range(_TRIES):
        there = look_up(files, file_id)
        part = folder / _part_name(there)
        discard(folder, file_id, but=part)
        resumed = min(_size(part), there.size)
        try:
            _fill(files, there, part, progress)
        except _Changed:
            why = "it kept being changed"
            continue
        if look_up(files, file_id) != there:
            why = "it kept being changed"
        elif _is_as_told(part, there):
            return Fetched(part, there.name, resumed)
        else:
            part.unlink()
            why = "what came was not what Drive says it is (its checksum differs)"
    raise IntakeError(f"It could not be fetched: {why}. It is tried again by the next capture.")


def look_up(files: Any, file_id: str) -> There:
    """What Drive says about a file that can be fetched. Raises NotReady, Gone, NotForUs, GoogleError."""
    request = files.get(fileId=file_id, fields=_FIELDS, supportsAllDrives=True)
    try:
        told = call(request, "describe a recording's file")
    except GoogleMissing:
        raise Gone(
            "Its file is not in Drive, or the account cannot see it. If it was moved, share it with the account of "
            "google.organiser and capture again."
        ) from None
    if told.get("trashed"):
        raise NotForUs("Its file lies in Drive's bin. Restore it there and capture again, or leave it to be deleted.")
    if not told.get("capabilities", {}).get("canDownload", True):
        raise NotForUs(_NOT_ALLOWED)
    size = int(told.get("size", 0))
    if size <= 0 or not (told.get("md5Checksum") or told.get("sha256Checksum")):
        raise NotReady("Google is still working on its file.")
    checksums = (told.get("md5Checksum", ""), told.get("sha256Checksum", ""))
    return There(file_id, told.get("name", ""), size, *checksums, told.get("headRevisionId", ""))


def discard(folder: Path, file_id: str, but: Path | None = None) -> None:
    """Remove what has come of a file, or of all versions of it but one."""
    for part in folder.glob(f"{_of_file(file_id)}-*"):
        if part != but:
            part.unlink(missing_ok=True)


def keep_only(folder: Path, file_ids: Collection[str]) -> None:
    """Remove what has come of all other files: nobody waits for it any more, or nobody may."""
    kept = {_of_file(file_id) for file_id in file_ids}
    for part in folder.glob("*-*"):
        if part.name.partition("-")[0] not in kept:
            part.unlink(missing_ok=True)


_NOT_ALLOWED = (
    "Drive does not let it be downloaded. Ask the owner of the file to let those who see it download it, then capture "
    "again; or fetch it by hand and put it into the inbox."
)


def _part_name(there: There) -> str:
    version = "\n".join((there.revision, there.md5, there.sha256, str(there.size)))
    return f"{_of_file(there.file_id)}-{hashlib.sha256(version.encode()).hexdigest()[:16]}"


def _of_file(file_id: str) -> str:
    """What the names of all parts of a file begin with; nothing from outside is in it."""
    return hashlib.sha256(file_id.encode()).hexdigest()[:32]


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _fill(files: Any, there: There, part: Path, progress: Progress | None) -> None:
    """Ask for what is missing until nothing is."""
    _require_room(part.parent, 2 * there.size - _size(part))  # the vault takes a copy before this one goes
    http, uri = _transport(files, there.file_id)
    try:
        with part.open("ab", buffering=0) as file:
            sync_folder(part.parent)
            done, fruitless = file.seek(0, os.SEEK_END), 0
            while done < there.size:
                if progress:
                    progress(done, there.size)
                request = _RangeRequest(http, uri, done, min(done + RANGE, there.size) - 1)
                answer = _asked(request)
                begin = _first_byte(answer, request, there)
                if begin < done:
                    file.truncate(0)
                _write(file, answer.content[: there.size - begin])
                before, done = done, file.seek(0, os.SEEK_END)
                fruitless = 0 if done > before else fruitless + 1
                if fruitless == _FRUITLESS:
                    raise GoogleUnavailable("The transfer from Drive keeps breaking off. It is tried again by itself.")
            if progress:
                progress(done, there.size)
    finally:
        http.close()


def _require_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise NoRoom(
            f"The disk has no room for it: it takes {needed / 1e6:.0f} MB until it is in the vault, and "
            f"{free / 1e6:.0f} MB are free. Nothing was lost; make room, then capture again."
        )


def _write(file: Any, content: bytes) -> None:
    """Add bytes and see to it that they are on disk; on a full one, those that found room are kept."""
    left = memoryview(content)
    try:
        while left:
            left = left[file.write(left) :]
        os.fsync(file.fileno())
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise NoRoom(
                f"The disk is full ({error.strerror}). What has come is kept; make room, then capture again: it goes "
                "on where it was."
            ) from error
        raise


def _is_as_told(part: Path, there: There) -> bool:
    if _size(part) != there.size:
        return False
    for algorithm, told in (("md5", there.md5), ("sha256", there.sha256)):
        if told and _digest(part, algorithm) != told:
            return False
    return True


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    content_range: str
    content: bytes  # as far as it came


@dataclass(frozen=True, slots=True)
class _RangeRequest:
    """A request for some bytes of a file, with the one method that `call` asks of the client's requests."""

    http: Any
    uri: str
    begin: int
    end: int

    def execute(self, num_retries: int = 0) -> _Answer:
        from googleapiclient.errors import HttpError

        headers = {"Range": f"bytes={self.begin}-{self.end}", "Accept-Encoding": "identity"}
        connection = _connection(self.uri.partition(":")[0])
        response, content = self.http.request(self.uri, headers=headers, connection_type=connection)
        if response.status >= 400:
            raise HttpError(response, content, uri=self.uri)
        return _Answer(response.status, response.get("content-range", ""), content)


def _asked(request: _RangeRequest) -> _Answer:
    try:
        answer: _Answer = call(request, "send a recording's file")
    except GoogleQuotaUsedUp:
        raise GoogleQuotaUsedUp(
            "Drive lets it not be downloaded any more for now: too much was downloaded. It is tried again by itself; "
            "where that is too late, make a copy in Drive, download that and put it into the inbox."
        ) from None
    except GoogleMissing:
        raise _Changed from None
    except GoogleRefused as fault:
        if fault.status == 416:  # it has become shorter
            raise _Changed from None
        if fault.status == 403:
            raise NotForUs(_NOT_ALLOWED) from None
        raise
    return answer


def _first_byte(answer: _Answer, request: _RangeRequest, there: There) -> int:
    """Where in the file an answer begins: where it was asked for, or at the start. Raises _Changed."""
    if answer.status == 200:
        return 0
    told = _RANGE_TOLD.fullmatch(answer.content_range)
    if answer.status != 206 or told is None or int(told[1]) != request.begin or int(told[3]) != there.size:
        raise _Changed
    return request.begin


def _transport(files: Any, file_id: str) -> tuple[Any, str]:
    """A connection of its own with the service's credentials, and the address of a file's bytes."""
    import httplib2
    from google_auth_httplib2 import AuthorizedHttp

    request = files.get_media(fileId=file_id, supportsAllDrives=True)
    return AuthorizedHttp(request.http.credentials, http=httplib2.Http(timeout=_TIMEOUT_S)), request.uri


class _AsFarAsItCame(http.client.HTTPResponse):
    """An answer that is cut off gives what came of it, instead of nothing."""

    def read(self, amt: int | None = None) -> bytes:
        try:
            return super().read(amt)
        except http.client.IncompleteRead as error:
            return error.partial


@cache
def _connection(scheme: str) -> type[http.client.HTTPConnection]:
    import httplib2

    kind = httplib2.HTTPSConnectionWithTimeout if scheme == "https" else httplib2.HTTPConnectionWithTimeout
    return type("Connection", (kind,), {"response_class": _AsFarAsItCame})
