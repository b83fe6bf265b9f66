"""Lengths and media times as people and players write them, from integer milliseconds."""

import re


def clock(ms: int) -> str:
    """`00:01:23`, rounded down to whole seconds; hours go on beyond 99."""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}"


def read_clock(text: str) -> int:
    """Milliseconds of `00:01:23` or `1:23`. Raises ValueError where it is neither."""
    match = re.fullmatch(r"(?:(\d+):)?(\d{1,2}):([0-5]\d)", text.strip())
    if not match or (match[1] and int(match[2]) > 59):
        raise ValueError(f"{text!r} is not a time in a recording; allowed: for example 00:12:31 or 12:31")
    return ((int(match[1] or 0) * 60 + int(match[2])) * 60 + int(match[3])) * 1000


def exact_clock(ms: int, point: str) -> str:
    """`00:01:23.456` with `point` before the milliseconds; nothing is rounded."""
    return f"{clock(ms)}{point}{ms % 1000:03}"


def tenth_clock(ms: int, point: str) -> str:
    """`00:01:23.5` with `point` before the tenth, to the nearest one: at most 50 ms off, and never back in time."""
    tenths = (ms + 50) // 100
    return f"{clock(tenths * 100)}{point}{tenths % 10}"


def frame_clock(ms: int, rate: int) -> str:
    """`00:01:23.14`, seconds and frames at `rate` a second, none dropped: at most half a frame off, never back."""
    seconds, frame = divmod((ms * rate + 500) // 1000, rate)
    return f"{clock(seconds * 1000)}.{frame:02}"


def length(ms: int) -> str:
    """`1:23` or `1:01:23`, rounded to the nearest second: how long something is, in a table."""
    hours, rest = clock(ms + 500).split(":", 1)
    return f"{int(hours)}:{rest}" if int(hours) else rest.removeprefix("0")
