"""The study file `study.toml`: what is asked, when, by whom and with what.

Checked whole on load; every message names the key, the value and what is allowed. Paths are relative
to the folder of the file. Secrets never stand in it: they come from the environment.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from datetime import date, time
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from storage.errors import StudyFileError
from storage.hours import Hours, parse_days, parse_hours

FILE_NAME = "study.toml"
STUDY_VARIABLE = "FIELDCALL_STUDY"  # folder of the study, for workers that have no command line
DATABASE_VARIABLE = "FIELDCALL_DATABASE"  # a database URL with its password, instead of [storage] database

# what a key with a pattern allows, in words
PATTERNS = {
    "prefix": "should be one to four capital letters, such as LW",
    "model": "should be letters, digits, dots, hyphens and underscores, such as small.en",
    "language": "should be a language code, such as en",
}

LANGUAGE = r"^[a-z]{2,3}$"
SKILL = r"^[a-z][a-z0-9-]*$"
Mode = Literal["phone", "video"]
Side = Literal["interviewer", "participant"]


def _hours(rule: str) -> str:
    parse_hours(rule)
    return rule


def _days(rule: str) -> str:
    parse_days(rule)
    return rule


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a region such as Europe is a folder
        raise ValueError("not a time zone; allowed: an IANA name such as 'Europe/London'") from None
    return name


def _night(text: str) -> str:
    read_night(text)
    return text


def read_night(text: str) -> tuple[time, time]:
    """Read `22:00-07:00` as start and end of the nightly window, wall-clock times of the study's zone."""
    match = re.fullmatch(r"(\d{2}:\d{2})-(\d{2}:\d{2})", text)
    if not match:
        raise ValueError("not hours of the night; allowed: for example '22:00-07:00'")
    if match[1] == match[2]:
        raise ValueError("not hours of the night: they end when they start; allowed: for example '22:00-07:00'")
    try:
        return time.fromisoformat(match[1]), time.fromisoformat(match[2])
    except ValueError:
        raise ValueError("not hours of the night; allowed: times from 00:00 to 23:59") from None


