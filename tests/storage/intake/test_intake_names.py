"""What a file's name tells about whose recording it is and when it began."""

from datetime import UTC, datetime, timedelta
from pathlib import PurePath
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.intake.names import instants, read_name

LONDON = ZoneInfo("Europe/London")
FIRST, LAST = datetime(2019, 1, 1), datetime(2035, 12, 31)  # noqa: DTZ001 - hypothesis wants them without a zone
CODES = {"C_003", "C_031", "LW_02", "M_05"}


def codes_in(name: str) -> tuple[str, ...]:
    return read_name(PurePath(name), CODES, LONDON).codes


def times_in(name: str, zone: str = "Europe/London") -> tuple[str, ...]:
    times = read_name(PurePath(name), CODES, ZoneInfo(zone)).times
    assert all(at.tzinfo is UTC for at in times)
    return tuple(f"{at:%Y-%m-%d %H:%M:%S}" for at in times)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("C_003_interview.wav", "C_003"),
        ("c_003.m4a", "C_003"),
        ("c003.amr", "C_003"),
        ("C-003 second part.mp3", "C_003"),
        ("interview (C_003).ogg", "C_003"),
        ("2020-05-12_LW_02_video.mp4", "LW_02"),
        ("INT_01_C_031.wav", "C_031"),
        ("m05.webm", "M_05"),
        ("C_031_05-20.wav", "C_031"),
        ("C_003/audio.m4a", "C_003"),
        ("C_003/2020-05-12 10.02.31/audio.m4a", "C_003"),
    ],
)
def test_a_code_counts_as_a_whole_token_in_any_case(name: str, code: str) -> None:
    assert codes_in(name) == (code,)


@pytest.mark.parametrize(
    "name",
    [
        "interview.wav",
        "ABC_003.wav",  # a letter touches it
        "C_0031.wav",  # a digit touches it
        "C_003b.wav",
        "éC_003.wav",
        "c3.wav",  # not all the digits
        "C_3.wav",
        "C 003.wav",
        "C_099.wav",  # nobody's code
        "10m05s.wav",
        "W_02.wav",
        "C_003extra/x.wav",
    ],
)
def test_what_is_not_quite_a_code_of_the_study_is_none(name: str) -> None:
    assert codes_in(name) == ()


def test_two_codes_in_a_name_are_both_told() -> None:
    assert codes_in("C_003 and M_05.wav") == ("C_003", "M_05")
    assert codes_in("M_05_C_003_m05.wav") == ("C_003", "M_05")


def test_the_name_of_the_file_comes_before_that_of_its_folder() -> None:
    assert codes_in("C_003/C_031.wav") == ("C_031",)


@pytest.mark.parametrize(
    ("name", "utc"),
    [
        # wall-clock time of the study, British Summer Time
        ("Call recording 2020-05-12 10-02-31.amr", "2020-05-12 09:02:31"),
        ("20200512_100231.m4a", "2020-05-12 09:02:31"),
        ("phone_20200512-100231_+447700900123.amr", "2020-05-12 09:02:31"),
        ("20200512100231.wav", "2020-05-12 09:02:31"),
        ("Call recording 07700900123_200512_100231.m4a", "2020-05-12 09:02:31"),
        ("2020-05-12 10.02.31 Zoom Meeting 8765/audio1.m4a", "2020-05-12 09:02:31"),
        ("WhatsApp Audio 2020-05-12 at 10.02.31.ogg", "2020-05-12 09:02:31"),
        ("Screen Recording 2020-05-12 at 2.02.31\u202fPM.mov", "2020-05-12 13:02:31"),
        ("Screen Recording 2020-05-12 at 12.02.31 AM.mov", "2020-05-11 23:02:31"),
        ("2020-05-12_10-02.wav", "2020-05-12 09:02:00"),
        ("2020-05-12-10-02-31-0001.wav", "2020-05-12 09:02:31"),
        # the name says its zone
        ("GMT20200512-090231_Recording.mp4", "2020-05-12 09:02:31"),
        ("Meeting-20200512_090231UTC-Meeting Recording.mp4", "2020-05-12 09:02:31"),
        ("REC_2020-05-12T09:02:31Z.wav", "2020-05-12 09:02:31"),
        ("REC_2020-05-12T09_02_31Z.wav", "2020-05-12 09:02:31"),
        ("20200512T090231Z.wav", "2020-05-12 09:02:31"),
        ("2020-05-12T10-02-31+01:00.wav", "2020-05-12 09:02:31"),
        ("2020-05-12T05-02-31-0400.wav", "2020-05-12 09:02:31"),
        ("abc-defg-hij (2020-05-12 10_02 GMT+1).mp4", "2020-05-12 09:02:00"),
        ("abc (2020-05-12 14_32 GMT+5:30).mp4", "2020-05-12 09:02:00"),
        # as telephones write them, with a number in front or behind
        ("Jane(00447700900123)_20200512100231.mp3", "2020-05-12 09:02:31"),  # Xiaomi
        ("Jane@00447700900123_20200512100231.amr", "2020-05-12 09:02:31"),  # Huawei
        ("2020-05-12 10-02-31 (phone) Jane (+44 7700 900123) ↗.m4a", "2020-05-12 09:02:31"),  # Cube ACR
        ("[Jane]_[+447700900123]_2020-05-12_10-02-31.amr", "2020-05-12 09:02:31"),  # ACR
        ("Call_20200512_100231_INCOMING_07700900123.m4a", "2020-05-12 09:02:31"),  # Samsung
        ("Call recording 07700 900123_200512_100231.m4a", "2020-05-12 09:02:31"),
        ("2020-05-12 10.02.31 ↑ +447700900123.ogg", "2020-05-12 09:02:31"),  # Call Recorder (axet)
        ("20200512T100231 Jane.ogg", "2020-05-12 09:02:31"),
        ("20200512_050231.123-0400_out_+447700900123.oga", "2020-05-12 09:02:31"),  # BCR
        ("20200512_090231.123+0000_in_07700900123.oga", "2020-05-12 09:02:31"),
        ("20200512 100231-1A2B3C4D.m4a", "2020-05-12 09:02:31"),  # Voice Memos
        ("20200512 100231-12345678.m4a", "2020-05-12 09:02:31"),
        ("out-07700900123-101-20200512-100231-1589274151.42-rx.wav", "2020-05-12 09:02:31"),  # FreePBX
        ("Talk-20200512_100231-Meeting Recording.mp4", "2020-05-12 09:02:31"),  # Teams, a business
        # winter: local time is UTC
        ("20201201_100231.m4a", "2020-12-01 10:02:31"),
    ],
)
def test_a_time_stamp_is_read_with_its_zone(name: str, utc: str) -> None:
    assert times_in(name) == (utc,)


