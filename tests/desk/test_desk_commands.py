"""The commands a coordinator uses, with their exit status: 0 done, 1 something needs a person, 2 wrong usage."""

import shutil
from pathlib import Path
from typing import Any

import pytest

EARLY = ("--as-of", "2020-04-27 09:00")


def test_init_makes_a_study_that_can_be_used_at_once(tmp_path: Path, fieldcall: Any) -> None:
    folder = tmp_path / "new"
    assert fieldcall("init", folder).status == 0
    assert (folder / "keys" / "contacts.key").stat().st_mode & 0o777 == 0o600
    assert [row["target"] for row in fieldcall("--study", folder, "status", "--json").json] == [44, 5, 8]


def test_init_keeps_what_is_there_and_adds_what_is_missing(study: Any, fieldcall: Any) -> None:
    before = (study.folder / "study.toml").read_text()
    key = study.place(study.storage.contacts_key)
    secret = key.read_bytes()
    for _ in range(2):
        assert fieldcall("init", study.folder).status == 0
    assert ((study.folder / "study.toml").read_text(), key.read_bytes()) == (before, secret)
    assert study.place(study.capture.inbox).is_dir()


def test_init_never_makes_a_new_key_for_contacts_that_are_there(people: Any, study: Any, fieldcall: Any) -> None:
    study.place(study.storage.contacts_key).unlink()
    said = fieldcall("init", study.folder)
    assert said.status == 1
    assert "Put the study's key back" in said.err
    assert not study.place(study.storage.contacts_key).exists()


def test_without_a_study_the_message_says_how_to_get_one(tmp_path: Path, fieldcall: Any) -> None:
    said = fieldcall("--study", tmp_path, "status")
    assert said.status == 1
    assert "fieldcall init" in said.err


def test_importing_twice_changes_nothing(people: Any, at: Any, tmp_path: Path) -> None:
    said = at("participants", "import", tmp_path / "participants.csv")
    assert (said.status, said.out.strip()) == (0, "0 added, 0 changed, 3 unchanged.")


def test_bad_rows_are_named_good_ones_kept_and_the_status_is_one(at: Any, tmp_path: Path) -> None:
    file = tmp_path / "some.csv"
    file.write_text("code,group,phone\nC_001,client,07700 900001\nC_002,pirate,\nC_003,client,12\n")
    said = at("participants", "import", file)
    assert said.status == 1
    assert "1 added" in said.out
    assert "line 3 (C_002)" in said.err and "line 4 (C_003)" in said.err
    assert [row["code"] for row in at("participants", "list", "--json").json] == ["C_001"]


def test_list_shows_consent_and_state(people: Any, at: Any) -> None:
    rows = {row["code"]: row for row in at("participants", "list", "--json").json}
    assert rows["C_001"]["consent"] == "20 Apr 2020"
    assert rows["C_002"]["consent"] == "20 Apr 2020, no recording"
    assert rows["LW_01"]["consent"] == "none yet"
    assert {row["interview"] for row in rows.values()} == {"to book"}


def test_a_booking_through_its_life(people: Any, at: Any) -> None:
    booked = at("book", "C_001", "--at", "2020-06-03 14:00", *EARLY)
    assert (booked.status, booked.out.split(" with ")[0]) == (
        0,
        "C_001 is booked for Wed 3 Jun 2020 14:00 BST by phone",
    )
    [row] = at("interviews", "--json").json
    assert (row["interview"], row["when"], row["state"]) == ("C_001_06/20", "2020-06-03T13:00:00+00:00", "due")
    assert at("no-show", "C_001_06/20", "--cause", "no answer").status == 0
    assert at("interviews", "--state", "no-show", "--json").json[0]["interview"] == "C_001_06/20"
    again = at("book", "C_001", *EARLY)
    assert again.status == 0
    assert at("cancel", "C_001").status == 0
    shown = at("participants", "show", "C_001").out
    assert "Ann Example" in shown
    assert "no answer" in shown
    assert [word for word in ("booked", "no-show", "cancelled") if word in shown] == ["booked", "no-show", "cancelled"]


def test_slots_can_be_read_by_a_script(people: Any, at: Any) -> None:
    [first, *_] = at("slots", "C_001", "--limit", 3, "--json", *EARLY).json
    assert first["when"] == "2020-05-01T08:00:00+00:00"


def test_a_clash_is_refused_without_telling_whose(people: Any, at: Any) -> None:
    assert at("book", "C_001", "--at", "2020-06-03 14:00", "--interviewer", "INT_01", *EARLY).status == 0
    said = at("book", "C_002", "--at", "2020-06-03 14:30", "--interviewer", "INT_01", *EARLY)
    assert said.status == 1
    assert "C_001" not in said.err


