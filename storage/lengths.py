"""Lengths and media times as people and players write them, from integer milliseconds."""


def clock(ms: int) -> str:
    """`00:01:23`, rounded down to whole seconds; hours go on beyond 99."""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}"


def exact_clock(ms: int, point: str) -> str:
    """`00:01:23.456` with `point` before the milliseconds; nothing is rounded."""
    return f"{clock(ms)}{point}{ms % 1000:03}"


def length(ms: int) -> str:
    """`1:23` or `1:01:23`, rounded to the nearest second: how long something is, in a table."""
    hours, rest = clock(ms + 500).split(":", 1)
    return f"{int(hours)}:{rest}" if int(hours) else rest.removeprefix("0")
