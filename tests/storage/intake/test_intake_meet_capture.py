"""From a meeting to a recording in the vault, through the real client: what is an interview's comes, nothing else."""

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from sqlmodel import select

from storage.contacts import Contacts
from storage.database import Database
from storage.files import locked
from storage.intake.inbox import capture
from storage.intake.meet_capture import fetch_by_hand
from storage.intake.recordings import bind
from storage.intake.remote import remote_review
from storage.interviews import record_change
from storage.study import Study
from storage.tables import Binding, Consent, Interview, Refusal, State
from storage.vault import Vault

Meetings = Any  # of this folder's conftest
NINE = datetime(2020, 5, 12, 9, 0, tzinfo=UTC)  # ten o'clock in London
LATER = NINE + timedelta(hours=3)


def digest(content: bytes | None) -> str:
    return sha256(content or b"").hexdigest()


def change(database: Database, interview: Interview, state: State, **fields: Any) -> None:
    with database.writing() as session:
        row = session.get_one(Interview, interview.id)
        for name, value in fields.items():
            setattr(row, name, value)
        record_change(session, row, state, actor="coordinator")


class TestWhatComes:
    def test_a_recording_comes_with_its_binding_its_start_and_its_checksum(self, meetings: Meetings) -> None:
        interview = meetings.interview("C_001", NINE)
        file = meetings.recorded(meetings.met(meetings.room_of(interview), NINE), 2.0)
        (taken,) = meetings.capture(LATER).taken
        assert (taken.code, taken.label) == ("C_001", "C_001_05/20")
        (recording,) = meetings.recordings()
        assert recording.sha256 == digest(file.content)
        assert recording.started_at == NINE + timedelta(minutes=1)
        Vault(meetings.study.place(meetings.study.storage.vault)).verify(recording.sha256, recording.suffix)
        row = meetings.row()
        assert (row.state, row.interview_id, row.sha256) == ("fetched", interview.id, recording.sha256)
        with meetings.database.reading() as session:
            binding = session.get_one(Binding, recording.id)
            assert session.get_one(Interview, interview.id).state == State.RECORDED
        room = meetings.room_of(interview)
        assert (
            binding.reason == f"Meet: the code {room} is that of its booking alone; began 1 min after its booked start"
        )
        assert binding.actor == "capture"
        assert meetings.parts() == []

    def test_a_video_is_kept_as_the_video_it_is(self, meetings: Meetings, tmp_path: Any) -> None:
        import intake_media as media

        interview = meetings.interview("C_001", NINE)
        content = media.write(tmp_path / "a.mp4", 1, video=True).read_bytes()
        meetings.recorded(meetings.met(meetings.room_of(interview), NINE), content=content)
        assert len(meetings.capture(LATER).taken) == 1
        assert meetings.recordings()[0].suffix == ".mp4"

    def test_once_more_changes_nothing_and_asks_for_no_bytes(self, meetings: Meetings) -> None:
        interview = meetings.interview("C_001", NINE)
        meetings.recorded(meetings.met(meetings.room_of(interview), NINE))
        meetings.capture(LATER)
        rows, downloads = meetings.rows(), meetings.downloads()
        report = meetings.capture(LATER + timedelta(minutes=15))
        assert (report.taken, report.known, report.to_review, report.alarms) == ((), 0, 0, ())
        assert meetings.rows() == rows
        assert meetings.downloads() == downloads

    def test_a_meeting_that_was_rejoined_leaves_two_recordings(self, meetings: Meetings) -> None:
        interview = meetings.interview("C_001", NINE)
        room = meetings.room_of(interview)
        first = meetings.recorded(meetings.met(room, NINE, 25), 1.0)
        second = meetings.recorded(meetings.met(room, NINE + timedelta(minutes=70), 20), 2.0)
        assert len(meetings.capture(LATER).taken) == 2
        assert sorted(meetings.bound()["C_001"]) == sorted([digest(first.content), digest(second.content)])

    def test_recording_was_stopped_and_started_again(self, meetings: Meetings) -> None:
        interview = meetings.interview("C_001", NINE)
        conference = meetings.met(meetings.room_of(interview), NINE)
        meetings.recorded(conference, 1.0, after=0, minutes=20)
        meetings.recorded(conference, 2.0, after=25, minutes=30)
        assert len(meetings.capture(LATER).taken) == 2
        assert len(meetings.bound()["C_001"]) == 2

    def test_all_pages_are_read(self, meetings: Meetings) -> None:
        meetings.google.meet.page_size = 1
        interview = meetings.interview("C_001", NINE)
        room = meetings.room_of(interview)
        for begin in (0, 20, 40):
            conference = meetings.met(room, NINE + timedelta(minutes=begin), 19)
            for part in (0, 6, 12):
                meetings.recorded(conference, 1 + (begin + part) / 100, after=part, minutes=5)
        assert len(meetings.capture(LATER).taken) == 9

    def test_a_file_that_is_made_days_later_comes_then(self, meetings: Meetings) -> None:
        interview = meetings.interview("C_001", NINE)
        conference = meetings.met(meetings.room_of(interview), NINE)
        meetings.recorded(conference, None)
        report = meetings.capture(LATER)
        assert (report.waiting, report.taken) == (1, ())
        assert (meetings.row().state, meetings.row().reason) == ("expected", "Google is still making its file")
        file = meetings.google.drive.add("anna@study.example", "late", meetings.sound(1), has_checksums=False)
        meetings.google.meet.file_made(conference, conference.recordings[0], file.id)
        assert meetings.capture(LATER + timedelta(days=2)).taken == ()
        assert meetings.row().state == "expected"
        assert meetings.downloads() == [], "without a checksum it may be half a file"
        file.has_checksums = True
        assert len(meetings.capture(LATER + timedelta(days=3)).taken) == 1

    def test_a_meeting_that_goes_on_waits(self, meetings: Meetings) -> None:
        interview = meetings.interview("C_001", NINE)
        conference = meetings.google.meet.meet(meetings.room_of(interview), NINE)
        meetings.google.meet.record(conference, NINE)
        assert meetings.capture(NINE + timedelta(minutes=30)).waiting == 1
        assert meetings.row().reason == "it has not ended yet"

    def test_the_name_that_drive_gives_is_sealed_and_stands_nowhere_else(
        self, meetings: Meetings, study: Study, contacts: Contacts
    ) -> None:
        """The stand-in's files are named after a person, as Meet names them after the event."""
        interview = meetings.interview("C_001", NINE)
        file = meetings.recorded(meetings.met(meetings.room_of(interview), NINE))
        report = meetings.capture(LATER)
        assert contacts.original_name(digest(file.content)).startswith("Zebedee Quixworth")
        assert "Zebedee" not in repr(report) + repr(meetings.rows())
        paths = [path for path in study.folder.rglob("*") if path.is_file()]
        assert not any("Zebedee" in str(path) or b"Zebedee" in path.read_bytes() for path in paths)

    def test_what_was_put_into_the_inbox_before_is_not_fetched_again(
        self, meetings: Meetings, study: Study, database: Database, contacts: Contacts
    ) -> None:
        interview = meetings.interview("C_001", NINE)
        file = meetings.recorded(meetings.met(meetings.room_of(interview), NINE))
        inbox = study.place(study.capture.inbox)
        inbox.mkdir()
        (inbox / "C_001 2020-05-12 10-01-00.wav").write_bytes(file.content)
        capture(study, database, contacts, now=LATER, actor="c", settle_s=0)
        report = meetings.capture(LATER)
        assert (report.known, report.taken, report.to_review) == (1, (), 0)
        assert (meetings.row().state, meetings.row().sha256) == ("fetched", digest(file.content))
        assert meetings.downloads() == []

    def test_what_came_as_somebody_elses_is_bound_to_neither(
        self, meetings: Meetings, study: Study, database: Database, contacts: Contacts
    ) -> None:
        interview = meetings.interview("C_001", NINE)
        meetings.interview("C_002", NINE)
        file = meetings.recorded(meetings.met(meetings.room_of(interview), NINE))
        inbox = study.place(study.capture.inbox)
        inbox.mkdir()
        (inbox / "C_002.wav").write_bytes(file.content)
        capture(study, database, contacts, now=LATER, actor="c", settle_s=0)
        assert meetings.capture(LATER).to_review == 1
        assert meetings.bound() == {}
        for later in (LATER, LATER + timedelta(days=31)):
            meetings.capture(later)
            assert "came before as that of C_002, and its meeting says C_001" in meetings.row().reason
            assert not any(key.startswith("meet-expiry") for key in meetings.alerts()), "its bytes are here"
        with database.writing() as session:
            bind(session, study, digest(file.content), "C_001", actor="coordinator")
        meetings.capture(LATER)
        assert meetings.row().state == "fetched"


