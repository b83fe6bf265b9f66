"""Transcripts: stored once as the machine made them, read back whole."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select
from stored_talks import SPOKEN, begin, both_save

from storage.database import Database, migration_config, open_database
from storage.errors import StorageError
from storage.interviews import record_change
from storage.study import Study
from storage.tables import (
    Approval,
    Consent,
    Interview,
    State,
    Transcript,
    Transcription,
    Utterance,
    Version,
    VersionKind,
)
from storage.transcripts.approval import approve_transcript
from storage.transcripts.listing import versions_of
from storage.transcripts.reading import read_transcripts, read_version
from storage.transcripts.saving import save_machine_version, save_next_version

Book = Callable[..., Interview]
TEN = datetime(2020, 5, 12, 9, 0, tzinfo=UTC)


def test_what_was_said_is_read_back_as_it_was_stored(study: Study, database: Database, book: Book) -> None:
    interview = book("C_001")
    with database.writing() as session:
        save_machine_version(session, begin(session, interview), SPOKEN)
    with database.reading() as session:
        (read,) = read_transcripts(session, study)
    assert [(u.speaker, u.channel, u.start_ms, u.end_ms, u.text, u.words) for u in read.utterances] == [
        (u.speaker, u.channel, u.start_ms, u.end_ms, u.text, u.words) for u in SPOKEN
    ]
    assert (read.code, read.label, read.state) == ("C_001", "C_001_05/20", State.TRANSCRIBED)
    assert (read.version_number, read.version_kind) == (1, VersionKind.MACHINE)
    assert (read.model, read.model_sha256, read.parameters) == ("small", "f" * 64, {"language": "en"})
    assert (read.has_video, read.duration_ms, read.remark, read.starts_at) == (True, 2000, "ends early", TEN)
    guids = [u.guid for u in read.utterances] + [read.transcript_guid, read.version_guid, read.recording_guid]
    assert len(set(guids)) == 5


def test_how_complete_it_is_is_kept_with_it(study: Study, database: Database, book: Book) -> None:
    first, second = book("C_001"), book("C_002", TEN + timedelta(days=1))
    with database.writing() as session:
        work = begin(session, first)
        save_machine_version(session, work, SPOKEN, completeness=0.985, unclear_ms=1_200, notes=["ends early"])
        save_machine_version(session, begin(session, second, "b" * 64), SPOKEN)
    with database.reading() as session:
        known, unknown = read_transcripts(session, study)
    assert (known.completeness, known.unclear_ms, known.notes) == (0.985, 1_200, ("ends early",))
    assert (unknown.completeness, unknown.unclear_ms, unknown.notes) == (None, 0, ())
    assert (known.style, known.language) == ("full", "en")


def test_transcripts_of_an_older_database_stay_when_it_is_brought_up_to_date(
    study: Study, database: Database, book: Book
) -> None:
    interview = book("C_001")
    with database.writing() as session:
        save_machine_version(session, begin(session, interview), SPOKEN, completeness=0.5)
    with database.engine.begin() as connection:
        config = migration_config("study")
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    reopened = open_database(study)
    with reopened.reading() as session:
        (read,) = read_transcripts(session, study)
    reopened.engine.dispose()
    assert (read.completeness, read.unclear_ms, read.notes) == (None, 0, ())
    assert [u.text for u in read.utterances] == [u.text for u in SPOKEN]


def test_guids_are_given_once_and_never_change(study: Study, database: Database, book: Book) -> None:
    interview = book("C_001")
    with database.writing() as session:
        save_machine_version(session, begin(session, interview), SPOKEN)
    with database.reading() as session:
        first = read_transcripts(session, study)
    with database.reading() as session:
        assert read_transcripts(session, study) == first


def test_saving_it_again_gives_the_version_that_is_there(database: Database, book: Book) -> None:
    interview = book("C_001")
    with database.writing() as session:
        work = begin(session, interview)
        first = save_machine_version(session, work, SPOKEN)
    with database.writing() as session:
        again = save_machine_version(session, session.get_one(Transcription, work.id), SPOKEN[:1])
        assert again.guid == first.guid
    with database.reading() as session:
        assert len(session.exec(select(Version)).all()) == 1
        assert len(session.exec(select(Utterance)).all()) == len(SPOKEN)


def test_without_consent_nothing_at_all_is_stored(database: Database, book: Book) -> None:
    interview = book("C_001")
    with database.writing() as session:
        work = begin(session, interview)
    with database.writing() as session:
        session.add(Consent(participant_code="C_001", given_on=TEN.date(), sheet="v1", recording=False, actor="c"))
    with pytest.raises(IntegrityError, match="no consent to record"), database.writing() as session:
        save_machine_version(session, session.get_one(Transcription, work.id), SPOKEN)
    with database.reading() as session:
        assert session.exec(select(Transcript)).all() == []
        assert session.exec(select(Utterance)).all() == []
        assert session.exec(select(Interview.state)).one() == State.RECORDED


def test_two_recordings_of_an_interview_have_a_transcript_each(study: Study, database: Database, book: Book) -> None:
    interview = book("C_001")
    with database.writing() as session:
        save_machine_version(session, begin(session, interview), SPOKEN[:1])
        save_machine_version(session, begin(session, interview, "b" * 64), SPOKEN[1:])
    with database.reading() as session:
        read = read_transcripts(session, study)
    assert [each.recording_sha256[0] for each in read] == ["a", "b"]
    assert {each.state for each in read} == {State.TRANSCRIBED}


def test_transcripts_are_read_by_label_or_for_those_named(study: Study, database: Database, book: Book) -> None:
    for number, code in enumerate(("C_002", "C_001", "LW_01")):
        interview = book(code, TEN + timedelta(days=number))
        with database.writing() as session:
            save_machine_version(session, begin(session, interview, str(number) * 64), SPOKEN)
    with database.reading() as session:
        assert [each.code for each in read_transcripts(session, study)] == ["C_001", "C_002", "LW_01"]
        assert [each.code for each in read_transcripts(session, study, ["LW_01"])] == ["LW_01"]
        assert read_transcripts(session, study, ["C_099"]) == []


def test_a_transcript_that_was_delivered_unchecked_can_be_checked_afterwards(database: Database, book: Book) -> None:
    interview = book("C_001")
    with database.writing() as session:
        save_machine_version(session, begin(session, interview), SPOKEN)
        record_change(session, session.get_one(Interview, interview.id), State.DELIVERED, actor="deliver-transcripts")
        approve_transcript(session, session.get_one(Interview, interview.id), actor="researcher")
        assert session.get_one(Interview, interview.id).state == State.CHECKED


def test_a_transcript_is_approved_once(database: Database, book: Book) -> None:
    interview = book("C_001")
    with database.writing() as session, pytest.raises(StorageError, match="no unchecked transcript to approve"):
        approve_transcript(session, session.get_one(Interview, interview.id), actor="coordinator")
    with database.writing() as session:
        save_machine_version(session, begin(session, interview), SPOKEN)
        approve_transcript(session, session.get_one(Interview, interview.id), actor="coordinator")
        assert session.get_one(Interview, interview.id).state == State.CHECKED
    with database.writing() as session, pytest.raises(StorageError, match="C_001 is checked"):
        approve_transcript(session, session.get_one(Interview, interview.id), actor="coordinator")


def test_an_approval_stands_for_one_version_only(database: Database, study: Study, book: Book) -> None:
    interview = book("C_001")
    with database.writing() as session:
        save_machine_version(session, begin(session, interview), SPOKEN)
        approve_transcript(session, session.get_one(Interview, interview.id), actor="RES_01")
        (checked,) = read_transcripts(session, study)
        save_next_version(session, checked, SPOKEN[:1], actor="RES_02", note="shortened")
        (edited,) = read_transcripts(session, study)
        assert (checked.approved_by, edited.approved_by, edited.state) == ("RES_01", "", State.TRANSCRIBED)
        approve_transcript(session, session.get_one(Interview, interview.id), actor="RES_02")
        (again,) = read_transcripts(session, study)
        assert (again.approved_by, again.state) == ("RES_02", State.CHECKED)


def test_names_taken_out_leave_an_interview_checked_until_that_is_approved_too(
    database: Database, study: Study, book: Book
) -> None:
    interview = book("C_001")
    with database.writing() as session:
        save_machine_version(session, begin(session, interview), SPOKEN)
        approve_transcript(session, session.get_one(Interview, interview.id), actor="RES_01")
        without_names = {"kind": VersionKind.PSEUDONYMISED, "actor": "pseudonymise"}
        save_next_version(session, read_transcripts(session, study)[0], SPOKEN, **without_names, note="1 name")
        assert read_transcripts(session, study)[0].state == State.CHECKED
        approve_transcript(session, session.get_one(Interview, interview.id), actor="RES_01")
        assert read_transcripts(session, study)[0].state == State.PSEUDONYMISED
        save_next_version(session, read_transcripts(session, study)[0], SPOKEN, **without_names, note="2 names")
        assert read_transcripts(session, study)[0].state == State.CHECKED


@pytest.mark.parametrize("statement", ["UPDATE approval SET actor = 'x'", "DELETE FROM approval"])
def test_an_approval_is_neither_changed_nor_removed(
    database: Database, study: Study, book: Book, statement: str
) -> None:
    interview = book("C_001")
    with database.writing() as session:
        version = save_machine_version(session, begin(session, interview), SPOKEN)
        session.add(Approval(version_id=version.id, actor="RES_01"))
    with pytest.raises(IntegrityError, match="is never changed"), database.writing() as session:
        session.exec(text(statement))


@pytest.fixture
def three_versions(database: Database, study: Study, book: Book) -> str:
    """A transcript with a machine version that is approved, a corrected and a pseudonymised one; its GUID."""
    interview = book("C_001")
    with database.writing() as session:
        save_machine_version(session, begin(session, interview), SPOKEN)
        approve_transcript(session, session.get_one(Interview, interview.id), actor="RES_01")
        for kind, said in ((VersionKind.CORRECTED, SPOKEN[:1]), (VersionKind.PSEUDONYMISED, SPOKEN[1:])):
            (newest,) = read_transcripts(session, study)
            save_next_version(session, newest, said, kind=kind, actor="RES_02", note=f"made {kind}")
    return newest.transcript_guid


def test_every_version_is_listed_with_who_made_it_and_who_stands_for_it(
    database: Database, three_versions: str
) -> None:
    with database.reading() as session:
        made = versions_of(session, three_versions)
    assert [(v.number, v.kind, v.actor, v.approved_by) for v in made] == [
        (1, "machine", "openai-whisper", "RES_01"),
        (2, "corrected", "RES_02", ""),
        (3, "pseudonymised", "RES_02", ""),
    ]
    assert [v.notes for v in made] == [(), ("made corrected",), ("made corrected", "made pseudonymised")]
    assert made[0].made_at <= made[1].made_at <= made[2].made_at


def test_every_version_can_be_read_not_only_the_newest(database: Database, study: Study, three_versions: str) -> None:
    with database.reading() as session:
        made = versions_of(session, three_versions)
        read = [read_version(session, study, version.guid) for version in made]
        assert read[2] == read_transcripts(session, study)[0]
        with pytest.raises(StorageError, match="There is no version x"):
            read_version(session, study, "x")
    assert [(r.version_guid, r.version_number, r.approved_by) for r in read] == [
        (v.guid, v.number, v.approved_by) for v in made
    ]
    assert [[u.text for u in r.utterances] for r in read] == [
        [u.text for u in said] for said in (SPOKEN, SPOKEN[:1], SPOKEN[1:])
    ]


def test_nobody_stands_for_a_version_that_has_been_replaced(
    database: Database, study: Study, three_versions: str
) -> None:
    with database.writing() as session:
        interview = session.exec(select(Interview)).one()
        with pytest.raises(StorageError, match="version 3 is to be approved, not 2"):
            approve_transcript(session, interview, actor="RES_01", version=2)
        (approved,) = approve_transcript(session, interview, actor="RES_01", version=3)
        assert (approved.number, approved.kind) == (3, VersionKind.PSEUDONYMISED)
        assert read_transcripts(session, study)[0].approved_by == "RES_01"


def test_of_two_who_save_at_once_one_is_told_and_nothing_is_overwritten(
    database: Database, study: Study, book: Book
) -> None:
    interview = book("C_001")
    with database.writing() as session:
        save_machine_version(session, begin(session, interview), SPOKEN)
    for number in range(1, 6):
        done, told = both_save(database, study)
        assert (done, "was changed by someone else meanwhile" in told) == ("", True)
        with database.reading() as session:
            assert read_transcripts(session, study)[0].version_number == number + 1
