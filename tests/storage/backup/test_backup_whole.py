"""A whole study into one file and back: nothing missing, nothing changed, no key in it, and nothing written over."""

import gzip
import tarfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session, SQLModel, select

from storage.backup.checking import check_backup
from storage.backup.restoring import restore
from storage.backup.snapshot import Home, write_backup
from storage.contacts import Contacts, ContactsTable, open_contacts
from storage.database import Database, open_database
from storage.errors import BackupError, ContactsError
from storage.files import write_bytes
from storage.intake.recordings import recording_rows
from storage.study import DATABASE_VARIABLE, Study, load_study
from storage.tables import Binding, Recording, Transcript, Transcription
from storage.transcripts.reading import read_transcripts
from storage.vault import Vault

NOW = datetime(2020, 6, 10, 20, 15, 30, tzinfo=UTC)
BOTH = ("sqlite", "postgresql")


@pytest.fixture
def elsewhere(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, postgresql_database: Callable[..., str]
) -> None:
    """Where the study file or the environment has the database now: another one than before, and empty."""
    monkeypatch.delenv(DATABASE_VARIABLE, raising=False)
    if request.param == "postgresql":
        monkeypatch.setenv(DATABASE_VARIABLE, postgresql_database(tables=False))


def everything(database: Database, base: type[SQLModel] = SQLModel) -> dict[str, list[dict[str, Any]]]:
    """All rows as the models read them, which know nothing of backups."""
    models = [m for m in base.__subclasses__() if hasattr(m, "__table__")]
    with Session(database.engine) as session:
        return {m.__name__: sorted((row.model_dump() for row in session.exec(select(m))), key=repr) for m in models}