class TestWhatDoesNot:
    def test_a_foreign_meeting_is_counted_and_never_looked_into(self, meetings: Meetings) -> None:
        meetings.interview("C_001", NINE)
        private = meetings.met(meetings.google.meet.new_space("anna@study.example").code, NINE + timedelta(hours=5))
        meetings.recorded(private)
        report = meetings.capture(NINE + timedelta(hours=9))
        assert (report.others, report.foreign, meetings.rows(), meetings.downloads()) == (1, 0, [], [])
        asked = [call.values["parent"] for call in meetings.google.calls if call.method.endswith("recordings.list")]
        assert private.name not in asked

    def test_a_foreign_meeting_at_the_time_of_an_interview_is_proposed_and_not_fetched(
        self, meetings: Meetings, study: Study, database: Database
    ) -> None:
        """The link did not work, and they met in another room."""
        interview = meetings.interview("C_001", NINE)
        meetings.recorded(meetings.met(meetings.google.meet.new_space("anna@study.example").code, NINE, 50))
        report = meetings.capture(LATER)
        assert (report.foreign, report.to_review, report.taken, meetings.downloads()) == (1, 1, (), [])
        row = meetings.row()
        assert (row.state, row.interview_id) == ("foreign", interview.id)
        with database.reading() as session:
            (shown,) = remote_review(session, study)
        assert (shown.name, shown.label) == (f"meet-{row.id}", "C_001_05/20")
        assert "it was the time of C_001_05/20, which has no recording" in shown.reason

    @pytest.mark.parametrize("state", [State.CANCELLED, State.NO_SHOW, State.EXPIRED, State.HELD_SLOT])
    def test_an_interview_that_is_over_without_a_talk(
        self, meetings: Meetings, database: Database, state: State
    ) -> None:
        interview = meetings.interview("C_001", NINE)
        meetings.recorded(meetings.met(meetings.room_of(interview), NINE))
        change(database, interview, state)
        assert meetings.capture(LATER).to_review == 1
        assert meetings.row().state == "review"
        assert meetings.downloads() == []

    def test_somebody_who_has_withdrawn(self, meetings: Meetings, database: Database) -> None:
        interview = meetings.interview("C_001", NINE)
        meetings.recorded(meetings.met(meetings.room_of(interview), NINE))
        change(database, interview, State.WITHDRAWN)
        meetings.capture(NINE + timedelta(days=29))
        row = meetings.row()
        assert (row.state, row.interview_id, meetings.downloads()) == ("review", None, [])
        assert row.reason.endswith("C_001 has withdrawn. Delete the recording in Drive")
        assert meetings.alerts() == {}, "that it goes is right"

    @pytest.mark.parametrize("consent", [False, None])
    def test_somebody_who_has_not_agreed_to_be_recorded_until_they_do(
        self, meetings: Meetings, database: Database, consent: bool | None
    ) -> None:
        interview = meetings.interview("C_001", NINE, consent=consent)
        meetings.recorded(meetings.met(meetings.room_of(interview), NINE))
        meetings.capture(LATER)
        assert (meetings.row().state, meetings.downloads()) == ("review", [])
        assert "has not agreed to be recorded" in meetings.row().reason
        with database.writing() as session:
            given = {"given_on": date(2020, 5, 13), "sheet": "v1", "recording": True, "actor": "c"}
            session.add(Consent(participant_code="C_001", **given))
        assert len(meetings.capture(LATER).taken) == 1

    def test_who_withdraws_while_it_is_fetched(self, meetings: Meetings, database: Database) -> None:
        interview = meetings.interview("C_001", NINE)
        meetings.recorded(meetings.met(meetings.room_of(interview), NINE))

        def withdraw(_name: str, done: int, total: int) -> None:
            if done == total:
                change(database, interview, State.WITHDRAWN)

        report = meetings.capture(LATER, progress=withdraw)
        assert report.taken == ()
        assert (meetings.recordings(), meetings.parts()) == ([], [])
        assert meetings.row().state == "review"

    def test_a_test_of_the_day_before(self, meetings: Meetings) -> None:
        interview = meetings.interview("C_001", NINE)
        room = meetings.room_of(interview)
        meetings.recorded(meetings.met(room, NINE - timedelta(hours=20), 5), 1.0)
        meetings.capture(NINE - timedelta(hours=19))
        real = meetings.recorded(meetings.met(room, NINE), 2.0)
        meetings.capture(LATER)
        assert meetings.bound() == {"C_001": [digest(real.content)]}
        assert [row.state for row in meetings.rows()] == ["review", "fetched"]
        assert "not at the time of C_001_05/20" in meetings.rows()[0].reason

    def test_a_short_one(self, meetings: Meetings) -> None:
        interview = meetings.interview("C_001", NINE)
        meetings.recorded(meetings.met(meetings.room_of(interview), NINE), minutes=0.5)
        meetings.capture(LATER)
        assert meetings.row().reason.endswith("but it is only 30 s long")
        assert meetings.downloads() == []


