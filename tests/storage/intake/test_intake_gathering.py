"""What tools leave becomes one recording a conversation; every original is kept, and no name or number is shown."""

import os
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import intake_media as media
import pytest
from sqlmodel import select

from storage.contacts import Contact, Contacts
from storage.database import Database
from storage.errors import IntakeError
from storage.intake.inbox import CaptureReport, capture
from storage.intake.recordings import bind, recording_rows, review_list
from storage.intake.weaving import weave
from storage.study import Study
from storage.tables import Binding, Companion, Interview, Recording, Refusal
from storage.vault import Vault, digest_of

NOW = datetime(2020, 5, 20, 12, 0, tzinfo=UTC)
TEN = datetime(2020, 5, 12, 9, 0, tzinfo=UTC)  # ten o'clock in London
MEETING = "2020-05-12 10.02.31 A talk 81234567890"
SID = "RE" + "0123456789abcdef" * 2
Capture = Callable[..., CaptureReport]
Book = Callable[..., Interview]


@pytest.fixture
def home() -> str:
    """What belongs together is decided on sounds and names, so one database is enough."""
    return "sqlite"


def side_by_side(files: Sequence[Path], _mix: Path | None, target: IO[bytes]) -> str:
    """Stands in for what listens to the files: they were begun at once here."""
    weave(files, target)
    return ""


def cannot(_files: Sequence[Path], _mix: Path | None, _target: IO[bytes]) -> str:
    raise IntakeError("Nothing tells where track 2 belongs.")


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
    def once(settle_s: float = 0, **options: object) -> CaptureReport:
        options = {"lay": side_by_side, **options}
        return capture(study, database, contacts, now=NOW, actor="capture", settle_s=settle_s, **options)  # type: ignore[arg-type]

    return once


@pytest.fixture
def people(contacts: Contacts) -> None:
    contacts.put("C_031", Contact(name="Zebedee Quixworth", phone="+447700900123"))
    contacts.put("C_003", Contact(name="Ottoline Brandywine", phone="+447700900456"))


def recordings(database: Database) -> list[Recording]:
    with database.reading() as session:
        return list(session.exec(select(Recording).order_by(Recording.id)))  # type: ignore[arg-type]


def whole(database: Database) -> list[Recording]:
    return [recording for recording in recordings(database) if recording.transcribed_as is None]


def bindings(database: Database) -> dict[int, str]:
    with database.reading() as session:
        return {binding.recording_id: binding.reason for binding in session.exec(select(Binding))}


def channels(recording: Recording) -> int:
    return int(recording.streams[0]["channels"])


def call(inbox: Path, name: str = "C_031 call", seconds: float = 61, *, mixed: bool = False) -> dict[str, bytes]:
    """Both sides of a call as MixMonitor leaves them; their content by name."""
    for side, level in (("rx", 0.3), ("tx", 0.1)):
        media.write(inbox / f"{name}-{side}.wav", seconds, level=level)
    if mixed:
        media.write(inbox / f"{name}.wav", seconds, level=0.4)
    return {path.name: path.read_bytes() for path in inbox.iterdir()}


def meeting(
    inbox: Path, *persons: str, folder: str = MEETING, stretch: int = 1, seconds: float = 61, video: bool = False
) -> None:
    """A folder of Zoom's with a file for each person."""
    digits = f"{stretch}639780501"
    media.write(inbox / folder / f"audio{digits}.m4a", seconds, level=0.4)
    if video:
        media.write(inbox / folder / f"video{digits}.mp4", seconds, video=True)
    for number, person in enumerate(persons, 1):
        media.write(inbox / folder / "Audio Record" / f"audio{person}{number}{digits}.m4a", seconds, level=number / 10)


