"""A project that came back from coding, taken into the study: what is new, what is not doubled, what is never lost."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from coded_values import ALONE, ANNA, BEN, MONEY, NOW, RENT, guid
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import select, text

from storage.codes.codebook import SameNames, read_codebook
from storage.codes.importing import Found, find_texts, import_project
from storage.codes.merging import Places
from storage.codes.report import ImportReport
from storage.codes.texts import StudyText, StudyVersion, read_versions
from storage.database import Database
from storage.errors import StorageError
from storage.imports.coded_project import (
    CodedProject,
    Loss,
    ProjectCase,
    ProjectCode,
    ProjectCoder,
    ProjectMemo,
    ProjectSource,
)
from storage.study import Study
from storage.tables import Code, Coder, Coding, CodingImport, Memo, MemoAbout

Transcribed = Callable[..., StudyVersion]
Coded = Callable[..., CodedProject]
Take = Callable[..., ImportReport]

ON_MY_OWN = (ALONE, "On my own, mostly.")
TWENTY = (MONEY, "£20 – “for nothing” 🙂")


def codings(database: Database) -> list[Coding]:
    with database.reading() as session:
        return list(session.exec(select(Coding).order_by(Coding.id)))  # type: ignore[arg-type]


def test_codes_codings_and_coders_are_stored_as_they_came(
    transcribed: Transcribed, coded: Coded, take: Take, database: Database, text_of: Callable[..., StudyText]
) -> None:
    version = transcribed("C_031")
    report = take(coded(version, ON_MY_OWN, (*TWENTY, BEN)))
    assert report.new_codes == ("Alone", "Money", "Money > Rent")
    assert report.new_codings == {"Anna": 1, "Ben": 1}
    assert report.matched_by == {"guid": 2}
    assert not report.needs_a_person
    first, second = codings(database)
    assert (first.guid, first.version_id, first.standing, first.made_at) == (guid(3, 1), version.id, "kept", NOW)
    words = text_of(version).text
    assert [words[each.start : each.end] for each in (first, second)] == [ON_MY_OWN[1], TWENTY[1]]
    with database.reading() as session:
        assert read_codebook(session) == (ALONE, MONEY, RENT)
        assert [coder.name for coder in session.exec(select(Coder))] == ["Anna", "Ben"]
        record = session.exec(select(CodingImport)).one()
        assert (record.at, record.actor, record.origin) == (NOW, "researcher", "NVivo")


def test_where_only_words_were_coded_the_time_is_that_of_their_utterances(
    transcribed: Transcribed, coded: Coded, take: Take, database: Database
) -> None:
    take(
        coded(transcribed("C_031"), ON_MY_OWN, (ALONE, "“for nothing” 🙂.\n\n[00:00:20] INT_01: And the link worker?"))
    )
    assert [(each.start_ms, each.end_ms) for each in codings(database)] == [(10_000, 19_000), (10_000, 29_000)]


def test_importing_again_changes_nothing(
    transcribed: Transcribed, coded: Coded, take: Take, database: Database
) -> None:
    project = coded(transcribed("C_031"), ON_MY_OWN, TWENTY)
    take(project)
    again = take(project)
    assert (again.new_codes, again.new_codings, again.already, again.needs_a_person) == ((), {}, 2, False)
    assert len(codings(database)) == 2


def test_the_same_coding_under_another_guid_is_not_doubled(
    transcribed: Transcribed, coded: Coded, take: Take, database: Database
) -> None:
    """QualCoder gives everything new GUIDs at every export."""
    version = transcribed("C_031")
    take(coded(version, ON_MY_OWN))
    assert take(coded(version, ON_MY_OWN, TWENTY, first=50)).already == 1
    assert [each.guid for each in codings(database)] == [guid(3, 1), guid(3, 51)]


def test_a_version_that_is_stored_after_texts_were_looked_for_is_found_all_the_same(
    transcribed: Transcribed, coded: Coded, database: Database, study: Study
) -> None:
    transcribed("C_030")
    with database.reading() as session:
        there = tuple(read_versions(session, study))
    project = coded(transcribed("C_031"), ON_MY_OWN)
    with database.writing() as session:
        report = import_project(session, study, project, Found(there, Places()), actor="researcher", now=NOW)
    assert report.new_codings == {"Anna": 1} and not report.left_out


def test_others_may_write_while_every_text_is_read(
    transcribed: Transcribed, coded: Coded, database: Database, study: Study
) -> None:
    project, written = of_no_study(coded(transcribed("C_030"), ON_MY_OWN)), []

    def write_something(_done: int, _total: int) -> None:
        written.append(transcribed("C_031"))

    with database.reading() as session:
        find_texts(session, study, project, write_something)
    assert written


def of_no_study(project: CodedProject) -> CodedProject:
    """The same words under GUIDs that nobody knows, so that every version is read."""
    (source,) = project.sources
    (words,) = source.texts
    strange = replace(source, guid=guid(9, 1), sha256="", texts=(replace(words, guid=guid(9, 2)),))
    moved = tuple(replace(each, source_guid=strange.guid, text_guid=guid(9, 2)) for each in project.codings)
    return replace(project, sources=(strange,), codings=moved)


def test_a_guid_that_is_twice_in_a_file_is_taken_once(
    transcribed: Transcribed, coded: Coded, take: Take, database: Database
) -> None:
    project = coded(transcribed("C_031"), ON_MY_OWN, TWENTY)
    twins = tuple(replace(coding, guid=guid(3, 1)) for coding in project.codings)
    assert [loss.what for loss in take(replace(project, codings=twins)).differences] == [
        "has the GUID of another coding of the file; only the first was taken"
    ]
    assert [each.quote for each in codings(database)] == [ON_MY_OWN[1]]


class TestChanges:
    """What a coder changed since: it is said, and followed only when a person says so."""

    @pytest.fixture
    def version(self, transcribed: Transcribed, coded: Coded, take: Take) -> StudyVersion:
        version = transcribed("C_031")
        take(coded(version, ON_MY_OWN, TWENTY))
        return version

    def test_what_is_gone_still_counts_until_somebody_says_so(
        self, version: StudyVersion, coded: Coded, take: Take, database: Database
    ) -> None:
        report = take(coded(version, ON_MY_OWN))
        assert report.differences == (
            Loss("Money, characters 99 to 120 of C_031_06/20, by Anna", "is not in the file any more; it still counts"),
        )
        assert [each.retired_by for each in codings(database)] == [None, None]

    def test_it_is_retired_and_comes_back_but_is_never_removed(
        self, version: StudyVersion, coded: Coded, take: Take, database: Database
    ) -> None:
        assert take(coded(version, ON_MY_OWN), update=True).retired == 1
        assert [each.retired_by for each in codings(database)] == [None, 2]
        older = coded(version, ON_MY_OWN, TWENTY)
        assert [loss.what for loss in take(older).differences] == ["was retired before; the study keeps what it has"]
        assert [each.retired_by for each in codings(database)] == [None, 2]
        assert take(older, update=True).revived == 1
        assert [each.retired_by for each in codings(database)] == [None, None]

    def test_what_has_other_words_now_is_stored_beside_what_it_was(
        self, version: StudyVersion, coded: Coded, take: Take, database: Database
    ) -> None:
        changed = coded(version, (ALONE, "On my own"), TWENTY)
        assert [loss.what for loss in take(changed).differences] == [
            "has another code or other words; the study keeps what it has"
        ]
        assert [each.quote for each in codings(database)] == [ON_MY_OWN[1], TWENTY[1]]
        take(changed, update=True)
        assert [(each.guid, each.quote, each.retired_by) for each in codings(database)] == [
            (guid(3, 1), ON_MY_OWN[1], 3),
            (guid(3, 2), TWENTY[1], None),
            (guid(3, 1), "On my own", None),
        ]

    def test_nothing_of_one_coder_is_retired_by_the_file_of_another(
        self, version: StudyVersion, coded: Coded, take: Take, database: Database
    ) -> None:
        report = take(coded(version, (RENT, "that kept", BEN), first=9, coders=(BEN,)), update=True)
        assert (report.retired, report.differences) == (0, ())
        assert [each.retired_by for each in codings(database)] == [None, None, None]

    def test_a_coding_stays_its_coders_whatever_another_file_says(
        self, version: StudyVersion, coded: Coded, take: Take, database: Database
    ) -> None:
        report = take(coded(version, (*ON_MY_OWN, BEN), (*TWENTY, BEN), coders=(BEN,)), update=True)
        assert {loss.what for loss in report.differences} == {"is another coder's here; the study keeps what it has"}
        assert [each.coder_id for each in codings(database)] == [1, 1]

    def test_what_is_in_texts_that_the_file_does_not_have_is_not_gone(
        self, version: StudyVersion, transcribed: Transcribed, coded: Coded, take: Take
    ) -> None:
        report = take(coded(transcribed("C_032"), ON_MY_OWN, first=9), update=True)
        assert (report.retired, report.differences) == (0, ())

    def test_a_code_that_was_renamed_and_moved_is_followed_only_when_told(
        self, version: StudyVersion, coded: Coded, take: Take, database: Database
    ) -> None:
        moved = replace(ALONE, name="Loneliness", parent_guid=MONEY.guid)
        project = coded(version, ON_MY_OWN, TWENTY, codes=(MONEY, moved, RENT))
        assert [str(loss.what) for loss in take(project).differences] == [
            "the file calls it Loneliness; the study keeps its own",
            "the file has it below another code; the study keeps its own",
        ]
        with database.reading() as session:
            assert read_codebook(session) == (ALONE, MONEY, RENT)
        assert take(project, update=True).changed_codes == ("Money > Loneliness",)
        with database.reading() as session:
            assert read_codebook(session) == (MONEY, moved, RENT)


class TestCoders:
    def test_two_coders_of_one_passage_are_two_codings(
        self, transcribed: Transcribed, coded: Coded, take: Take, database: Database
    ) -> None:
        version = transcribed("C_031")
        take(coded(version, ON_MY_OWN, coders=(ANNA,)))
        take(coded(version, (*ON_MY_OWN, BEN), first=9, coders=(BEN,)))
        assert [each.coder_id for each in codings(database)] == [1, 2]

    def test_codings_without_a_coder_are_nobodys_and_can_be_said_to_be_somebodys(
        self, transcribed: Transcribed, coded: Coded, take: Take
    ) -> None:
        project = coded(transcribed("C_031"), ON_MY_OWN)
        unsigned = replace(project, coders=(), codings=tuple(replace(c, coder_guid="") for c in project.codings))
        signed = replace(unsigned, codings=tuple(replace(c, guid=guid(3, 9)) for c in unsigned.codings))
        assert take(unsigned).new_codings == {"a coder without a name": 1}
        assert take(signed, coder="Cleo").new_codings == {"Cleo": 1}
        assert take(signed, coder="CLEO").already == 1

    def test_a_coder_of_the_same_name_and_another_guid_is_asked_about(
        self, transcribed: Transcribed, coded: Coded, take: Take, database: Database
    ) -> None:
        version = transcribed("C_031")
        take(coded(version, ON_MY_OWN))
        other = ProjectCoder(guid(1, 9), "anna")
        project = coded(version, (*ON_MY_OWN, other), TWENTY, first=20, coders=(other, ANNA))
        with pytest.raises(StorageError, match=r"Nothing was imported: .* coder anna\. .*'--same-names merge'"):
            take(project)
        assert len(codings(database)) == 1
        assert take(project, same_names=SameNames.MERGE).already == 1
        apart = coded(version, (*ON_MY_OWN, other), first=40, coders=(other,))
        assert take(apart, same_names=SameNames.APART).new_codings == {"anna": 1}


class TestCodes:
    def test_a_code_of_the_same_name_and_another_guid_is_asked_about(
        self, transcribed: Transcribed, coded: Coded, take: Take, database: Database
    ) -> None:
        version = transcribed("C_031")
        take(coded(version, ON_MY_OWN))
        money, rent = ProjectCode(guid(2, 8), "money"), ProjectCode(guid(2, 9), "Rent", parent_guid=guid(2, 8))
        project = coded(version, (rent, TWENTY[1]), first=20, codes=(money, rent))
        with pytest.raises(StorageError, match=r"for code money, code money > Rent\."):
            take(project)
        take(project, same_names=SameNames.MERGE)
        with database.reading() as session:
            assert read_codebook(session) == (ALONE, MONEY, RENT)
            assert session.get_one(Code, codings(database)[1].code_id).guid == RENT.guid

    def test_codes_in_a_circle_are_taken_and_told(
        self, transcribed: Transcribed, coded: Coded, take: Take, database: Database
    ) -> None:
        circle = (replace(ALONE, parent_guid=MONEY.guid), replace(MONEY, parent_guid=ALONE.guid))
        report = take(coded(transcribed("C_031"), ON_MY_OWN, codes=circle))
        assert [loss.where for loss in report.losses] == ["code Alone"]
        with database.reading() as session:
            assert read_codebook(session) == (ALONE, replace(MONEY, parent_guid=ALONE.guid))

    def test_a_coding_whose_code_is_nowhere_is_left_out_and_told(
        self, transcribed: Transcribed, coded: Coded, take: Take, database: Database
    ) -> None:
        report = take(coded(transcribed("C_031"), ON_MY_OWN, TWENTY, codes=(ALONE,)))
        assert report.left_out == (
            Loss("a coding, characters 99 to 120 of interview.m4a", "its code is not in the codebook of the file"),
        )
        assert len(codings(database)) == 1


def test_a_text_that_reads_otherwise_than_when_it_was_coded_takes_no_more_codings(
    transcribed: Transcribed, coded: Coded, take: Take, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later release may write texts out in another way: old and new positions must not be mixed."""
    version = transcribed("C_031")
    take(coded(version, ON_MY_OWN))
    monkeypatch.setattr("storage.exports.turns.clock", lambda ms: "later")
    report = take(coded(version, ON_MY_OWN, TWENTY))
    assert {loss.what for loss in report.left_out} == {
        "version 1 of C_031_06/20 reads otherwise now than when it was first coded"
    }
    assert len(codings(database)) == 1


