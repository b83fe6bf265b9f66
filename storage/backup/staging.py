"""A study that is being laid out: in hidden places until all of it is there, then where its file says.

Most of a study lies in its folder. What its file keeps elsewhere, such as a vault on another disk, is laid out beside
the place where it belongs, so that a restore that is broken off leaves nothing that looks like a study.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL

from storage.backup.parts import clear_abandoned, held, part_beside, remove
from storage.errors import BackupError
from storage.files import sync_folder, write_bytes
from storage.study import FILE_NAME, Study, load_study

# what may lie outside the study's folder: the section and the key that say where
_PLACES = (
    ("storage", "vault"),
    ("storage", "deliveries"),
    ("storage", "contacts"),
    ("capture", "inbox"),
    ("mail", "templates"),
    ("google", "token"),
)


@dataclass(frozen=True)
class Layout:
    """The study as it is being laid out, its database among it, and every hidden place with the one it is for."""

    study: Study
    database_url: URL
    hidden: tuple[tuple[Path, Path], ...]


@contextmanager
def laying_out(folder: Path, study_file: bytes) -> Iterator[Layout]:
    """Lay a study out for `folder`; it takes its places when the body ends, and leaves nothing when that fails.

    Raises BackupError where a place is taken, StudyFileError where the study file is not one.
    """
    refuse_taken(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    clear_abandoned(folder.parent)
    part = part_beside(folder)
    part.mkdir(mode=0o700)
    hidden = [(part, folder)]
    try:
        with held(part):
            write_bytes(part / FILE_NAME, study_file)
            layout = _layout(part, folder)
            hidden = list(layout.hidden)
            yield layout
            os.sync()  # every file is on the disk before one of them is shown
            for one, place in reversed(hidden):  # the study's folder last
                if one.exists():
                    place.parent.mkdir(parents=True, exist_ok=True)
                    one.rename(place)
                    sync_folder(place.parent)
    except BaseException:
        for one, _ in hidden:
            remove(one)
        raise


def refuse_taken(place: Path) -> None:
    """Raise BackupError where a place has something already: nothing is ever written over."""
    if place.is_symlink() or place.is_file() or (place.is_dir() and any(place.iterdir())):
        raise BackupError(f"{place} is there already and is not empty. Nothing was restored; name another place.")


def _layout(part: Path, folder: Path) -> Layout:
    study = load_study(part)
    hidden = [(part, folder)]
    sections: dict[str, Any] = {}
    for section, key in _PLACES:
        model = sections.get(section) or getattr(study, section)
        place = _outside(part, folder, getattr(model, key))
        if place:
            hidden.append((_hidden(place), place))
            model = model.model_copy(update={key: str(hidden[-1][0])})
        sections[section] = model
    url = study.database_url
    if url.get_backend_name() == "sqlite" and (place := _outside(part, folder, url.database or "")):
        hidden.append((_hidden(place), place))
        url = url.set(database=str(hidden[-1][0]))
    return Layout(study.model_copy(update=sections), url, tuple(hidden))


def _outside(part: Path, folder: Path, name: str) -> Path | None:
    """The place that a name in the study file means, where that is not in the study's folder."""
    if Path(os.path.normpath(part / name)).is_relative_to(part):
        return None
    return Path(os.path.normpath(folder / name))


def _hidden(place: Path) -> Path:
    refuse_taken(place)
    clear_abandoned(place.parent)
    return part_beside(place)