class TestInterviewsThatMove:
    def test_one_is_bound_at_its_new_time_and_not_at_its_old_one(self, meetings: Meetings, database: Database) -> None:
        """They met, it did not suit, and the interview was moved; the room stays the same."""
        interview = meetings.interview("C_001", NINE)
        room = meetings.room_of(interview)
        moved = NINE + timedelta(days=20)
        meetings.recorded(meetings.met(room, NINE, 3), 1.0)
        change(database, interview, State.MOVED, starts_at=moved, ends_at=moved + timedelta(hours=1), sequence=1)
        assert meetings.capture(LATER).to_review == 1, "it is looked for though its interview is weeks away"
        real = meetings.recorded(meetings.met(room, moved), 2.0)
        meetings.capture(moved + timedelta(hours=2))
        assert meetings.bound() == {"C_001": [digest(real.content)]}

    def test_one_that_is_entered_afterwards_binds_then(self, meetings: Meetings, database: Database) -> None:
        interview = meetings.interview("C_001", NINE)
        held = NINE + timedelta(hours=6)
        meetings.recorded(meetings.met(meetings.room_of(interview), held))
        meetings.capture(held + timedelta(hours=2))
        assert meetings.row().state == "review"
        change(database, interview, State.MOVED, starts_at=held, ends_at=held + timedelta(hours=1), sequence=1)
        assert len(meetings.capture(held + timedelta(hours=3)).taken) == 1


