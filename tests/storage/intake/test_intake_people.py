"""Whom a telephone number or a name means, told as codes."""

from pathlib import PurePath

import pytest

from storage.contacts import Contact
from storage.intake.people import codes_of_names, codes_of_numbers, sides_of

PEOPLE = {
    "C_003": Contact(name="Renée O'Neil", phone="+447700900456;ext=12"),
    "C_031": Contact(name="Jane Doe", phone="+447700900123"),
    "C_032": Contact(name="John Doe", phone="+447700900789"),
    "LW_02": Contact(name="Ann Lee", phone=""),
    "M_05": Contact(name="", phone="+12025550142"),
}


@pytest.mark.parametrize(
    "name",
    [
        "Jane Doe(00447700900123)_20200512100231.mp3",  # Xiaomi
        "2020-05-12 10-02-31 (phone) Jane (+44 7700 900123) ↗.m4a",  # Cube ACR
        "2020-05-12 10-02-31 (phone) Jane (07700900123) ↙.m4a",
        "[Jane]_[+447700900123]_2020-05-12_10-02-31.amr",  # ACR
        "20200512_100231.123+0100_out_+447700900123.oga",  # BCR
        "Call recording +447700900123_200512_100231.m4a",  # Samsung
        "Jane@00447700900123_20200512100231.amr",  # Huawei
        "out-07700900123-101-20200512-100231-1589274151.42.wav",  # FreePBX
        "call +44 (0)7700 900 123.m4a",
        "07700-900-123/20200512100231.mp3",
    ],
)
def test_a_number_is_found_however_it_is_written(name: str) -> None:
    assert codes_of_numbers(PurePath(name), PEOPLE) == ("C_031",)


@pytest.mark.parametrize(
    "name",
    [
        "177009001234.m4a",
        "077009001234.m4a",
        "107700900123.m4a",
        "7700900.m4a",
        "20200512100231.mp3",
        "+337700900123.m4a",
        "Jane Doe.m4a",
        "",
    ],
)
def test_what_is_not_quite_a_number_of_theirs_is_none(name: str) -> None:
    assert codes_of_numbers(PurePath(name), PEOPLE) == ()


def test_a_number_that_two_share_means_both() -> None:
    shared = {**PEOPLE, "C_033": Contact(phone="+447700900123")}
    assert codes_of_numbers(PurePath("07700900123.m4a"), shared) == ("C_031", "C_033")


def test_a_number_from_another_country_and_one_with_an_extension_are_known() -> None:
    assert codes_of_numbers(PurePath("(202) 555-0142.m4a"), PEOPLE) == ("M_05",)
    assert codes_of_numbers(PurePath("07700 900456.m4a"), PEOPLE) == ("C_003",)


def test_contacts_without_a_number_or_with_nonsense_are_passed_over() -> None:
    odd = {"C_001": Contact(phone="nonsense"), "C_002": Contact(phone="+44123")}
    assert codes_of_numbers(PurePath("nonsense +44123.m4a"), odd) == ()


@pytest.mark.parametrize("person", ["Jane Doe", "JaneDoe", "JANE  DOE", "jane-doe"])
def test_a_whole_name_means_its_participant(person: str) -> None:
    assert codes_of_names(person, PEOPLE) == ("C_031",)


def test_accents_do_not_matter_and_a_part_of_a_name_means_nobody() -> None:
    assert codes_of_names("ReneeONeil", PEOPLE) == ("C_003",)
    assert codes_of_names("Jane", PEOPLE) == ()
    assert codes_of_names("", PEOPLE) == ()


ROLES = {"C_031": "participant", "INT_01": "interviewer"}


@pytest.mark.parametrize(
    ("persons", "sides"),
    [
        (["JaneDoe", "Tom"], ["participant", "interviewer"]),
        (["Tom", "Jané Doe"], ["interviewer", "participant"]),
        (["INT_01", "iPhone"], ["interviewer", "participant"]),
        (["c031", "x"], ["participant", "interviewer"]),
        (["Tom", "iPhone"], ["", ""]),
        (["Tom", "Jane"], ["", ""]),  # the interviewer may have the same first name
        (["c_031", "JaneDoe"], ["", ""]),  # two devices of one person: neither is surely theirs
        (["JaneDoe", "Tom", "Ann"], ["participant", "", ""]),
        (["JaneDoe", "Tom", "INT_01"], ["participant", "", "interviewer"]),
    ],
)
def test_each_file_s_side_is_told_where_it_is_sure(persons: list[str], sides: list[str]) -> None:
    assert sides_of(persons, ROLES, PEOPLE) == sides


def test_with_a_link_worker_who_is_left_over_is_the_interviewer() -> None:
    roles = {**ROLES, "LW_02": "link worker"}
    assert sides_of(["Tom", "AnnLee", "JaneDoe"], roles, PEOPLE) == ["interviewer", "link worker", "participant"]


def test_without_an_interview_nobody_is_told() -> None:
    assert sides_of(["JaneDoe", "Tom"], {}, PEOPLE) == ["", ""]
