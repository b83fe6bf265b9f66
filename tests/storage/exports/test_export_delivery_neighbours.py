"""What others keep beside deliveries is neither cleared away nor written over."""

from pathlib import Path

import pytest
from deliveries import NIGHT, Add, at_the_last_file

from storage.database import Database
from storage.exports.delivery import deliver
from storage.study import Study


@pytest.mark.parametrize(
    "name",
    [
        ".photos.part",
        ".2020-06-09T211530.part",
        "2020-06-09T211530",
        "2020-06-09T211530_2",
        "2020-06-09T211530 my notes",
    ],
)
@pytest.mark.parametrize("mark", [None, b"", b"\xff\x00", b"of-another-study of-its-delivery\n"])
def test_what_others_keep_beside_deliveries_stays(
    study: Study, database: Database, add_interview: Add, name: str, mark: bytes | None
) -> None:
    folder = study.place("deliveries") / name
    folder.mkdir(parents=True)
    (folder / "README.txt").write_text("Files\n")
    if mark is not None:
        (folder / ".not-noted-yet").write_bytes(mark)
    add_interview("C_031")
    deliver(database, study, formats=["txt"], actor="coordinator", now=NIGHT)
    assert (folder / "README.txt").read_text() == "Files\n"


def test_files_and_links_with_the_name_of_an_unfinished_delivery_stay(
    study: Study, database: Database, add_interview: Add, tmp_path: Path
) -> None:
    (tmp_path / "kept").mkdir()
    parent = study.place("deliveries")
    parent.mkdir()
    (parent / ".2020-06-09T211530.0a1b2c3d.part").write_text("mine")
    (parent / ".2020-06-09T211530.0a1b2c3e.part").symlink_to(tmp_path / "kept")
    add_interview("C_031")
    deliver(database, study, formats=["txt"], actor="coordinator", now=NIGHT)
    assert (parent / ".2020-06-09T211530.0a1b2c3d.part").read_text() == "mine"
    assert (parent / ".2020-06-09T211530.0a1b2c3e.part").is_symlink()


@pytest.mark.parametrize("is_there_before", [True, False])
@pytest.mark.parametrize("kind", ["file", "folder", "empty folder", "link to nowhere"])
def test_what_has_the_name_of_the_delivery_already_is_not_overwritten(
    study: Study, database: Database, add_interview: Add, kind: str, is_there_before: bool
) -> None:
    taken = study.place("deliveries") / "2020-06-10T211530"
    add_interview("C_031")

    def take() -> None:
        taken.parent.mkdir(exist_ok=True)
        if kind == "file":
            taken.write_text("mine")
        elif kind == "link to nowhere":
            taken.symlink_to("nowhere")
        else:
            taken.mkdir()
            if kind == "folder":
                (taken / "C_031_2020-06.txt").write_text("mine")

    if is_there_before:
        take()
    progress = None if is_there_before else at_the_last_file(take)
    report = deliver(database, study, formats=["txt"], actor="coordinator", now=NIGHT, progress=progress)
    assert report.folder == taken.with_name("2020-06-10T211530_2")
    assert taken.is_symlink() == (kind == "link to nowhere")
    assert taken.is_file() == (kind == "file")
    if taken.is_dir():
        assert [path.read_text() for path in taken.iterdir()] == (["mine"] if kind == "folder" else [])