class TestConsent:
    @pytest.mark.parametrize("agreed", [{"interview": False, "recording": False}, {"recording": False}])
    def test_nothing_is_taken_of_somebody_who_has_taken_it_back(
        self,
        transcribed: Transcribed,
        coded: Coded,
        take: Take,
        database: Database,
        agree: Any,
        agreed: dict[str, bool],
    ) -> None:
        version = transcribed("C_031")
        project = coded(version, ON_MY_OWN)
        about = (project.codings[0].guid,)
        memos = (ProjectMemo(guid(4, 1), "", "lonely", about), ProjectMemo(guid(4, 2), "", "hers", (version.guid,)))
        agree("C_031", **agreed)
        report = take(replace(project, memos=memos))
        assert [("consent" in loss.what) for loss in report.left_out] == [True, True, True]
        assert codings(database) == []
        with database.reading() as session:
            assert session.exec(select(Memo)).all() == []

    def test_a_memo_about_a_case_that_has_withdrawn_is_not_taken(
        self, transcribed: Transcribed, coded: Coded, take: Take, agree: Any
    ) -> None:
        transcribed("C_032")
        agree("C_032", interview=False, recording=False)
        case = ProjectCase(guid(5, 1), "C_032")
        project = coded(
            transcribed("C_031"), cases=(case,), memos=(ProjectMemo(guid(4, 1), "", "her house", (case.guid,)),)
        )
        report = take(project)
        assert (report.new_memos, len(report.left_out)) == (0, 1)


