"""Importing participants: every good row taken, every bad one told with its line, nobody's details told at all."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from scheduling.consent import record_consent, withdraw
from scheduling.errors import ParticipantsFileError
from scheduling.participants import ImportReport, import_participants
from scheduling.participants_file import region_of
from storage.contacts import Contact, Contacts
from storage.database import Database
from storage.interviews import current_consent, has_withdrawn, withdrawn_codes
from storage.study import Study
from storage.tables import Consent, Participant

HEADER = "code,group,name,phone,email,mode,available,consent_date,consent_sheet,consent_recording"
GOOD = (
    "C_001,client,Ann Example,020 7946 0123,ann@example.org,phone,Mon-Wed 10:00-12:00,2020-04-20,v1.2,yes",
    'LW_01,link_worker,Ben Example,+44 161 496 0000,,video,"Mon 10:00-12:00, Thu 13:00-17:00",,,',
    "M_01,manager,,,,,,2020-04-21,v1.2,no",
)
PRIVATE = ("Ann Example", "7946", "ann@example.org", "Zebedee", "555-HELLO", "12345678901234567890", "not-an-address")


class Desk:
    """A study with its databases, so that a test says only what is imported."""

    def __init__(self, study: Study, database: Database, contacts: Contacts, now: datetime) -> None:
        self.study, self.database, self.contacts, self.now = study, database, contacts, now

    def take(self, source: Path | str) -> ImportReport:
        return import_participants(self.study, self.database, self.contacts, source, now=self.now)

    def take_rows(self, *rows: str, header: str = HEADER) -> ImportReport:
        return self.take("\n".join((header, *rows)) + "\n")

    def participants(self) -> dict[str, Participant]:
        with self.database.reading() as session:
            return {participant.code: participant for participant in session.exec(select(Participant))}

    def consents(self, code: str) -> list[tuple[date, str, bool]]:
        with self.database.reading() as session:
            query = select(Consent).where(Consent.participant_code == code).order_by(Consent.id)
            return [(consent.given_on, consent.sheet, consent.recording) for consent in session.exec(query)]


@pytest.fixture
def desk(study: Study, database: Database, contacts: Contacts, now: datetime) -> Desk:
    return Desk(study, database, contacts, now)


def test_good_rows_are_taken(desk: Desk) -> None:
    report = desk.take_rows(*GOOD)
    assert report == ImportReport(("C_001", "LW_01", "M_01"), (), (), (), ())
    known = desk.participants()
    assert (known["C_001"].group, known["C_001"].mode, known["C_001"].available) == (
        "client",
        "phone",
        "Mon-Wed 10:00-12:00",
    )
    assert known["M_01"].mode == "video"  # the first that the study file allows the group
    assert desk.consents("C_001") == [(date(2020, 4, 20), "v1.2", True)]
    assert desk.consents("LW_01") == []
    assert desk.consents("M_01") == [(date(2020, 4, 21), "v1.2", False)]


def test_contact_details_go_to_the_contacts_and_nowhere_else(desk: Desk) -> None:
    desk.take_rows(*GOOD)
    assert desk.contacts.get("C_001") == Contact("Ann Example", "+442079460123", "ann@example.org")
    assert desk.contacts.get("LW_01") == Contact("Ben Example", "+441614960000", "")
    assert desk.contacts.get("M_01") is None
    if desk.database.engine.dialect.name == "sqlite":
        folder = Path(desk.database.engine.url.database or "").parent
        kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
        assert not any(private.encode() in kept for private in ("Ann Example", "2079460123", "ann@example.org"))


def test_importing_twice_changes_nothing(desk: Desk) -> None:
    desk.take_rows(*GOOD)
    again = desk.take_rows(*GOOD)
    assert again == ImportReport((), (), ("C_001", "LW_01", "M_01"), (), ())
    assert len(desk.consents("C_001")) == 1


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_any_spreadsheets_csv_is_read(desk: Desk, tmp_path: Path, delimiter: str, mark: str, ending: str) -> None:
    lines = ("Consent-Recording,E mail,GROUP,Code,phone,Consent Date,consent_sheet", "y,,Clients,c_007,,2020-04-20,v1")
    header = lines[0].replace("E mail", "email")
    path = tmp_path / "participants.csv"
    path.write_bytes((mark + ending.join((header, "", lines[1], ",,,,,,", ""))).replace(",", delimiter).encode())
    assert desk.take(path).added == ("C_007",)
    assert desk.consents("C_007") == [(date(2020, 4, 20), "v1", True)]


# --- every bad row


BAD_ROWS = [
    (",client,Zebedee,,,,,,,", "", "there is no code"),
    ("Zebedee,client,,,,,,,,", "", "the code is not like C_031"),
    ("C_9,patient,,,,,,,,", "C_9", "its group is not in study.toml, which has client, link_worker, manager"),
    ("LW_9,client,,,,,,,,", "LW_9", "codes of the group client start with C_"),
    ("C_9,client,,0123,,,,,,", "C_9", "the phone number is impossible: it has too many or too few digits"),
    ("C_9,client,,12345678901234567890,,,,,,", "C_9", "the phone number is not one"),
    ("C_9,client,,555-HELLO,,,,,,", "C_9", "the phone number is impossible: it has too many or too few digits"),
    ("C_9,client,,Zebedee,,,,,,", "C_9", "the phone number is not one"),
    ("C_9,client,,,not-an-address,,,,,", "C_9", "the e-mail address cannot be read; write it as name@example.org"),
    ("C_9,client,,,not-an-address@b@c.org,,,,,", "C_9", "the e-mail address cannot be read"),
    ("C_9,client,,,Zebedee <z@example.org>,,,,,", "C_9", "the e-mail address cannot be read"),
    ("C_9,client,,,z@example.org z@example.com,,,,,", "C_9", "the e-mail address cannot be read"),
    ("C_9,client,,,zebedee@localhost,,,,,", "C_9", "the e-mail address cannot be read"),
    ("C_9,client,,,zebedee..z@example.org,,,,,", "C_9", "the e-mail address cannot be read"),
    ("C_9,client,,,,pigeon,,,,", "C_9", "the mode is not allowed for client, which has phone or video"),
    ("C_9,client,,,,,Zebedee,,,", "C_9", "the available hours cannot be read; write them for example"),
    ("C_9,client,,,,,Mon 12:00-10:00,,,", "C_9", "the available hours cannot be read"),
    ("C_9,client,,,,,,04/05/2020,v1,yes", "C_9", "consent_date is not a day; write it as 2020-06-03"),
    ("C_9,client,,,,,,2020-02-30,v1,yes", "C_9", "consent_date is not a day"),
    ("C_9,client,,,,,,2020-04-29,v1,yes", "C_9", "consent_date is in the future"),
    ("C_9,client,,,,,,2020-04-20,v1,perhaps", "C_9", "consent_recording is neither yes nor no"),
    ("C_9,client,,,,,,2020-04-20,v1,", "C_9", "consent_recording is neither yes nor no"),
    ("C_9,client,,,,,,2020-04-20,,yes", "C_9", "consent_sheet is empty"),
    ("C_9,client,,,,,,,v1,yes", "C_9", "consent is stated without consent_date"),
    ("C_9,client,Zebedee", "", "it has 3 cells, the first line has 10"),
    ("C_9,client,Zebedee,,,,,,,,,", "", "it has 12 cells, the first line has 10"),
    ("C_001,client,Zebedee,,,,,,,", "C_001", "the code stands in line 2 already"),
    ("C_1,client,Zebedee,,,,,,,", "C_1", "the code stands in line 2 already"),
]


@pytest.mark.parametrize(("row", "code", "reason"), BAD_ROWS)
def test_a_bad_row_is_told_with_its_line_and_the_good_ones_are_kept(
    desk: Desk, row: str, code: str, reason: str
) -> None:
    report = desk.take_rows(GOOD[0], row, GOOD[2])
    (problem,) = report.problems
    assert (problem.line, problem.code) == (3, code)
    assert problem.reason.startswith(reason)
    assert report.added == ("C_001", "M_01")
    assert sorted(desk.participants()) == ["C_001", "M_01"]


def test_all_problems_together_tell_nothing_personal(desk: Desk) -> None:
    report = desk.take_rows(*(row for row, _, _ in BAD_ROWS))
    said = repr(report.problems) + repr(report.notes)
    assert not any(private in said for private in PRIVATE)
    assert [problem.line for problem in report.problems] == sorted(problem.line for problem in report.problems)


def test_lines_are_counted_as_an_editor_does_where_cells_hold_line_ends(desk: Desk) -> None:
    report = desk.take_rows('C_001,client,"Ann\nExample",,,,,,,', "C_002,client,,,,pigeon,,,,")
    assert [problem.line for problem in report.problems] == [4]


def test_a_code_written_in_another_way_is_not_another_person(desk: Desk) -> None:
    desk.take_rows(GOOD[0])
    (problem,) = desk.take_rows(GOOD[0].replace("C_001", "C_1")).problems
    assert problem.reason == "the study knows C_001 already: write the code in the same way"
    assert list(desk.participants()) == ["C_001"]


# --- where they live, what they need, and their link worker

FACTS = "code,group,zone,language,needs,link_worker,link_worker_attends,link_worker_reminded"


def test_facts_for_booking_are_taken_as_the_rules_write_them(desk: Desk) -> None:
    row = "C_001,client,america/st_johns,CY,Stroke; hearing  stroke,lw_02,yes,Y"
    assert desk.take_rows(row, header=FACTS).added == ("C_001",)
    known = desk.participants()["C_001"]
    assert (known.zone, known.language, known.needs) == ("America/St_Johns", "cy", "hearing stroke")
    assert (known.link_worker, known.link_worker_attends, known.link_worker_reminded) == ("LW_02", True, True)
    assert desk.take_rows(row, header=FACTS).unchanged == ("C_001",)


def test_without_these_columns_nothing_is_assumed(desk: Desk) -> None:
    desk.take_rows("C_001,client,,,,,,", header=FACTS)
    known = desk.participants()["C_001"]
    assert (known.zone, known.language, known.needs, known.link_worker) == ("", "", "", None)
    assert (known.link_worker_attends, known.link_worker_reminded) == (False, False)


BAD_FACTS = [
    ("Zebedee,,,,,", "zone is not the name of a time zone; write it as Europe/London"),
    ("EST,,,,,", "zone is not the name of a time zone"),  # New York has another offset in summer
    ("Etc/GMT+5,,,,,", "zone is not the name of a time zone"),  # the sign is turned round
    ("../../etc/passwd,,,,,", "zone is not the name of a time zone"),
    ("Europe,,,,,", "zone is not the name of a time zone"),
    (",Zebedee,,,,", "the language is not a code of two or three letters, such as cy for Welsh"),
    (",c1,,,,", "the language is not a code"),
    (",,Zebedée,,,", "needs are not skills as study.toml writes them"),
    (",,hearing none,,,", "needs are not skills"),
    (",,,Zebedee,,", "link_worker is not the code of a participant of another group; write it as LW_02, or none"),
    (",,,INT_01,,", "link_worker is not the code of a participant of another group"),
    (",,,C_002,,", "link_worker is not the code of a participant of another group"),
    (",,,C_009,,", "link_worker is not the code of a participant of another group"),
    (",,,LW_02,perhaps,", "link_worker_attends is neither yes nor no"),
    (",,,LW_02,,Zebedee", "link_worker_reminded is neither yes nor no"),
    (",,,,yes,", "link_worker_attends is yes, but no link_worker is named"),
    (",,,none,yes,", "link_worker_attends is yes, but no link_worker is named"),
    (",,,,,yes", "link_worker_reminded is yes, but no link_worker is named"),
]


@pytest.mark.parametrize(("cells", "reason"), BAD_FACTS)
def test_a_fact_that_cannot_be_read_is_told_with_its_line_and_never_repeated(
    desk: Desk, cells: str, reason: str
) -> None:
    report = desk.take_rows(f"C_009,client,{cells}", "LW_01,link_worker,,,,,,", header=FACTS)
    assert "LW_01" in report.added
    (problem,) = report.problems
    assert (problem.line, problem.code) == (2, "C_009")
    assert problem.reason.startswith(reason)
    assert not any(private in problem.reason for private in (*PRIVATE, "passwd", "Zebedée", "C_002"))


def test_a_link_worker_named_earlier_may_be_given_a_task_later_and_be_taken_back(desk: Desk) -> None:
    desk.take_rows("C_001,client,,,,LW_02,,", header=FACTS)
    assert desk.take_rows("C_001,client,,,,,yes,", header=FACTS).changed == ("C_001",)
    (problem,) = desk.take_rows("C_001,client,,,,none,,", header=FACTS).problems
    assert problem.reason == "link_worker_attends is yes, but no link_worker is named"
    assert desk.participants()["C_001"].link_worker == "LW_02"
    assert desk.take_rows("C_001,client,,,,none,no,", header=FACTS).changed == ("C_001",)
    known = desk.participants()["C_001"]
    assert (known.link_worker, known.link_worker_attends) == (None, False)


def test_needs_can_be_taken_back(desk: Desk) -> None:
    desk.take_rows("C_001,client,,,stroke,,,", header=FACTS)
    desk.take_rows("C_001,client,,,None,,,", header=FACTS)
    assert desk.participants()["C_001"].needs == ""


def test_a_link_workers_code_is_written_in_one_way(desk: Desk) -> None:
    report = desk.take_rows(
        "C_001,client,,,,LW_2,,", "LW_02,link_worker,,,,,,", "C_002,client,,,,LW_02,,", header=FACTS
    )
    (problem,) = report.problems
    assert (problem.code, problem.reason) == (
        "C_001",
        "the study knows LW_02 already: write link_worker in the same way",
    )
    assert report.added == ("LW_02", "C_002")


def test_who_nobody_can_interview_is_noted(desk: Desk) -> None:
    report = desk.take_rows("C_001,client,,cy,,,,", "C_002,client,,,,,,", header=FACTS)
    assert report.added == ("C_001", "C_002")
    assert report.notes == (
        "line 2, C_001: no interviewer in study.toml has the mode, the language and the skills that it asks for",
    )


# --- files that cannot be read at all


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has no column code and no column group"),
        ("name;phone\nAnn;1", r"has no column code and no column group.*Expected: code, group and.*found: name, phone"),
        ("code;name\nC_001;Ann", "has no column group in its first line"),
        ("C_001,client,Ann Example,020 7946 0123", "found: none of them"),
        ("code,group,code\n", "has two columns 'code'"),
        ('code,group\nC_001,client\nC_002,"client\n', "is not CSV from line 3 on"),
    ],
)
def test_a_file_without_the_right_columns_is_refused_whole(desk: Desk, text: str, reason: str) -> None:
    with pytest.raises(ParticipantsFileError, match=reason) as refused:
        desk.take(text)
    assert not any(private in str(refused.value) for private in PRIVATE)
    assert desk.participants() == {}


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_file_in_another_encoding_is_refused_with_the_line(desk: Desk, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "participants.csv"
    path.write_bytes("code,group,name\nC_001,client,Zoë\n".encode(encoding))
    line = 1 if encoding == "utf-16" else 2
    with pytest.raises(ParticipantsFileError, match=rf"not in UTF-8 \(line {line} shows it\)\. Save it as 'CSV UTF-8'"):
        desk.take(path)


def test_a_missing_file_is_named_as_missing(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(ParticipantsFileError, match="cannot be read: No such file or directory"):
        desk.take(tmp_path / "nothing.csv")


def test_an_unknown_column_is_noted_and_passed_over(desk: Desk) -> None:
    report = desk.take_rows("C_001,client,left", header="code,group,handedness")
    assert report.added == ("C_001",)
    assert report.notes == ("column 'handedness' is not known and was passed over",)


# --- importing again with changes


def test_a_changed_contact_is_changed(desk: Desk) -> None:
    desk.take_rows(*GOOD)
    report = desk.take_rows(GOOD[0].replace("020 7946 0123", "020 7946 0999"), *GOOD[1:])
    assert (report.changed, report.unchanged) == (("C_001",), ("LW_01", "M_01"))
    assert desk.contacts.get("C_001") == Contact("Ann Example", "+442079460999", "ann@example.org")


def test_columns_that_a_file_does_not_have_say_nothing(desk: Desk) -> None:
    desk.take_rows(*GOOD)
    assert desk.take_rows("C_001,client", header="code,group").unchanged == ("C_001",)
    assert desk.contacts.get("C_001") == Contact("Ann Example", "+442079460123", "ann@example.org")
    assert desk.participants()["C_001"].available == "Mon-Wed 10:00-12:00"


def test_an_empty_cell_says_nothing(desk: Desk) -> None:
    desk.take_rows(*GOOD)
    assert desk.take_rows("C_001,client,,,,phone,,,,").unchanged == ("C_001",)
    assert desk.contacts.get("C_001") == Contact("Ann Example", "+442079460123", "ann@example.org")
    assert desk.participants()["C_001"].available == "Mon-Wed 10:00-12:00"


def test_an_empty_mode_keeps_the_one_on_record(desk: Desk) -> None:
    desk.take_rows("C_001,client,video", header="code,group,mode")
    assert desk.take_rows("C_001,client,", header="code,group,mode").unchanged == ("C_001",)
    assert desk.participants()["C_001"].mode == "video"


def test_another_consent_is_added_and_the_earlier_one_kept(desk: Desk) -> None:
    desk.take_rows(*GOOD)
    assert desk.take_rows(GOOD[0].replace("2020-04-20,v1.2,yes", "2020-04-22,v2,no")).changed == ("C_001",)
    assert desk.consents("C_001") == [(date(2020, 4, 20), "v1.2", True), (date(2020, 4, 22), "v2", False)]


def test_an_old_file_does_not_undo_a_newer_consent(desk: Desk) -> None:
    desk.take_rows(*GOOD)
    day = desk.now.date()
    record_consent(
        desk.database, desk.study, "C_001", given_on=day, sheet="v2", recording=False, now=desk.now, actor="coordinator"
    )
    report = desk.take_rows(GOOD[0])
    assert report.unchanged == ("C_001",)
    assert report.notes == ("line 2, C_001: a newer consent is on record, that of the file was passed over",)
    with desk.database.reading() as session:
        newest = current_consent(session, "C_001")
    assert newest is not None
    assert newest.recording is False


def test_importing_again_does_not_undo_a_refusal_of_the_same_day(desk: Desk) -> None:
    day = date(2020, 4, 20)
    desk.take_rows(GOOD[0])
    record_consent(
        desk.database, desk.study, "C_001", given_on=day, sheet="v1.2", recording=False, now=desk.now, actor="x"
    )
    report = desk.take_rows(GOOD[0])
    assert report.unchanged == ("C_001",)
    assert report.notes == (
        "line 2, C_001: a consent of the same day that says otherwise is on record, that of the file was passed over",
    )
    assert desk.consents("C_001") == [(day, "v1.2", True), (day, "v1.2", False)]


@pytest.mark.parametrize("recording", ["yes", "no"])
def test_importing_again_does_not_undo_a_withdrawal(desk: Desk, recording: str) -> None:
    today = desk.now.date().isoformat()
    row = GOOD[0].replace("2020-04-20", today).replace("yes", recording)
    desk.take_rows(row, *GOOD[1:])
    withdraw(desk.database, desk.study, "C_001", now=desk.now, actor="coordinator")
    report = desk.take_rows(row)
    assert report.notes == (
        "line 2, C_001: a withdrawal of the same day that says otherwise is on record, "
        "that of the file was passed over",
    )
    with desk.database.reading() as session:
        assert has_withdrawn(session, "C_001")
        assert withdrawn_codes(session) == {"C_001"}


def test_consent_given_anew_after_a_withdrawal_counts(desk: Desk) -> None:
    desk.take_rows(*GOOD)
    withdraw(desk.database, desk.study, "C_001", now=desk.now, actor="coordinator")
    desk.now += timedelta(days=3)
    desk.take_rows(GOOD[0].replace("2020-04-20", desk.now.date().isoformat()))
    with desk.database.reading() as session:
        assert not has_withdrawn(session, "C_001")


def test_extensions_of_phone_numbers_are_kept(desk: Desk) -> None:
    desk.take_rows("M_01,manager,020 7946 0123 ext 12", header="code,group,phone")
    assert desk.contacts.get("M_01") == Contact(phone="+442079460123;ext=12")


@pytest.mark.parametrize(("zone", "region"), [("Europe/London", "GB"), ("Europe/Berlin", "DE"), ("UTC", "GB")])
def test_phone_numbers_are_read_as_in_the_country_of_the_studys_zone(zone: str, region: str) -> None:
    assert region_of(zone) == region