class TestRoomsThatAreShared:
    def test_each_recording_is_bound_by_its_time(self, meetings: Meetings) -> None:
        room = meetings.google.meet.new_space("anna@study.example").code
        for number in (1, 2, 3):
            meetings.interview(f"C_00{number}", NINE + timedelta(hours=2 * number), room=room)
        files = {
            number: meetings.recorded(meetings.met(room, NINE + timedelta(hours=2 * number), 55), number)
            for number in (1, 2, 3)
        }
        meetings.capture(NINE + timedelta(hours=10))
        assert meetings.bound() == {f"C_00{number}": [digest(file.content)] for number, file in files.items()}
        with meetings.database.reading() as session:
            reasons = {binding.reason for binding in session.exec(select(Binding))}
        assert reasons == {
            f"Meet: the code {room} is shared by 3, of which only its time fits; began 1 min after its booked start"
        }

    def test_what_may_be_two_is_left_to_a_person(self, meetings: Meetings) -> None:
        room = meetings.google.meet.new_space("anna@study.example").code
        meetings.interview("C_001", NINE, room=room)
        meetings.interview("C_002", NINE + timedelta(hours=1), room=room)
        meetings.recorded(meetings.met(room, NINE + timedelta(minutes=30), 60))
        meetings.capture(LATER)
        assert meetings.bound() == {}
        assert meetings.row().reason.endswith("could be C_001_05/20 or C_002_05/20")

    def test_a_cancelled_interview_is_still_in_the_running(self, meetings: Meetings) -> None:
        """Whoever was cancelled may have come all the same."""
        room = meetings.google.meet.new_space("anna@study.example").code
        meetings.interview("C_001", NINE, room=room, state=State.CANCELLED)
        meetings.interview("C_002", NINE + timedelta(minutes=30), room=room)
        meetings.recorded(meetings.met(room, NINE + timedelta(minutes=5), 50))
        meetings.capture(LATER)
        assert meetings.bound() == {}


