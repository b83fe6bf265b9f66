"""ZIP archives whose bytes depend on their content alone: no clock, no machine, no file modes."""

import shutil
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

_BLOCK = 1 << 20


def add_bytes(archive: ZipFile, name: str, content: bytes) -> None:
    """Add a member, compressed."""
    with archive.open(_member(name, len(content), ZIP_DEFLATED), "w") as member:
        member.write(content)


def add_file(archive: ZipFile, name: str, path: Path) -> None:
    """Add a file as it is, block by block: memory does not grow with its size."""
    with path.open("rb") as source, archive.open(_member(name, path.stat().st_size, ZIP_STORED), "w") as member:
        shutil.copyfileobj(source, member, _BLOCK)


def write_again(source: IO[bytes], file: IO[bytes]) -> None:
    """Write the archive `source` to `file` with its members in order of name and nothing but their content."""
    with ZipFile(source) as old, ZipFile(file, "w") as new:
        for name in sorted(old.namelist()):
            add_bytes(new, name, old.read(name))


def _member(name: str, size: int, compression: int) -> ZipInfo:
    info = ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type = compression
    info.create_system = 3  # the same on every machine
    info.external_attr = 0o644 << 16
    info.file_size = size  # tells zipfile beforehand whether it needs 64-bit sizes
    return info
