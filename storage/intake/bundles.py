"""Which files of the inbox belong together: each tool is asked in turn, and what none knows stands alone."""

from collections.abc import Sequence
from pathlib import PurePath

from storage.intake.tools import asterisk, teams, twilio, zoom, zoom_cloud
from storage.intake.tools.base import Bundle, Recogniser

TOOLS: tuple[Recogniser, ...] = (
    zoom.recognise,
    zoom_cloud.recognise,
    teams.recognise,
    twilio.recognise,
    asterisk.recognise,
)


def bundles_of(names: Sequence[PurePath]) -> list[Bundle]:
    """The bundles among the names; no file is in two, and some are in none."""
    left = list(names)
    bundles: list[Bundle] = []
    for recognise in TOOLS:
        for bundle in recognise(tuple(left)):
            bundles.append(bundle)
            left = [name for name in left if name not in bundle.names]
    return bundles
