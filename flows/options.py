"""What a flow may be told: codes and options, never anything personal, for Prefect stores and shows it.

These models are the forms of the Prefect UI; what does not fit them is refused before a run exists.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Code = Annotated[str, Field(pattern=r"^[A-Z]{1,4}_\d{1,6}$", examples=["C_031"])]
Codes = Annotated[
    list[Code], Field(title="Participants", description="Codes such as C_031; leave empty for everyone in question.")
]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["07:00"])]
Model = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,80}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$", examples=["cy"])]
Format = Literal[
    "docx",
    "txt",
    "vtt",
    "srt",
    "qdpx",
    "qdc",
    "csv",
    "rtf",
    "nvivo",
    "nvivo-txt",
    "maxqda",
    "atlas",
    "f4",
    "qualcoder",
    "inqscribe",
    "elan",
    "praat",
    "utterances-csv",
    "words-csv",
    "utterances-parquet",
    "words-parquet",
    "all",
]

WHICH_MODEL = "A model from 'fieldcall models list'; leave empty for the one that the study file names."
WHICH_LANGUAGE = "A code such as cy, for people who do not speak the language that the study file names."


class Options(BaseModel):
    """Options of a flow: no unknown keys, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BookOptions(Options):
    """Whom to book."""

    codes: Codes = []
    as_of: AwareDatetime | None = Field(
        default=None,
        title="As of",
        description="Book as if it were this time, to enter bookings afterwards. Leave empty for now.",
    )


class FollowOptions(Options):
    """Following the calendar leaves nothing to choose."""


class SendOptions(Options):
    """Sending what is due leaves nothing to choose."""


class CaptureOptions(Options):
    """How to take recordings from where they arrive."""

    wait: bool = Field(
        default=False, title="Wait", description="Wait for files that have only just arrived instead of leaving them."
    )


class NightOptions(Options):
    """What a night's transcription takes on, and until when."""

    codes: Codes = []
    until: Clock | None = Field(
        default=None,
        title="Until",
        description="Begin nothing that would not be done by this time of day (HH:MM, the study's zone). "
        "Leave empty to go on until all are done.",
    )
    whole_window: bool = Field(
        default=False,
        title="Only in the night window",
        description="Begin nothing that would not be done within the nightly window of the study file; "
        "the schedule sets this.",
    )
    limit: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        default=None, title="At most", description="Take no more recordings than this."
    )
    model: Model | None = Field(default=None, title="Model", description=WHICH_MODEL)
    language: Language | None = Field(default=None, title="Language", description=WHICH_LANGUAGE)


class RecordingOptions(Options):
    """Whose recording to transcribe."""

    code: Code = Field(title="Participant", description="The code of the participant, such as C_031.")
    model: Model | None = Field(default=None, title="Model", description=WHICH_MODEL)
    language: Language | None = Field(default=None, title="Language", description=WHICH_LANGUAGE)


class DeliverOptions(Options):
    """What to hand over for coding."""

    codes: Codes = []
    formats: list[Format] = Field(
        default=[], title="Formats", description="Leave empty for docx, txt, vtt, srt, qdpx, qdc and csv."
    )
    unapproved: Codes = Field(
        default=[],
        title="Unapproved",
        description="Participants whose transcripts go out as they are, though the study pseudonymises.",
    )
    with_recordings: bool = Field(
        default=False,
        title="With recordings",
        description="Put recordings into a delivery of a study that pseudonymises: a voice tells who it is.",
    )
