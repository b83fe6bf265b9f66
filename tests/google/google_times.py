"""Times as Google writes them."""

from datetime import UTC, datetime


def stamp(at: datetime) -> str:
    """UTC with milliseconds: 2020-06-03T13:00:00.000Z"""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