class TestAsterisk:
    def test_both_sides_become_one_recording_and_the_originals_are_kept(
        self, run: Capture, book: Book, inbox: Path, database: Database, vault: Vault, contacts: Contacts
    ) -> None:
        book("C_031")
        content = call(inbox, mixed=True)
        (taken,) = run().taken
        assert (taken.code, taken.remark) == ("C_031", "")
        assert media.names_in(inbox) == []
        (joined,) = whole(database)
        assert (channels(joined), joined.suffix, joined.sides) == (2, ".wav", [])
        sources = [recording for recording in recordings(database) if recording.transcribed_as == joined.id]
        kept = {contacts.original_name(each.sha256): vault.path(each.sha256, each.suffix) for each in sources}
        assert {name: path.read_bytes() for name, path in kept.items()} == content
        vault.verify(joined.sha256, joined.suffix)
        assert contacts.original_name(joined.sha256) == "", "it came under no name"
        assert list(bindings(database)) == [joined.id]

    def test_the_listing_shows_what_is_kept_with_it_and_nothing_of_it_needs_a_person(
        self, run: Capture, book: Book, inbox: Path, database: Database, study: Study
    ) -> None:
        book("C_031")
        call(inbox)
        run()
        with database.reading() as session:
            states = sorted(row.state for row in recording_rows(session, study))
            review = review_list(session, study)
        (joined,) = whole(database)
        assert states == [f"kept with {joined.sha256[:12]}"] * 2 + ["to transcribe"]
        assert (review.unbound, review.refusals) == ((), ())

    def test_what_is_kept_with_another_is_not_bound_by_itself(
        self, run: Capture, book: Book, inbox: Path, database: Database, study: Study
    ) -> None:
        book("C_031")
        call(inbox, "call")
        run()
        source = next(recording for recording in recordings(database) if recording.transcribed_as)
        (joined,) = whole(database)
        with database.writing() as session, pytest.raises(IntakeError, match=f"kept with {joined.sha256[:12]}"):
            bind(session, study, source.sha256, "C_031", actor="coordinator")
        with database.writing() as session:
            bind(session, study, joined.sha256, "C_031", actor="coordinator")
        assert list(bindings(database)) == [joined.id]

    def test_one_side_waits_then_is_told_and_is_taken_with_the_other(
        self, run: Capture, book: Book, inbox: Path, database: Database, study: Study
    ) -> None:
        book("C_031")
        call(inbox)
        late = (inbox / "C_031 call-tx.wav").rename(inbox.parent / "late.wav")
        assert run(settle_s=600, wait=False).waiting == ("C_031 call-rx.wav",)
        (refused,) = run().refused
        assert "rx is there, tx is not" in refused.reason
        with database.reading() as session:
            assert [refusal.reason for refusal in review_list(session, study).refusals] == [refused.reason]
        assert recordings(database) == []
        late.rename(inbox / "C_031 call-tx.wav")
        assert [taken.code for taken in run().taken] == ["C_031"]
        with database.reading() as session:
            assert session.exec(select(Refusal)).all() == []

    def test_a_pair_is_taken_when_both_have_settled(self, run: Capture, book: Book, inbox: Path) -> None:
        book("C_031")
        call(inbox)
        for path in inbox.iterdir():
            os.utime(path, (1_590_000_000, 1_590_000_000))
        assert len(run(settle_s=600, wait=False).waiting) == 2, (
            "the copy program has set the date, the disk knows better"
        )
        assert len(run(settle_s=0.2).taken) == 1

    def test_a_side_that_is_complete_waits_for_the_one_that_is_being_written(self, run: Capture, inbox: Path) -> None:
        call(inbox)
        with (inbox / "C_031 call-tx.wav").open("ab"):
            report = run(settle_s=0.001, wait=False)
        assert set(report.waiting) == {"C_031 call-rx.wav", "C_031 call-tx.wav"}
        assert report.refused == ()

    def test_sides_of_different_lengths_stay_with_the_reason(
        self, run: Capture, book: Book, inbox: Path, database: Database
    ) -> None:
        book("C_031")
        media.write(inbox / "C_031-rx.wav", 20)
        media.write(inbox / "C_031-tx.wav", 21)
        reasons = {refused.reason for refused in run().refused}
        assert len(reasons) == 1
        assert "differ by 1.0 s" in reasons.pop()
        assert recordings(database) == []
        assert len(media.names_in(inbox)) == 2

    def test_a_side_that_is_no_sound_keeps_the_other_and_both_are_told(
        self, run: Capture, inbox: Path, database: Database
    ) -> None:
        call(inbox)
        (inbox / "C_031 call-tx.wav").write_text("this is no sound\n" * 50)
        reasons = {refused.file_name: refused.reason for refused in run().refused}
        assert "Another file of the same Asterisk recording" in reasons["C_031 call-rx.wav"]
        assert "Another file" not in reasons["C_031 call-tx.wav"]
        assert recordings(database) == []

    def test_another_recording_under_the_name_of_the_mix_is_not_taken_for_it(
        self, run: Capture, book: Book, inbox: Path, database: Database
    ) -> None:
        book("C_031")
        call(inbox)
        media.write(inbox / "C_031 call.wav", 50)
        reasons = {refused.reason for refused in run().refused}
        assert len(reasons) == 1 and "not the mix of them" in reasons.pop()
        assert recordings(database) == []

    def test_raw_sound_stays_with_the_next_step(self, run: Capture, inbox: Path) -> None:
        (inbox / "call.raw").write_bytes(bytes(1000))
        assert "sox -t raw" in run().refused[0].reason

    def test_taken_again_under_other_names_it_is_known(
        self, run: Capture, book: Book, inbox: Path, database: Database
    ) -> None:
        book("C_031")
        content = call(inbox)
        run()
        before = recordings(database)
        for name, data in content.items():
            (inbox / name.replace("call", "again")).write_bytes(data)
        report = run()
        assert (report.taken, len(report.duplicates)) == ((), 2)
        assert recordings(database) == before
        assert media.names_in(inbox) == []

    def test_a_side_that_was_taken_and_bound_alone_leaves_the_pair_to_a_person(
        self, run: Capture, book: Book, inbox: Path, database: Database
    ) -> None:
        book("C_031")
        call(inbox)
        alone = inbox / "C_031 call-rx.wav"
        shutil.copy(alone, inbox / "C_031.wav")
        pair = inbox.parent / "pair"
        pair.mkdir()
        for name in ("C_031 call-rx.wav", "C_031 call-tx.wav"):
            (inbox / name).rename(pair / name)
        assert [taken.code for taken in run().taken] == ["C_031"]
        for path in pair.iterdir():
            path.rename(inbox / path.name)
        (taken,) = run().taken
        assert taken.code is None
        assert "one of its files came before" in taken.reason
        assert len(bindings(database)) == 1

    def test_the_same_call_under_another_s_code_is_a_contradiction(
        self, run: Capture, book: Book, inbox: Path, database: Database
    ) -> None:
        book("C_031")
        book("C_003", TEN + timedelta(hours=4))
        content = call(inbox)
        run()
        for name, data in content.items():
            (inbox / name.replace("C_031", "C_003")).write_bytes(data)
        report = run()
        (joined,) = whole(database)
        assert {refused.file_name for refused in report.refused} == {"C_003 call-rx.wav", "C_003 call-tx.wav"}
        assert all(joined.sha256[:12] in refused.reason for refused in report.refused)
        assert bindings(database) == {}, "bound to neither"


