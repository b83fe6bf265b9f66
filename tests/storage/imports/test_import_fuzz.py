"""Whatever happens to a file, the reader reads it or refuses it: no other error, and nothing that does not hold."""

from collections.abc import Callable, Iterable
from pathlib import Path

import make_corpus
import mutations
import pytest
import soundness
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.errors import StorageError
from storage.imports.coded_project import CodedProject

Read = Callable[..., CodedProject]

CORPUS = make_corpus.corpus()
DEEP = "hostile/deep-codes.qdpx"  # two hundred elements: each left out in turn takes its time
ARCHIVES = [name for name, entry in CORPUS.items() if name.endswith(".qdpx") and not entry.refused]
RICH = ["valid/notes.qdpx", "valid/case.qdpx", "valid/pdf-twins.qdpx", "valid/transcript-selection.qdpx"]
RICH += [name for name in ARCHIVES if name.startswith("programs/")]


def _read_all(read: Read, contents: Iterable[bytes]) -> int:
    """How many of the files were read; the others were refused."""
    count = 0
    for content in contents:
        try:
            project = read(content)
        except StorageError:
            continue
        assert list(soundness.faults(project)) == []
        count += 1
    return count


@pytest.mark.parametrize("name", [name for name in CORPUS if len(CORPUS[name].content) < 10_000])
def test_a_file_cut_anywhere_is_refused_or_read_and_a_sound_archive_that_was_cut_is_refused(
    read: Read, name: str
) -> None:
    count = _read_all(read, mutations.cut(CORPUS[name].content))
    assert count == 0 or name not in ARCHIVES


@pytest.mark.parametrize("name", RICH)
def test_turned_bits_in_an_archive_are_noticed_or_change_nothing(read: Read, name: str) -> None:
    """What a checksum does not cover can cost a file of the project its place: that is told."""
    sound = read(CORPUS[name].content)
    for content in mutations.flipped(CORPUS[name].content, seed=1, number=100):
        try:
            found = read(content)
        except StorageError:
            continue
        assert found == sound or set(found.losses) - set(sound.losses)


@pytest.mark.parametrize("name", RICH)
def test_a_project_with_other_bytes_in_it_is_refused_or_read(read: Read, name: str) -> None:
    _read_all(read, mutations.flipped_within(CORPUS[name].content, seed=2, number=40))


@pytest.mark.parametrize("name", [name for name in ARCHIVES if name != DEEP])
def test_a_project_without_any_one_of_its_elements_or_with_it_twice_is_read(read: Read, name: str) -> None:
    made = list(mutations.without_elements(CORPUS[name].content))
    assert _read_all(read, made) == len(made)


@pytest.mark.parametrize("name", RICH)
def test_a_project_with_any_value_in_any_attribute_is_read(read: Read, name: str) -> None:
    made = list(mutations.with_values(CORPUS[name].content))
    assert _read_all(read, made) == len(made)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=300),
    head=st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06", b"<", b"<?xml ", b"\xff\xfe<"]),
)
def test_any_bytes_are_refused_or_read(content: bytes, head: bytes, tmp_path: Path, read: Read) -> None:
    _read_all(read, [head + content])
