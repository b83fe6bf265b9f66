"""What every test may ask for: a small study in a folder of its own."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import settings
from staying_here import no_way_out  # noqa: F401 - every test has it

from storage.contacts import KEY_VARIABLE, Contacts, make_key, open_contacts
from storage.database import Database, open_database
from storage.study import DATABASE_VARIABLE, STUDY_VARIABLE, Study, load_study

os.environ.setdefault("OMP_NUM_THREADS", "1")  # several threads on short sounds only wait for each other

sys.path.insert(0, str(Path(__file__).parent / "google"))  # for every room that talks to the stand-in

settings.register_profile("fieldcall", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("fieldcall")

STUDY_FILE = Path(__file__).parents[1] / "desk" / "example" / "study.toml"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the developer's own study."""
    for variable in (KEY_VARIABLE, DATABASE_VARIABLE, STUDY_VARIABLE):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A study of clients, link workers and managers with two interviewers, May to September 2020."""
    folder = tmp_path / "study"
    folder.mkdir()
    shutil.copy(STUDY_FILE, folder / "study.toml")
    study = load_study(folder)
    make_key(study.place(study.storage.contacts_key))
    return study


@pytest.fixture
def database(study: Study) -> Database:
    return open_database(study)


@pytest.fixture
def contacts(study: Study) -> Contacts:
    return open_contacts(study)