@pytest.mark.parametrize(
    "name",
    [
        "interview.wav",
        "2020-05-12.wav",  # a date alone
        "PTT-20200512-WA0003.opus",
        "20200512-0930.wav",  # may be a counter
        "20201312_100231.wav",  # no month 13
        "20200512_250231.wav",  # no hour 25
        "447700_900123.wav",
        "1234567890123456.wav",
        "2020-05-12 at 13.02.31 GMT+99.wav",
        "Jane-2005121002.amr",  # OnePlus: no seconds, and may be a number
        "12 May at 10-02.m4a",  # Google Recorder: no year
        "12-05-2020 10-02-31.wav",  # day first or month first: not guessed
    ],
)
def test_what_is_not_surely_a_time_is_none(name: str) -> None:
    assert times_in(name) == ()


def test_a_time_that_exists_twice_gives_both_instants() -> None:
    assert times_in("20201025_013000.wav") == ("2020-10-25 00:30:00", "2020-10-25 01:30:00")


def test_a_time_that_does_not_exist_gives_nothing() -> None:
    assert times_in("20200329_013000.wav") == ()


def test_two_different_times_are_both_told() -> None:
    assert times_in("20200512_100000-20200512_110000.wav") == ("2020-05-12 09:00:00", "2020-05-12 10:00:00")


def test_the_study_s_zone_decides_what_a_wall_clock_shows() -> None:
    assert times_in("20200512_100231.m4a", "Asia/Kathmandu") == ("2020-05-12 04:17:31",)


@given(
    st.datetimes(min_value=FIRST, max_value=LAST).map(lambda at: at.replace(microsecond=0, tzinfo=UTC)),
    st.sampled_from(
        ["Europe/London", "America/St_Johns", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca"]
    ),
)
def test_every_instant_is_found_from_its_wall_clock(at: datetime, zone: str) -> None:
    clock = at.astimezone(ZoneInfo(zone))
    found = instants(clock.replace(tzinfo=None, fold=0), ZoneInfo(zone))
    assert at in found
    assert len(found) <= 2
    assert all(
        other.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) == clock.replace(tzinfo=None, fold=0)
        for other in found
    )
    assert at in read_name(PurePath(f"{clock:call %Y-%m-%d %H-%M-%S}.amr"), CODES, ZoneInfo(zone)).times


@given(st.text(max_size=60).filter(lambda text: "\0" not in text))
def test_no_name_is_too_strange(name: str) -> None:
    clues = read_name(PurePath(name), CODES, LONDON)
    assert set(clues.codes) <= CODES
    assert all(abs(at - datetime(2050, 1, 1, tzinfo=UTC)) < timedelta(days=51 * 366) for at in clues.times)
