"""Zoom's recordings on the host's computer: a folder for each meeting.

The folder is called `2020-05-12 10.02.31 Topic 1234567890`. In it are, by the client's version (Zoom KB0064394, and
folders as people show them in public):

- `video1639780501.mp4` and `audio1639780501.m4a`: everyone. The first digit counts how often recording was started, the
  others are the same for the whole meeting, so `2639780501` is what came after the first stop.
- `zoom_0.mp4` and `audio_only.m4a`, `zoom_1.mp4` and `audio_only_1.m4a`: the same from older clients.
- `Audio Record/audioJaneDoe21639780501.m4a`, where a file for each person was asked for: the name on the screen, a
  number for the person, the digits of the mixed file. Older: `audio_only_1234567_Jane Doe.m4a`.
- `chat.txt`, `meeting_saved_closed_caption.txt`, `recording.conf`, `playback.m3u`, `zoomver.tag`.
- `double_click_to_convert_01.zoom`: what was recorded, before Zoom has made files of it.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from storage.intake.tools.base import Bundle, Stretch, Track

_STAMP = re.compile(r"20\d{2}-\d{2}-\d{2} \d{2}\.\d{2}\.\d{2}(?!\d)")
_MIXED = re.compile(r"(?:audio|video)(\d+)\.(?:m4a|mp4)", re.IGNORECASE)
_OLD_MIXED = re.compile(r"(?:zoom|audio_only)(?:_(\d{1,2}))?\.(?:m4a|mp4)", re.IGNORECASE)
_OLD_TRACK = re.compile(r"audio_only_(?:\d+_)*(.*)", re.IGNORECASE | re.DOTALL)
_UNFINISHED = re.compile(r".*\.zoom", re.IGNORECASE | re.DOTALL)
_TEXT = re.compile(
    r"(?:meeting_saved_|recording)?(?:new_?)?(?:chat|closed_caption).*\.txt|.*\.(?:vtt|conf|m3u|tag)", re.I
)
_PEOPLE = "audio record"
_ASTRAY = "?"
_SURE_DIGITS = 7  # files that share so many are those of one meeting, whatever their folder is called

_CONVERT = (
    "Zoom has not made a recording of it yet: there is a .zoom file beside it. Open that file with a double click on "
    "the computer that recorded, wait until Zoom has converted it, and put the whole folder into the inbox again."
)
_ALONE = (
    "Only one person's file of the meeting is there. Put the whole folder into the inbox, with the file of everyone "
    "(audio….m4a) and all of 'Audio Record'."
)
_UNMATCHED = (
    "which of its parts the files of one person each belong to is not known, so that the mixed ones are transcribed"
)


def recognise(names: Sequence[PurePath]) -> list[Bundle]:
    """The meetings among the names, a bundle each."""
    folders: dict[PurePath, list[PurePath]] = defaultdict(list)
    for name in names:
        folders[_meeting_folder(name)].append(name)
    meetings = (files for folder, inside in folders.items() for files in _meetings(folder, inside))
    return [bundle for bundle in map(_bundle, meetings) if bundle]


def _meeting_folder(name: PurePath) -> PurePath:
    return name.parent.parent if name.parent.name.lower() == _PEOPLE else name.parent


def _meetings(folder: PurePath, files: Sequence[PurePath]) -> list[list[PurePath]]:
    """The files of each meeting: a folder with Zoom's name is one, in others the digits in their names tell."""
    if _STAMP.match(folder.name):
        return [list(files)]
    found: dict[str, list[PurePath]] = defaultdict(list)
    for name in files:
        if (meeting := _meeting(name)) is not None:
            found[meeting].append(name)
    texts = [name for name in files if _TEXT.fullmatch(name.name)]
    return [[*each, *(texts if len(found) == 1 else ())] for each in found.values()]


def _meeting(name: PurePath) -> str | None:
    """What the files of one meeting share; None for a file that need not be Zoom's."""
    if _UNFINISHED.fullmatch(name.name):
        return name.name
    if _is_track(name):
        return _digits(name.stem)[-_SURE_DIGITS:]
    if match := _MIXED.fullmatch(name.name):
        return match[1][-_SURE_DIGITS:] if len(match[1]) > _SURE_DIGITS else None
    return "" if _OLD_MIXED.fullmatch(name.name) else None


