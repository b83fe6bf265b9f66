"""Zoom's recordings in its cloud, as they are downloaded: `GMT20200512-090231_Recording_…`, one start for all files.

`GMT20200512-090231_Recording.m4a` is the sound. The videos show the speaker, the gallery or the screen and hold the
same sound (`…_Recording_avo_640x360.mp4`, `…_Recording_gallery_1920x1080.mp4`); `….transcript.vtt`, `….cc.vtt` and
`…_RecordingnewChat.txt` are texts. Names as downloads that people show in public have them.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePath

from storage.intake.tools.base import Bundle, Stretch

_NAME = re.compile(r"(GMT20\d{6}-\d{6})_.*", re.DOTALL)
_TEXTS = (".vtt", ".txt", ".json", ".srt")


def recognise(names: Sequence[PurePath]) -> list[Bundle]:
    """The recordings among the names, a bundle for all files of one start."""
    found: dict[tuple[PurePath, str], list[PurePath]] = defaultdict(list)
    for name in names:
        if match := _NAME.fullmatch(name.name):
            found[name.parent, match[1]].append(name)
    bundles = (_bundle(files) for files in found.values())
    return [bundle for bundle in bundles if bundle.stretches]


def _bundle(files: Sequence[PurePath]) -> Bundle:
    sounds = [name for name in files if name.suffix.lower() == ".m4a"]
    # a second sound file is that of one person, or of something else: it is no mix of all
    whole = [name for name in sounds if name.stem.lower().endswith("_recording")] or (
        sounds if len(sounds) == 1 else []
    )
    videos = sorted((name for name in files if name.suffix.lower() == ".mp4"), key=lambda name: (len(name.stem), name))
    mixed = (*whole, *videos)
    texts = tuple(name for name in files if name.suffix.lower() in _TEXTS)
    return Bundle("Zoom", (Stretch(mixed),), texts) if mixed else Bundle("Zoom")
