"""Who uses the stand-in in these tests."""

from collections.abc import Callable
from typing import Any

ANNA = "anna@study.example"  # an interviewer, in whose calendar interviews stand
BEN = "ben@study.example"
GUEST = "zed@elsewhere.example"

Client = Callable[..., Any]  # gives the real client for an API, a person, and what they consented to