@pytest.mark.parametrize(
    ("when", "part"),
    [
        ("2020-03-29 01:30", "does not exist"),
        ("2020-10-25 01:30", "twice"),
        ("next week", "not a time"),
    ],
)
def test_times_that_cannot_be_or_are_not_clear_are_asked_for(people: Any, at: Any, when: str, part: str) -> None:
    said = at("book", "C_001", "--at", when, *EARLY)
    assert said.status == 1
    assert part in said.err
    assert "Traceback" not in said.err


def test_a_mistake_in_the_study_file_names_key_value_and_what_is_allowed(study: Any, at: Any) -> None:
    path = study.folder / "study.toml"
    path.write_text(path.read_text().replace("target = 44", 'target = "many"'))
    said = at("status")
    assert said.status == 1
    assert "groups.client.target is 'many': should be a valid integer" in said.err


@pytest.mark.parametrize("arguments", [("book",), ("book", "C_001", "--all"), ("deliver", "--format", "pdf"), ("fly",)])
def test_wrong_usage_leaves_with_two(at: Any, arguments: tuple[str, ...]) -> None:
    said = at(*arguments)
    assert said.status == 2
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("transcribe", "--until", "25:00"), "a time such as 07:00"),
        (("transcribe", "john"), "codes such as C_031"),
        (("deliver", "c-1"), "codes such as C_031"),
        (("interviews", "--state", "flying"), "no-show"),
    ],
)
def test_a_wrong_option_is_told_with_what_is_allowed(at: Any, arguments: tuple[str, ...], part: str) -> None:
    said = at(*arguments)
    assert (said.status, part in said.err, "Traceback" in said.err) == (2, True, False)


def test_a_file_is_no_study_folder(study: Any, fieldcall: Any) -> None:
    assert fieldcall("--study", study.folder / "study.toml", "status").status == 1
    assert fieldcall("init", study.folder / "study.toml").status == 2


def test_codes_may_be_written_small(people: Any, at: Any) -> None:
    assert at("participants", "show", "c_001").out.startswith("C_001")
    assert at("slots", "c_001", *EARLY).status == 0


def test_init_makes_the_study_that_is_named(tmp_path: Path, fieldcall: Any) -> None:
    assert fieldcall("--study", tmp_path / "named", "init").status == 0
    assert (tmp_path / "named" / "study.toml").is_file()


def test_verify_says_that_the_studys_model_is_missing(at: Any) -> None:
    said = at("models", "verify")
    assert said.status == 1
    assert "The model 'small' is not in" in said.err


def test_unknown_participant_is_a_sentence_and_no_traceback(at: Any) -> None:
    for command in (("slots", "C_999"), ("book", "C_999"), ("participants", "show", "C_999"), ("cancel", "C_999")):
        said = at(*command)
        assert said.status == 1
        assert "C_999" in said.err and "Traceback" not in said.err


def test_doctor_says_what_is_missing(at: Any) -> None:
    said = at("doctor")
    assert said.status == 1
    assert "fieldcall models pull small" in said.out


def test_consent_and_withdrawal(people: Any, at: Any) -> None:
    assert at("participants", "consent", "C_002", "--sheet", "v2", "--recording", "--date", "2020-05-02").status == 0
    rows = {row["code"]: row["consent"] for row in at("participants", "list", "--json").json}
    assert rows["C_002"] == "02 May 2020"
    at("book", "C_002", *EARLY)
    assert at("participants", "withdraw", "C_002").status == 0
    assert at("interviews", "--state", "booked", "--json").json == []


def test_a_recording_is_bound_by_hand_with_a_word_on_consent(
    people: Any, at: Any, study: Any, database: Any, contacts: Any
) -> None:
    from datetime import UTC, datetime

    from storage.intake.inbox import capture

    inbox = study.place(study.capture.inbox)
    shutil.copytree(Path(__file__).parents[2] / "demo" / "recordings", inbox, ignore=shutil.ignore_patterns("*[!g]"))
    capture(study, database, contacts, now=datetime.now(UTC), actor="capture", settle_s=0)
    for code in ("C_001", "C_002"):
        at("book", code, *EARLY)
    [waiting] = at("recordings", "--review", "--json").json
    short, name = waiting["item"].split()
    assert name == "client_carer_opus.ogg"
    said = at("bind", short, "c_002")
    assert (said.status, "no consent to record" in said.out) == (0, True)
    said = at("bind", short, "C_001")
    assert (said.status, "no consent to record" in said.out) == (0, False)
    assert at("recordings", "--json").json[0]["state"] == "to transcribe"


