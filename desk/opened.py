"""The study a command works on, opened only as far as the command needs it."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from storage.contacts import Contacts
    from storage.database import Database
    from storage.study import Study


class Opened:
    """A study with its databases, each opened at first use."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    @cached_property
    def study(self) -> "Study":
        from storage.study import find_study, load_study

        return load_study(self.folder) if self.folder else find_study(Path.cwd())

    @cached_property
    def database(self) -> "Database":
        from storage.database import open_database

        return open_database(self.study)

    @cached_property
    def contacts(self) -> "Contacts":
        from storage.contacts import open_contacts

        return open_contacts(self.study)


def opened(context: typer.Context) -> Opened:
    """The study that the command line names."""
    return Opened(context.obj)
