"""Agreement of two coders: as published examples have it, by units counted one by one, undefined where it is."""

import sys
from collections.abc import Callable
from dataclasses import replace

import pytest
from coded_values import ALONE, ANNA, BEN, MONEY, RENT
from hypothesis import given
from hypothesis import strategies as st

from storage.codes.agreement import MOST_UNITS, Counts, Unit, agreement, compared, measured
from storage.codes.report import ImportReport
from storage.codes.texts import StudyText, StudyVersion
from storage.database import Database
from storage.errors import StorageError
from storage.imports.coded_project import CodedProject, ProjectCoder
from storage.study import Study

Take = Callable[..., ImportReport]
Coded = Callable[..., CodedProject]
Transcribed = Callable[..., StudyVersion]


class TestMeasures:
    def test_fifty_proposals_read_by_two(self) -> None:
        """The textbook example of Cohen's kappa: 20 yes by both, 5 and 10 by one alone, 15 no by both."""
        found = measured(Counts(both=20, first=5, second=10, neither=15))
        assert found.percent == pytest.approx(70)
        assert found.kappa == pytest.approx(0.4)

    def test_ten_articles_read_by_two(self) -> None:
        """Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, example A: alpha is 0.095."""
        jon, han = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
        kinds = list(zip(jon, han, strict=True))
        counts = Counts(*(kinds.count(kind) for kind in ((1, 1), (1, 0), (0, 1), (0, 0))))
        found = measured(counts)
        assert found.percent == pytest.approx(60)
        assert found.alpha == pytest.approx(1 - 19 * 4 / (14 * 6))
        assert f"{found.alpha:.3f}" == "0.095"

    @given(st.builds(Counts, *[st.integers(0, 300)] * 4))
    def test_they_are_what_their_definitions_say(self, counts: Counts) -> None:
        units = counts.units
        if not units:
            return
        found = measured(counts)
        if units in (counts.both, counts.neither):
            assert (found.kappa, found.alpha) == (None, None)
            assert found.reason
            return
        observed = (counts.both + counts.neither) / units
        first, second = counts.both + counts.first, counts.both + counts.second
        expected = (first * second + (units - first) * (units - second)) / units**2
        assert found.kappa == pytest.approx((observed - expected) / (1 - expected), abs=1e-12)
        ones, zeros = first + second, 2 * units - first - second
        assert found.alpha == pytest.approx(1 - (2 * units - 1) * (1 - observed) * units / (ones * zeros), abs=1e-12)

    @pytest.mark.parametrize(
        ("counts", "reason"),
        [
            (Counts(both=9), "every unit has the code, so agreement cannot be told from chance"),
            (Counts(neither=9), "every unit is without the code, so agreement cannot be told from chance"),
        ],
    )
    def test_where_there_is_one_kind_of_unit_only_they_are_not_defined(self, counts: Counts, reason: str) -> None:
        found = measured(counts)
        assert (found.percent, found.kappa, found.alpha, found.reason) == (100, None, None, reason)

    def test_a_code_that_one_never_used_has_no_agreement_beyond_chance(self) -> None:
        assert measured(Counts(first=3, neither=7)).kappa == 0

    def test_alpha_is_not_computed_of_more_units_than_a_machine_holds(self) -> None:
        found = measured(Counts(1, 1, 1, MOST_UNITS))
        assert found.alpha is None
        assert found.kappa is not None
        assert found.reason == "alpha is not computed for more than 2,000,000 units"

    @pytest.mark.parametrize("package", ["sklearn.metrics", "krippendorff"])
    def test_a_package_that_is_missing_is_named_with_its_extra(
        self, package: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(StorageError, match=r"which is not installed\. .*'fieldcall\[coding\]'"):
            measured(Counts(1, 1, 1, 1))


spans = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9)).map(lambda at: (at[0], at[0] + at[1])), max_size=6)


