"""The file of a backup: a tar that every program reads, and that is read here in exactly one form."""

import io
import random
import tarfile
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.backup.archive import Archive, ArchiveWriter, Changed, is_member_name
from storage.errors import BackupError

MEMBERS = {"study.toml": b"title", "rows/study/party.jsonl.gz": b"", "vault/ab/cd.wav": b"\x00\xff" * 700_000}


def written(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    writer = ArchiveWriter(file)
    for name, content in members.items():
        writer.add(name, len(content), [content])
    writer.finish()
    return file.getvalue()


def read(content: bytes) -> dict[str, bytes]:
    archive = Archive(io.BytesIO(content))
    return {name: b"".join(archive.read(name)) for name in archive.names}


def test_what_was_written_is_read_back_in_its_order() -> None:
    assert list(read(written(MEMBERS)).items()) == list(MEMBERS.items())


def test_any_tar_program_reads_it() -> None:
    with tarfile.open(fileobj=io.BytesIO(written(MEMBERS))) as tar:
        members = {member.name: tar.extractfile(member) for member in tar.getmembers()}
        assert {name: file.read() for name, file in members.items() if file} == MEMBERS


def test_two_members_can_be_read_at_once() -> None:
    archive = Archive(io.BytesIO(written({"a": b"a" * 3_000_000, "b": b"b" * 3_000_000})))
    pairs = list(zip(archive.read("a"), archive.read("b"), strict=True))
    assert all(set(a) == {ord("a")} and set(b) == {ord("b")} for a, b in pairs)
    assert sum(len(a) for a, _ in pairs) == 3_000_000


@given(st.dictionaries(st.from_regex(r"[A-Za-z0-9_]{1,20}(/[a-z]{1,5})?", fullmatch=True), st.binary(max_size=2_000)))
def test_any_content_comes_back(members: dict[str, bytes]) -> None:
    assert read(written(members)) == members


def test_no_byte_outside_the_files_can_be_changed_unseen() -> None:
    """What lies in the files is compared with the manifest; everything else here."""
    sound = written({"a": b"x" * 100, "b/c": b"", "d": b"y" * 512})
    contents = [*range(512, 612), *range(512 * 4, 512 * 5)]
    assert {sound[place] for place in contents} == {ord("x"), ord("y")}
    for place in set(range(len(sound))) - set(contents):
        for flip in (1, 0x80, 0xFF):
            altered = bytearray(sound)
            altered[place] ^= flip
            with pytest.raises(BackupError):
                Archive(io.BytesIO(altered))


@pytest.mark.parametrize("length", [0, 1, 511, 512, 1024, 2_000, -1, -512, -1024])
def test_one_that_ends_early_or_late_is_refused(length: int) -> None:
    sound = written({"a": b"x" * 2_000})
    with pytest.raises(BackupError, match=r"incomplete, or was altered \(at byte"):
        Archive(io.BytesIO(sound[:length]))
    with pytest.raises(BackupError, match="altered"):
        Archive(io.BytesIO(sound + b"\0" * max(length, 1)))


def hostile(**fields: object) -> bytes:
    info = tarfile.TarInfo("a")
    info.mode = 0o600
    for name, value in fields.items():
        setattr(info, name, value)
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as tar:
        tar.addfile(info, io.BytesIO(b"x" * info.size))
    members = file.getvalue().rstrip(b"\0")
    return members + b"\0" * (-len(members) % 512 + 1024)


def test_a_plain_member_of_another_program_would_do() -> None:
    assert read(hostile()) == {"a": b""}


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "../../etc/passwd"},
        {"name": "/etc/passwd"},
        {"name": "vault/../../x"},
        {"name": ".ssh/key"},
        {"name": "a" * 300},
        {"name": "a//b"},
        {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"},
        {"type": tarfile.LNKTYPE, "linkname": "study.toml"},
        {"type": tarfile.DIRTYPE},
        {"type": tarfile.FIFOTYPE},
        {"type": tarfile.CHRTYPE},
        {"mode": 0o4755},
        {"uid": 1000},
        {"uname": "root"},
        {"mtime": 1},
    ],
)
def test_what_no_backup_has_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(BackupError, match="no backup of Fieldcall's"):
        Archive(io.BytesIO(hostile(**fields)))


def test_a_name_stands_for_one_file() -> None:
    one, two = written({"a": b"1"}), written({"a": b"2"})
    with pytest.raises(BackupError):
        Archive(io.BytesIO(one[:-1024] + two))


def test_something_else_is_told_as_such() -> None:
    for content in (b"", b"PK\x03\x04" * 1_000, random.Random(1).randbytes(10_240)):
        with pytest.raises(BackupError, match="no backup"):
            Archive(io.BytesIO(content))


def test_a_file_that_changes_meanwhile_is_left_out_whole() -> None:
    file = io.BytesIO()
    writer = ArchiveWriter(file)

    def changing() -> Iterator[bytes]:
        yield b"five5"
        raise Changed

    for size, content in ((9, [b"four"]), (3, [b"four"]), (5, changing())):
        with pytest.raises(Changed):
            writer.add("growing", size, content)
    writer.add("after", 4, [b"four"])
    writer.finish()
    assert read(file.getvalue()) == {"after": b"four"}


def test_a_file_of_more_than_eight_gigabytes_has_a_header_of_its_own() -> None:
    from storage.backup.archive import _header, _read_header

    assert _read_header(_header("vault/a", 20 << 30), 0) == ("vault/a", 20 << 30)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("study.toml", True), ("a/b/c/d", True), ("a/b/c/d/e", False), ("a/.b", False), ("a b", False), ("", False)],
)
def test_names_are_plain(name: str, is_one: bool) -> None:
    assert is_member_name(name) is is_one
