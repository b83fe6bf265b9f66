"""An archive is verified as a whole before anything of it is taken, and nothing of it reaches the disk."""

import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from building import (
    CODED,
    SOUND,
    Member,
    archive,
    document,
    files,
    guid,
    project,
    qdpx,
    recording,
    sources,
    zeros_deflated,
)

from storage.errors import StorageError
from storage.imports import archive as archives
from storage.imports import safe_zip
from storage.imports.archive import opened
from storage.imports.coded_project import CodedProject

Read = Callable[..., CodedProject]
NAME = f"sources/{guid(21)}.txt"


@pytest.fixture
def packed(tmp_path: Path) -> Callable[[bytes], Path]:
    """Put an archive where it can be opened."""

    def put(content: bytes) -> Path:
        path = tmp_path / "study.qdpx"
        path.write_bytes(content)
        return path

    return put


def test_every_file_has_its_digest(packed: Callable[[bytes], Path]) -> None:
    with opened(packed(qdpx(CODED, files("Hello")))) as found:
        assert found.digests == {
            "project.qde": sha256(document(CODED)).hexdigest(),
            NAME: sha256(b"Hello").hexdigest(),
        }
        assert found.read(NAME) == b"Hello"


def test_a_recording_is_known_by_its_digest(read: Read) -> None:
    project_read = read(qdpx(project(sources(recording())), SOUND))
    assert project_read.sources[0].sha256 == sha256(b"sound").hexdigest()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_archive_as_others_write_it_is_read(method: int, tmp_path: Path, packed: Callable[[bytes], Path]) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w", method) as other:
        other.writestr("project.qde", document(CODED))
        other.writestr(NAME, "£" * 10_000)
    with opened(packed((tmp_path / "other.zip").read_bytes())) as found:
        assert found.read(NAME).decode() == "£" * 10_000


def test_nothing_is_written_to_disk(read: Read, tmp_path: Path) -> None:
    read(qdpx(CODED, files()))
    assert [path.name for path in tmp_path.iterdir()] == ["study.qdpx"]


def test_too_many_members_are_refused(packed: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_MEMBERS", 3)
    members = [Member(f"sources/{number}.txt", b"x") for number in range(4)]
    with pytest.raises(StorageError, match="has 4 members, more than 3"), opened(packed(archive(members))):
        pass


def test_what_grows_beyond_what_its_size_allows_for_is_refused_and_the_rest_is_not_even_read(
    packed: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "SMALL", 1_000)
    monkeypatch.setattr(archives, "LARGEST_GROWTH", 1)
    monkeypatch.setattr(safe_zip, "_BLOCK", 100)
    heavy = Member("sources/a.bin", packed=zeros_deflated(25_801), size=25_801, method=8, crc=1)  # wrong at its end
    with (
        pytest.raises(StorageError, match="the archive grows more than"),
        opened(packed(archive([Member("project.qde", document(CODED)), heavy]))),
    ):
        pass


def test_a_member_too_large_for_memory_is_not_read(
    packed: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "LARGEST_READ", 4)
    with opened(packed(qdpx(CODED, files("Hello")))) as found, pytest.raises(StorageError, match="is larger than 4"):
        found.read(NAME)


@pytest.mark.parametrize(
    ("path", "is_found"),
    [
        (f"internal://{guid(21)}.txt", True),
        (f"internal://{guid(21).upper()}.TXT", True),
        (f"internal://{{{guid(21)}}}.txt", True),
        (f"internal://Sources/{guid(21)}.txt", True),
        (f"internal:\\\\{guid(21)}.txt", True),
        (f"{guid(21)}.txt", True),
        (f"sources/{guid(21)}.txt", True),
        (f"relative:///media/{guid(21)}.txt", True),
        (f"internal://../../{guid(21)}.txt", True),
        ("internal://../project.qde", False),
        ("internal://project.qde", False),
        ("internal://", False),
        ("/etc/passwd", False),
        ("", False),
    ],
)
def test_a_path_means_a_file_of_the_archive_or_none(packed: Callable[[bytes], Path], path: str, is_found: bool) -> None:
    with opened(packed(qdpx(CODED, files()))) as found:
        assert found.find(path) == (NAME if is_found else None)


def test_a_name_that_two_folders_have_means_neither(packed: Callable[[bytes], Path]) -> None:
    with opened(packed(qdpx(CODED, {"a/text.txt": b"a", "b/text.txt": b"b"}))) as found:
        assert found.find("internal://text.txt") is None
        assert found.find("internal://a/text.txt") == "a/text.txt"


def test_a_message_names_no_file_that_may_bear_a_persons_name(read: Read) -> None:
    with pytest.raises(StorageError) as refusal:
        read(archive([Member("project.qde", document(CODED)), Member("sources/Jane Doe.txt", b"x", crc=1)]))
    assert "Jane" not in str(refusal.value)
    assert "member 2 does not match its checksum" in str(refusal.value)
    project_read = read(qdpx(CODED, {**files(), "sources/Jane Doe.txt": b"x"}))
    assert "Jane" not in str(project_read.losses)