@given(spans, spans)
def test_units_are_counted_as_one_by_one(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> None:
    one, other = ({unit for start, end in each for unit in range(start, end)} for each in (first, second))
    expected = Counts(len(one & other), len(one - other), len(other - one), 40 - len(one | other))
    assert compared(first, second, units=40) == expected


class TestStudy:
    """Anna and Ben both coded C_031; C_032 is Anna's alone."""

    @pytest.fixture(autouse=True)
    def version(self, transcribed: Transcribed, coded: Coded, take: Take) -> StudyVersion:
        version = transcribed("C_031")
        take(
            coded(
                version,
                (ALONE, "On my own, mostly."),
                (MONEY, "£20"),
                (ALONE, "mostly. It cost", BEN),
                (ALONE, "that kept me going", BEN),
            )
        )
        take(coded(transcribed("C_032"), (ALONE, "On my own"), (RENT, "every week"), first=20))
        return version

    def test_only_interviews_that_both_coded_count(self, database: Database, study: Study) -> None:
        with database.reading() as session:
            found = agreement(session, study)
        assert [(each.code, each.first, each.second, each.interviews) for each in found] == [
            ("Alone", "Anna", "Ben", ("C_031_06/20",)),
            ("Money", "Anna", "Ben", ("C_031_06/20",)),
        ]

    def test_the_unit_is_the_utterance(self, database: Database, study: Study) -> None:
        with database.reading() as session:
            alone, money = agreement(session, study)
        assert alone.counts == Counts(both=1, first=0, second=1, neither=2)
        assert money.counts == Counts(both=0, first=1, second=0, neither=3)

    def test_words_that_only_touch_an_utterance_are_not_in_it(
        self, version: StudyVersion, coded: Coded, take: Take, database: Database, study: Study
    ) -> None:
        """What is between two utterances, the time and the speaker, is in neither."""
        between = "\n\n[00:00:20] INT_01: "
        take(coded(version, (RENT, between), (RENT, f"🙂.{between}", BEN), first=40))
        with database.reading() as session:
            rent = agreement(session, study)[-1]
        assert (rent.code, rent.counts) == ("Money > Rent", Counts(second=1, neither=3))

    def test_or_the_character(
        self, database: Database, study: Study, version: StudyVersion, text_of: Callable[..., StudyText]
    ) -> None:
        with database.reading() as session:
            alone = agreement(session, study, Unit.CHARACTER)[0]
        both, kept = len("mostly."), len("that kept me going")
        first, second = len("On my own, "), len(" It cost") + kept
        rest = len(text_of(version).text) - both - first - second
        assert alone.counts == Counts(both, first, second, rest)

    def test_what_is_flagged_is_not_compared(
        self, version: StudyVersion, coded: Coded, take: Take, database: Database, study: Study
    ) -> None:
        project = coded(version, (RENT, "every week", BEN), first=40)
        take(replace(project, codings=tuple(replace(each, quote="not said") for each in project.codings)))
        with database.reading() as session:
            assert [each.code for each in agreement(session, study)] == ["Alone", "Money"]

    def test_of_three_coders_every_two_are_compared(
        self, version: StudyVersion, coded: Coded, take: Take, database: Database, study: Study
    ) -> None:
        cleo = ProjectCoder("00000000-0000-4000-8000-000100000003", "Cleo")
        take(coded(version, (ALONE, "On my own", cleo), first=40, coders=(cleo,)))
        with database.reading() as session:
            found = [(each.first, each.second) for each in agreement(session, study) if each.code == "Alone"]
        assert found == [("Anna", "Ben"), ("Anna", "Cleo"), ("Ben", "Cleo")]

    def test_who_has_withdrawn_is_not_compared(
        self, database: Database, study: Study, agree: Callable[..., None]
    ) -> None:
        agree("C_031", interview=False, recording=False)
        with database.reading() as session, pytest.raises(StorageError, match="No text is coded by two coders yet"):
            agreement(session, study)


def test_one_coder_has_nobody_to_agree_with(
    database: Database, study: Study, transcribed: Transcribed, coded: Coded, take: Take
) -> None:
    take(coded(transcribed("C_031"), (ALONE, "On my own", ANNA)))
    with database.reading() as session, pytest.raises(StorageError, match="Import what a second coder made"):
        agreement(session, study)
