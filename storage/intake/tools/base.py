"""Files that a tool leaves of one conversation, and what each of them is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

SOUND = (".wav", ".wav49", ".mp3", ".m4a", ".mp4", ".mov", ".flac", ".ogg", ".opus", ".webm", ".mkv", ".amr", ".3gp")


@dataclass(frozen=True, slots=True)
class Track:
    """A file that holds one person; `person` as the tool names them (personal, for matching only), or ''."""

    name: PurePath
    person: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A conversation from one start of the recorder to its stop.

    The first of `mixed` holds everyone and is the best to transcribe, the others hold nothing else; `tracks` hold one
    person each.
    """

    mixed: tuple[PurePath, ...] = ()
    tracks: tuple[Track, ...] = ()

    @property
    def names(self) -> tuple[PurePath, ...]:
        return (*self.mixed, *(track.name for track in self.tracks))


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files of one conversation that belong together; names are paths inside the inbox.

    `beside` are texts, kept and not heard. `lacks` says why it cannot be taken as it is, with the next step. `in_step`:
    its tracks were begun at once and written by one clock, so that they are laid side by side sample by sample.
    `remark` is for the person who reads about it, `if_mono` too where it came with one channel only.
    """

    tool: str
    stretches: tuple[Stretch, ...] = ()
    beside: tuple[PurePath, ...] = ()
    lacks: str = ""
    in_step: bool = False
    remark: str = ""
    if_mono: str = ""

    @property
    def names(self) -> tuple[PurePath, ...]:
        return (*(name for stretch in self.stretches for name in stretch.names), *self.beside)


Recogniser = Callable[[Sequence[PurePath]], list[Bundle]]
"""Finds the bundles of one tool among the names of files; the others it leaves alone."""


def is_sound(name: PurePath) -> bool:
    """Whether a file's suffix is that of sound or video."""
    return name.suffix.lower() in SOUND
