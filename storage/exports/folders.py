"""Folders of deliveries: their names, and clearing away what a killed delivery left behind.

A folder carries a mark from before its first file until its delivery is noted in the database. Other things may lie
beside it, deliveries of other studies too, so a folder goes only if its name and its mark both say whose it is.
"""

import re
import secrets
import shutil
from collections.abc import Collection
from datetime import datetime
from itertools import count
from pathlib import Path

from storage.files import write_bytes

_NAME = r"\d{4}-\d{2}-\d{2}T\d{6}(_\d+)?"
_FOLDER = re.compile(_NAME)
_PART = re.compile(rf"\.{_NAME}\.[0-9a-f]{{8}}\.part")
_MARK = ".not-noted-yet"


def new_part(parent: Path, local: datetime) -> Path:
    """Make the hidden folder in which a delivery is written."""
    part = parent / f".{_name(local)}.{secrets.token_hex(4)}.part"
    part.mkdir(mode=0o700)
    return part


def set_mark(folder: Path, project: str, delivery: str) -> None:
    """Mark a folder with the GUIDs of its study and its delivery, which is not noted yet."""
    write_bytes(folder / _MARK, f"{project} {delivery}\n".encode())


def free_folder(parent: Path, local: datetime) -> Path:
    """A path named after the time that nothing has yet: `2020-06-10T211530`, else with `_2` and so on."""
    taken = {path.name for path in parent.iterdir()}  # links to nowhere too
    names = (_name(local) if number == 1 else f"{_name(local)}_{number}" for number in count(1))
    return next(parent / name for name in names if name not in taken)


def remove_mark(folder: Path) -> None:
    """Let a folder stand: its delivery is noted."""
    (folder / _MARK).unlink()


def clear_abandoned(parent: Path, project: str, noted: Collection[str]) -> None:
    """Remove what killed deliveries of this study left in `parent`; `noted` are the GUIDs of those that count.

    Wants the lock on `parent`, so that whatever is unfinished there is abandoned.
    """
    for path in sorted(parent.iterdir()):
        if path.is_symlink() or not path.is_dir():
            continue
        if _PART.fullmatch(path.name):
            shutil.rmtree(path)
        elif _FOLDER.fullmatch(path.name):
            match _mark_of(path):
                case [owner, delivery] if owner == project and delivery in noted:
                    remove_mark(path)
                case [owner, _] if owner == project:
                    shutil.rmtree(path)


def _mark_of(folder: Path) -> list[str]:
    try:
        return (folder / _MARK).read_text(errors="replace").split()
    except OSError:  # none, or not ours to read: not ours to remove either
        return []


def _name(local: datetime) -> str:
    return f"{local:%Y-%m-%dT%H%M%S}"