class TestByHand:
    def fetch(self, meetings: Meetings, interview: str) -> tuple[str, str]:
        name = f"meet-{meetings.rows()[-1].id}"
        where = (meetings.study, meetings.database, meetings.contacts, meetings.services)
        return fetch_by_hand(*where, name, interview, now=LATER, actor="coordinator")

    def test_what_waits_for_a_person_is_fetched_and_bound(self, meetings: Meetings) -> None:
        interview = meetings.interview("C_001", NINE)
        file = meetings.recorded(meetings.met(meetings.room_of(interview), NINE - timedelta(hours=3)))
        meetings.capture(LATER)
        assert self.fetch(meetings, "C_001") == (digest(file.content), "C_001_05/20")
        assert meetings.bound() == {"C_001": [digest(file.content)]}
        assert (meetings.row().state, meetings.row().reason) == ("fetched", "by hand")
        assert meetings.parts() == []
        meetings.capture(LATER)
        assert meetings.row().reason == "by hand"

    def test_not_for_somebody_who_did_not_agree(self, meetings: Meetings) -> None:
        interview = meetings.interview("C_001", NINE, consent=False)
        meetings.recorded(meetings.met(meetings.room_of(interview), NINE))
        meetings.capture(LATER)
        with pytest.raises(Exception, match="is not fetched for C_001_05/20: C_001 has not agreed to be recorded"):
            self.fetch(meetings, "C_001")
        assert meetings.downloads() == []

    def test_not_without_a_file(self, meetings: Meetings) -> None:
        interview = meetings.interview("C_001", NINE)
        meetings.recorded(meetings.met(meetings.room_of(interview), NINE), None)
        meetings.capture(LATER)
        with pytest.raises(Exception, match="has no file yet"):
            self.fetch(meetings, "C_001")

    def test_not_twice(self, meetings: Meetings) -> None:
        interview = meetings.interview("C_001", NINE)
        meetings.recorded(meetings.met(meetings.room_of(interview), NINE))
        meetings.capture(LATER)
        with pytest.raises(Exception, match="is here already, as recording"):
            self.fetch(meetings, "C_001")

    def test_not_while_a_capture_fetches(self, meetings: Meetings) -> None:
        interview = meetings.interview("C_001", NINE)
        meetings.recorded(meetings.met(meetings.room_of(interview), NINE - timedelta(hours=3)))
        meetings.capture(LATER)
        vault = Vault(meetings.study.place(meetings.study.storage.vault))
        with (
            locked(vault.folder / ".fetching"),
            pytest.raises(Exception, match="Another capture is fetching from Google Meet at this moment"),
        ):
            self.fetch(meetings, "C_001")


