"""The study file: read whole, and every mistake told with key, value and what is allowed."""

import re
import traceback
from datetime import date, time
from pathlib import Path

import pytest

from storage.errors import StudyFileError
from storage.study import DATABASE_VARIABLE, Study, find_study, load_study

TEXT = (Path(__file__).parents[2] / "desk" / "example" / "study.toml").read_text()


def write(folder: Path, text: str) -> Path:
    (folder / "study.toml").write_text(text)
    return folder


def with_line(key: str, value: str) -> str:
    """The example with the value of a key replaced; the key stands alone on its line."""
    text, count = re.subn(rf"(?m)^{re.escape(key)} = [^#\n]*", f"{key} = {value} ", TEXT, count=1)
    assert count == 1, f"the example has no {key}"
    return text


def mistake(folder: Path, text: str) -> str:
    with pytest.raises(StudyFileError) as caught:
        load_study(write(folder, text))
    return str(caught.value)


def test_the_example_study_is_read(study: Study) -> None:
    assert study.study.start == date(2020, 5, 1)
    assert study.zone.key == "Europe/London"
    assert study.groups["client"].target == 44
    assert list(study.interviewers) == ["INT_01", "INT_02"]
    assert len(study.interviewers["INT_01"].weekly_hours) == 5
    assert date(2020, 8, 14) in study.interviewers["INT_01"].days_away
    assert study.transcription.night == (time(22), time(7))
    assert study.place(study.capture.inbox) == study.folder / "inbox"
    assert study.database_url.database == str(study.folder / "data/study.db")


def test_only_what_has_no_default_must_stand_in_it(tmp_path: Path) -> None:
    study = load_study(
        write(
            tmp_path,
            """
            [study]
            title = "A"
            zone = "Asia/Kathmandu"
            start = 2021-01-01
            end = 2021-01-01
            [groups.a]
            prefix = "P"
            label = "People"
            target = 0
            minutes = 30
            modes = ["video"]
            [interviewers.INT_01]
            hours = ["Mon 09:00-10:00"]
            [transcription]
            model = "small"
            """,
        )
    )
    assert study.booking.notice_hours == 48
    assert study.storage.vault == "data/vault"


@pytest.mark.parametrize(
    ("code", "group"), [("C_031", "client"), ("LW_02", "link_worker"), ("M_05", "manager"), ("X_1", None)]
)
def test_a_code_tells_its_group(study: Study, code: str, group: str | None) -> None:
    assert study.group_of(code) == group


MISTAKES = [
    # key, value in the file, what the message must hold
    ("title", '""', ["study.title is ''", "at least 1 character"]),
    ("title", "7", ["study.title is 7", "should be a valid string"]),
    ("zone", '"Europe/Londn"', ["study.zone is 'Europe/Londn'", "IANA name such as 'Europe/London'"]),
    ("zone", '"../../etc/passwd"', ["study.zone is '../../etc/passwd'", "IANA name"]),
    ("start", '"May"', ["study.start is 'May'", "without quotation marks, such as 2020-05-01"]),
    (
        "end",
        "2020-04-30",
        ["the window ends (2020-04-30) before it starts (2020-05-01)", "study.end on or after study.start"],
    ),
    ("prefix", '"c"', ["groups.client.prefix is 'c'", "one to four capital letters"]),
    ("target", "-1", ["groups.client.target is -1", "greater than or equal to 0"]),
    ("target", '"many"', ["groups.client.target is 'many'", "valid integer"]),
    ("target", "44.0", ["groups.client.target is 44.0", "valid integer"]),
    ("minutes", "600", ["groups.client.minutes is 600", "less than or equal to 480"]),
    ("modes", '["fax"]', ["groups.client.modes.0 is 'fax'", "'phone' or 'video'"]),
    ("modes", "[]", ["groups.client.modes is []", "at least 1 item"]),
    (
        "hours",
        '["Mon-Fri 9 to 5"]',
        ["interviewers.INT_01.hours.0 is 'Mon-Fri 9 to 5'", "for example 'Mon-Fri 09:00-17:00'"],
    ),
    ("hours", '["Mon 17:00-09:00"]', ["interviewers.INT_01.hours.0", "ends before it starts"]),
    (
        "hours",
        '["Mon 09:00-25:00"]',
        ["interviewers.INT_01.hours.0", "'25:00' is not a time of day; allowed: 00:00 to 23:59"],
    ),
    ("hours", '["Mxn 09:00-10:00"]', ["interviewers.INT_01.hours.0", "'Mxn' is not a day; allowed: Mon, Tue"]),
    ("daily_limit", "0", ["interviewers.INT_01.daily_limit is 0", "greater than or equal to 1"]),
    ("away", '["2020-05-32"]', ["interviewers.INT_01.away.0 is '2020-05-32'", "a range like '2020-08-03..2020-08-14'"]),
    ("away", '["2020-05-05..2020-05-01"]', ["interviewers.INT_01.away.0", "ends before it starts"]),
    ("notice_hours", "true", ["booking.notice_hours is True", "valid integer"]),
    ("step_minutes", "7", ["booking.step_minutes is 7", "5, 10, 15, 20, 30 or 60"]),
    ("backend", '"outlook"', ["calendar.backend is 'outlook'", "'local'"]),
    ("settle_seconds", "-1", ["capture.settle_seconds is -1", "greater than or equal to 0"]),
    ("channels", '["interviewer", "interviewer"]', ["channels must name both sides once"]),
    ("engine", '"siri"', ["transcription.engine is 'siri'", "'openai-whisper'"]),
    ("model", '"../small"', ["transcription.model is '../small'", "such as small.en"]),
    ("window", '"07:00-07:00"', ["transcription.window is '07:00-07:00'", "they end when they start"]),
    ("language", '"English"', ["transcription.language is 'English'", "a language code, such as en"]),
    ("window", '"late"', ["transcription.window is 'late'", "for example '22:00-07:00'"]),
    ("window", '"22:00-24:30"', ["transcription.window is '22:00-24:30'", "times from 00:00 to 23:59"]),
    ("style", '"verbatim"', ["transcription.style is 'verbatim'", "'full' or 'intelligent'"]),
    ("database", '"mysql://host/name"', ["database is neither sqlite nor postgresql", "postgresql+psycopg://"]),
    ("database", '"study.db"', ["database is not a database URL", "sqlite:///"]),
]


