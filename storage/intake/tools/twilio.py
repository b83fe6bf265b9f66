"""Twilio: `RE` and 32 hexadecimal digits, the id of a recording, as WAV or MP3.

Of a call that was recorded on two channels, the first is the parent leg and the second the child; of a conference the
first is who joined first and the second everyone else. A download is mixed to one channel unless its address asks for
`?RequestedChannels=2` (Twilio, Recordings resource, "Fetch a Recording's media file"). Nothing in a mixed file tells
that there was more, so that a person is told.
"""

import re
from collections.abc import Sequence
from pathlib import PurePath

from storage.intake.tools.base import Bundle, Stretch

_NAME = re.compile(r".*(?<![0-9A-Za-z])RE[0-9a-f]{32}(?![0-9A-Za-z]).*\.(?:wav|mp3)", re.DOTALL)
_IF_MONO = (
    "one channel from Twilio, which mixes downloads: if the call was recorded with two, fetch it again with "
    "RequestedChannels=2"
)


def recognise(names: Sequence[PurePath]) -> list[Bundle]:
    """The recordings among the names, a bundle each."""
    return [Bundle("Twilio", (Stretch((name,)),), if_mono=_IF_MONO) for name in names if _NAME.fullmatch(name.name)]