def test_a_case_that_is_no_participant_is_told(transcribed: Transcribed, coded: Coded, take: Take) -> None:
    cases = (ProjectCase(guid(5, 1), "C_031"), ProjectCase(guid(5, 2), "Mrs Jones"))
    report = take(coded(transcribed("C_031"), ON_MY_OWN, cases=cases))
    assert report.losses == (
        Loss("case Mrs Jones", "is no participant of the study, so the case itself was not taken"),
    )
    assert not report.needs_a_person


class TestMemos:
    def test_a_memo_knows_what_it_is_about(
        self, transcribed: Transcribed, coded: Coded, take: Take, database: Database
    ) -> None:
        version = transcribed("C_031")
        project = coded(version, ON_MY_OWN, cases=(ProjectCase(guid(5, 1), "C_031"),))
        about = (ALONE.guid, guid(3, 1), version.guid, guid(5, 1))
        memos = (ProjectMemo(guid(4, 1), "On being alone", "compare LW_02", about, ANNA.guid, NOW),)
        report = take(replace(project, memos=memos))
        assert (report.new_memos, report.differences) == (1, ())
        with database.reading() as session:
            links = session.exec(select(MemoAbout).order_by(MemoAbout.id)).all()  # type: ignore[arg-type]
            found = [(x.code_id, x.coding_id, x.transcript_id, x.participant_code) for x in links]
        assert found == [
            (1, None, None, None),
            (None, 1, None, None),
            (None, None, 1, None),
            (None, None, None, "C_031"),
        ]

    def test_one_about_something_unknown_is_kept_and_told(
        self, transcribed: Transcribed, coded: Coded, take: Take
    ) -> None:
        memos = (ProjectMemo(guid(4, 1), "Field notes", "cold day", (guid(9, 9),)),)
        report = take(coded(transcribed("C_031"), memos=memos))
        assert report.new_memos == 1
        said = "something that it is about is not in the study; its text was taken"
        assert report.differences == (Loss("memo Field notes", said),)

    def test_a_text_that_was_rewritten_never_replaces_the_older_one(
        self, transcribed: Transcribed, coded: Coded, take: Take, database: Database
    ) -> None:
        version = transcribed("C_031")

        def memo(text: str) -> CodedProject:
            return coded(version, memos=(ProjectMemo(guid(4, 1), "idea", text, (), ANNA.guid),))

        take(memo("first"))
        assert take(memo("first")).new_memos == 0
        assert len(take(memo("second")).differences) == 1
        take(memo("second"), update=True)
        with database.reading() as session:
            rows = [(row.text, row.retired_by) for row in session.exec(select(Memo))]
        assert rows == [("first", 4), ("second", None)]


