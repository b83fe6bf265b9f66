"""The tables of the study database.

People appear only as codes. Instants are aware UTC datetimes, media times integer milliseconds, text
positions Unicode code points. GUIDs are given once, here, and never change. What must never be (two
claims of a party overlapping, a recording twice, a transcript without consent, a version changed) is
refused by constraints and by the triggers in `storage/guards.py`.
"""

import uuid
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    TypeDecorator,
    text,
)
from sqlmodel import Field, SQLModel, UniqueConstraint


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime; naive datetimes are refused rather than guessed."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored; pass an aware datetime")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def new_guid() -> str:
    """A fresh GUID as REFI-QDA writes it: lower case, with hyphens."""
    return str(uuid.uuid4())


def now() -> datetime:
    return datetime.now(UTC)


_EMPTY = {"server_default": text("''")}
_FALSE = {"server_default": text("false")}


class PartyKind(StrEnum):
    PARTICIPANT = "participant"
    INTERVIEWER = "interviewer"
    LINE = "line"  # a telephone line that interviewers share


class State(StrEnum):
    """The states of an interview that are written down; `to book` and `due` follow from them and the clock."""

    HELD_SLOT = "held-slot"  # the slot is kept for a while: 'held for' in the words of the study
    BOOKED = "booked"
    MOVED = "moved"
    HELD = "held"
    RECORDED = "recorded"
    TRANSCRIBED = "transcribed"
    CHECKED = "checked"
    PSEUDONYMISED = "pseudonymised"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    NO_SHOW = "no-show"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


# An interview in one of these is over without a talk: the participant may be booked anew.
CLOSED_STATES = (State.CANCELLED, State.NO_SHOW, State.EXPIRED, State.WITHDRAWN)
# One in these was called off, so that nothing of it is left in a calendar; a no-show stays where it was.
CALLED_OFF_STATES = (State.CANCELLED, State.EXPIRED, State.WITHDRAWN)
# An interview in one of these is still to be held: its time may be changed.
PLANNED_STATES = (State.BOOKED, State.HELD_SLOT)
# An interview in one of these has taken place.
HELD_STATES = (
    State.HELD,
    State.RECORDED,
    State.TRANSCRIBED,
    State.CHECKED,
    State.PSEUDONYMISED,
    State.DELIVERED,
)


class VersionKind(StrEnum):
    MACHINE = "machine"
    CORRECTED = "corrected"
    PSEUDONYMISED = "pseudonymised"


class Party(SQLModel, table=True):
    """Anyone whose time an interview takes."""

    code: str = Field(primary_key=True)
    kind: str


class Participant(SQLModel, table=True):
    """Someone to be interviewed, known by a code; who they are stands in the contacts database."""

    code: str = Field(sa_column=Column(String, ForeignKey("party.code"), primary_key=True))
    guid: str = Field(default_factory=new_guid, unique=True)
    group: str = Field(index=True)
    mode: str
    available: str = ""  # weekly hours as `storage.hours.parse_hours` reads them; empty is any time
    zone: str = Field(default="", sa_column_kwargs=_EMPTY)  # where they live, an IANA name; empty is the study's
    language: str = Field(default="", sa_column_kwargs=_EMPTY)  # a code such as 'cy'; empty is the study's
    needs: str = Field(default="", sa_column_kwargs=_EMPTY)  # skills that their interviewer must have, by spaces
    link_worker: str | None = None  # code of the link worker who referred them
    link_worker_attends: bool = Field(default=False, sa_column_kwargs=_FALSE)  # at the interview, with a claim
    link_worker_reminded: bool = Field(default=False, sa_column_kwargs=_FALSE)  # instead of the participant
    added_at: datetime = Field(default_factory=now, sa_type=Instant)


class Consent(SQLModel, table=True):
    """What a participant agreed to, when, on which version of the sheet. The newest row counts."""

    id: int | None = Field(default=None, primary_key=True)
    participant_code: str = Field(foreign_key="participant.code", index=True)
    given_on: date
    sheet: str
    interview: bool = True
    recording: bool
    quotation: bool = False
    archive: bool = False
    recontact: bool = False
    actor: str
    entered_at: datetime = Field(default_factory=now, sa_type=Instant)


