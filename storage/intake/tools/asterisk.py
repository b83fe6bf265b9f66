"""Asterisk's MixMonitor: `MixMonitor(call.wav,r(call-rx.wav)t(call-tx.wav))`, a file for each direction.

The file of `r` holds what was received from the channel that is monitored, that of `t` what was sent to it. Both are
written by one loop and padded with silence, so that they stay in step unless option `n` was given
(`apps/app_mixmonitor.c`). What people call them is their own choice: `-rx` and `-tx`, `_r` and `_t`, `-in` and
`-out` are known here. Received becomes channel 1, sent channel 2; `capture.channels` of the study file says who is on
which.

`wav49` is GSM in a WAV, which Asterisk calls `.WAV`. Option `D` and the formats of a codec alone have no header, so
that nothing in them tells rate and channels.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePath

from storage.intake.tools.base import Bundle, Stretch, Track, is_sound

_SIDES = {"rx": 0, "tx": 1, "r": 0, "t": 1, "in": 0, "out": 1}
_SIDE = re.compile(r"(?P<call>.*?)(?:^|[-_. ])(?P<side>rx|tx|r|t|in|out)", re.IGNORECASE | re.DOTALL)
_KINDS = {"rx": "rx/tx", "tx": "rx/tx", "r": "r/t", "t": "r/t", "in": "in/out", "out": "in/out"}
_WAVE = (".wav", ".wav49")  # others that end in 'in' or 'out' are those of telephones, which note who called
_HEADERLESS = (".raw", ".sln", ".sln16", ".sln48", ".slin", ".ulaw", ".alaw", ".ul", ".al", ".gsm", ".g722", ".g729")

_OTHER_SIDE = (
    "The other side of the call is missing: {here} is there, {missing} is not. Put both files into the inbox; if there "
    "is only this one, rename it so that it does not end in {here}."
)
_NO_HEADER = (
    "It is sound without a header, so that nothing tells its rate and its channels. Convert it to WAV, for example "
    "with 'sox -t raw -r 8000 -e signed -b 16 -c 2 IN.raw OUT.wav' where MixMonitor has written it with option D."
)


def recognise(names: Sequence[PurePath]) -> list[Bundle]:
    """The calls among the names, a bundle for each pair; a WAV of one side is a bundle that lacks the other."""
    calls: dict[tuple[PurePath, str, str, str], dict[int, PurePath]] = defaultdict(dict)
    for name in names:
        if is_sound(name) and (match := _SIDE.fullmatch(name.stem)):
            side = match["side"].lower()
            calls[name.parent, match["call"], _KINDS[side], name.suffix.lower()][_SIDES[side]] = name
    bundles = [_bundle(call, kind, suffix, sides, names) for (_, call, kind, suffix), sides in calls.items()]
    raw = [Bundle("Asterisk", beside=(name,), lacks=_NO_HEADER) for name in names if _is_headerless(name)]
    return [*(bundle for bundle in bundles if bundle), *raw]


def _bundle(call: str, kind: str, suffix: str, sides: dict[int, PurePath], names: Sequence[PurePath]) -> Bundle | None:
    tracks = tuple(Track(sides[side]) for side in sorted(sides))
    if len(tracks) == 2:
        mixed = [n for n in names if n.parent == tracks[0].name.parent and n.stem == call and is_sound(n)]
        return Bundle("Asterisk", (Stretch(tuple(mixed), tracks),), in_step=True)
    if suffix not in _WAVE:
        return None
    (there,) = sides
    here, missing = (kind.split("/")[side] for side in (there, 1 - there))
    return Bundle("Asterisk", (Stretch((), tracks),), lacks=_OTHER_SIDE.format(here=here, missing=missing))


def _is_headerless(name: PurePath) -> bool:
    return name.suffix.lower() in _HEADERLESS
