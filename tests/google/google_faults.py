"""What can go wrong between a client and Google, on demand: each fault strikes the calls it is laid out for, once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from fnmatch import fnmatch
from threading import Lock

from google_errors import GoogleError


class Kind(Enum):
    REFUSE = auto()  # answered with an error, nothing is done
    DROP = auto()  # the connection ends before anything is done
    COMMIT_THEN_DROP = auto()  # everything is done, and the connection ends before the answer
    CUT = auto()  # the answer ends after some bytes
    SLOW = auto()  # the answer comes late


@dataclass(frozen=True)
class Fault:
    """One fault; `method` may hold wildcards ('calendar.events.*'), `after` lets so many calls pass first."""

    kind: Kind
    method: str
    after: int = 0
    times: int = 1
    error: GoogleError | None = None
    seconds: float = 0.0
    bytes: int = 0


class Faults:
    """The faults that are laid out, asked at every call."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = Lock()

    def refuse(
        self, method: str, status: int, reason: str, *, after: int = 0, times: int = 1, retry_after_s: int | None = None
    ) -> None:
        domain = "usageLimits" if reason.endswith(("LimitExceeded", "quotaExceeded")) else "global"
        error = GoogleError(status, reason, f"{reason} (on demand)", domain=domain, retry_after_s=retry_after_s)
        self.add(Fault(Kind.REFUSE, method, after, times, error))

    def drop(self, method: str, *, after: int = 0, times: int = 1) -> None:
        self.add(Fault(Kind.DROP, method, after, times))

    def commit_then_drop(self, method: str, *, after: int = 0, times: int = 1) -> None:
        self.add(Fault(Kind.COMMIT_THEN_DROP, method, after, times))

    def cut(self, method: str, after_bytes: int, *, after: int = 0, times: int = 1) -> None:
        self.add(Fault(Kind.CUT, method, after, times, bytes=after_bytes))

    def slow(self, method: str, seconds: float, *, after: int = 0, times: int = 1) -> None:
        self.add(Fault(Kind.SLOW, method, after, times, seconds=seconds))

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def strike(self, *names: str) -> Fault | None:
        """The fault that a call meets that goes by these names, if any; the first that was laid out for it."""
        with self._lock:
            for place, fault in enumerate(self._waiting):
                if not any(fnmatch(name, fault.method) for name in names):
                    continue
                if fault.after:
                    self._waiting[place] = replace(fault, after=fault.after - 1)
                    continue
                if fault.times > 1:
                    self._waiting[place] = replace(fault, times=fault.times - 1)
                else:
                    del self._waiting[place]
                return fault
        return None

    @property
    def left(self) -> tuple[Fault, ...]:
        """Faults that have not struck; a test that laid one out usually wants none left."""
        return tuple(self._waiting)