class Interview(SQLModel, table=True):
    """One booking through its life. `state` repeats the newest `Change`, written in the same transaction."""

    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="interview_ends_after_it_starts"),
        # one open interview per participant: the rest of the rows are history
        Index(
            "one_open_interview",
            "participant_code",
            unique=True,
            sqlite_where=text("state NOT IN ('cancelled', 'no-show', 'expired', 'withdrawn')"),
            postgresql_where=text("state NOT IN ('cancelled', 'no-show', 'expired', 'withdrawn')"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    guid: str = Field(default_factory=new_guid, unique=True)
    participant_code: str = Field(foreign_key="participant.code", index=True)
    interviewer_code: str = Field(foreign_key="party.code", index=True)
    mode: str
    starts_at: datetime = Field(sa_type=Instant, index=True)
    ends_at: datetime = Field(sa_type=Instant)
    state: str = Field(index=True)
    sequence: int = 0  # rises with every move or cancellation, as iCalendar's SEQUENCE does
    expires_at: datetime | None = Field(default=None, sa_type=Instant)  # of a held slot
    attending_code: str | None = None  # of the link worker who is there too
    line_code: str | None = None  # of the telephone line that it takes


class Change(SQLModel, table=True):
    """One step in the life of an interview, never changed: who did what, why, and when."""

    id: int | None = Field(default=None, primary_key=True)
    interview_id: int = Field(foreign_key="interview.id", index=True)
    state: str
    actor: str
    cause: str = ""
    at: datetime = Field(default_factory=now, sa_type=Instant)


class Claim(SQLModel, table=True):
    """A party's span of time, buffers included. Two claims of one party never overlap, by constraint."""

    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="claim_ends_after_it_starts"),
        Index("claims_of_party", "party_code", "starts_at", "ends_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    party_code: str = Field(foreign_key="party.code")
    interview_id: int = Field(foreign_key="interview.id", index=True)
    starts_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)


class Attempt(SQLModel, table=True):
    """One try to reach a participant for a booked interview, never changed."""

    id: int | None = Field(default=None, primary_key=True)
    interview_id: int = Field(foreign_key="interview.id", index=True)
    outcome: str  # 'no answer', 'call back', 'reached'
    call_back_at: datetime | None = Field(default=None, sa_type=Instant)
    actor: str
    at: datetime = Field(default_factory=now, sa_type=Instant)


class EffectState(StrEnum):
    """How far an outside effect is."""

    WAITING = "waiting"
    SENDING = "sending"  # a mail that is being handed over, or was when a run was broken off: nobody knows
    DONE = "done"
    DROPPED = "dropped"  # overtaken by a later step, so it must not happen any more
    FAILED = "failed"  # for good; a person must act


class Effect(SQLModel, table=True):
    """Something owed to the outside, written in the transaction that owes it: an event, a mail, a reminder.

    `key` is derived from the interview, so that the same effect is never owed twice. It holds codes only:
    addresses are looked up, and texts written, when it is carried out.
    """

    __table_args__ = (Index("effects_due", "state", "due_at"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str  # 'event', 'invitation', 'update', 'cancellation', 'reminder'
    interview_id: int = Field(foreign_key="interview.id", index=True)
    sequence: int  # of the interview when it was owed; a later one overtakes it
    starts_at: datetime = Field(sa_type=Instant)  # of the interview when it was owed, as is the following one
    ends_at: datetime = Field(sa_type=Instant)
    recipient: str = ""  # code of whom a mail is for
    due_at: datetime = Field(sa_type=Instant)
    state: str = EffectState.WAITING
    tries: int = 0
    failure: str = ""  # why the last try failed, with the next step
    made_at: datetime = Field(default_factory=now, sa_type=Instant)
    done_at: datetime | None = Field(default=None, sa_type=Instant)  # or when its sending began


class Placement(SQLModel, table=True):
    """Where an interview stands in an outside calendar, and what both sides last agreed on."""

    interview_id: int = Field(foreign_key="interview.id", primary_key=True)
    calendar: str  # the calendar's address
    event_id: str = Field(index=True)
    generation: int = 0  # rises when an event that was deleted there is to be made anew, for its id stays taken
    etag: str = ""
    starts_at: datetime = Field(sa_type=Instant)  # as agreed on, as are the following two
    ends_at: datetime = Field(sa_type=Instant)
    is_cancelled: bool = False
    sequence: int = 0  # of the interview as last written there
    version: int = 0  # rises whenever this row changes, so that who has read it knows that it is still so
    replies: dict[str, str] = Field(default_factory=dict, sa_type=JSON)  # by code: accepted, declined, tentative
    meeting_code: str = Field(default="", index=True)  # such as abc-mnop-xyz
    meeting_url: str = ""
    meeting_phone: str = ""  # to dial in, with its PIN, such as 'tel:+44-20-3956-0000,,,123456#'
    meeting_state: str = ""  # '' where none was asked for, else pending, success or failure
    seen_at: datetime = Field(sa_type=Instant)


class CalendarView(SQLModel, table=True):
    """What was last seen of an outside calendar: an interviewer's, to know when they are busy, or the study's own."""

    __tablename__ = "calendar_view"

    calendar: str = Field(primary_key=True)  # an interviewer's code, or 'events'
    seen_at: datetime | None = Field(default=None, sa_type=Instant)  # whole and without a fault
    until: datetime | None = Field(default=None, sa_type=Instant)  # how far ahead it was seen
    busy: list[Any] = Field(default_factory=list, sa_type=JSON)  # [start, end] in seconds since 1970, sorted
    token: str = ""  # to ask for what has changed since
    failure: str = ""  # why it cannot be seen, with the next step; empty when it can


class Conflict(SQLModel, table=True):
    """An interview of which study and calendar say different things; a person decides, nothing is overwritten."""

    __table_args__ = (
        Index(
            "one_open_conflict",
            "interview_id",
            unique=True,
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    interview_id: int = Field(foreign_key="interview.id", index=True)
    reason: str  # in words, for the coordinator
    starts_at: datetime | None = Field(
        default=None, sa_type=Instant
    )  # as the calendar has it; None where it is deleted
    ends_at: datetime | None = Field(default=None, sa_type=Instant)
    found_at: datetime = Field(default_factory=now, sa_type=Instant)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    settlement: str = ""  # how, and by whom


class Alert(SQLModel, table=True):
    """Something that a person should know until it is over. One row a matter, however often it is met."""

    key: str = Field(primary_key=True)
    message: str  # what, to which item, and the next step
    since: datetime = Field(sa_type=Instant)
    seen_at: datetime = Field(sa_type=Instant)


class RemoteRecording(SQLModel, table=True):
    """A recording that lies somewhere else, from the moment it is known until it is fetched or gone."""

    __tablename__ = "remote_recording"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)  # where it lies, such as 'meet:conferenceRecords/x/recordings/y'
    meeting_code: str
    conference: str
    file_id: str = ""
    began_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    expires_at: datetime | None = Field(default=None, sa_type=Instant)  # when it is deleted there
    state: str  # 'expected', 'ready', 'fetched', 'review', 'foreign', 'gone'
    interview_id: int | None = Field(default=None, foreign_key="interview.id", index=True)
    reason: str = ""  # why it belongs there, or why a person must decide
    sha256: str = ""  # of the recording, once fetched
    failure: str = ""  # why the last try to fetch it failed, with the next step
    first_seen: datetime = Field(default_factory=now, sa_type=Instant)


class Recording(SQLModel, table=True):
    """A file as captured, kept in the vault under its SHA-256."""

    id: int | None = Field(default=None, primary_key=True)
    guid: str = Field(default_factory=new_guid, unique=True)
    sha256: str = Field(unique=True)
    suffix: str  # of the file name, lower case with the dot, such as '.m4a'
    size: int = Field(sa_type=BigInteger)
    container: str
    duration_ms: int
    streams: list[dict[str, Any]] = Field(sa_type=JSON)  # audio and video streams as found
    peak_dbfs: float | None = None  # of the loudest sample; None where there is no sound at all
    started_at: datetime | None = Field(default=None, sa_type=Instant)  # as the file or its name says
    captured_at: datetime = Field(default_factory=now, sa_type=Instant)
    remark: str = ""  # what a person should know, such as 'ends early'
    review: str = ""  # why it could not be bound by itself; empty once bound
    # of the recording that is transcribed in its place: that was made of it, or holds the same
    transcribed_as: int | None = Field(default=None, foreign_key="recording.id", index=True)
    # whose each channel is: 'interviewer', 'participant', 'link worker' or '' (not known); no list: as in study.toml
    sides: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False, server_default=text("'[]'")))


class Companion(SQLModel, table=True):
    """A text that came with a recording, such as a chat or captions; kept in the vault, never transcribed from."""

    recording_id: int = Field(foreign_key="recording.id", primary_key=True)
    sha256: str = Field(primary_key=True, index=True)
    suffix: str
    size: int = Field(sa_type=BigInteger)


class Binding(SQLModel, table=True):
    """Why a recording belongs to an interview."""

    recording_id: int = Field(foreign_key="recording.id", primary_key=True)
    interview_id: int = Field(foreign_key="interview.id", index=True)
    reason: str
    actor: str
    at: datetime = Field(default_factory=now, sa_type=Instant)


class Refusal(SQLModel, table=True):
    """A file in the inbox that could not be taken. It stays where it is; its name is not kept."""

    sha256: str = Field(primary_key=True)
    size: int = Field(sa_type=BigInteger)
    reason: str
    first_seen: datetime = Field(default_factory=now, sa_type=Instant)
    last_seen: datetime = Field(default_factory=now, sa_type=Instant)


class Transcription(SQLModel, table=True):
    """The work of transcribing one recording with one model and one set of parameters."""

    __table_args__ = (
        UniqueConstraint("recording_id", "recipe", name="one_transcription_per_recipe"),
        {"sqlite_autoincrement": True},  # a number is never given again, so no late window lands under another's
    )

    id: int | None = Field(default=None, primary_key=True)
    recording_id: int = Field(foreign_key="recording.id", index=True)
    recipe: str  # SHA-256 over engine, model and parameters: the same recipe is never done twice
    engine: str
    model: str
    model_sha256: str
    parameters: dict[str, Any] = Field(sa_type=JSON)
    versions: dict[str, str] = Field(sa_type=JSON)  # of the packages that did it
    plan: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    turns: list[Any] | None = Field(default=None, sa_type=JSON)  # of speakers, where voices tell them
    began_at: datetime = Field(default_factory=now, sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)
    seconds: float = 0.0  # time spent, over all runs
    failure: str = ""  # why the last run failed, with the next step; empty when it did not


class Window(SQLModel, table=True):
    """The stretch of speech given to the recognizer at once; the unit of resume."""

    transcription_id: int = Field(foreign_key="transcription.id", primary_key=True)
    number: int = Field(primary_key=True)
    words: list[Any] = Field(sa_type=JSON)
    seconds: float
    language: str = Field(default="", sa_column_kwargs={"server_default": text("''")})  # heard; '' where none was told
    language_probability: float = Field(default=0.0, sa_column_kwargs={"server_default": text("0")})
    done_at: datetime = Field(default_factory=now, sa_type=Instant)


class Transcript(SQLModel, table=True):
    """The text of a recording of an interview, through all its versions."""

    id: int | None = Field(default=None, primary_key=True)
    guid: str = Field(default_factory=new_guid, unique=True)
    interview_id: int = Field(foreign_key="interview.id", index=True)
    recording_id: int = Field(foreign_key="recording.id", unique=True)


class Version(SQLModel, table=True):
    """One state of a transcript's text; never changed."""

    __table_args__ = (UniqueConstraint("transcript_id", "number", name="one_version_per_number"),)

    id: int | None = Field(default=None, primary_key=True)
    guid: str = Field(default_factory=new_guid, unique=True)
    transcript_id: int = Field(foreign_key="transcript.id")
    number: int
    kind: str
    transcription_id: int | None = Field(default=None, foreign_key="transcription.id")
    actor: str
    made_at: datetime = Field(default_factory=now, sa_type=Instant)
    completeness: float | None = None  # share of the time with speech that has words, 0 to 1; None is not known
    unclear_ms: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})  # speech nobody wrote down
    notes: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False, server_default=text("'[]'")))