@pytest.mark.usefixtures("people")
class TestZoom:
    def test_a_file_for_each_person_is_a_channel_each(
        self, run: Capture, book: Book, inbox: Path, database: Database, vault: Vault
    ) -> None:
        book("C_031")
        meeting(inbox, "TomInterviewer", "ZebedeeQuixworth", video=True)
        (inbox / MEETING / "chat.txt").write_text("10:03 From Zebedee Quixworth: hello")
        before = {digest_of(path)[0] for path in inbox.rglob("*") if path.is_file()}
        (taken,) = run().taken
        assert taken.code == "C_031"
        (joined,) = whole(database)
        assert (channels(joined), joined.sides) == (2, ["interviewer", "participant"])
        assert joined.started_at == datetime(2020, 5, 12, 9, 2, 31, tzinfo=UTC)
        with database.reading() as session:
            (chat,) = session.exec(select(Companion)).all()
        kept = {recording.sha256 for recording in recordings(database) if recording.transcribed_as}
        assert kept | {chat.sha256} == before, "every file, the mixed ones too"
        assert chat.recording_id == joined.id
        vault.verify(chat.sha256, chat.suffix)
        assert media.names_in(inbox) == []

    def test_sealed_names_alone_tell_who_was_there(
        self, run: Capture, book: Book, inbox: Path, study: Study, database: Database, contacts: Contacts
    ) -> None:
        book("C_031")
        meeting(inbox, "TomInterviewer", "ZebedeeQuixworth")
        (inbox / MEETING / "chat.txt").write_text("hello")
        run()
        with database.reading() as session:
            shown = repr([session.exec(select(table)).all() for table in (Recording, Binding, Companion)])
        places = [path for path in study.folder.rglob("*") if inbox not in path.parents]
        for canary in ("Quixworth", "TomInterviewer", "A talk"):
            assert canary not in shown
            assert not [path for path in places if canary in path.name]
            assert not [
                path for path in places if path.suffix in (".db", ".db-wal") and canary.encode() in path.read_bytes()
            ]
        names = {contacts.original_name(recording.sha256) for recording in recordings(database)}
        assert f"{MEETING}/Audio Record/audioZebedeeQuixworth21639780501.m4a" in names

    def test_a_name_on_the_screen_proposes_and_never_binds(self, run: Capture, book: Book, inbox: Path) -> None:
        """Who was there may have come along to somebody else's interview."""
        book("C_031")
        book("C_003", interviewer="INT_02")
        meeting(inbox, "Tom", "OttolineBrandywine")
        (taken,) = run().taken
        assert taken.code is None
        assert taken.reason.endswith("could be C_003_05/20 or C_031_05/20; by the names on the screen, C_003 was there")

    def test_a_link_worker_s_name_does_not_contradict_whose_interview_it_is(
        self, run: Capture, book: Book, inbox: Path, contacts: Contacts
    ) -> None:
        book("C_031")
        book("LW_02", TEN + timedelta(days=2))
        contacts.put("LW_02", Contact(name="Ann Lee"))
        meeting(inbox, "Tom", "AnnLee", "iPad", folder=f"{MEETING}/C_031 {MEETING}")
        assert [taken.code for taken in run().taken] == ["C_031"]

    def test_people_whom_nothing_tells_are_numbered_and_it_is_said(
        self, run: Capture, book: Book, inbox: Path, database: Database
    ) -> None:
        book("C_031")
        meeting(inbox, "iPhone", "Tom")
        (taken,) = run().taken
        assert whole(database)[0].sides == ["", ""]
        assert "who is on which channel is not known" in taken.remark

    def test_three_people_are_three_channels(self, run: Capture, book: Book, inbox: Path, database: Database) -> None:
        interview = book("C_031")
        with database.writing() as session:
            session.get_one(Interview, interview.id).attending_code = "LW_02"
        meeting(inbox, "LW_02", "Tom", "ZebedeeQuixworth")
        run()
        (joined,) = whole(database)
        assert (channels(joined), joined.sides) == (3, ["link worker", "interviewer", "participant"])

    def test_what_cannot_be_joined_is_transcribed_from_the_mix(
        self, run: Capture, book: Book, inbox: Path, database: Database
    ) -> None:
        book("C_031")
        meeting(inbox, "Tom", "Zebedee")
        (taken,) = run(lay=cannot).taken
        assert taken.code == "C_031"
        assert "the mixed one is transcribed: Nothing tells where track 2 belongs" in taken.remark
        (mix,) = whole(database)
        assert (channels(mix), mix.sides, len(recordings(database))) == (1, [], 3)

    def test_without_a_mix_what_cannot_be_joined_stays_with_the_reason(
        self, run: Capture, inbox: Path, database: Database
    ) -> None:
        meeting(inbox, "Tom", "Zebedee")
        (inbox / MEETING / "audio1639780501.m4a").unlink()
        report = run(lay=cannot)
        assert {refused.reason for refused in report.refused} == {"Nothing tells where track 2 belongs."}
        assert recordings(database) == []

    def test_a_stop_and_a_start_are_two_recordings_of_one_interview_in_order(
        self, run: Capture, book: Book, inbox: Path, database: Database
    ) -> None:
        book("C_031")
        meeting(inbox, stretch=3, seconds=63)
        meeting(inbox, stretch=2, seconds=62)
        meeting(inbox, stretch=1, seconds=61)
        assert [taken.code for taken in run().taken] == ["C_031"] * 3
        rows = recordings(database)
        assert [row.duration_ms // 1000 for row in rows] == [61, 62, 63]
        assert [row.started_at is None for row in rows] == [False, True, True]
        reasons = [bindings(database)[row.id or 0] for row in rows]
        assert reasons[1:] == [f"recorded after a stop: {reasons[0]}"] * 2

    def test_a_meeting_that_was_left_open_for_the_next_interview_goes_to_a_person(
        self, run: Capture, book: Book, inbox: Path, database: Database
    ) -> None:
        book("C_031")
        book("C_003", TEN + timedelta(hours=2))
        meeting(inbox, stretch=1)
        meeting(inbox, stretch=2, seconds=62)
        first, second = run().taken
        assert (first.code, second.code) == ("C_031", None)
        assert second.reason == "recorded after a stop, and when is not known: could be C_003_05/20 or C_031_05/20"

    def test_the_names_on_the_screen_tell_whose_the_second_is(self, run: Capture, book: Book, inbox: Path) -> None:
        book("C_031")
        book("C_003", TEN + timedelta(hours=2))
        meeting(inbox, "Tom", "ZebedeeQuixworth", stretch=1)
        meeting(inbox, "Tom", "ZebedeeQuixworth", stretch=2, seconds=62)
        assert [taken.code for taken in run().taken] == ["C_031", "C_031"]

    def test_sound_that_broke_off_does_not_stand_for_a_longer_video(
        self, run: Capture, book: Book, inbox: Path, database: Database
    ) -> None:
        book("C_031")
        meeting(inbox, video=True, seconds=70)
        media.write(inbox / MEETING / "audio1639780501.m4a", 61)
        run()
        (transcribed,) = whole(database)
        assert (transcribed.suffix, transcribed.duration_ms // 1000) == (".mp4", 70)

    def test_files_of_one_person_each_that_broke_off_do_not_stand_for_a_longer_mix(
        self, run: Capture, book: Book, inbox: Path, database: Database
    ) -> None:
        book("C_031")
        meeting(inbox, "Tom", "ZebedeeQuixworth", seconds=61)
        media.write(inbox / MEETING / "audio1639780501.m4a", 70)
        (taken,) = run().taken
        assert "The mixed file is longer than they are" in taken.remark
        assert whole(database)[0].duration_ms // 1000 == 70

    def test_of_an_interview_that_is_not_known_nobody_is_named(
        self, run: Capture, book: Book, inbox: Path, database: Database
    ) -> None:
        """Who is in the contacts may have come along to somebody else's interview."""
        book("C_031", TEN + timedelta(days=3))
        meeting(inbox, "Tom", "ZebedeeQuixworth")
        (taken,) = run().taken
        assert taken.code is None
        assert whole(database)[0].sides == ["", ""]

    def test_sound_and_video_of_a_meeting_are_one_recording(
        self, run: Capture, book: Book, inbox: Path, database: Database
    ) -> None:
        book("C_031")
        meeting(inbox, video=True)
        assert len(run().taken) == 1
        (sound,) = whole(database)
        assert sound.streams[0]["type"] == "audio"
        assert len(recordings(database)) == 2

    def test_what_zoom_has_not_converted_stays(self, run: Capture, inbox: Path, database: Database) -> None:
        meeting(inbox)
        (inbox / MEETING / "double_click_to_convert_01.zoom").write_bytes(b"x" * 100)
        report = run()
        assert len(report.refused) == 2
        assert "double click" in report.refused[0].reason
        assert recordings(database) == []

    def test_the_video_after_the_sound_was_transcribed_is_kept_with_it(
        self, run: Capture, book: Book, inbox: Path, database: Database
    ) -> None:
        book("C_031")
        meeting(inbox, video=True)
        late = inbox.parent / "late"
        shutil.copytree(inbox / MEETING, late)
        (inbox / MEETING / "video1639780501.mp4").unlink()
        run()
        shutil.copytree(late, inbox / MEETING, dirs_exist_ok=True)
        report = run()
        assert report.taken == ()
        sound, video = recordings(database)
        assert video.transcribed_as == sound.id
        assert media.names_in(inbox) == []


def test_all_files_of_one_start_in_zoom_s_cloud_are_one_recording(
    run: Capture, book: Book, inbox: Path, database: Database
) -> None:
    book("C_031")
    stamp = "GMT20200512-090231_Recording"
    media.write(inbox / f"{stamp}.m4a", 61)
    media.write(inbox / f"{stamp}_avo_640x360.mp4", 61, video=True)
    (inbox / f"{stamp}.transcript.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nZebedee: hello")
    assert [taken.code for taken in run().taken] == ["C_031"]
    assert len(whole(database)) == 1
    with database.reading() as session:
        assert [companion.suffix for companion in session.exec(select(Companion))] == [".vtt"]


def test_a_transcript_of_teams_is_kept_beside_and_taken_back_when_a_run_was_broken_off(
    run: Capture, book: Book, inbox: Path, database: Database, contacts: Contacts
) -> None:
    book("C_031")
    name = "Talk-20200512_090231UTC-Meeting Recording"
    media.write(inbox / f"{name}.mp4", 61, video=True)
    words = "WEBVTT\n\n00:00.000 --> 00:01.000\n<v Zebedee Quixworth>hello</v>"
    (inbox / f"{name}.vtt").write_text(words)
    assert [taken.code for taken in run().taken] == ["C_031"]
    with database.reading() as session:
        (captions,) = session.exec(select(Companion)).all()
    assert contacts.original_name(captions.sha256) == f"{name}.vtt"
    (inbox / f"{name}.vtt").write_text(words)  # as if its removal had not outlasted a power cut
    report = run()
    assert [duplicate.file_name for duplicate in report.duplicates] == [f"{name}.vtt"]
    assert media.names_in(inbox) == []


class TestTwilio:
    def test_one_channel_is_told_and_two_are_not(self, run: Capture, book: Book, inbox: Path) -> None:
        book("C_031")
        book("C_003", TEN + timedelta(hours=4))
        media.write(inbox / f"C_031 {SID}.mp3", 5)
        media.write(inbox / f"C_003 {SID}.wav", 5, channels=2)
        remarks = {taken.code: taken.remark for taken in run().taken}
        assert "RequestedChannels=2" in remarks["C_031"]
        assert remarks["C_003"] == ""


@pytest.mark.usefixtures("people")
class TestNumbers:
    def test_a_number_and_a_time_bind_between_two_who_fit(
        self, run: Capture, book: Book, inbox: Path, database: Database
    ) -> None:
        book("C_031")
        book("C_003", interviewer="INT_02")
        media.write(inbox / "Zebedee(00447700900123)_20200512100231.mp3", 61)
        (taken,) = run().taken
        assert taken.code == "C_031"
        assert taken.reason == (
            "by time and number: began 3 min after its booked start by its name, "
            "and the number in its name is that of C_031"
        )
        with database.reading() as session:
            rows = repr([session.exec(select(table)).all() for table in (Recording, Binding)])
        assert "900123" not in rows

    def test_a_number_alone_proposes(self, run: Capture, book: Book, inbox: Path) -> None:
        book("C_031")
        media.write(inbox / "call +44 7700 900123.m4a", 61)
        (taken,) = run().taken
        assert taken.code is None
        assert taken.reason.endswith("the number in its name is that of C_031: it may be C_031_05/20")

    def test_a_number_of_another_contradicts_a_time_and_a_code(self, run: Capture, book: Book, inbox: Path) -> None:
        book("C_031")
        book("C_003", TEN + timedelta(days=2))
        media.write(inbox / "07700900456_20200512100231.mp3", 61)
        media.write(inbox / "C_031 07700900456.mp3", 62)
        by_code, by_time = run().taken
        assert by_code.reason == "its name says C_031, but the number in its name is that of C_003"
        assert by_time.reason.endswith("could be C_031_05/20, but the number in its name is that of C_003")


@pytest.mark.parametrize(
    "name", ["\x1b[2J-{}.wav", "\u202eabc-{}.wav", "🦊-{}.wav", "a" * 240 + "-{}.wav", "..-{}.wav"]
)
def test_hostile_names_do_no_harm(run: Capture, inbox: Path, database: Database, study: Study, name: str) -> None:
    if name.startswith(".."):
        name = f"x{name}"  # what begins with a dot is hidden
    for side in ("rx", "tx"):
        media.write(inbox.parent / "made.wav", 2, level=0.1 if side == "rx" else 0.2).rename(inbox / name.format(side))
    report = run()
    assert len(report.taken) == 1
    assert media.names_in(inbox) == []
    assert all(path.name.isprintable() for path in study.folder.rglob("*"))
    assert len(recordings(database)) == 3