class Section(BaseModel):
    """A table of the study file: no unknown keys, no silent conversions, never changed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class About(Section):
    """`[study]`"""

    title: str = Field(min_length=1)
    zone: Annotated[str, AfterValidator(_zone)]
    start: date
    end: date

    @model_validator(mode="after")
    def _in_order(self) -> "About":
        if self.end < self.start:
            raise ValueError(
                f"the window ends ({self.end}) before it starts ({self.start}); "
                "allowed: study.end on or after study.start"
            )
        return self


class Group(Section):
    """`[groups.NAME]`: people who are interviewed under the same rules."""

    prefix: str = Field(pattern=r"^[A-Z]{1,4}$")
    label: str = Field(min_length=1)
    target: int = Field(ge=0)
    minutes: int = Field(ge=5, le=480)
    modes: list[Mode] = Field(min_length=1)


class Interviewer(Section):
    """`[interviewers.CODE]`: who holds interviews, and when."""

    hours: list[Annotated[str, AfterValidator(_hours)]] = Field(min_length=1)
    daily_limit: int = Field(default=4, ge=1, le=24)
    weekly_limit: int = Field(default=40, ge=1, le=100)
    modes: list[Mode] = Field(default=["phone", "video"], min_length=1)
    languages: list[Annotated[str, Field(pattern=LANGUAGE)]] = []  # besides the study's own
    skills: list[Annotated[str, Field(pattern=SKILL)]] = []
    zone: Annotated[str, AfterValidator(_zone)] | None = None  # that of the hours; else the study's
    calendar: str = ""  # address of their own calendar, to know when they are busy
    away: list[Annotated[str, AfterValidator(_days)]] = []

    @cached_property
    def weekly_hours(self) -> tuple[Hours, ...]:
        return tuple(hours for rule in self.hours for hours in parse_hours(rule))

    @cached_property
    def days_away(self) -> frozenset[date]:
        return frozenset(day for rule in self.away for day in parse_days(rule))


class Booking(Section):
    """`[booking]`: rules for every slot."""

    buffer_before_minutes: int = Field(default=15, ge=0, le=240)
    buffer_after_minutes: int = Field(default=15, ge=0, le=240)
    notice_hours: int = Field(default=48, ge=0, le=24 * 60)
    step_minutes: Literal[5, 10, 15, 20, 30, 60] = 30
    hold_minutes: int = Field(default=30, ge=1, le=24 * 60)
    phone_lines: int = Field(default=0, ge=0, le=99)  # shared by all interviewers; 0: each has one of their own

    @property
    def lines(self) -> tuple[str, ...]:
        """Codes of the shared telephone lines."""
        return tuple(f"LINE_{number}" for number in range(1, self.phone_lines + 1))


class Calendar(Section):
    """`[calendar]`: where interviews are shown, and whose outside calendars are heeded."""

    backend: Literal["local", "google", "caldav"] = "local"
    folder: str = "calendar"  # .ics files to subscribe to, written whatever the backend
    address: str = "primary"  # of the study's own calendar: an id at Google, a URL for CalDAV
    user: str = ""  # of the CalDAV server; its password is in FIELDCALL_CALDAV_PASSWORD
    invite_participants: bool = False  # as guests of the event; the calendar then sends the invitations
    unseen_minutes: int = Field(default=10, ge=1, le=24 * 60)  # after which a calendar's owner is offered nothing


class Google(Section):
    """`[google]`: as whom Google is used."""

    identity: Literal["person", "service"] = "person"  # 'fieldcall google login', or a service account with delegation
    organiser: str = ""  # e-mail address of the account that owns the study's calendar and its meetings
    client: str = "keys/google-client.json"  # of the installed application, as Google's console gives it
    key: str = "keys/google-service.json"  # of the service account
    token: str = "data/google-token"  # sealed  # noqa: S105 - a path


class Mail(Section):
    """`[mail]`: invitations and reminders; none are sent without a server."""

    server: str = ""
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""  # the password is in FIELDCALL_MAIL_PASSWORD
    sender: str = ""  # e-mail address that invitations come from, also the organiser's
    sender_name: str = ""
    templates: str = "templates"  # folder of the wording; what is not there is as shipped
    reminder_hours: list[Annotated[int, Field(ge=1, le=24 * 14)]] = [48, 2]  # before the interview
    quiet: Annotated[str, AfterValidator(_night)] = "20:00-08:00"  # no reminder is sent then, in the recipient's zone

    @property
    def quiet_hours(self) -> tuple[time, time]:
        return read_night(self.quiet)

    @model_validator(mode="after")
    def _has_sender(self) -> "Mail":
        if self.server and not self.sender:
            raise ValueError("sender is missing: give the e-mail address that invitations come from")
        return self


class Capture(Section):
    """`[capture]`: where recordings arrive, and who is on which channel."""

    inbox: str = "inbox"
    meet: bool = False  # fetch what Google Meet has recorded of the interviews
    settle_seconds: int = Field(default=10, ge=0, le=3600)
    channels: list[Side] = Field(default=["interviewer", "participant"], min_length=2, max_length=2)

    @model_validator(mode="after")
    def _both_sides(self) -> "Capture":
        if len(set(self.channels)) != 2:
            raise ValueError("channels must name both sides once: ['interviewer', 'participant'] or reversed")
        return self


class Transcription(Section):
    """`[transcription]`"""

    engine: Literal["auto", "openai-whisper", "faster-whisper"] = "auto"
    model: str = Field(min_length=1, pattern=r"^[A-Za-z0-9._-]+$")
    models: str = "models"
    language: str = Field(default="en", pattern=LANGUAGE)
    names: list[str] = []  # of people, places and services, and other terms: told to Whisper as one prompt
    places: list[str] = []
    services: list[str] = []
    glossary: list[str] = []
    speakers: Literal["auto", "voices", "pyannote", "none"] = "auto"  # where all are on one channel
    order: Literal["oldest-consented", "oldest-interview", "shortest"] = "oldest-consented"
    style: Literal["full", "intelligent"] = "full"
    window: Annotated[str, AfterValidator(_night)] = "22:00-07:00"

    @property
    def terms(self) -> tuple[str, ...]:
        """All that Whisper is told beforehand, each once; what its prompt has no room for is left out from the end."""
        return tuple(dict.fromkeys([*self.names, *self.places, *self.services, *self.glossary]))

    @property
    def night(self) -> tuple[time, time]:
        return read_night(self.window)


class Handover(Section):
    """`[delivery]`: what may be handed over for coding."""

    pseudonymise: bool = False  # only versions whose names were replaced and that somebody approved, without recordings


class Places(Section):
    """`[storage]`: where things are kept."""

    database: str = "sqlite:///data/study.db"
    contacts: str = "data/contacts.db"
    contacts_key: str = "keys/contacts.key"
    vault: str = "data/vault"
    deliveries: str = "deliveries"

    @model_validator(mode="after")
    def _no_password(self) -> "Places":
        try:
            url = make_url(self.database)
        except ArgumentError:
            raise ValueError("database is not a database URL; allowed: sqlite:///… or postgresql+psycopg://…") from None
        if url.password:
            raise ValueError(
                f"database carries a password; give the whole URL in the environment as {DATABASE_VARIABLE} instead"
            )
        if url.get_backend_name() not in {"sqlite", "postgresql"}:
            raise ValueError(
                "database is neither sqlite nor postgresql; allowed: sqlite:///… or postgresql+psycopg://…"
            )
        return self


class Study(Section):
    """A study as its file describes it, with the folder that the file stands in."""

    folder: Path
    study: About
    groups: dict[str, Group] = Field(min_length=1)
    interviewers: dict[str, Interviewer] = Field(min_length=1)
    booking: Booking = Booking()
    calendar: Calendar = Calendar()
    google: Google = Google()
    mail: Mail = Mail()
    capture: Capture = Capture()
    transcription: Transcription
    delivery: Handover = Handover()
    storage: Places = Places()

    @model_validator(mode="after")
    def _prefixes_differ(self) -> "Study":
        prefixes = [group.prefix for group in self.groups.values()]
        if len(set(prefixes)) != len(prefixes):
            raise ValueError("groups: two groups have the same prefix; give each its own")
        for code in self.interviewers:
            if not re.fullmatch(r"[A-Z]{1,8}_\d{1,3}", code):
                raise ValueError(f"interviewers.{code}: not a code; allowed: for example INT_01, never a name")
            if code.startswith("LINE_"):
                raise ValueError(f"interviewers.{code}: LINE is kept for telephone lines; use another prefix")
            if code.rpartition("_")[0] in prefixes:
                raise ValueError(f"interviewers.{code}: its prefix belongs to a group of participants; use another")
        return self

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.study.zone)

    @cached_property
    def database_url(self) -> URL:
        """URL of the study database; the environment comes before the file, relative paths are the folder's."""
        url = make_url(os.environ.get(DATABASE_VARIABLE) or self.storage.database)
        if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
            return url.set(database=str(self.folder / url.database))
        return url

    def place(self, name: str) -> Path:
        """Absolute path of a place named in the file, such as `study.place(study.capture.inbox)`."""
        return self.folder / name

    def group_of(self, code: str) -> str | None:
        """Name of the group whose prefix the participant's code carries, or None."""
        prefix = code.rpartition("_")[0]
        return next((name for name, group in self.groups.items() if group.prefix == prefix), None)


