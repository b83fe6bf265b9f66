"""Teams: `Topic-20200512_100231UTC-Meeting Recording.mp4`, and its transcript where somebody has saved it beside.

Some tenants leave out `UTC` and write the local time. The transcript is `….vtt` or `….docx`, under the recording's name
or the topic's alone; its `<v Name>` say who spoke. It is kept and never transcribed from: what a person said is told by
the sound.
"""

import re
from collections.abc import Sequence
from pathlib import PurePath

from storage.intake.tools.base import Bundle, Stretch

_RECORDING = re.compile(
    r"(?P<topic>.+)-20\d{6}_\d{4,6}(?:UTC)?-Meeting Recording(?: ?\(?\d+\)?)?\.(?:mp4|m4a)", re.IGNORECASE | re.DOTALL
)
_TEXTS = (".vtt", ".docx")


def recognise(names: Sequence[PurePath]) -> list[Bundle]:
    """The recordings among the names, each with the texts that are surely its own."""
    recordings = {name: match["topic"] for name in names if (match := _RECORDING.fullmatch(name.name))}
    topics = [(name.parent, topic) for name, topic in recordings.items()]
    bundles = []
    for name, topic in recordings.items():
        own = {name.stem, name.stem.replace("Recording", "Transcript")}
        if topics.count((name.parent, topic)) == 1:
            own.add(topic)
        texts = [n for n in names if n.parent == name.parent and n.suffix.lower() in _TEXTS and n.stem in own]
        bundles.append(Bundle("Teams", (Stretch((name,)),), tuple(texts)))
    return bundles
