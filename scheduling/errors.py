"""The errors of this room.

SchedulingError
├── LocalTimeError             a text is not a time
│   ├── NoSuchTime             the clocks skip it in spring
│   └── AmbiguousTime          the clocks show it twice in autumn
├── ParticipantsFileError      a file of participants cannot be read at all
├── PlanFileError              a file with a plan cannot be read at all
├── UnknownParticipant         nobody has this code
├── UnknownInterviewer         the study file has no interviewer with this code
├── NotAllowed                 the step is not this actor's to take
├── BookingError               an interview cannot be booked, moved or marked
│   ├── NotFree                a rule forbids the time, or nothing is free
│   ├── Clash                  the database refused it: the time has just been taken
│   └── WrongState             the interview is not in a state that allows the step
│       └── AlreadyBooked      the participant has an open interview
├── CalendarError              a calendar cannot be read or written
│   ├── CalendarUnavailable    it may answer later; whether what was asked was done is not known
│   ├── AccessLost             it does not let us in: a person must act
│   ├── EditedMeanwhile        an event has been changed there since it was read
│   └── FollowingLost          what has changed since cannot be told any more: all must be read anew
└── MailError                  a mail cannot be sent
    ├── MailUnavailable        the server may take it later; it surely has not taken it now
    ├── MailRefused            the server will never take it: the address must be mended
    │   └── AccountRefused     it takes no mail of ours at all: [mail] or the account must be mended
    ├── MailUncertain          nobody knows whether the server has taken it: a person must look
    └── WordingError           a template of the wording has a mistake
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


class PlanFileError(SchedulingError):
    """A file with a plan cannot be read at all; nothing of it was booked."""


class UnknownParticipant(SchedulingError):
    """Nobody in the study has this code."""


class UnknownInterviewer(SchedulingError):
    """The study file has no interviewer with this code."""


class NotAllowed(SchedulingError):
    """A step with somebody's interview is not this actor's to take; nothing was changed."""


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
    """A calendar cannot be read or written."""


class CalendarUnavailable(CalendarError):
    """The calendar does not answer, or not now. What was asked of it may have been done all the same."""


class AccessLost(CalendarError):
    """The calendar does not let us in, or not to this; a person must log in again or share it."""


class EditedMeanwhile(CalendarError):
    """The event has been changed in the calendar since it was read; read it anew before deciding again."""


class FollowingLost(CalendarError):
    """The calendar cannot tell any more what has changed since; everything must be read anew."""


class MailError(SchedulingError):
    """A mail cannot be sent."""


class MailUnavailable(MailError):
    """The server does not take mail at the moment, and surely has not taken this one."""


class MailRefused(MailError):
    """The server will not take this mail however often it is tried."""


class AccountRefused(MailRefused):
    """The server takes no mail of ours, whoever it is for, until a person mends the account or `[mail]`."""


class MailUncertain(MailError):
    """The connection ended after a mail was handed over and before the server's word; never to be repeated blindly."""


class WordingError(MailError):
    """A template of the wording has a mistake; mails wait until it is mended."""
