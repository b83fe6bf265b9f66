"""A study whose interviews are held in Google Meet, with the stand-in for Google behind it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import intake_media as media
import pytest
from google_drive import File
from google_meet import Conference
from google_meetings import place
from google_people import ANNA
from google_setup import WITH_MEET, log_in, rewritten
from google_stand_in import Google
from sqlmodel import col, select

from storage.contacts import Contacts
from storage.database import Database
from storage.intake.meet_capture import MeetAndDrive, MeetReport, capture_meet, meet_and_drive
from storage.study import Study
from storage.tables import Alert, Binding, Interview, Placement, Recording, RemoteRecording

MADE = "success"  # the state of a meeting that Google made for an event


@pytest.fixture
def services(study: Study, contacts: Contacts, google: Google) -> Iterator[MeetAndDrive]:
    """Meet and Drive as Anna, who has logged in for the study."""
    log_in(rewritten(study, WITH_MEET), contacts.key, google)
    with meet_and_drive(study, contacts.key) as services:
        yield services


@dataclass
class Meetings:
    """What happens in Meet and what the study makes of it."""

    study: Study
    database: Database
    contacts: Contacts
    google: Google
    services: MeetAndDrive
    book: Callable[..., Interview]
    folder: Path
    sounds: dict[float, bytes] = field(default_factory=dict)

    def interview(
        self, code: str, starts_at: datetime, *, room: str = "", made: str = MADE, **how: object
    ) -> Interview:
        """An interview by video in a room of its own, or in the one of a code."""
        interview = self.book(code, starts_at, **how)
        place(self.database, interview, room or self.google.meet.new_space(ANNA).code, made)
        return interview

    def room_of(self, interview: Interview) -> str:
        with self.database.reading() as session:
            return session.get_one(Placement, interview.id).meeting_code

    def sound(self, seconds: float) -> bytes:
        """A recording of some length; another length is another file."""
        if seconds not in self.sounds:
            self.sounds[seconds] = media.write(self.folder / f"{seconds}.wav", seconds).read_bytes()
        return self.sounds[seconds]

    def met(self, room: str, began_at: datetime, minutes: float = 60) -> Conference:
        return self.google.meet.meet(room, began_at, began_at + timedelta(minutes=minutes))

    def recorded(
        self,
        conference: Conference,
        seconds: float | None = 1.0,
        *,
        after: float = 1,
        minutes: float | None = None,
        content: bytes | None = None,
        **how: object,
    ) -> File | None:
        """It was recorded from some minutes after its begin, to its end; with no `seconds` there is no file yet."""
        began = conference.started_at + timedelta(minutes=after)
        ended = conference.ended_at if minutes is None else began + timedelta(minutes=minutes)
        recording = self.google.meet.record(conference, began, ended)
        if seconds is None and content is None:
            return None
        name = f"Zebedee Quixworth - {began:%Y/%m/%d %H:%M GMT} - Recording"
        file = self.google.drive.add(ANNA, name, content or self.sound(seconds or 0), **how)
        self.google.meet.file_made(conference, recording, file.id)
        return file

    def capture(self, now: datetime, **how: object) -> MeetReport:
        self.google.clock.at = now
        return capture_meet(
            self.study,
            self.database,
            self.contacts,
            self.services,
            now=now,
            actor="capture",
            **how,  # type: ignore[arg-type]
        )

    def rows(self) -> list[RemoteRecording]:
        with self.database.reading() as session:
            return list(session.exec(select(RemoteRecording).order_by(col(RemoteRecording.id))))

    def row(self) -> RemoteRecording:
        (row,) = self.rows()
        return row

    def bound(self) -> dict[str, list[str]]:
        """The digests of the recordings of each interview, by participant."""
        with self.database.reading() as session:
            query = (
                select(Interview.participant_code, Recording.sha256)
                .join(Binding, col(Binding.interview_id) == Interview.id)
                .join(Recording, col(Recording.id) == Binding.recording_id)
                .order_by(col(Recording.id))
            )
            found: dict[str, list[str]] = {}
            for code, sha256 in session.exec(query):
                found.setdefault(code, []).append(sha256)
            return found

    def recordings(self) -> list[Recording]:
        with self.database.reading() as session:
            return list(session.exec(select(Recording).order_by(col(Recording.id))))

    def alerts(self) -> dict[str, str]:
        with self.database.reading() as session:
            return {alert.key: alert.message for alert in session.exec(select(Alert))}

    def downloads(self) -> list[str]:
        """The ids of the files of which bytes were asked for, in order."""
        return [
            call.values["fileId"]
            for call in self.google.calls
            if call.method == "drive.files.get" and call.values.get("alt") == "media"
        ]

    def parts(self) -> list[Path]:
        """What lies half fetched."""
        return sorted((self.study.place(self.study.storage.vault) / "fetching").glob("*"))


@pytest.fixture
def meetings(
    study: Study,
    database: Database,
    contacts: Contacts,
    google: Google,
    services: MeetAndDrive,
    book: Callable[..., Interview],
    tmp_path: Path,
) -> Meetings:
    folder = tmp_path / "sounds"
    folder.mkdir()
    return Meetings(study, database, contacts, google, services, book, folder)
