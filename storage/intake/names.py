"""What the name of a file tells about its recording: whose it is and when it began.

Codes. A participant's code counts where it stands as a whole token, in capitals or not, with `_`, `-` or
nothing between prefix and number: `C_003`, `c-003` and `c003` are C_003. All its digits must be there
(`c3` is not C_003), and no letter or digit may touch it.

Times. A date with a time of day, as recorders write them: `2020-05-12 10-02-31`, `20200512_100231`,
`200512_100231` (Samsung), `2020-05-12 at 10.02.31 AM`. They are wall-clock times in the study's zone,
except where the name says otherwise: `GMT20200512-090231` (Zoom), `20200512_090231UTC` (Teams),
`(2020-05-12 10:02 GMT+1)` (Meet), `2020-05-12T09:02:31Z`, `20200512_100231.123+0100` (BCR). A time that
does not exist gives nothing, one that exists twice gives both instants. A date alone gives nothing.
The formats of telephones are those that people's own scripts read: there is no standard.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import PurePath

_CODE = re.compile(r"(?<![^\W_])([A-Za-z]{1,4})[_-]?([0-9]{1,6})(?![^\W_])")
_ZONE = r"(?P<zone>Z(?![A-Za-z])|\s?(?:UTC|GMT)(?:[+-]\d{1,2}(?::?\d{2})?)?)?"
_STAMPS = (
    # separated or ISO: the numeric offset is read only after a T, elsewhere it may be a counter
    re.compile(
        r"(?<!\d)(?P<year>20\d{2})[-_.](?P<month>\d{2})[-_.](?P<day>\d{2})"
        r"(?:[ _]at[ _]|(?P<iso>T)|[ _-]{1,3})"
        r"(?P<hour>\d{1,2})[-_.:](?P<minute>\d{2})(?:[-_.:](?P<second>\d{2}))?(?:\.\d+)?(?!\d)"
        r"(?:[_ \u00a0\u202f]?(?P<half>[AaPp])\.?[Mm](?![A-Za-z]))?"
        rf"(?P<offset>(?<=\d)[+-]\d{{2}}:?\d{{2}}(?!\d))?{_ZONE}"
    ),
    # digits only: with seconds, for a date and four digits may be a counter; BCR adds thousandths and an offset
    re.compile(
        r"(?P<gmt>GMT)?(?<!\d)(?P<year>20\d{2})(?P<month>\d{2})(?P<day>\d{2})(?:(?P<iso>T)|[ _-]?)"
        r"(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})(?P<thousandths>\.\d{3}(?=[+-]\d{4}(?!\d)))?(?!\d)"
        rf"(?P<offset>(?<=\d)[+-]\d{{2}}:?\d{{2}}(?!\d))?{_ZONE}"
    ),
    # two-digit year, as Samsung's telephones write it
    re.compile(
        r"(?<!\d)(?P<year>\d{2})(?P<month>\d{2})(?P<day>\d{2})_"
        r"(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})(?!\d|_\d{6}(?!\d))"  # six digits before may be a number's
    ),
)


@dataclass(frozen=True, slots=True)
class NameClues:
    """Codes and possible starts (UTC) that a name tells; more than one of either is a doubt.

    `hinted` are codes of participants whose contact details are in it: a hint, for people share telephones.
    """

    codes: tuple[str, ...] = ()
    times: tuple[datetime, ...] = ()
    hinted: tuple[str, ...] = ()


def read_name(path: PurePath, codes: Collection[str], zone: tzinfo) -> NameClues:
    """What the file's name tells, and where it tells nothing, the nearest folder's.

    `path` is relative to the inbox; `codes` are those of the study's participants.
    """
    parts = (path.stem, *reversed(path.parts[:-1]))
    return NameClues(
        next(filter(None, (codes_in(part, codes) for part in parts)), ()),
        next(filter(None, (_times(part, zone) for part in parts)), ()),
    )


def codes_in(text: str, known: Collection[str]) -> tuple[str, ...]:
    """The codes of `known` that stand in a text as whole tokens."""
    found = (f"{match[1].upper()}_{match[2]}" for match in _CODE.finditer(text))
    return tuple(sorted({code for code in found if code in known}))


def instants(clock: datetime, zone: tzinfo) -> tuple[datetime, ...]:
    """The instants (UTC) at which a clock in `zone` shows a naive time: none, one or two."""
    possible = {clock.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return tuple(sorted(at for at in possible if at.astimezone(zone).replace(tzinfo=None, fold=0) == clock))


def _times(text: str, zone: tzinfo) -> tuple[datetime, ...]:
    return tuple(sorted({at for stamp in _STAMPS for match in stamp.finditer(text) for at in _read(match, zone)}))


def _read(match: re.Match[str], zone: tzinfo) -> Iterator[datetime]:
    told = match.groupdict()
    hour = int(told["hour"])
    if told.get("half"):
        hour = hour % 12 + (12 if told["half"] in "pP" else 0)
    try:
        clock = datetime(  # noqa: DTZ001 - a wall-clock time; its zone is applied below
            int(told["year"]) % 100 + 2000,
            int(told["month"]),
            int(told["day"]),
            hour,
            int(told["minute"]),
            int(told["second"] or 0),
        )
        own_zone = _own_zone(told)
    except ValueError:
        return
    yield from instants(clock, own_zone or zone)


def _offset(told: dict[str, str | None]) -> str:
    """A numeric offset where it is surely one."""
    return (told.get("offset") or "") if told.get("iso") or told.get("thousandths") else ""


def _own_zone(told: dict[str, str | None]) -> tzinfo | None:
    """The zone that the name itself states, or None. Raises ValueError for one that cannot be."""
    stated = (told.get("zone") or "").strip()
    offset = stated[3:] if stated[:3] in {"UTC", "GMT"} else _offset(told)
    if offset:
        digits = offset[1:].replace(":", "")
        hours, minutes = (int(digits), 0) if len(digits) < 3 else (int(digits[:-2]), int(digits[-2:]))
        return timezone((1 if offset[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))
    return UTC if stated or told.get("gmt") else None
