"""`fieldcall demo`: the whole way once, from a list of people to transcripts ready for coding.

A study like the one of 2020 is set up in a folder, its 57 interviews are booked, the demo's recordings
arrive in the inbox under the names that recorders give them, and everything after that is the product's
own work. Running it again in the same folder changes nothing.
"""

import lzma
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from demo.inbox import ARRIVALS, Arrival
from demo.measure import Measured, measure
from desk.output import print_table, say
from desk.runs import run_flow
from desk.studies import stand_row
from flows.options import BookOptions, CaptureOptions, DeliverOptions, NightOptions
from scheduling.participants import import_participants
from scheduling.recruitment import recruitment
from storage.contacts import make_key, open_contacts
from storage.database import Database, open_database
from storage.errors import StorageError
from storage.files import replacing
from storage.interviews import interview_of, open_interview
from storage.lengths import length
from storage.pseudonyms.pseudonymise import apply_certain, examine, in_question, one_at_a_time
from storage.study import FILE_NAME, Study, load_study
from storage.tables import Recording, VersionKind
from storage.transcripts.approval import approve_transcript
from storage.transcripts.listing import versions_of
from storage.transcripts.reading import read_transcripts, read_version
from transcription.models import add_model, list_models

HERE = Path(__file__).parent
BOOKED_AS_OF = datetime(2020, 4, 27, 8, 0, tzinfo=UTC)  # the Monday before the study's window opens
MODEL = "whisper-demo"
READER = "researcher"


def run_demo(folder: Path) -> None:
    """Run the whole demo study in `folder`, which is new or that of an earlier run. Raises StorageError."""
    study = _set_up(folder)
    database = open_database(study)
    say(f"Study      {study.study.title}, in {study.folder}")
    _import(study, database)
    run_flow(study, "book-interviews", BookOptions(as_of=BOOKED_AS_OF))
    _drop_recordings(study, database)
    run_flow(study, "capture-recordings", CaptureOptions())
    run_flow(study, "transcribe-overnight", NightOptions())
    _deliver_with_names(study, database)
    _take_names_out(study, database)
    delivery = run_flow(study, "deliver-transcripts", DeliverOptions(formats=["all"]))
    _show_recruitment(study, database)
    print_table([_row(measured) for measured in measure_all(study, database)], "Transcribed interviews")
    for path in sorted(delivery.folder.iterdir()) if delivery.folder else []:
        say(f"  {path}")


def measure_all(study: Study, database: Database) -> list[Measured]:
    """What the machine wrote of each recording of the demo, measured against its script, by label."""
    scripts = {arrival.code: arrival.script for arrival in ARRIVALS}
    with database.reading() as session:
        firsts = [versions_of(session, each.transcript_guid)[0] for each in read_transcripts(session, study)]
        transcripts = [read_version(session, study, first.guid) for first in firsts]
    return [measure(transcript, scripts[transcript.code]) for transcript in transcripts]


def _set_up(folder: Path) -> Study:
    ours = (HERE / FILE_NAME).read_bytes()
    if folder.exists() and any(folder.iterdir()):
        there = folder / FILE_NAME
        if not there.is_file() or there.read_bytes() != ours:
            raise StorageError(f"{folder} is not empty and not a demo study. Name a new folder: fieldcall demo DIR")
    folder.mkdir(parents=True, exist_ok=True)
    for name in (FILE_NAME, "participants.csv"):
        shutil.copyfile(HERE / name, folder / name)
    study = load_study(folder)
    make_key(study.place(study.storage.contacts_key))
    study.place(study.capture.inbox).mkdir(exist_ok=True)
    _unpack_model(study.place(study.transcription.models))
    return study


def _unpack_model(models: Path) -> None:
    if MODEL in {model.name for model in list_models(models)}:
        return
    packed = HERE / "model" / f"{MODEL}.pt.xz"
    unpacked = models.parent / f"{MODEL}.unpacked"
    with replacing(unpacked) as file, lzma.open(packed) as source:
        shutil.copyfileobj(source, file)
    add_model(unpacked, models, MODEL)
    unpacked.unlink()


def _import(study: Study, database: Database) -> None:
    contacts = open_contacts(study)
    report = import_participants(study, database, contacts, study.folder / "participants.csv", now=BOOKED_AS_OF)
    counts = f"{len(report.added)} added, {len(report.unchanged)} unchanged, {len(report.problems)} problems"
    say(f"Imported   {len(report.added) + len(report.unchanged)} participants: {counts}")


def _drop_recordings(study: Study, database: Database) -> None:
    """Put each recording that has not arrived yet into the inbox, named as its recorder would name it."""
    inbox = study.place(study.capture.inbox)
    for arrival in ARRIVALS:
        if not _arrived(database, arrival):
            with database.reading() as session:
                interview = open_interview(session, arrival.code)
            if interview is None:
                raise StorageError(f"{arrival.code} is not booked, so its demo recording has no interview.")
            began = interview.starts_at.astimezone(study.zone) + timedelta(seconds=arrival.late_s)
            shutil.copyfile(arrival.recording, inbox / began.strftime(arrival.name))


def _arrived(database: Database, arrival: Arrival) -> bool:
    from sqlmodel import select

    from storage.vault import digest_of

    with database.reading() as session:
        query = select(Recording.id).where(Recording.sha256 == digest_of(arrival.recording)[0])
        return session.exec(query).first() is not None


def _deliver_with_names(study: Study, database: Database) -> None:
    """Hand over the machine's texts as they are, with their recordings, for whoever checks them by listening."""
    with database.reading() as session:
        unread = [t.code for t in read_transcripts(session, study) if t.version_kind == VersionKind.MACHINE]
    if unread:
        options = DeliverOptions(codes=unread, formats=["all"], unapproved=unread, with_recordings=True)
        run_flow(study, "deliver-transcripts", options)


def _take_names_out(study: Study, database: Database) -> None:
    """Replace what certainly tells who somebody is, and approve it as a person would who has read it all."""
    contacts = open_contacts(study)
    with one_at_a_time(study), database.reading() as session:
        for examined in examine(session, study, contacts, in_question(session, study, contacts, ())):
            done = apply_certain(database, contacts, examined, actor=READER, at=datetime.now(UTC))
            say(f"{done.label}  {done.replaced} names and other details replaced, {len(done.doubtful)} left to decide")
            with database.writing() as writing:
                approve_transcript(writing, interview_of(writing, examined.transcript.code, study.zone), actor=READER)


def _show_recruitment(study: Study, database: Database) -> None:
    with database.reading() as session:
        groups = recruitment(session, study, datetime.now(UTC))
    print_table([stand_row(group) for group in groups], "Recruitment against target")


def _row(measured: Measured) -> dict[str, object]:
    return {
        "interview": measured.label,
        "recording": measured.recording,
        "length": length(measured.duration_ms),
        "× real time": f"{measured.speed:.1f}",
        "words": measured.words,
        "word error rate": f"{measured.word_error_rate:.1%}",
        "wrong speaker": "" if measured.wrong_speaker is None else f"{measured.wrong_speaker:.1%}",
    }
