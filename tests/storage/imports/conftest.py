"""The corpus of project files, and its builder, for every test of this folder."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

CORPUS = Path(__file__).parents[2] / "refi_qda"
sys.path.insert(0, str(CORPUS))

from building import CODES, USERS, files, project, qdpx, sources, text_source  # noqa: E402

from storage.imports.coded_project import CodedProject  # noqa: E402
from storage.imports.reading import read_coded  # noqa: E402


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., CodedProject]:
    """Read the bytes of a file."""

    def read(content: bytes, name: str = "study.qdpx") -> CodedProject:
        path = tmp_path / name
        path.write_bytes(content)
        return read_coded(path)

    return read


@pytest.fixture
def read_text(read: Callable[..., CodedProject]) -> Callable[..., CodedProject]:
    """Read a project with one text, a file of the archive, and what is selected in it."""

    def read_one(text: str | bytes, *selections: str, **attributes: str) -> CodedProject:
        root = project(USERS, CODES, sources(text_source(*selections)), **attributes)
        return read(qdpx(root, files(text)))

    return read_one
