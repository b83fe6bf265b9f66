"""What a researcher asks: quotes by code and group, codes by group, codes together; and whose words are not shown."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from coded_values import ALONE, BEN, MONEY, RENT, guid
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from storage.codes.codebook import SameNames, in_order
from storage.codes.questions import Quote, Tally, code_uses, matrix, overlapping, quotes, together
from storage.codes.report import ImportReport
from storage.codes.seen import codes_named, named_paths
from storage.codes.texts import StudyVersion
from storage.database import Database
from storage.errors import StorageError
from storage.imports.coded_project import CodedProject, ProjectCode
from storage.study import Study

Take = Callable[..., ImportReport]
Coded = Callable[..., CodedProject]
Transcribed = Callable[..., StudyVersion]


@pytest.fixture
def coded_study(transcribed: Transcribed, coded: Coded, take: Take) -> None:
    """Two clients and a link worker; Anna coded all of them, Ben the first client."""
    first = transcribed("C_031")
    take(
        coded(
            first,
            (ALONE, "On my own, mostly. It cost me £20"),
            (MONEY, "It cost me £20"),
            (RENT, "£20 – “for nothing”"),
            (ALONE, "On my own, mostly.", BEN),
        )
    )
    take(coded(transcribed("C_032", month=5), (MONEY, "It cost me £20"), first=20))
    take(coded(transcribed("LW_02", group="link_worker"), (MONEY, "It cost me £20"), first=30))


def asked(database: Database, question: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    with database.reading() as session:
        return question(session, *arguments, **options)


@pytest.mark.usefixtures("coded_study")
class TestQuotes:
    def test_a_quote_has_all_that_a_citation_needs(self, database: Database, study: Study) -> None:
        assert asked(database, quotes, study, code="money")[0] == Quote(
            code="Money",
            label="C_031_06/20",
            group="client",
            start_ms=10_000,
            end_ms=19_000,
            coder="Anna",
            words="It cost me £20",
            may_be_quoted=True,
            reason="",
            guid=guid(3, 2),
        )

    @pytest.mark.parametrize(
        ("options", "found"),
        [
            ({"code": "Money"}, ["C_031", "C_032", "LW_02"]),
            ({"code": "Money", "below": True}, ["C_031", "C_032", "LW_02", "C_031"]),
            ({"code": "Money > Rent"}, ["C_031"]),
            ({"code": "rent", "group": "link_worker"}, []),
            ({"code": "Money", "group": "link_worker"}, ["LW_02"]),
            ({"coder": "ben"}, ["C_031"]),
            ({"group": "nobody"}, []),
        ],
    )
    def test_they_are_by_code_group_and_coder(
        self, database: Database, study: Study, options: dict[str, Any], found: list[str]
    ) -> None:
        assert [quote.label[:5] for quote in asked(database, quotes, study, **options)] == found

    def test_a_code_or_coder_that_is_not_there_is_told(self, database: Database, study: Study) -> None:
        with pytest.raises(StorageError, match=r"There is no code Love\. 'fieldcall codes list'"):
            asked(database, quotes, study, code="Love")
        with pytest.raises(StorageError, match=r"There is no coder Cleo; there is Anna, Ben\."):
            asked(database, quotes, study, coder="Cleo")

    def test_who_does_not_agree_to_be_quoted_is_marked(
        self, database: Database, study: Study, agree: Callable[..., None]
    ) -> None:
        agree("C_032", quotation=False)
        assert [quote.may_be_quoted for quote in asked(database, quotes, study, code="Money")] == [True, False, True]

    @pytest.mark.parametrize("agreed", [{"interview": False, "recording": False}, {"recording": False}])
    def test_who_has_withdrawn_since_is_seen_nowhere(
        self, database: Database, study: Study, agree: Callable[..., None], agreed: dict[str, bool]
    ) -> None:
        agree("C_031", **agreed)
        assert {quote.label for quote in asked(database, quotes, study)} == {"C_032_05/20", "LW_02_06/20"}
        assert [use.codings for use in asked(database, code_uses)] == [0, 2, 0]
        assert asked(database, matrix).cell("Alone", "client") == Tally()
        assert asked(database, together).rows == ()


@pytest.mark.usefixtures("coded_study")
class TestCounts:
    def test_every_code_is_listed_with_its_use(self, database: Database) -> None:
        found = [(u.path, u.codings, u.participants, u.coders, u.flagged) for u in asked(database, code_uses)]
        assert found == [("Alone", 2, 1, 2, 0), ("Money", 3, 3, 1, 0), ("Money > Rent", 1, 1, 1, 0)]

    def test_flagged_codings_count_and_are_told(
        self, database: Database, take: Take, coded: Coded, transcribed: Any
    ) -> None:
        project = coded(transcribed("C_033"), (RENT, "every week"), first=40)
        take(replace(project, codings=tuple(replace(c, quote="not said") for c in project.codings)))
        assert [(u.codings, u.flagged) for u in asked(database, code_uses)] == [(2, 0), (3, 0), (2, 1)]

    def test_the_matrix_counts_codings_and_people(self, database: Database) -> None:
        found = asked(database, matrix)
        assert found.columns == ("client", "link_worker")
        assert found.cells == {
            ("Alone", "client"): Tally(2, 1),
            ("Money", "client"): Tally(2, 2),
            ("Money", "link_worker"): Tally(1, 1),
            ("Money > Rent", "client"): Tally(1, 1),
        }

    def test_with_below_a_code_counts_what_is_below_it(self, database: Database) -> None:
        assert asked(database, matrix, below=True).cell("Money", "client") == Tally(3, 2)

    def test_and_of_one_coder_only_theirs(self, database: Database) -> None:
        assert asked(database, matrix, coder="Ben").cells == {("Alone", "client"): Tally(1, 1)}

    def test_what_is_retired_counts_nowhere(self, database: Database, study: Study) -> None:
        with database.writing() as session:
            session.execute(text("UPDATE coding SET retired_by = 1 WHERE coder_id = 2"))
        assert asked(database, code_uses)[0].codings == 1
        assert asked(database, matrix, coder="Ben").cells == {}
        assert asked(database, quotes, study, coder="Ben") == []

    def test_codes_of_one_name_that_are_kept_apart_are_two_rows(
        self, database: Database, take: Take, coded: Coded, transcribed: Any
    ) -> None:
        other = ProjectCode(guid(0, 9), "Alone")  # its GUID is the lower one, and it came later
        project = coded(transcribed("C_033"), (other, "every week"), first=40, codes=(other,))
        take(project, same_names=SameNames.APART)
        found = asked(database, matrix)
        assert found.rows == ("Alone", "Alone (2)", "Money", "Money > Rent")
        assert [found.cell(row, "client").codings for row in found.rows[:2]] == [2, 1]

    def test_what_is_below_a_code_of_two_that_are_called_alike_stands_below_it(self) -> None:
        twin, debts = ProjectCode(guid(0, 1), "Money"), ProjectCode(guid(0, 2), "Debts", parent_guid=guid(0, 1))
        told = named_paths(in_order((MONEY, RENT, twin, debts)))
        assert list(told.values()) == ["Money", "Money > Rent", "Money (2)", "Money (2) > Debts"]
        assert told[twin.guid] == "Money (2)"


@pytest.mark.usefixtures("coded_study")
class TestTogether:
    def test_codes_are_together_where_they_share_a_character(self, database: Database) -> None:
        """Rent begins where '£20' begins, within both others."""
        found = asked(database, together)
        assert found.rows == found.columns == ("Alone", "Money", "Money > Rent")
        assert found.cells == {
            pair: Tally(1, 1) for one, other in combinations(found.rows, 2) for pair in ((one, other), (other, one))
        }

    def test_what_two_coders_gave_to_a_passage_is_no_pair(self, database: Database, take: Take, coded: Coded) -> None:
        assert asked(database, together, coder="Ben").cells == {}

    def test_passages_that_only_touch_are_not_together(
        self, database: Database, take: Take, coded: Coded, transcribed: Any
    ) -> None:
        take(coded(transcribed("C_034"), (ALONE, "every"), (RENT, " week"), (ALONE, "week"), first=40))
        assert asked(database, together).cell("Alone", "Money > Rent") == Tally(2, 2)


places = st.tuples(
    st.integers(1, 2),
    st.sampled_from(["full", "intelligent"]),
    st.integers(1, 2),
    st.integers(0, 30),
    st.integers(1, 12),
)


@given(st.lists(st.tuples(places, st.integers(1, 4)), max_size=25))
def test_pairs_are_those_that_comparing_every_two_finds(made: list[tuple[tuple[int, str, int, int, int], int]]) -> None:
    rows = sorted((*where, start, start + length, code) for (*where, start, length), code in made)
    expected: Counter[tuple[int, frozenset[int]]] = Counter()
    for (*one, start, end, code), (*other, its_start, its_end, its_code) in combinations(rows, 2):
        if one == other and code != its_code and start < its_end and its_start < end:
            expected[one[0], frozenset((code, its_code))] += 1
    assert Counter((version, frozenset(codes)) for version, *codes in overlapping(rows)) == expected


class TestNames:
    CODES = (
        ALONE,
        MONEY,
        RENT,
        ProjectCode(guid(2, 4), "Rent", parent_guid=ALONE.guid),
        ProjectCode(guid(2, 5), "Home"),
    )

    @pytest.mark.parametrize(
        ("name", "below", "found"),
        [
            ("home", False, ["Home"]),
            (" MONEY  > rent", False, ["Rent"]),
            ("Money", True, ["Money", "Rent"]),
        ],
    )
    def test_a_code_is_named_by_its_name_or_its_path(self, name: str, below: bool, found: list[str]) -> None:
        assert [code.name for code in codes_named(self.CODES, name, below=below)] == found

    def test_a_name_that_two_codes_have_is_asked_about(self) -> None:
        with pytest.raises(StorageError, match=r"several codes Rent: 'Money > Rent', 'Alone > Rent'\. Name one"):
            codes_named(self.CODES, "Rent")

    def test_a_code_at_the_top_needs_no_more_than_its_name(self) -> None:
        top = ProjectCode(guid(2, 6), "Rent")
        assert codes_named((*self.CODES, top), "Rent") == [top]

    def test_of_two_codes_that_are_called_alike_each_is_had_as_the_list_shows_it(self) -> None:
        """Codes that were imported apart: the second stands in the list with a number, and has codes below it too."""
        twin = ProjectCode(guid(2, 7), "Money")
        its_own = ProjectCode(guid(2, 8), "Debts", parent_guid=twin.guid)
        codes = (*self.CODES, twin, its_own)
        assert codes_named(codes, "Money") == [MONEY]
        assert codes_named(codes, "Money (2)") == [twin]
        assert codes_named(codes, "Money", below=True) == [MONEY, RENT]
        assert codes_named(codes, "money (2)", below=True) == [twin, its_own]

    def test_the_second_of_two_that_are_called_alike_below_another_needs_no_path(self) -> None:
        twin = ProjectCode(guid(2, 9), "Rent", parent_guid=MONEY.guid)
        codes = (*self.CODES, twin)
        assert codes_named(codes, "Rent (2)") == codes_named(codes, "Money > Rent (2)") == [twin]

    def test_codes_that_differ_by_capitals_or_hold_the_sign_of_a_path_are_had_to_the_letter(self) -> None:
        loud, odd = ProjectCode(guid(2, 7), "MONEY"), ProjectCode(guid(2, 8), "Cost > benefit")
        codes = (*self.CODES, loud, odd)
        assert codes_named(codes, "MONEY") == [loud]
        assert codes_named(codes, "Cost > benefit") == [odd]
        with pytest.raises(StorageError, match=r"several codes money: 'Money', 'MONEY'\. Name one"):
            codes_named(codes, "money")