def _is_track(name: PurePath) -> bool:
    is_sound = name.suffix.lower() == ".m4a" and name.name.lower().startswith("audio")
    return is_sound and name.parent.name.lower() == _PEOPLE


def _bundle(files: Sequence[PurePath]) -> Bundle | None:
    tracks = [name for name in files if _is_track(name)]
    unfinished = [name for name in files if name not in tracks and _UNFINISHED.fullmatch(name.name)]
    mixed = _mixed([name for name in files if name not in tracks])
    people = _by_stretch(tracks, [key for key in mixed if key])
    astray = people.pop(_ASTRAY, [])
    keys = sorted({*mixed, *people}, key=lambda key: (len(key), key))
    stretches = [Stretch(tuple(mixed.get(key, ())), tuple(people.get(key, ()))) for key in keys]
    if not stretches and not unfinished:
        return None
    alone = any(len(stretch.names) == len(stretch.tracks) == 1 for stretch in stretches)
    if astray:  # kept with the first, and heard nowhere
        stretches[0] = replace(stretches[0], mixed=(*stretches[0].mixed, *(track.name for track in astray)))
    texts = [name for name in files if _TEXT.fullmatch(name.name)]
    return Bundle(
        "Zoom",
        tuple(stretches),
        (*texts, *unfinished),
        lacks=_CONVERT if unfinished else _ALONE if alone else "",
        remark=_UNMATCHED if astray else "",
    )


def _mixed(files: Sequence[PurePath]) -> dict[str, list[PurePath]]:
    """Files with everyone by what counts their stretch, sound before video."""
    found: dict[str, list[PurePath]] = defaultdict(list)
    for name in sorted(files, key=lambda name: (name.suffix.lower() != ".m4a", name)):
        if match := _MIXED.fullmatch(name.name):
            found[match[1]].append(name)
        elif match := _OLD_MIXED.fullmatch(name.name):
            found[match[1] or "0"].append(name)
    return found


def _by_stretch(tracks: Sequence[PurePath], keys: Sequence[str]) -> dict[str, list[Track]]:
    """The files of one person each, by the stretch whose digits they end in."""
    found: dict[str, list[Track]] = defaultdict(list)
    left = []
    for name in sorted(tracks):
        key = next((key for key in sorted(keys, key=len, reverse=True) if _ends_in(name.stem, key)), None)
        if key is None:
            left.append(name)
        else:
            found[key].append(Track(name, _person(name.stem, key)))
    for key, names in _without_mix(left, keys).items():
        found[key] += [Track(name, _person(name.stem, key)) for name in names]
    return found


def _ends_in(stem: str, key: str) -> bool:
    return len(key) >= _SURE_DIGITS and stem.endswith(key)


def _without_mix(names: Sequence[PurePath], keys: Sequence[str]) -> dict[str, list[PurePath]]:
    """Tracks of which the mixed file is not there: the digits that they share tell their stretch."""
    if not names:
        return {}
    if keys and all(len(key) < _SURE_DIGITS for key in keys):
        return {keys[0] if len(keys) == 1 else _ASTRAY: list(names)}
    stretches: dict[str, list[PurePath]] = defaultdict(list)
    for name in names:
        own = _digits(name.stem)
        stretches[own[-10:] if len(own) > 10 else own[1:]].append(name)
    if max(map(len, stretches.values())) > 1:
        return stretches
    digits = [_digits(name.stem) for name in names]
    ends = (digits[0][start:] for start in range(len(digits[0]) + 1))
    return {next(end for end in ends if all(own.endswith(end) for own in digits)): list(names)}


def _digits(stem: str) -> str:
    return stem[len(stem.rstrip("0123456789")) :]


def _person(stem: str, key: str) -> str:
    """The name on the screen, out of a file's name that ends in a digit for the person and those of its stretch."""
    if match := _OLD_TRACK.fullmatch(stem):
        return match[1].strip()
    name = stem.removesuffix(key)[:-1] if _ends_in(stem, key) else stem.rstrip("0123456789")
    return name[len("audio") :]