def load_study(folder: Path) -> Study:
    """Read and check `study.toml` in `folder`. Raises StudyFileError naming key, value and what is allowed."""
    path = folder / FILE_NAME
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise StudyFileError(
            f"There is no {FILE_NAME} in {folder}. Make one with 'fieldcall init', or name the folder with --study."
        ) from None
    except OSError as error:
        raise StudyFileError(
            f"{path} cannot be read: {error.strerror}. Name the folder that holds {FILE_NAME} with --study."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyFileError(f"{FILE_NAME} is not valid TOML: {error}. Mend that place and try again.") from error
    if "folder" in table:
        raise StudyFileError(f"{FILE_NAME}: folder is not a known key. {_known_keys(())}")
    try:
        return Study.model_validate({**table, "folder": folder.resolve()})
    except ValidationError as error:
        raise StudyFileError(_explain(error)) from None  # the cause would repeat a password


def find_study(start: Path) -> Study:
    """Load the nearest `study.toml` in `start` or a folder above it. Raises StudyFileError."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return load_study(folder)
    return load_study(start)


def _explain(error: ValidationError) -> str:
    lines = [_explain_one(dict(item)) for item in error.errors(include_url=False)]
    return "\n".join([f"{FILE_NAME} has {len(lines)} {'mistake' if len(lines) == 1 else 'mistakes'}:", *lines])


def _explain_one(item: Mapping[str, Any]) -> str:
    location = tuple(item["loc"])
    key = ".".join(str(part) for part in location)
    if item["type"] == "extra_forbidden":
        return f"  {key} is not a known key. {_known_keys(location[:-1])}"
    if item["type"] == "missing":
        return f"  {key} is missing. Add it."
    reason = str(item["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    if item["type"] == "date_type":
        reason = "should be a date without quotation marks, such as 2020-05-01"
    if item["type"] == "string_pattern_mismatch":
        reason = PATTERNS.get(str(location[-1]), reason)
    if isinstance(item["input"], dict | BaseModel) and item["type"] == "value_error":
        return f"  {key + ': ' if key else ''}{reason}."
    return f"  {key} is {item['input']!r}: {reason}."


def _known_keys(location: tuple[int | str, ...]) -> str:
    model: Any = Study
    for part in location:
        fields = getattr(model, "model_fields", {})
        if part in fields:
            annotation = fields[part].annotation
            model = getattr(annotation, "__args__", (None, annotation))[-1]
    names = sorted(name for name in model.model_fields if name != "folder")
    return f"Allowed here: {', '.join(names)}."
