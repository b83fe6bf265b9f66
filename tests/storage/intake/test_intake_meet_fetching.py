"""Fetching from Drive: whatever breaks, wherever it breaks, in the end the bytes are those that Drive has."""

import os
import signal
import subprocess
import sys
from collections import namedtuple
from dataclasses import replace
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import google_drive
import pytest
from google_drive import File, Media
from google_people import ANNA
from google_stand_in import Google
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.errors import IntakeError
from storage.google.calls import GoogleAccessLost, GoogleQuotaUsedUp, GoogleUnavailable
from storage.intake import fetching
from storage.intake.fetching import Gone, NoRoom, NotForUs, NotReady, fetch, keep_only

ROOT = Path(__file__).parents[3]
CONTENT = bytes(range(256)) * 20
MEDIA = "drive.files.get:media"


@pytest.fixture
def drive_files(services: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The files of Drive, through a client that does not wait before it tries again."""
    monkeypatch.setattr("storage.google.calls.random.uniform", lambda *_: 0.0)
    return services.drive.files()


@pytest.fixture
def file(google: Google) -> File:
    return google.drive.add(ANNA, "Zebedee Quixworth - Recording", CONTENT)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "fetching"


@pytest.fixture
def short_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "RANGE", 1000)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def ranges(google: Google, monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The ranges that are asked for from now on."""
    asked: list[str | None] = []
    answer = google_drive._media

    def noted(file: File, range_: str | None) -> Media:
        asked.append(range_)
        return answer(file, range_)

    monkeypatch.setattr(google_drive, "_media", noted)
    return asked


def test_a_file_comes_in_ranges_and_whole(
    drive_files: Any, file: File, folder: Path, google: Google, monkeypatch: pytest.MonkeyPatch, short_ranges: None
) -> None:
    asked, told = ranges(google, monkeypatch), []
    fetched = fetch(drive_files, file.id, folder, lambda done, total: told.append((done, total)))
    assert fetched.path.read_bytes() == CONTENT
    assert (fetched.name, fetched.resumed) == (file.name, 0)
    assert asked == [f"bytes={begin}-{min(begin + 999, 5119)}" for begin in range(0, 5120, 1000)]
    assert told == [(done, 5120) for done in (0, 1000, 2000, 3000, 4000, 5000, 5120)]


def test_nothing_from_outside_is_in_its_name(drive_files: Any, file: File, folder: Path, google: Google) -> None:
    google.drive.files["../../up"] = replace(file, id="../../up")
    fetched = fetch(drive_files, "../../up", folder)
    assert fetched.path.parent == folder
    assert set(fetched.path.name) <= set("0123456789abcdef-")


number = count()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.integers(0, 5120), max_size=6),
    there=st.integers(0, 5120),
    size=st.sampled_from([1, 7, 997, 5119, 5120]),
)
def test_cut_off_anywhere_it_goes_on_there(
    drive_files: Any, file: File, tmp_path: Path, google: Google, cuts: list[int], there: int, size: int
) -> None:
    """Answers end after any number of bytes, and an earlier try may have left any number of them."""
    folder = tmp_path / str(next(number))
    content, there = CONTENT[:size], min(there, size)
    google.drive.files[file.id].content = content
    found = fetching.look_up(drive_files, file.id)
    folder.mkdir()
    (folder / fetching._part_name(found)).write_bytes(content[:there])
    for cut in cuts:
        google.faults.cut(MEDIA, cut)
    try:
        fetched = fetch(drive_files, file.id, folder)
    except GoogleUnavailable:  # nothing came three times in a row
        google.faults._waiting.clear()
        fetched = fetch(drive_files, file.id, folder)
    google.faults._waiting.clear()
    assert fetched.path.read_bytes() == content
    assert names(folder) == [fetched.path.name]


@pytest.mark.parametrize("there", [1, 2500, 5119, 5120])
def test_what_came_in_an_earlier_try_is_not_asked_for_again(
    drive_files: Any, file: File, folder: Path, google: Google, monkeypatch: pytest.MonkeyPatch, there: int
) -> None:
    asked = ranges(google, monkeypatch)
    folder.mkdir()
    (folder / fetching._part_name(fetching.look_up(drive_files, file.id))).write_bytes(CONTENT[:there])
    fetched = fetch(drive_files, file.id, folder)
    assert (fetched.path.read_bytes(), fetched.resumed) == (CONTENT, there)
    assert asked == ([f"bytes={there}-5119"] if there < 5120 else [])


