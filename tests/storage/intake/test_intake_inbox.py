"""The inbox: what can be taken is stored, written down and bound; what cannot stays, with a reason."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import intake_media as media
import pytest
from sqlmodel import select

from storage.contacts import Contacts
from storage.database import Database
from storage.errors import IntakeError
from storage.intake import take as take_module
from storage.intake.inbox import CaptureReport, capture
from storage.intake.probe import Facts, probe
from storage.intake.recordings import recording_rows
from storage.study import Study
from storage.tables import Binding, Change, Interview, Recording, Refusal, State
from storage.vault import Vault

NOW = datetime(2020, 5, 20, 12, 0, tzinfo=UTC)
TEN = datetime(2020, 5, 12, 9, 0, tzinfo=UTC)  # ten o'clock in London
Capture = Callable[..., CaptureReport]


@pytest.fixture
def inbox(study: Study) -> Path:
    folder = study.place(study.capture.inbox)
    folder.mkdir()
    return folder


@pytest.fixture
def vault(study: Study) -> Vault:
    return Vault(study.place(study.storage.vault))


@pytest.fixture
def run(study: Study, database: Database, contacts: Contacts, inbox: Path) -> Capture:
    def once(settle_s: float = 0, now: datetime = NOW, **options: object) -> CaptureReport:
        return capture(study, database, contacts, now=now, actor="capture", settle_s=settle_s, **options)  # type: ignore[arg-type]

    return once


def recordings(database: Database) -> list[Recording]:
    with database.reading() as session:
        return list(session.exec(select(Recording).order_by(Recording.id)))  # type: ignore[arg-type]


def refusals(database: Database) -> list[Refusal]:
    with database.reading() as session:
        return list(session.exec(select(Refusal)))


class TestTaking:
    def test_a_recording_with_a_code_is_stored_bound_and_cleared_away(
        self,
        run: Capture,
        book: Callable[..., Interview],
        inbox: Path,
        vault: Vault,
        database: Database,
        contacts: Contacts,
    ) -> None:
        book("C_003")
        content = media.write(inbox / "C_003_Jane Doe.m4a").read_bytes()
        report = run()
        (taken,) = report.taken
        assert (taken.code, taken.label, taken.remark) == ("C_003", "C_003_05/20", "")
        assert (report.refused, report.waiting, report.duplicates) == ((), (), ())
        assert media.names_in(inbox) == []
        (recording,) = recordings(database)
        assert vault.path(recording.sha256, ".m4a").read_bytes() == content
        assert (recording.sha256, recording.size, recording.suffix) == (taken.sha256, len(content), ".m4a")
        assert (recording.captured_at, recording.review) == (NOW, "")
        assert contacts.original_name(taken.sha256) == "C_003_Jane Doe.m4a"
        with database.reading() as session:
            interview = session.exec(select(Interview)).one()
            binding = session.exec(select(Binding)).one()
            last = session.exec(select(Change).order_by(Change.id.desc())).first()  # type: ignore[union-attr]
        assert (interview.state, binding.reason, binding.actor) == (State.RECORDED, taken.reason, "capture")
        assert last is not None
        assert (last.state, last.actor) == (State.RECORDED, "capture")

    def test_a_recording_is_bound_by_the_time_in_its_name(
        self, run: Capture, book: Callable[..., Interview], inbox: Path, database: Database
    ) -> None:
        book("C_003", TEN)
        book("C_031", TEN + timedelta(hours=4))
        media.write(inbox / "Call recording 2020-05-12 10-02-31.amr", 61)
        (taken,) = run().taken
        assert taken.code == "C_003"
        assert recordings(database)[0].started_at == datetime(2020, 5, 12, 9, 2, 31, tzinfo=UTC)

    def test_two_interviews_that_could_own_a_recording_leave_it_to_a_person(
        self, run: Capture, book: Callable[..., Interview], inbox: Path, database: Database, study: Study
    ) -> None:
        book("C_003", TEN)
        book("C_031", TEN, interviewer="INT_02")
        media.write(inbox / "20200512_100231.wav", 61)
        (taken,) = run().taken
        assert (taken.code, taken.label) == (None, None)
        assert "C_003_05/20 or C_031_05/20" in taken.reason
        assert media.names_in(inbox) == [], "it is safe in the vault, whoever it belongs to"
        with database.reading() as session:
            (row,) = recording_rows(session, study)
            assert {interview.state for interview in session.exec(select(Interview))} == {State.BOOKED}
        assert (row.state, row.reason) == ("unbound", taken.reason)

    def test_a_recording_without_consent_is_bound_and_shown_as_such(
        self, run: Capture, book: Callable[..., Interview], inbox: Path
    ) -> None:
        book("C_003", consent=False)
        book("C_031", TEN + timedelta(hours=3), consent=None)
        media.write(inbox / "C_003.wav")
        media.write(inbox / "C_031.mp3")
        taken = run().taken
        assert [each.code for each in taken] == ["C_003", "C_031"]
        assert {each.remark for each in taken} == {"not transcribed: no consent to record"}

    def test_a_silent_recording_and_one_that_ends_early_are_kept_with_a_remark(
        self, run: Capture, book: Callable[..., Interview], inbox: Path, database: Database
    ) -> None:
        book("C_003")
        book("C_031", TEN + timedelta(hours=3))
        media.write(inbox / "C_003.wav", level=0)
        media.cut(media.write(inbox / "C_031.ogg", 10))
        assert [each.remark.split(":")[0] for each in run().taken] == ["silent", "ends early"]
        assert [each.remark.split(":")[0] for each in recordings(database)] == ["silent", "ends early"]

    def test_a_call_that_dropped_and_was_resumed_has_two_recordings(
        self, run: Capture, book: Callable[..., Interview], inbox: Path, database: Database
    ) -> None:
        book("C_003", TEN)
        media.write(inbox / "20200512_100000.wav", 61)
        media.write(inbox / "20200512_100500.wav", 62)
        assert [each.code for each in run().taken] == ["C_003", "C_003"]
        with database.reading() as session:
            assert len(session.exec(select(Binding)).all()) == 2

    def test_a_second_device_at_the_same_time_is_left_to_a_person(
        self, run: Capture, book: Callable[..., Interview], inbox: Path
    ) -> None:
        book("C_003", TEN)
        media.write(inbox / "20200512_100000.wav", 120)
        media.write(inbox / "C_003_20200512_100030.wav", 90)
        by_code, by_time = run().taken
        assert by_code.code == "C_003", "the code is the stronger key and comes first"
        assert by_time.code is None
        assert "does not clearly follow" in by_time.reason

    def test_sub_folders_are_looked_into_and_tell_their_part(
        self, run: Capture, book: Callable[..., Interview], inbox: Path, contacts: Contacts
    ) -> None:
        book("C_003")
        media.write(inbox / "C_003" / "2020-05-12 10.02.31 Meeting" / "audio1.m4a")
        (taken,) = run().taken
        assert taken.code == "C_003"
        assert contacts.original_name(taken.sha256) == "C_003/2020-05-12 10.02.31 Meeting/audio1.m4a"

    def test_files_that_others_are_still_fetching_are_passed_over(self, run: Capture, inbox: Path) -> None:
        names = [".hidden.wav", "a.wav.part", "b.TMP", "c.crdownload", "desktop.ini", "Thumbs.db", ".sync/d.wav"]
        for name in names:
            (inbox / name).parent.mkdir(exist_ok=True)
            shutil.copy(media.write(inbox.parent / "x.wav"), inbox / name)
        assert run() == CaptureReport((), (), (), ())
        assert media.names_in(inbox) == sorted(names)

    def test_the_end_of_a_name_never_becomes_a_suffix(
        self, run: Capture, inbox: Path, database: Database, study: Study
    ) -> None:
        media.write(inbox.parent / "x.wav").rename(inbox / "call with Dr.Featherstonehaugh")
        media.write(inbox.parent / "x.mp4", video=True).rename(inbox / "video.wav")
        run()
        assert sorted(recording.suffix for recording in recordings(database)) == [".mp4", ".wav"]
        assert not [path for path in study.folder.rglob("*") if "featherstonehaugh" in path.name.lower()]

    def test_a_name_in_an_old_encoding_is_kept_and_stops_nobody(
        self, run: Capture, book: Callable[..., Interview], inbox: Path, contacts: Contacts
    ) -> None:
        book("C_003")
        latin = os.fsdecode(b"A_Ren\xe9.wav")
        media.write(inbox.parent / "a.wav").rename(inbox / latin)
        media.write(inbox / "C_003.wav", 3)
        by_code, other = run().taken
        assert by_code.code == "C_003"
        assert contacts.original_name(other.sha256) == latin
        assert media.names_in(inbox) == []

    def test_names_are_told_as_they_can_be_printed(self, run: Capture, inbox: Path) -> None:
        (inbox / os.fsdecode(b"A_Ren\xe9\x1b[2J.wav")).touch()
        (inbox / "Renée.wav").touch()
        shown = [r"A_Ren\udce9\x1b[2J.wav", "Renée.wav"]
        assert [refused.file_name for refused in run().refused] == shown
        assert list(run(settle_s=600, wait=False).waiting) == shown

    def test_progress_ends_at_the_whole_of_each_file(self, run: Capture, inbox: Path) -> None:
        path = media.write(inbox / "a.wav", 120)
        total = 2 * path.stat().st_size
        told: list[tuple[str, int, int]] = []
        run(progress=lambda *step: told.append(step))
        assert told == sorted(told)
        assert told[-1] == ("a.wav", total, total)


class TestTwice:
    def test_the_same_content_under_another_name_is_the_same_recording(
        self, run: Capture, inbox: Path, database: Database, contacts: Contacts
    ) -> None:
        first = media.write(inbox / "a.wav")
        shutil.copy(first, inbox / "b.wav")
        report = run()
        (taken,) = report.taken
        (duplicate,) = report.duplicates
        assert (duplicate.file_name, duplicate.sha256) == ("b.wav", taken.sha256)
        assert media.names_in(inbox) == []
        assert len(recordings(database)) == 1
        assert contacts.original_name(taken.sha256) == "a.wav"

    def test_a_file_that_comes_again_later_is_known(self, run: Capture, inbox: Path, database: Database) -> None:
        shutil.copy(media.write(inbox / "a.wav"), inbox.parent / "kept.wav")
        run()
        shutil.copy(inbox.parent / "kept.wav", inbox / "again.MP3")
        report = run()
        assert [each.file_name for each in report.duplicates] == ["again.MP3"]
        assert media.names_in(inbox) == []
        assert len(recordings(database)) == 1

    def test_a_damaged_copy_in_the_vault_is_mended_before_the_file_is_cleared_away(
        self, run: Capture, inbox: Path, vault: Vault, database: Database
    ) -> None:
        content = media.write(inbox / "a.wav").read_bytes()
        run()
        (recording,) = recordings(database)
        stored = vault.path(recording.sha256, recording.suffix)
        stored.unlink()
        stored.write_bytes(content[:-1] + b"x")
        (inbox / "again.wav").write_bytes(content)
        assert run().duplicates
        vault.verify(recording.sha256, recording.suffix)

    def test_running_it_again_changes_nothing(
        self, run: Capture, book: Callable[..., Interview], inbox: Path, database: Database
    ) -> None:
        book("C_003")
        media.write(inbox / "C_003.wav")
        run()
        before = recordings(database)
        assert run() == CaptureReport((), (), (), ())
        assert recordings(database) == before


class TestRefusing:
    def test_bad_files_stay_with_their_reasons_and_stop_nobody(
        self, run: Capture, inbox: Path, database: Database
    ) -> None:
        (inbox / "0 empty.wav").touch()
        (inbox / "1 text.wav").write_text("Dear Mrs Featherstonehaugh\n" * 100)
        media.cut(media.write(inbox / "2 cut.mp4", 5))
        media.write(inbox / "3 no sound.mp4", tracks=0, video=True)
        (inbox / "4 zeros.mp3").write_bytes(bytes(5000))
        media.write(inbox / "5 good.wav")
        report = run()
        assert len(report.taken) == 1
        reasons = {refused.file_name: refused.reason for refused in report.refused}
        assert {name: reason[:25] for name, reason in reasons.items()} == {
            "0 empty.wav": "It is empty (0 bytes). Co",
            "1 text.wav": "It is not a sound or vide",
            "2 cut.mp4": "It is unfinished: the ind",
            "3 no sound.mp4": "It is a video without sou",
            "4 zeros.mp3": "It begins with zeros only",
        }
        assert media.names_in(inbox) == sorted(reasons)
        assert {row.reason for row in refusals(database)} == set(reasons.values())
        assert not any("Featherstonehaugh" in row.reason for row in refusals(database))

    def test_what_a_decoder_stumbles_over_is_refused_and_stops_nobody(
        self, run: Capture, inbox: Path, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def stumble(path: Path, *_: object) -> Facts:
            if path.name == "a.wav":
                raise ValueError(f"cannot convert {path}, title Mrs Featherstonehaugh")
            return probe(path)

        monkeypatch.setattr(take_module, "probe", stumble)
        media.write(inbox / "a.wav")
        media.write(inbox / "b.wav", 3)
        report = run()
        (refused,) = report.refused
        assert (refused.file_name, len(report.taken)) == ("a.wav", 1)
        assert refused.reason.startswith("It met an error that was not expected (ValueError, test_intake_inbox.py:")
        assert "Featherstonehaugh" not in refused.reason
        assert str(inbox) not in refused.reason
        assert [row.reason for row in refusals(database)] == [refused.reason], "a person is told of it later too"

    def test_an_error_nobody_thought_of_after_storing_stops_nobody(
        self, run: Capture, inbox: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put = Contacts.put_original_name

        def stumble(self: Contacts, sha256: str, name: str) -> None:
            if name == "a.wav":
                raise TypeError(name)
            put(self, sha256, name)

        media.write(inbox / "a.wav")
        media.write(inbox / "b.wav", 3)
        with monkeypatch.context() as patch:
            patch.setattr(Contacts, "put_original_name", stumble)
            report = run()
        assert [refused.file_name for refused in report.refused] == ["a.wav"]
        assert "(TypeError, test_intake_inbox.py:" in report.refused[0].reason
        assert len(report.taken) == 1
        assert media.names_in(inbox) == ["a.wav"]
        assert run().taken, "nothing was lost"

    def test_a_refused_file_is_told_every_time_and_is_new_only_once(
        self, run: Capture, inbox: Path, database: Database
    ) -> None:
        (inbox / "text.wav").write_text("no sound\n" * 100)
        first = run()
        assert run(now=NOW + timedelta(days=1)) == first
        (row,) = refusals(database)
        assert (row.first_seen, row.last_seen) == (NOW, NOW + timedelta(days=1))

    def test_a_refused_file_is_taken_by_a_program_that_can_read_it(
        self, run: Capture, inbox: Path, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def cannot_yet(*_: object) -> Facts:
            raise IntakeError("Its format is not known.")

        media.write(inbox / "a.wav")
        with monkeypatch.context() as patch:
            patch.setattr(take_module, "probe", cannot_yet)
            assert run().refused
        assert run().taken
        assert refusals(database) == []

    def test_a_refusal_goes_when_its_file_does(self, run: Capture, inbox: Path, database: Database) -> None:
        path = inbox / "text.wav"
        path.write_text("no sound\n" * 100)
        run()
        path.unlink()
        assert run().refused == ()
        assert refusals(database) == []

    def test_a_refused_file_that_is_replaced_by_a_good_one_is_taken(
        self, run: Capture, inbox: Path, database: Database
    ) -> None:
        path = media.write(inbox / "a.mp4", 5)
        whole = path.read_bytes()
        media.cut(path)
        assert run().refused
        path.write_bytes(whole)
        assert run().taken
        assert refusals(database) == []

    def test_links_are_not_followed(self, run: Capture, inbox: Path, tmp_path: Path) -> None:
        outside = tmp_path / "outside"
        media.write(outside / "secret.wav")
        (inbox / "file.wav").symlink_to(outside / "secret.wav")
        (inbox / "folder").symlink_to(outside)
        report = run()
        assert [refused.file_name for refused in report.refused] == ["file.wav", "folder"]
        assert all("link" in refused.reason for refused in report.refused)
        assert (outside / "secret.wav").exists()
        assert report.taken == ()

    def test_a_study_without_inbox_says_where_it_should_be(self, run: Capture, inbox: Path) -> None:
        inbox.rmdir()
        with pytest.raises(IntakeError, match=r"There is no inbox at .*inbox\. Make that folder"):
            run()