class TestConstraints:
    @pytest.mark.parametrize(
        ("fields", "constraint"),
        [
            ({"start": None, "end": None, "start_ms": None, "end_ms": None}, "coding_has_a_place"),
            ({"end": None}, "coding_has_both_positions"),
            ({"start": None}, "coding_has_both_positions"),
            ({"end_ms": None}, "coding_has_both_times"),
            ({"start": 9}, "coding_positions_in_order"),
            ({"start": -1}, "coding_positions_in_order"),
            ({"start_ms": 900}, "coding_times_in_order"),
            ({"matched_by": "luck"}, "coding_matched_somehow"),
            ({"standing": "lost"}, "coding_kept_or_flagged"),
            ({"standing": "flagged"}, "coding_flagged_with_a_reason"),
            ({"reason": "gone"}, "coding_flagged_with_a_reason"),
        ],
    )
    def test_a_coding_without_a_whole_place_is_refused(
        self,
        transcribed: Transcribed,
        coded: Coded,
        take: Take,
        database: Database,
        fields: dict[str, Any],
        constraint: str,
    ) -> None:
        take(coded(transcribed("C_031"), ON_MY_OWN))
        usual: dict[str, Any] = {
            "code_id": 1,
            "version_id": 1,
            "coder_id": 1,
            "style": "full",
            "start": 2,
            "end": 9,
            "start_ms": 0,
            "end_ms": 900,
            "import_id": 1,
            "matched_by": "guid",
        }
        with pytest.raises(IntegrityError, match=constraint), database.writing() as session:
            session.add(Coding(**(usual | fields)))
        with database.writing() as session:
            session.add(Coding(**usual))

    def test_one_guid_counts_once(self, transcribed: Transcribed, coded: Coded, take: Take, database: Database) -> None:
        take(coded(transcribed("C_031"), ON_MY_OWN))
        row = codings(database)[0].model_dump(exclude={"id"})
        with pytest.raises(IntegrityError, match=r"(?i)unique"), database.writing() as session:
            session.add(Coding(**row))

    @pytest.mark.parametrize(
        "change", ["UPDATE coding SET quote = ''", "UPDATE coding SET start = 1", "DELETE FROM coding"]
    )
    def test_what_was_coded_is_never_changed_or_removed(
        self, transcribed: Transcribed, coded: Coded, take: Take, database: Database, change: str
    ) -> None:
        take(coded(transcribed("C_031"), ON_MY_OWN))
        with pytest.raises(DBAPIError, match="coding is never changed"), database.writing() as session:
            session.execute(text(change))


def test_a_recording_that_was_coded_in_time_needs_no_text(
    transcribed: Transcribed, coded: Coded, take: Take, database: Database
) -> None:
    version = transcribed("C_031")
    source = ProjectSource(guid(6, 1), "other name.m4a", "audio", sha256=version.recording_sha256)
    project = coded(version, ON_MY_OWN)
    timed = replace(
        project.codings[0], source_guid=source.guid, text_guid="", start=None, end=None, quote="", start_ms=5, end_ms=70
    )
    late = replace(timed, guid=guid(3, 2), start_ms=600_000, end_ms=600_001)
    report = take(replace(project, sources=(source,), codings=(timed, late)))
    assert report.matched_by == {"hash": 2}
    assert [loss.what for loss in report.flagged] == ["it begins after the end of the recording of C_031_06/20"]
    assert [(each.version_id, each.start, each.start_ms) for each in codings(database)] == [
        (version.id, None, 5),
        (version.id, None, 600_000),
    ]