def test_a_transfer_of_which_nothing_comes_is_given_up(
    drive_files: Any, file: File, folder: Path, google: Google
) -> None:
    google.faults.cut(MEDIA, 100)
    google.faults.cut(MEDIA, 0, times=3)
    with pytest.raises(GoogleUnavailable, match="keeps breaking off"):
        fetch(drive_files, file.id, folder)
    assert [path.stat().st_size for path in folder.iterdir()] == [100], "what came is kept"
    assert fetch(drive_files, file.id, folder).resumed == 100


def test_bytes_that_are_wrong_are_found_and_fetched_anew(drive_files: Any, file: File, folder: Path) -> None:
    """A power cut may leave a file of the right length with other bytes in it."""
    folder.mkdir()
    (folder / fetching._part_name(fetching.look_up(drive_files, file.id))).write_bytes(bytes(5000))
    assert fetch(drive_files, file.id, folder).path.read_bytes() == CONTENT


@pytest.mark.parametrize("algorithm", ["md5Checksum", "sha256Checksum"])
def test_a_checksum_that_never_fits_is_told_and_nothing_is_kept(
    drive_files: Any, file: File, folder: Path, monkeypatch: pytest.MonkeyPatch, algorithm: str
) -> None:
    metadata = File.metadata
    monkeypatch.setattr(File, "metadata", lambda self: metadata(self) | {algorithm: "0" * 32})
    with pytest.raises(IntakeError, match=r"its checksum differs\). It is tried again by the next capture"):
        fetch(drive_files, file.id, folder)
    assert names(folder) == []


@pytest.mark.parametrize(("with_md5", "with_sha256"), [(True, False), (False, True)])
def test_one_checksum_is_enough(
    drive_files: Any, file: File, folder: Path, monkeypatch: pytest.MonkeyPatch, with_md5: bool, with_sha256: bool
) -> None:
    metadata = File.metadata
    gone = (
        {"sha1Checksum"}
        | ({"md5Checksum"} if not with_md5 else set())
        | ({"sha256Checksum"} if not with_sha256 else set())
    )
    monkeypatch.setattr(File, "metadata", lambda self: {k: v for k, v in metadata(self).items() if k not in gone})
    assert fetch(drive_files, file.id, folder).path.read_bytes() == CONTENT


class TestFilesThatChange:
    @pytest.mark.parametrize("changed", [CONTENT[::-1], CONTENT[:1500], CONTENT * 2, b"x"])
    def test_one_is_fetched_anew_as_it_is_then(
        self, drive_files: Any, file: File, folder: Path, short_ranges: None, changed: bytes
    ) -> None:
        def change(done: int, _total: int) -> None:
            if done == 3000:
                file.content = changed

        assert fetch(drive_files, file.id, folder, change).path.read_bytes() == changed
        assert len(names(folder)) == 1, "nothing of the old one is left"

    def test_one_that_changes_after_its_last_byte(self, drive_files: Any, file: File, folder: Path) -> None:
        def change(done: int, _total: int) -> None:
            if done == 5120:
                file.content = CONTENT[::-1]

        assert fetch(drive_files, file.id, folder, change).path.read_bytes() == CONTENT[::-1]

    def test_one_that_goes_on_changing_is_left_for_later(self, drive_files: Any, file: File, folder: Path) -> None:
        versions = count()

        def change(done: int, _total: int) -> None:
            if done:
                file.content = CONTENT + bytes([next(versions)])

        with pytest.raises(IntakeError, match="it kept being changed"):
            fetch(drive_files, file.id, folder, change)

    def test_one_that_is_deleted_meanwhile(
        self, drive_files: Any, file: File, folder: Path, google: Google, short_ranges: None
    ) -> None:
        def delete(done: int, _total: int) -> None:
            if done == 2000:
                google.drive.remove(file.id)

        with pytest.raises(Gone, match="Its file is not in Drive"):
            fetch(drive_files, file.id, folder, delete)


