"""`fieldcall backup` and `restore`, as the person sees them who answers for the study."""

from pathlib import Path
from typing import Any

import pytest

from desk import backups
from storage.contacts import KEY_VARIABLE
from storage.files import write_bytes


@pytest.fixture
def key(study: Any) -> Path:
    return study.folder / "keys" / "contacts.key"


def test_a_study_is_backed_up_restored_elsewhere_and_used_there(
    people: Any, at: Any, fieldcall: Any, tmp_path: Path, key: Path
) -> None:
    said = at("backup", tmp_path / "b.tar")
    assert said.status == 0
    assert "study participant" in said.out and "holds what people said" in said.out
    said = fieldcall("restore", tmp_path / "b.tar", "--to", tmp_path / "again", "--key", key)
    assert said.status == 0, said.err
    assert "NO" not in said.out.split()
    listed = [
        fieldcall("--study", folder, "participants", "list", "--json").json
        for folder in (key.parents[1], tmp_path / "again")
    ]
    assert listed[0] == listed[1] and len(listed[0]) == 3
    shown = fieldcall("--study", tmp_path / "again", "participants", "show", "C_001").out
    assert shown == at("participants", "show", "C_001").out


def test_what_was_compared_can_be_read_by_a_script(
    people: Any, at: Any, fieldcall: Any, tmp_path: Path, key: Path
) -> None:
    made = at("backup", tmp_path / "b.tar", "--json").json
    assert made["file"] == str(tmp_path / "b.tar") and made["bytes"] == (tmp_path / "b.tar").stat().st_size
    held = {row["what"]: row["count"] for row in made["rows"]}
    assert held["study participant"] == 3 and held["contacts contact"] == 3
    rows = fieldcall("restore", tmp_path / "b.tar", "--to", tmp_path / "again", "--key", key, "--json").json["rows"]
    assert {row["equal"] for row in rows} == {"yes"}
    assert {row["what"]: row["restored"] for row in rows} == held


def test_a_folder_gets_a_file_of_its_own(people: Any, at: Any, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    assert at("backup", tmp_path / "backups").status == 0
    (made,) = (tmp_path / "backups").iterdir()
    assert made.name.startswith("social-prescribing-at-a-distance_")


def test_a_second_backup_of_the_same_name_is_refused(people: Any, at: Any, tmp_path: Path) -> None:
    at("backup", tmp_path / "b.tar")
    said = at("backup", tmp_path / "b.tar")
    assert said.status == 1
    assert "is there already" in said.err


def test_the_key_can_stand_in_the_environment(
    people: Any, at: Any, fieldcall: Any, tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("backup", tmp_path / "b.tar")
    said = fieldcall("restore", tmp_path / "b.tar", "--check")
    assert said.status == 2
    assert "--key" in said.err and KEY_VARIABLE in said.err
    monkeypatch.setenv(KEY_VARIABLE, key.read_text().strip())
    assert fieldcall("restore", tmp_path / "b.tar", "--check").status == 0
    said = fieldcall("restore", tmp_path / "b.tar", "--to", tmp_path / "again")
    assert said.status == 0
    assert "put the study's key where" in said.out
    assert not (tmp_path / "again" / "keys").exists()


def test_a_wrong_key_and_an_altered_backup_are_told_in_words(
    people: Any, at: Any, fieldcall: Any, tmp_path: Path, key: Path
) -> None:
    at("backup", tmp_path / "b.tar")
    write_bytes(tmp_path / "no.key", b"too short\n")
    for other, message in (("no.key", "is not a key"), ("none.key", "none.key does not exist")):
        said = fieldcall("restore", tmp_path / "b.tar", "--check", "--key", tmp_path / other)
        assert said.status == 1
        assert message in said.err
    content = bytearray((tmp_path / "b.tar").read_bytes())
    content[2_000] ^= 1
    (tmp_path / "b.tar").write_bytes(content)
    said = fieldcall("restore", tmp_path / "b.tar", "--to", tmp_path / "again", "--key", key)
    assert said.status == 1
    assert "study.toml" in said.err and "Traceback" not in said.err
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("arguments", [[], ["--to", "x", "--check"]])
def test_it_is_either_restored_or_looked_at(fieldcall: Any, tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "b.tar").touch()
    assert fieldcall("restore", tmp_path / "b.tar", *arguments).status == 2


def test_a_folder_that_is_not_there_is_told_and_no_file_takes_its_name(people: Any, at: Any, tmp_path: Path) -> None:
    """Such as that of a disk which is not mounted."""
    said = at("backup", f"{tmp_path / 'safe'}/")
    assert (said.status, "safe is not there; make that folder first" in said.err) == (2, True)
    assert not (tmp_path / "safe").exists()


@pytest.fixture
def recording(people: Any, at: Any, study: Any) -> Path:
    """A recording in the vault, by capture."""
    import wave

    settings = study.folder / "study.toml"
    settings.write_text(settings.read_text().replace("settle_seconds = 10", "settle_seconds = 0"))
    study.place("inbox").mkdir()
    with wave.open(str(study.place("inbox") / "C_001.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"\x01\x20" * 8000)
    assert at("capture").status in (0, 1)
    (recording,) = study.place("data/vault").glob("??/*.wav")
    return Path(recording)


def test_a_recording_that_is_missing_needs_a_person(recording: Path, at: Any, tmp_path: Path) -> None:
    recording.unlink()
    said = at("backup", tmp_path / "b.tar")
    assert said.status == 1
    assert f"vault/{recording.parent.name}/{recording.name} was not in the vault" in said.err
    assert (tmp_path / "b.tar").is_file(), "all else is kept"


def test_thousands_that_are_missing_are_counted_and_not_all_named(
    recording: Path, at: Any, fieldcall: Any, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "MOST_NAMED", 0)
    recording.unlink()
    said = at("backup", tmp_path / "b.tar")
    assert recording.name not in said.err and "The same holds of 1 more; --json names them all." in said.err
    missing = [f"vault/{recording.parent.name}/{recording.name}"]
    assert at("backup", tmp_path / "c.tar", "--json").json["missing"] == missing
    said = fieldcall("restore", tmp_path / "c.tar", "--check", "--key", key, "--json")
    assert (said.status, said.json["missing"]) == (1, missing)


def test_a_recording_that_is_damaged_needs_a_person_now_and_when_it_is_restored(
    recording: Path, at: Any, study: Any, tmp_path: Path
) -> None:
    """It read back as it was written, and older backups were given up for one that holds the damage."""
    key = study.place(study.storage.contacts_key)
    assert at("backup", tmp_path / "sound.tar").status == 0
    recording.chmod(0o600)
    recording.write_bytes(recording.read_bytes()[:-1] + b"x")
    told = f"vault/{recording.parent.name}/{recording.name} was damaged in the vault"
    for arguments in (
        ("backup", tmp_path / "b.tar"),
        ("restore", tmp_path / "b.tar", "--check", "--key", key),
        ("restore", tmp_path / "b.tar", "--to", tmp_path / "again", "--key", key),
    ):
        said = at(*arguments)
        assert (said.status, told in said.err) == (1, True)
    assert (tmp_path / "again" / "study.toml").is_file(), "all of it is put back"