class TestFaults:
    def test_files_that_cannot_be_used_are_told_once_and_not_fetched_again(
        self, meetings: Meetings, database: Database
    ) -> None:
        interview = meetings.interview("C_001", NINE)
        room = meetings.room_of(interview)
        meetings.recorded(meetings.met(room, NINE, 20), content=b"no sound at all" * 100)
        meetings.recorded(meetings.met(room, NINE + timedelta(minutes=25), 30), 1.0)
        report = meetings.capture(LATER)
        assert len(report.taken) == 1, "the other one came all the same"
        assert [one.is_news for one in report.not_fetched] == [True]
        asked = len(meetings.downloads())
        again = meetings.capture(LATER)
        assert (again.not_fetched, len(meetings.downloads())) == ((), asked)
        assert meetings.rows()[0].reason.startswith(
            "its file came, and cannot be used. It is not a sound or video file"
        )
        with database.reading() as session:
            assert session.exec(select(Refusal)).all() == []

    @pytest.mark.parametrize(
        ("status", "reason", "said"),
        [
            (403, "downloadQuotaExceeded", "Drive lets it not be downloaded any more for now"),
            (403, "cannotDownloadFile", "Drive does not let it be downloaded. Ask the owner"),
        ],
    )
    def test_a_download_that_is_refused_is_told_as_new_once_and_tried_again(
        self, meetings: Meetings, status: int, reason: str, said: str
    ) -> None:
        interview = meetings.interview("C_001", NINE)
        meetings.recorded(meetings.met(meetings.room_of(interview), NINE))
        for is_news in (True, False):
            meetings.google.faults.refuse("drive.files.get:media", status, reason)
            (failed,) = meetings.capture(LATER).not_fetched
            assert failed.is_news == is_news
            assert failed.reason.startswith(said)
            assert (failed.name, failed.label) == (f"meet-{meetings.row().id}", "C_001_05/20")
        assert meetings.row().state == "ready"
        assert len(meetings.capture(LATER).taken) == 1
        assert meetings.row().failure == ""

    def test_a_file_in_the_bin_and_one_that_may_not_be_downloaded(self, meetings: Meetings) -> None:
        for code, how in (("C_001", {"trashed": True}), ("C_002", {"can_download": False})):
            at = NINE + timedelta(minutes=int(code[-1]))
            interview = meetings.interview(code, at)
            meetings.recorded(meetings.met(meetings.room_of(interview), at), **how)
        bin_, closed = meetings.capture(LATER).not_fetched
        assert bin_.reason.startswith("Its file lies in Drive's bin. Restore it there")
        assert closed.reason.startswith("Drive does not let it be downloaded")
        assert meetings.downloads() == []

    def test_a_file_that_is_gone_is_looked_for_until_it_is_back(self, meetings: Meetings) -> None:
        interview = meetings.interview("C_001", NINE)
        file = meetings.recorded(meetings.met(meetings.room_of(interview), NINE))
        del meetings.google.drive.files[file.id]
        meetings.capture(LATER)
        assert meetings.row().state == "gone"
        assert meetings.row().reason.startswith("Its file is not in Drive, or the account cannot see it")
        meetings.google.drive.files[file.id] = file
        assert len(meetings.capture(LATER).taken) == 1

    def test_a_revoked_login_stops_everything_with_one_alert_until_it_is_renewed(self, meetings: Meetings) -> None:
        interview = meetings.interview("C_001", NINE)
        meetings.recorded(meetings.met(meetings.room_of(interview), NINE))
        revoked = dict(meetings.google.accounts._refresh)
        meetings.google.accounts.revoke("anna@study.example")
        for alarms in (1, 0):
            report = meetings.capture(LATER)
            assert len(report.alarms) == alarms
            (failure,) = report.failures
            assert "Token has been expired or revoked). Log in again with 'fieldcall google login'" in failure
        assert list(meetings.alerts()) == ["meet-unread:google"]
        meetings.google.accounts._refresh |= revoked
        assert len(meetings.capture(LATER).taken) == 1
        assert meetings.alerts() == {}

    def test_one_meeting_that_cannot_be_read_stops_no_other(self, meetings: Meetings) -> None:
        for code in ("C_001", "C_002"):
            interview = meetings.interview(code, NINE)
            meetings.recorded(meetings.met(meetings.room_of(interview), NINE), 1 + int(code[-1]) / 10)
        meetings.google.faults.refuse("meet.conferenceRecords.recordings.list", 403, "PERMISSION_DENIED")
        report = meetings.capture(LATER)
        assert (len(report.taken), len(report.failures)) == (1, 1)
        assert report.foreign == 0, "what could not be read may be ours"
        assert len(meetings.capture(LATER).taken) == 1

    def test_a_code_that_is_none_is_not_asked_for(self, meetings: Meetings) -> None:
        meetings.interview("C_001", NINE, room='x" OR start_time>="2020', made="")
        assert meetings.capture(LATER).failures == ()

    def test_nobody_has_logged_in(
        self, study: Study, contacts: Contacts, google: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from storage.google.calls import GoogleAccessLost
        from storage.intake.meet_capture import meet_and_drive

        with pytest.raises(GoogleAccessLost, match="Run 'fieldcall google login'"), meet_and_drive(study, contacts.key):
            raise AssertionError("it is not opened")