class TestServersThatDoNotCount:
    def test_one_that_gives_all_of_it_each_time(
        self,
        drive_files: Any,
        file: File,
        folder: Path,
        google: Google,
        monkeypatch: pytest.MonkeyPatch,
        short_ranges: None,
    ) -> None:
        """A proxy may know no ranges: then it begins anew, and nothing is appended to what is there."""
        monkeypatch.setattr(google_drive, "_media", lambda file, _range: Media(200, file.content, file.mime_type))
        google.faults.cut(MEDIA, 700)
        assert fetch(drive_files, file.id, folder).path.read_bytes() == CONTENT

    def test_one_that_gives_all_of_it_and_always_breaks_off(
        self, drive_files: Any, file: File, folder: Path, google: Google, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(google_drive, "_media", lambda file, _range: Media(200, file.content, file.mime_type))
        google.faults.cut(MEDIA, 700, times=9)
        with pytest.raises(GoogleUnavailable, match="keeps breaking off"):
            fetch(drive_files, file.id, folder)

    @pytest.mark.parametrize("told", ["bytes 0-4/5120", "bytes 2-6/5120", "bytes 1-5/9999", "", "5 bytes"])
    def test_one_that_gives_other_bytes_than_asked_for(
        self, drive_files: Any, file: File, folder: Path, monkeypatch: pytest.MonkeyPatch, told: str
    ) -> None:
        folder.mkdir()
        part = folder / fetching._part_name(fetching.look_up(drive_files, file.id))
        part.write_bytes(CONTENT[:1])
        monkeypatch.setattr(google_drive, "_media", lambda _file, _range: Media(206, b"wrong", "video/mp4", told))
        with pytest.raises(IntakeError):
            fetch(drive_files, file.id, folder)
        assert part.read_bytes() == CONTENT[:1], "nothing wrong was added"


class TestRefusals:
    def test_a_quota_that_is_used_up(self, drive_files: Any, file: File, folder: Path, google: Google) -> None:
        google.faults.refuse(MEDIA, 403, "downloadQuotaExceeded")
        with pytest.raises(GoogleQuotaUsedUp, match="It is tried again by itself; where that is too late"):
            fetch(drive_files, file.id, folder)

    @pytest.mark.parametrize("when", [0, 1])
    def test_a_file_that_may_not_be_downloaded(
        self, drive_files: Any, file: File, folder: Path, google: Google, when: int
    ) -> None:
        if when:
            google.faults.refuse(MEDIA, 403, "cannotDownloadFile")
        else:
            file.can_download = False
        with pytest.raises(NotForUs, match="Ask the owner of the file"):
            fetch(drive_files, file.id, folder)

    def test_a_login_that_ends_in_the_middle(
        self, drive_files: Any, file: File, folder: Path, google: Google, short_ranges: None
    ) -> None:
        def revoke(done: int, _total: int) -> None:
            if done == 2000:
                google.accounts.revoke(ANNA)

        with pytest.raises(GoogleAccessLost, match="Log in again with 'fieldcall google login'"):
            fetch(drive_files, file.id, folder, revoke)
        assert [path.stat().st_size for path in folder.iterdir()] == [2000]

    def test_a_token_that_ends_in_the_middle_is_renewed(
        self, drive_files: Any, file: File, folder: Path, google: Google, short_ranges: None
    ) -> None:
        def expire(done: int, _total: int) -> None:
            if done == 2000:
                google.accounts.expire_access()

        assert fetch(drive_files, file.id, folder, expire).path.read_bytes() == CONTENT

    @pytest.mark.parametrize("how", ["drop", "503"])
    def test_a_server_that_fails_once(
        self, drive_files: Any, file: File, folder: Path, google: Google, how: str
    ) -> None:
        if how == "drop":
            google.faults.drop(MEDIA, times=2)
        else:
            google.faults.refuse(MEDIA, 503, "backendError")
        assert fetch(drive_files, file.id, folder).path.read_bytes() == CONTENT

    @pytest.mark.parametrize("content", [b"", None])
    def test_a_file_without_bytes(self, drive_files: Any, file: File, folder: Path, content: bytes | None) -> None:
        file.content = content
        with pytest.raises(NotReady, match="Google is still working on its file"):
            fetch(drive_files, file.id, folder)


class TestRoom:
    def test_a_disk_without_room_is_told_before_anything_is_asked_for(
        self, drive_files: Any, file: File, folder: Path, google: Google, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        usage = namedtuple("usage", "total used free")
        monkeypatch.setattr("shutil.disk_usage", lambda _folder: usage(9, 9, 10_000))
        asked = ranges(google, monkeypatch)
        with pytest.raises(NoRoom, match=r"The disk has no room for it: it takes 0 MB .* Nothing was lost; make room"):
            fetch(drive_files, file.id, folder)
        assert asked == []

    def test_parts_that_nobody_waits_for_go(self, drive_files: Any, file: File, folder: Path, google: Google) -> None:
        other = google.drive.add(ANNA, "other", b"other")
        kept, gone = fetch(drive_files, file.id, folder), fetch(drive_files, other.id, folder)
        (folder / "README").write_text("not ours")
        keep_only(folder, [file.id])
        assert kept.path.exists()
        assert not gone.path.exists()
        assert (folder / "README").exists()
        keep_only(folder.with_name("not there"), [])


CAPTURE = """
import os, resource, signal, sys
from datetime import datetime
from pathlib import Path
from storage.contacts import open_contacts
from storage.database import open_database
from storage.intake import fetching
from storage.intake.meet_capture import capture_meet, meet_and_drive
from storage.study import load_study

study = load_study(Path(sys.argv[1]))
database, contacts = open_database(study), open_contacts(study)
fetching.RANGE = 50_000

def run(progress=None):
    with meet_and_drive(study, contacts.key) as services:
        now = datetime.fromisoformat("2020-05-12T12:00:00Z")
        return capture_meet(study, database, contacts, services, now=now, actor="c", progress=progress)
"""


def in_a_process(meetings: Any, code: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CAPTURE + code, str(meetings.study.folder)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finished(process: subprocess.Popen[str]) -> str:
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return output


class TestWholeCaptures:
    @pytest.fixture(autouse=True)
    def recorded(self, meetings: Any) -> None:
        from datetime import UTC, datetime, timedelta

        self.content = meetings.sound(60.0)
        for number in range(3):
            at = datetime(2020, 5, 12, 7 + number, tzinfo=UTC)
            interview = meetings.interview(f"C_00{number}", at)
            sound = {"content": self.content} if number == 0 else {"seconds": number + 1.0}
            meetings.recorded(meetings.met(meetings.room_of(interview), at, 50), **sound)
        meetings.google.clock.at = datetime(2020, 5, 12, 12, tzinfo=UTC) + timedelta(0)

    def test_killed_in_the_middle_the_next_one_goes_on_at_that_byte(self, meetings: Any) -> None:
        killed = in_a_process(
            meetings,
            """
def die(label, done, total):
    if done > 400_000:
        os.kill(os.getpid(), signal.SIGKILL)
run(die)
""",
        )
        killed.communicate(timeout=120)
        assert killed.returncode == -signal.SIGKILL
        (part,) = meetings.parts()
        came = part.stat().st_size
        assert 400_000 < came < len(self.content)
        with part.open("r+b") as file:
            file.truncate(came - 12_345)  # it may have been killed while it wrote
        assert meetings.recordings() == []
        report = meetings.capture(meetings.google.clock.at)
        assert len(report.taken) == 3
        assert report.resumed_bytes == came - 12_345
        assert sha256(self.content).hexdigest() in {recording.sha256 for recording in meetings.recordings()}
        assert meetings.parts() == []

    @pytest.mark.parametrize("where", ["take", "discard"])
    def test_killed_before_or_after_the_rows_it_is_there_once(self, meetings: Any, where: str) -> None:
        killed = in_a_process(
            meetings,
            f"""
from storage.intake import meet_capture
meet_capture.{where} = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
run()
""",
        )
        killed.communicate(timeout=120)
        assert killed.returncode == -signal.SIGKILL
        asked = len(meetings.downloads())
        report = meetings.capture(meetings.google.clock.at)
        assert len(report.taken) == (3 if where == "take" else 2)
        assert len(meetings.downloads()) == asked + 2, "what had come whole is not asked for again"
        assert sorted(meetings.bound()) == ["C_000", "C_001", "C_002"]
        assert [row.state for row in meetings.rows()] == ["fetched"] * 3
        assert meetings.parts() == []

    def test_a_full_disk_loses_nothing_and_the_next_run_goes_on(self, meetings: Any) -> None:
        """The limit is the operating system's own: no file may grow beyond 900 kB."""
        output = finished(
            in_a_process(
                meetings,
                """
report = None
resource.setrlimit(resource.RLIMIT_FSIZE, (900_000, 900_000))
report = run()
print(len(report.taken), *[one.reason for one in report.not_fetched])
""",
            )
        )
        assert output.startswith("0 The disk is full (File too large). What has come is kept; make room"), output
        assert [part.stat().st_size for part in meetings.parts()] == [900_000]
        report = meetings.capture(meetings.google.clock.at)
        assert (len(report.taken), report.resumed_bytes) == (3, 900_000)

    def test_three_at_once_fetch_each_file_once(self, meetings: Any) -> None:
        processes = [in_a_process(meetings, "print(len(run().taken))") for _ in range(3)]
        assert sum(int(finished(process)) for process in processes) == 3
        assert len({recording.sha256 for recording in meetings.recordings()}) == len(meetings.recordings()) == 3
        ranges_of_the_long_one = -(-len(self.content) // 50_000)
        assert len(meetings.downloads()) == ranges_of_the_long_one + 2

    def test_the_second_of_two_leaves_it_to_the_first(self, meetings: Any) -> None:
        reports = []

        def again(_label: str, _done: int, _total: int) -> None:
            if not reports:
                reports.append(meetings.capture(meetings.google.clock.at))

        assert len(meetings.capture(meetings.google.clock.at, progress=again).taken) == 3
        assert [report.is_busy for report in reports] == [True]