def files_under(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def backed_up(home: Home, target: Path) -> Path:
    return write_backup(home, target, now=NOW).path


def reopened(folder: Path) -> tuple[Study, Database, Contacts]:
    study = load_study(folder)
    return study, open_database(study), open_contacts(study)


@pytest.mark.parametrize("home", BOTH, indirect=True)
@pytest.mark.parametrize("elsewhere", BOTH, indirect=True)
def test_a_restored_study_is_the_study_whichever_database_held_it(kept: Home, elsewhere: None, tmp_path: Path) -> None:
    report = restore(backed_up(kept, tmp_path / "b.tar"), tmp_path / "again", kept.key, with_key=True)
    study, database, contacts = reopened(tmp_path / "again")
    rows = everything(database)
    assert rows == everything(kept.database)
    assert len(rows["Utterance"]) == 3 and len(rows["Window"]) == 2 and len(rows["Delivery"]) == 1
    assert contacts.all() == kept.contacts.all()
    assert everything(contacts.database, ContactsTable) == everything(kept.contacts.database, ContactsTable)
    for place in (study.storage.vault, study.storage.deliveries):
        found, before = files_under(study.place(place)), files_under(kept.study.place(place))
        assert {name: found.get(name) for name in before if not Path(name).name.startswith(".")} == {
            name: content for name, content in before.items() if not Path(name).name.startswith(".")
        }
    assert all(one.is_equal for one in report.compared)
    assert {one.what: one.found for one in report.compared}["study utterance"] == 3
    database.engine.dispose()


@pytest.mark.parametrize("home", BOTH, indirect=True)
def test_rows_are_the_same_text_from_either_database(
    kept: Home, tmp_path: Path, postgresql_database: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the other database, and back: every table has the SHA-256 that it had."""
    tables = []
    home = kept
    for number, url in enumerate((postgresql_database(tables=False), "sqlite:///data/other.db")):
        file = backed_up(home, tmp_path / f"{number}.tar")
        tables.append(check_backup(file, home.key).databases)
        monkeypatch.setenv(DATABASE_VARIABLE, url)
        restore(file, tmp_path / f"study{number}", home.key, with_key=True)
        if number:
            home.database.engine.dispose()
        home = Home(*reopened(tmp_path / f"study{number}"), home.key)
    tables.append(check_backup(backed_up(home, tmp_path / "last.tar"), home.key).databases)
    assert tables[0] == tables[1] == tables[2]


@pytest.mark.parametrize("elsewhere", BOTH, indirect=True)
def test_the_guards_stand_again_afterwards(kept: Home, elsewhere: None, tmp_path: Path) -> None:
    """They had to be lifted: C_002 has taken back the consent under which their transcript was made."""
    restore(backed_up(kept, tmp_path / "b.tar"), tmp_path / "again", kept.key, with_key=True)
    _, database, _ = reopened(tmp_path / "again")
    for change in ("UPDATE version SET actor = 'x'", "DELETE FROM utterance", "UPDATE approval SET actor = 'x'"):
        with pytest.raises(DBAPIError, match="is never changed"), database.writing() as session:
            session.execute(text(change))
    with pytest.raises(IntegrityError, match="no consent to record"), database.writing() as session:
        refused = session.exec(select(Transcript).where(Transcript.interview_id == 2)).one()
        session.add(Transcript(interview_id=refused.interview_id, recording_id=3))
    with pytest.raises(IntegrityError), database.writing() as session:
        session.add(Binding(recording_id=999, interview_id=1, reason="x", actor="x"))
    database.engine.dispose()


@pytest.mark.parametrize("elsewhere", BOTH, indirect=True)
def test_a_number_that_was_given_once_is_not_given_again(kept: Home, elsewhere: None, tmp_path: Path) -> None:
    with kept.database.reading() as session:
        highest = max(session.exec(select(Transcription.id)).all())
    restore(backed_up(kept, tmp_path / "b.tar"), tmp_path / "again", kept.key, with_key=True)
    _, database, _ = reopened(tmp_path / "again")
    with database.writing() as session:
        work = session.get_one(Transcription, highest)
        new = Transcription(**{**work.model_dump(), "id": None, "recipe": "new"})
        session.add(new)
        session.flush()
        assert new.id == highest + 2  # the one between was given to work that is gone
        recording = Recording(sha256="ab", suffix=".wav", size=1, container="wav", duration_ms=1, streams=[])
        session.add(recording)
        session.flush()
        assert recording.id == 6
    database.engine.dispose()


def test_work_goes_on_where_it_was(kept: Home, tmp_path: Path) -> None:
    restore(backed_up(kept, tmp_path / "b.tar"), tmp_path / "again", kept.key, with_key=True)
    study, database, _ = reopened(tmp_path / "again")
    for home in (kept.study, kept.database), (study, database):
        with home[1].reading() as session:
            states = {row.code: row.state for row in recording_rows(session, home[0])}
            assert states["M_01"] == "to transcribe"
            assert [t.approved_by for t in read_transcripts(session, home[0], ["C_001"])] == ["researcher"]


def test_the_inbox_waits_again_under_its_names_and_times(kept: Home, tmp_path: Path) -> None:
    restore(backed_up(kept, tmp_path / "b.tar"), tmp_path / "again", kept.key, with_key=True)
    before, after = kept.study.place("inbox"), tmp_path / "again" / "inbox"
    names = sorted(str(path.relative_to(after)) for path in after.rglob("*") if path.is_file())
    assert names == ["Call with Mary Smith.m4a", "zoom/chat.txt"]
    for name in names:
        assert (after / name).read_bytes() == (before / name).read_bytes()
        assert (after / name).stat().st_mtime_ns == (before / name).stat().st_mtime_ns


def test_neither_keys_nor_names_are_in_a_backup(kept: Home, tmp_path: Path) -> None:
    """Whoever finds one reads what was said, but not who said it."""
    file = backed_up(kept, tmp_path / "b.tar")
    with tarfile.open(file) as tar:
        opened = {member.name: tar.extractfile(member) for member in tar.getmembers()}
        contents = {name: stream.read() for name, stream in opened.items() if stream}
    plain = b"\n".join(gzip.decompress(c) if name.endswith(".gz") else c for name, c in contents.items())
    assert "It cost £25.".encode() in plain
    for secret in (kept.key, b"Person", b"+44790", b"example.org", b"Mary", b"Call with", b"chat"):
        assert secret not in plain
        assert secret not in "\n".join(contents).encode()


def test_what_it_is_made_of_is_named(kept: Home, tmp_path: Path) -> None:
    write_bytes(kept.study.place("templates/invitation.txt"), b"Dear {name}")
    write_bytes(kept.study.place(kept.study.google.token), b"sealed")
    write_bytes(kept.study.place("models/small.pt"), b"model")
    write_bytes(kept.study.place("participants.csv"), b"code,name\nC_001,Mary")
    write_bytes(kept.study.place(".gitignore"), b"data/")
    write_bytes(kept.study.place("data/edits/C_001_2020-06.txt"), b"It cost")
    with tarfile.open(backed_up(kept, tmp_path / "b.tar")) as tar:
        names = [name for name in tar.getnames() if not name.startswith(("rows/", "vault/", "deliveries/"))]
    assert names == [
        "study.toml",
        "gitignore",
        "google-token",
        "edits/C_001_2020-06.txt",
        "inbox/1",
        "inbox/2",
        "inbox/names",
        "templates/invitation.txt",
        "manifest.json",
        "manifest.hmac",
    ]
    restore(tmp_path / "b.tar", tmp_path / "again", kept.key)
    assert (tmp_path / "again/templates/invitation.txt").read_bytes() == b"Dear {name}"
    assert (tmp_path / "again/.gitignore").read_bytes() == b"data/"
    assert (tmp_path / "again/data/google-token").read_bytes() == b"sealed"
    assert (tmp_path / "again/data/edits/C_001_2020-06.txt").read_bytes() == b"It cost"
    assert not (tmp_path / "again/keys").exists()


def test_deliveries_can_be_left_out(kept: Home, tmp_path: Path) -> None:
    write_backup(kept, tmp_path / "b.tar", now=NOW, with_deliveries=False)
    with tarfile.open(tmp_path / "b.tar") as tar:
        assert not [name for name in tar.getnames() if name.startswith("deliveries/")]
    restore(tmp_path / "b.tar", tmp_path / "again", kept.key)


def test_in_a_folder_it_is_named_after_study_and_time(kept: Home, tmp_path: Path) -> None:
    report = write_backup(kept, tmp_path, now=NOW)
    assert report.path.name == "social-prescribing-at-a-distance_2020-06-10T211530.tar"
    assert report.path.stat().st_mode & 0o777 == 0o600


def test_the_same_study_gives_the_same_file_but_for_what_is_sealed(kept: Home, tmp_path: Path) -> None:
    for path in kept.study.place(kept.study.capture.inbox).rglob("*"):
        if path.is_file():
            path.unlink()
    one, two = backed_up(kept, tmp_path / "1.tar"), backed_up(kept, tmp_path / "2.tar")
    assert one.read_bytes() == two.read_bytes()


class TestNothingIsWrittenOver:
    def test_not_a_backup(self, kept: Home, tmp_path: Path) -> None:
        (tmp_path / "b.tar").write_bytes(b"an older one")
        with pytest.raises(BackupError, match="is there already, and a backup never takes the place of another"):
            backed_up(kept, tmp_path / "b.tar")
        assert (tmp_path / "b.tar").read_bytes() == b"an older one"

    def test_not_a_backup_that_another_makes_meanwhile(
        self, kept: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def made_meanwhile(what: str, done: int, total: int) -> None:
            (tmp_path / "b.tar").write_bytes(b"another")

        with pytest.raises(BackupError, match="File exists"):
            write_backup(kept, tmp_path / "b.tar", now=NOW, progress=made_meanwhile)
        assert (tmp_path / "b.tar").read_bytes() == b"another"
        assert list(tmp_path.glob(".*part")) == []

    def test_not_a_folder_with_something_in_it(self, kept: Home, tmp_path: Path) -> None:
        write_bytes(tmp_path / "again" / "mine.txt", b"mine")
        with pytest.raises(BackupError, match="is there already and is not empty"):
            restore(backed_up(kept, tmp_path / "b.tar"), tmp_path / "again", kept.key)
        assert files_under(tmp_path / "again") == {"mine.txt": b"mine"}

    def test_but_an_empty_folder_is_taken(self, kept: Home, tmp_path: Path) -> None:
        (tmp_path / "again").mkdir()
        restore(backed_up(kept, tmp_path / "b.tar"), tmp_path / "again", kept.key)
        assert (tmp_path / "again" / "study.toml").is_file()

    @pytest.mark.parametrize("home", ["postgresql"], indirect=True)
    def test_not_a_database_that_goes_on(self, kept: Home, tmp_path: Path) -> None:
        file = backed_up(kept, tmp_path / "b.tar")
        with kept.database.writing() as session:
            session.execute(text("UPDATE participant SET mode = 'video' WHERE code = 'C_001'"))
        before = everything(kept.database)
        with pytest.raises(BackupError, match="study rows holds others already"):
            restore(file, tmp_path / "again", kept.key)
        assert everything(kept.database) == before
        assert not (tmp_path / "again").exists()

    @pytest.mark.parametrize("home", ["postgresql"], indirect=True)
    def test_a_database_that_has_these_very_rows_is_left_alone(self, kept: Home, tmp_path: Path) -> None:
        """The folder is lost, the database is not."""
        before = everything(kept.database)
        report = restore(backed_up(kept, tmp_path / "b.tar"), tmp_path / "again", kept.key)
        assert report.untouched == ("study",)
        assert everything(kept.database) == before


class TestPlacesOutsideTheFolder:
    @pytest.fixture
    def outside(self, kept: Home, tmp_path: Path) -> Path:
        """A study file that has a vault, contacts and a database on another disk: of this study later, empty now."""
        disk, file = tmp_path / "disk", kept.study.place("study.toml")
        written = file.read_text()
        for name, inside, place in (
            ("database", "sqlite:///data/study.db", f"sqlite:///{disk}/study.db"),
            ("contacts", "data/contacts.db", "../disk/contacts.db"),
            ("vault", "data/vault", f"{disk}/vault"),
        ):
            assert f'{name} = "{inside}"' in written
            written = written.replace(f'{name} = "{inside}"', f'{name} = "{place}"')
        file.write_text(written)
        return disk

    def test_are_filled(self, kept: Home, outside: Path, tmp_path: Path) -> None:
        restore(backed_up(kept, tmp_path / "b.tar"), tmp_path / "again", kept.key, with_key=True)
        study, database, contacts = reopened(tmp_path / "again")
        assert study.place(study.storage.vault) == outside / "vault"
        assert everything(database) == everything(kept.database)
        assert contacts.all() == kept.contacts.all()
        assert len(files_under(outside / "vault")) == 5
        assert list(tmp_path.rglob("*fieldcall-part*")) == []

    @pytest.mark.parametrize("taken", ["vault/ab/mine", "contacts.db", "study.db"])
    def test_must_be_free(self, kept: Home, outside: Path, tmp_path: Path, taken: str) -> None:
        write_bytes(outside / taken, b"mine")
        with pytest.raises(BackupError, match="is there already"):
            restore(backed_up(kept, tmp_path / "b.tar"), tmp_path / "again", kept.key)
        assert files_under(outside) == {taken: b"mine"}
        assert not (tmp_path / "again").exists()


class TestKeys:
    def test_another_key_is_told_by_its_fingerprint(self, kept: Home, tmp_path: Path) -> None:
        with pytest.raises(
            BackupError, match=r"belongs to the key with the fingerprint [0-9a-f]{16}, and the key given"
        ):
            restore(backed_up(kept, tmp_path / "b.tar"), tmp_path / "again", Fernet.generate_key())
        assert not (tmp_path / "again").exists()

    def test_a_key_that_does_not_open_the_contacts_makes_no_backup(self, kept: Home, tmp_path: Path) -> None:
        """Found out now, not on the day it is needed."""
        wrong = replace(kept, key=Fernet.generate_key())
        with pytest.raises(ContactsError, match="the key does not fit"):
            backed_up(wrong, tmp_path / "b.tar")
        assert not (tmp_path / "b.tar").exists()

    def test_the_key_is_put_in_its_place_only_where_it_is_asked_for(self, kept: Home, tmp_path: Path) -> None:
        file = backed_up(kept, tmp_path / "b.tar")
        restore(file, tmp_path / "without", kept.key)
        restore(file, tmp_path / "with", kept.key, with_key=True)
        assert not (tmp_path / "without/keys").exists()
        assert (tmp_path / "with/keys/contacts.key").read_bytes().strip() == kept.key
        assert (tmp_path / "with/keys/contacts.key").stat().st_mode & 0o777 == 0o600


class TestRecordings:
    def test_one_that_is_missing_is_named_and_the_rest_is_kept(self, kept: Home, tmp_path: Path) -> None:
        vault = Vault(kept.study.place(kept.study.storage.vault))
        with kept.database.reading() as session:
            lost = session.get_one(Recording, 1)
        vault.path(lost.sha256, lost.suffix).unlink()
        report = write_backup(kept, tmp_path / "b.tar", now=NOW)
        assert report.manifest.missing == (f"vault/{lost.sha256[:2]}/{lost.sha256}.wav",)
        restore(tmp_path / "b.tar", tmp_path / "again", kept.key)
        assert len(files_under(tmp_path / "again/data/vault")) == 4

    def test_one_that_came_in_while_rows_were_read_is_kept_too(self, kept: Home, tmp_path: Path) -> None:
        source = tmp_path / "new.wav"
        source.write_bytes(b"new")
        stored = Vault(kept.study.place(kept.study.storage.vault)).store(source, ".wav")
        restore(backed_up(kept, tmp_path / "b.tar"), tmp_path / "again", kept.key)
        assert (tmp_path / f"again/data/vault/{stored.sha256[:2]}/{stored.sha256}.wav").read_bytes() == b"new"

    def test_they_cannot_be_written_to(self, kept: Home, tmp_path: Path) -> None:
        restore(backed_up(kept, tmp_path / "b.tar"), tmp_path / "again", kept.key)
        modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "again/data/vault").rglob("*.wav")}
        assert modes == {0o400}


def test_a_file_that_is_still_arriving_is_counted_and_left_for_later(
    kept: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from storage.backup import snapshot

    growing = kept.study.place("inbox/Call with Mary Smith.m4a")

    def read(path: Path) -> list[bytes]:
        content = path.read_bytes()
        if path == growing:
            with path.open("ab") as file:
                file.write(b"more")
        return [content]

    monkeypatch.setattr(snapshot, "chunks_of", read)
    report = write_backup(kept, tmp_path / "b.tar", now=NOW)
    assert report.unsettled == 1
    restore(tmp_path / "b.tar", tmp_path / "again", kept.key)
    assert list(files_under(tmp_path / "again/inbox")) == ["zoom/chat.txt"]
