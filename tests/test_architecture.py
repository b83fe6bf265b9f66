"""The house stands as docs/architecture.md draws it."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = {"storage": 0, "transcription": 1, "scheduling": 1, "flows": 2, "desk": 3}
HEAVY = ("torch", "prefect", "whisper", "av", "alembic", "googleapiclient")


def modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imported_rooms(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        yield from (name.split(".")[0] for name in names)


@pytest.mark.parametrize("room", FLOORS)
def test_a_room_imports_only_from_floors_below(room: str) -> None:
    assert modules(room)
    for path in modules(room):
        for other in set(imported_rooms(path)) & FLOORS.keys() - {room}:
            assert FLOORS[other] < FLOORS[room], f"{path.relative_to(ROOT)} imports {other}"


@pytest.mark.parametrize("room", FLOORS)
def test_no_room_imports_the_demo_benchmarks_or_tests(room: str) -> None:
    allowed = {ROOT / "desk" / "studies.py"}  # `fieldcall demo`
    for path in modules(room):
        assert path in allowed or not set(imported_rooms(path)) & {"demo", "benchmarks", "tests"}


def test_transcription_knows_no_prefect_and_no_storage() -> None:
    for path in modules("transcription"):
        assert not set(imported_rooms(path)) & {"prefect", "storage", "sqlmodel", "sqlalchemy"}, path


def test_no_flow_is_named_like_a_room() -> None:
    assert not {path.stem for path in modules("flows")} & FLOORS.keys()


def test_the_command_line_starts_without_the_heavy_packages() -> None:
    code = f"import sys, desk.cli; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout.strip() == "[]"


def test_tests_have_no_packages_and_unique_names() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert len(names) == len(set(names))
    assert not list((ROOT / "tests").rglob("__init__.py"))