class Approval(SQLModel, table=True):
    """That a person has read a version and stands for it; never changed. A later version needs one of its own."""

    version_id: int = Field(foreign_key="version.id", primary_key=True)
    actor: str
    at: datetime = Field(default_factory=now, sa_type=Instant)


class VersionSize(SQLModel, table=True):
    """How much a version holds, so that nobody reads all words to count them; one stored before this was has no row."""

    __tablename__ = "version_size"

    version_id: int = Field(foreign_key="version.id", primary_key=True)
    words: int
    unclear: int  # passages that nobody could write down
    set_aside: int  # passages


class Utterance(SQLModel, table=True):
    """One speaker's run of words in a version; its GUID is that of its sync point."""

    __table_args__ = (UniqueConstraint("version_id", "number", name="one_utterance_per_number"),)

    id: int | None = Field(default=None, primary_key=True)
    guid: str = Field(default_factory=new_guid, unique=True)
    version_id: int = Field(foreign_key="version.id", index=True)
    number: int
    speaker: str  # a code, or '' where the speaker is not known
    channel: int
    start_ms: int
    end_ms: int
    text: str
    words: list[Any] = Field(sa_type=JSON)


class Delivery(SQLModel, table=True):
    """Files handed over for coding."""

    id: int | None = Field(default=None, primary_key=True)
    guid: str = Field(default_factory=new_guid, unique=True)
    at: datetime = Field(default_factory=now, sa_type=Instant)
    actor: str
    files: list[dict[str, Any]] = Field(sa_type=JSON)  # name, size, sha256


