"""The documentation names every command and every key of the study file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import click
import pytest
import typer

from desk.cli import app
from storage.study import Section, Study

DOCS = Path(__file__).parents[2] / "docs"


def commands(group: click.Group, prefix: str = "fieldcall") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group) or hasattr(command, "commands"):
            yield from commands(command, f"{prefix} {name}")  # type: ignore[arg-type]
        else:
            yield f"{prefix} {name}", command


COMMANDS = list(commands(typer.main.get_command(app)))  # type: ignore[arg-type]


def sections(model: type[Section]) -> Iterator[type[Section]]:
    yield model
    for field in model.model_fields.values():
        kinds: tuple[Any, ...] = (field.annotation, *get_args(field.annotation))
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, Section):
                yield from sections(kind)


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_command_is_documented_and_explains_itself(name: str, command: click.Command) -> None:
    assert f"`{name}" in (DOCS / "command-line.md").read_text()
    assert command.help and command.help.endswith(".")


@pytest.mark.parametrize("section", list(sections(Study))[1:], ids=lambda section: section.__name__)
def test_every_key_of_the_study_file_is_documented(section: type[Section]) -> None:
    text = (DOCS / "study-file.md").read_text()
    for key in section.model_fields:
        assert f"`{key}`" in text, f"{section.__name__}: {key}"
