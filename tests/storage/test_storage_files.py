"""Files are the old one or the new one, never half of either."""

import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from storage.files import locked, replacing, write_bytes, write_with

ROOT = Path(__file__).parents[2]


def test_a_file_is_replaced_as_a_whole_and_kept_from_others(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    write_bytes(path, b"one")
    write_with(path, lambda file: file.write(b"two"))
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["a.txt"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_bytes(path, b"old")
    with pytest.raises(ZeroDivisionError), replacing(path) as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    """The limit is the operating system's own: no file may grow beyond 1000 bytes."""
    path = tmp_path / "a.txt"
    write_bytes(path, b"old")
    code = """
import resource, sys
from pathlib import Path
from storage.files import write_bytes
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_bytes(Path(sys.argv[1]), bytes(5000))
except OSError as error:
    print(error.strerror)
"""
    done = subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "File too large\n"
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    contents = [bytes([n]) * 200_000 for n in range(20)]
    write_bytes(path, contents[0])
    writer = threading.Thread(target=lambda: [write_bytes(path, content) for content in contents])
    writer.start()
    while writer.is_alive():
        seen = path.read_bytes()
        assert len(seen) == 200_000
        assert len(set(seen)) == 1
    writer.join()


def test_a_lock_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path / "x.lock") as mine:
        assert mine
        with locked(tmp_path / "x.lock", wait=False) as second:
            assert not second
    with locked(tmp_path / "x.lock", wait=False) as again:
        assert again