class StudyIdentity(SQLModel, table=True):
    """GUIDs of things the study file names: the project, its groups' variable, its users."""

    __tablename__ = "study_identity"

    name: str = Field(primary_key=True)
    guid: str = Field(default_factory=new_guid, unique=True)


class MatchedBy(StrEnum):
    """How the text that a coding came with was found among the study's versions."""

    GUID = "guid"
    HASH = "hash"  # the version's text, or its recording, is the same byte by byte
    QUOTE = "quote"  # the words that are coded stand in one text only


class Standing(StrEnum):
    """Whether the words of a coding are where it says."""

    KEPT = "kept"
    FLAGGED = "flagged"  # a person must look; the reason is with it


class CodingImport(SQLModel, table=True):
    """One file that came back from coding."""

    __tablename__ = "coding_import"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(default_factory=now, sa_type=Instant)
    actor: str
    origin: str  # the program that wrote it, as it calls itself


class Coder(SQLModel, table=True):
    """Someone who coded, as they call themselves in their program; '' where a program did not say."""

    id: int | None = Field(default=None, primary_key=True)
    guid: str = Field(default_factory=new_guid, unique=True)
    name: str


class Code(SQLModel, table=True):
    """A code of the codebook: a word or two for what a passage is about."""

    __table_args__ = (CheckConstraint("parent_id <> id", name="code_is_not_below_itself"),)

    id: int | None = Field(default=None, primary_key=True)
    guid: str = Field(default_factory=new_guid, unique=True)
    name: str
    parent_id: int | None = Field(default=None, foreign_key="code.id", index=True)
    description: str = ""
    color: str = ""  # '#rrggbb' or ''
    is_codable: bool = True  # False for a folder of codes