def test_the_transcripts_are_listed_with_how_complete_they_are(transcribed: None, at: Any) -> None:
    [row] = at("transcripts", "list", "--json").json
    known = {name: row[name] for name in ("interview", "version", "words", "completeness", "unclear", "set_aside")}
    assert known == {
        "interview": "C_001_06/20",
        "version": "1 machine",
        "words": 5,
        "completeness": "99.7 %",
        "unclear": 1,
        "set_aside": 2,
    }


def test_what_was_set_aside_is_listed_with_times_and_reasons(transcribed: None, at: Any) -> None:
    assert at("transcripts", "show", "C_001", "--set-aside", "--json").json == [
        {
            "transcript": "C_001_2020-06",
            "from": "00:00:00",
            "to": "00:00:01",
            "speaker": "C_001",
            "reason": "echo of the other speaker",
            "words": "How",
        },
        {
            "transcript": "C_001_2020-06",
            "from": "00:12:31",
            "to": "00:12:32",
            "speaker": "C_001",
            "reason": "repetition",
            "words": "so so so",
        },
    ]


def test_a_passage_is_brought_back_by_its_time(transcribed: None, at: Any) -> None:
    assert "so so so" not in at("transcripts", "show", "C_001").out
    said = at("transcripts", "restore", "C_001", "00:12:31")
    assert (said.status, said.out.strip()) == (0, "C_001_06/20: 3 words are text again in version 2.")
    assert "[00:12:31] C_001: (747.2) so so so" in at("transcripts", "show", "C_001").out
    assert len(at("transcripts", "show", "C_001", "--set-aside", "--json").json) == 1
    again = at("transcripts", "restore", "C_001", "00:12:31")
    assert again.status == 1
    assert "Nothing was set aside at 00:12:31" in again.err and "--set-aside" in again.err
    assert at("transcripts", "restore", "C_001", "half past").status == 2


def test_the_style_of_the_study_is_that_of_what_is_shown(transcribed: None, at: Any, study: Any) -> None:
    assert "C_001: Um, I (0.7) [unclear 00:00:02-00:00:04]" in at("transcripts", "show", "C_001").out
    path = study.folder / "study.toml"
    path.write_text(path.read_text().replace('style = "full"', 'style = "intelligent"'))
    assert "C_001: I [unclear 00:00:02-00:00:04]" in at("transcripts", "show", "C_001").out
    lines = at("transcripts", "show", "C_001", "--json").json
    assert [line["text"] for line in lines] == ["How are you?", "I [unclear 00:00:02-00:00:04]"]


def test_nothing_of_who_withdrew_is_shown_or_brought_back(transcribed: None, at: Any) -> None:
    assert at("participants", "withdraw", "C_001").status == 0
    for command in (("show", "C_001"), ("show", "C_001", "--set-aside"), ("restore", "C_001", "00:12:31")):
        said = at("transcripts", *command)
        assert (said.status, said.out) == (1, "")
        assert "not handed over" in said.err or "does not allow" in said.err


def test_lists_are_json_even_when_empty(at: Any) -> None:
    lists = (("recordings",), ("recordings", "--review"), ("transcripts", "list"), ("interviews",))
    assert [at(*command, "--json").json for command in lists] == [[], [], [], []]


def test_check_tells_what_is_wrong_with_a_file(at: Any, tmp_path: Path) -> None:
    file = tmp_path / "broken.qdpx"
    file.write_bytes(b"not a zip")
    said = at("check", file)
    assert said.status == 1
    assert "Traceback" not in said.err
    assert "broken.qdpx: cannot be read as a ZIP archive" in said.err
    assert said.err.endswith("broken.qdpx does not conform to REFI-QDA 1.5: 1 finding.\n")
    (found,) = at("check", file, "--json").json
    assert (found["rule"], found["where"]) == ("zip", "broken.qdpx")
    assert found["next_step"].startswith("Export it anew")


@pytest.mark.parametrize("name", ["gone.qdpx", "gone.qdc", "folder.qdpx"])
def test_check_of_what_is_no_file_finds_nothing_wrong_with_it(at: Any, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.qdpx").mkdir()
    said = at("check", tmp_path / name, "--json")
    assert (said.status, said.out, f"{name} is not a file" in said.err) == (2, "", True)


def test_check_takes_codebooks_and_nothing_else(at: Any, tmp_path: Path) -> None:
    file = tmp_path / "codes.QDC"
    code = '<Code guid="00000000-0000-4000-8000-000000000001" name="a" isCodable="true"/>'
    file.write_text(f'<CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes>{code}</Codes></CodeBook>')
    said = at("check", file)
    assert (said.status, said.out) == (0, "codes.QDC conforms to REFI-QDA 1.5.\n")
    assert at("check", file, "--json").json == []
    other = at("check", tmp_path / "codes.xml")
    assert other.status == 2
    assert "neither a project (.qdpx) nor a codebook (.qdc)" in other.err
