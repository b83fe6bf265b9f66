"""The errors of this room.

SchedulingError
├── LocalTimeError             a text is not a time
│   ├── NoSuchTime             the clocks skip it in spring
│   └── AmbiguousTime          the clocks show it twice in autumn
├── ParticipantsFileError      a file of participants cannot be read at all
├── UnknownParticipant         nobody has this code
├── UnknownInterviewer         the study file has no interviewer with this code
├── BookingError               an interview cannot be booked, moved or marked
│   ├── NotFree                a rule forbids the time, or nothing is free
│   ├── Clash                  the database refused it: the time has just been taken
│   └── WrongState             the interview is not in a state that allows the step
│       └── AlreadyBooked      the participant has an open interview
└── CalendarError              a calendar cannot be written
"""


class SchedulingError(Exception):
    """Something cannot be scheduled; the message says what, why, and what to do."""


class LocalTimeError(SchedulingError):
    """A text is not a time, or not one time."""


class NoSuchTime(LocalTimeError):
    """A time that the clocks skip when summer time begins."""


class AmbiguousTime(LocalTimeError):
    """A time that the clocks show twice when summer time ends."""


class ParticipantsFileError(SchedulingError):
    """A file of participants cannot be read at all; nothing of it was taken."""


class UnknownParticipant(SchedulingError):
    """Nobody in the study has this code."""


class UnknownInterviewer(SchedulingError):
    """The study file has no interviewer with this code."""


class BookingError(SchedulingError):
    """An interview cannot be booked, moved or marked."""


class NotFree(BookingError):
    """A rule forbids the time, or leaves none; `rule` is that rule in words."""

    def __init__(self, message: str, rule: str) -> None:
        super().__init__(message)
        self.rule = rule


class Clash(BookingError):
    """The database refused the time: a party's claims would overlap. Nothing was changed."""


class WrongState(BookingError):
    """The interview is not in a state that allows the step."""


class AlreadyBooked(WrongState):
    """The participant has an open interview, and may have only one."""


class CalendarError(SchedulingError):
    """A calendar cannot be written."""