class CodedText(SQLModel, table=True):
    """How a version read in a style when it was first coded: what the positions of its codings count."""

    __tablename__ = "coded_text"

    version_id: int = Field(foreign_key="version.id", primary_key=True)
    style: str = Field(primary_key=True)  # of verbatim
    sha256: str
    length: int
    lines: list[list[int]] = Field(sa_type=JSON)  # where each utterance starts and ends


_NOT_RETIRED = text("retired_by IS NULL")
_IN_PLACE = text("retired_by IS NULL AND standing = 'kept' AND start IS NOT NULL")


class Coding(SQLModel, table=True):
    """A code given to a stretch of a version's text, of its recording, or both. Only `retired_by` ever changes.

    A coding that was changed in its program is retired,
    and stored anew under the same GUID.
    """

    __table_args__ = (
        ForeignKeyConstraint(["version_id", "style"], ["coded_text.version_id", "coded_text.style"]),
        CheckConstraint("start IS NOT NULL OR start_ms IS NOT NULL", name="coding_has_a_place"),
        CheckConstraint('(start IS NULL) = ("end" IS NULL)', name="coding_has_both_positions"),
        CheckConstraint("(start_ms IS NULL) = (end_ms IS NULL)", name="coding_has_both_times"),
        CheckConstraint('0 <= start AND start < "end"', name="coding_positions_in_order"),
        CheckConstraint("0 <= start_ms AND start_ms < end_ms", name="coding_times_in_order"),
        CheckConstraint("matched_by IN ('guid', 'hash', 'quote')", name="coding_matched_somehow"),
        CheckConstraint("standing IN ('kept', 'flagged')", name="coding_kept_or_flagged"),
        CheckConstraint("(standing = 'flagged') = (reason <> '')", name="coding_flagged_with_a_reason"),
        Index("one_coding", "guid", unique=True, sqlite_where=_NOT_RETIRED, postgresql_where=_NOT_RETIRED),
        # these hold all that counting asks for, so that the rows themselves, with their words, are not read
        Index(
            "codings_of_code",
            "code_id",
            "version_id",
            "coder_id",
            "standing",
            "retired_by",
            sqlite_where=_NOT_RETIRED,
            postgresql_where=_NOT_RETIRED,
        ),
        Index(
            "codings_in_place",
            "version_id",
            "style",
            "coder_id",
            "start",
            "end",
            "code_id",
            "standing",
            "retired_by",
            sqlite_where=_IN_PLACE,
            postgresql_where=_IN_PLACE,
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    guid: str = Field(default_factory=new_guid, index=True)
    code_id: int = Field(foreign_key="code.id")
    version_id: int = Field(index=True)  # the positions are in its text
    style: str  # of verbatim, in which that text was coded
    coder_id: int = Field(foreign_key="coder.id", index=True)
    start: int | None = None
    end: int | None = None
    start_ms: int | None = None  # where only words were coded, that of their utterances
    end_ms: int | None = None
    quote: str = ""
    made_at: datetime | None = Field(default=None, sa_type=Instant)
    import_id: int = Field(foreign_key="coding_import.id")
    matched_by: str
    standing: str = Standing.KEPT
    reason: str = ""  # why it is flagged
    retired_by: int | None = Field(default=None, foreign_key="coding_import.id")  # it does not count any more


class Memo(SQLModel, table=True):
    """A researcher's note. Only `retired_by` ever changes; one that was rewritten is stored anew under its GUID."""

    __table_args__ = (Index("one_memo", "guid", unique=True, sqlite_where=_NOT_RETIRED, postgresql_where=_NOT_RETIRED),)

    id: int | None = Field(default=None, primary_key=True)
    guid: str = Field(default_factory=new_guid, index=True)
    name: str
    text: str
    coder_id: int = Field(foreign_key="coder.id")
    made_at: datetime | None = Field(default=None, sa_type=Instant)
    import_id: int = Field(foreign_key="coding_import.id")
    retired_by: int | None = Field(default=None, foreign_key="coding_import.id")


class MemoAbout(SQLModel, table=True):
    """What a memo is about; a memo without such a row is about the whole study."""

    __tablename__ = "memo_about"
    __table_args__ = (
        CheckConstraint(
            "CASE WHEN code_id IS NULL THEN 0 ELSE 1 END + CASE WHEN coding_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN transcript_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN participant_code IS NULL THEN 0 ELSE 1 END = 1",
            name="memo_is_about_one_thing",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    memo_id: int = Field(foreign_key="memo.id", index=True)
    code_id: int | None = Field(default=None, foreign_key="code.id")
    coding_id: int | None = Field(default=None, foreign_key="coding.id")
    transcript_id: int | None = Field(default=None, foreign_key="transcript.id")
    participant_code: str | None = Field(default=None, foreign_key="participant.code")