@pytest.mark.parametrize(("key", "value", "told"), MISTAKES, ids=[f"{key}={value}" for key, value, _ in MISTAKES])
def test_a_mistake_is_told_with_key_value_and_what_is_allowed(
    tmp_path: Path, key: str, value: str, told: list[str]
) -> None:
    message = mistake(tmp_path, with_line(key, value))
    assert message.startswith("study.toml has 1 mistake:\n")
    for words in told:
        assert words in message


def test_a_password_in_the_database_url_is_refused_and_not_repeated(tmp_path: Path) -> None:
    secret = "hunter" + "2"  # not as it stands in this file, which a traceback quotes
    with pytest.raises(StudyFileError) as caught:
        load_study(write(tmp_path, with_line("database", f'"postgresql+psycopg://me:{secret}@host/name"')))
    message = str(caught.value)
    assert f"database carries a password; give the whole URL in the environment as {DATABASE_VARIABLE}" in message
    assert secret not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            TEXT + '\n[post]\nserver = "x"\n',
            ["post is not a known key", "booking, calendar, capture, delivery, google"],
        ),
        (
            TEXT.replace("minutes = 60", "minuets = 60", 1),
            ["groups.client.minuets is not a known key", "label, minutes, modes"],
        ),
        (TEXT.replace("notice_hours", "notice", 1), ["booking.notice is not a known key", "notice_hours"]),
        (
            TEXT.replace("daily_limit = 3", "limit = 3", 1),
            ["interviewers.INT_01.limit is not a known key", "daily_limit"],
        ),
        ('folder = "/"\n' + TEXT, ["folder is not a known key"]),
    ],
)
def test_an_unknown_key_is_told_with_those_that_are_known(tmp_path: Path, text: str, told: list[str]) -> None:
    message = mistake(tmp_path, text)
    for words in told:
        assert words in message


@pytest.mark.parametrize(
    ("line", "key"),
    [('prefix = "C"', "groups.client.prefix"), ('title = "', "study.title"), ('model = "', "transcription.model")],
)
def test_a_missing_key_is_named(tmp_path: Path, line: str, key: str) -> None:
    text = "\n".join(each for each in TEXT.splitlines() if not each.startswith(line))
    assert f"{key} is missing. Add it." in mistake(tmp_path, text)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    message = mistake(tmp_path, TEXT.replace("target = 44", "target = -44").replace('language = "en"', "language = 3"))
    assert message.startswith("study.toml has 2 mistakes:")
    assert "groups.client.target is -44" in message
    assert "transcription.language is 3" in message


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('prefix = "LW"', 'prefix = "C"', "two groups have the same prefix"),
        (
            "[interviewers.INT_02]",
            "[interviewers.Jane]",
            "interviewers.Jane: not a code; allowed: for example INT_01, never a name",
        ),
        (
            "[interviewers.INT_02]",
            "[interviewers.C_02]",
            "interviewers.C_02: its prefix belongs to a group of participants",
        ),
    ],
)
def test_codes_of_different_people_can_never_be_mixed_up(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert told in mistake(tmp_path, TEXT.replace(old, new))


def test_what_is_no_toml_is_told_with_its_place(tmp_path: Path) -> None:
    assert re.search(r"study.toml is not valid TOML: .*line 2", mistake(tmp_path, "[study]\ntitle = A study\n"))


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(TEXT, encoding="utf-8-sig")
    assert load_study(tmp_path).study.title


def test_the_study_is_found_from_a_folder_below_it(study: Study) -> None:
    below = study.folder / "deliveries" / "first"
    below.mkdir(parents=True)
    assert find_study(below).folder == study.folder


def test_no_study_far_and_wide(tmp_path: Path) -> None:
    with pytest.raises(StudyFileError, match=r"There is no study.toml in .*fieldcall init"):
        find_study(tmp_path)


def test_the_environment_comes_before_the_file(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, "postgresql+psycopg://me:secret@host/name")
    again = load_study(study.folder)
    assert again.database_url.password == "secret"
    assert again.database_url.database == "name"
