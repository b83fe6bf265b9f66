"""`fieldcall codes`: what a researcher imports, asks and draws, as they do it at the terminal."""

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from coded_values import ALONE, BEN, MONEY
from coding_setup import agree, coded, text_of, transcribed  # noqa: F401 - fixtures

from storage.codes.texts import StudyVersion
from storage.imports.coded_project import CodedProject, Loss

Fieldcall = Callable[..., Any]
Reads = Callable[[CodedProject], Path]


@pytest.fixture
def file_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reads:
    """A file that the reader reads as this project."""
    import sys
    from types import ModuleType

    def write(project: CodedProject) -> Path:
        path = tmp_path / "coded.qdpx"
        path.write_bytes(b"a project")
        reading = ModuleType("storage.imports.reading")
        reading.read_coded = lambda given: project if given == path else None  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "storage.imports.reading", reading)
        return path

    return write


@pytest.fixture
def version(transcribed: Callable[..., StudyVersion]) -> StudyVersion:  # noqa: F811
    return transcribed("C_031")


@pytest.fixture
def project(version: StudyVersion, coded: Callable[..., CodedProject]) -> CodedProject:  # noqa: F811
    return coded(
        version,
        (ALONE, "On my own, mostly. It cost me £20"),
        (MONEY, "It cost me £20"),
        (ALONE, "On my own, mostly.", BEN),
    )


class TestImport:
    def test_what_was_taken_is_told(self, at: Fieldcall, file_of: Reads, project: CodedProject) -> None:
        said = at("codes", "import", file_of(project))
        assert (said.status, said.err) == (0, "")
        assert "New codings: 2 by Anna, 1 by Ben. 0 were there before." in said.out
        assert "Their texts were found by guid: 3." in said.out
        assert "New codes: 3, changed: 0. New memos: 0." in said.out

    def test_a_second_time_there_is_nothing_new(self, at: Fieldcall, file_of: Reads, project: CodedProject) -> None:
        at("codes", "import", file_of(project))
        said = at("codes", "import", file_of(project))
        assert (said.status, said.err) == (0, "")
        assert "New codings: none. 3 were there before." in said.out

    def test_what_a_person_must_look_at_is_itemised(self, at: Fieldcall, file_of: Reads, project: CodedProject) -> None:
        wrong = replace(project.codings[0], quote="never said")
        nowhere = replace(project.codings[1], code_guid="x")
        lossy = replace(project, codings=(wrong, nowhere), losses=(Loss("set Family", "sets are not kept"),))
        said = at("codes", "import", file_of(lossy))
        assert said.status == 1
        assert said.err.splitlines() == [
            "1 to be looked at:",
            "  Alone, characters 69 to 102 of C_031_06/20, by Anna: its words do not stand in version 1 of "
            "C_031_06/20, and not surely where the file says",
            "1 left out:",
            "  a coding, characters 88 to 102 of interview.m4a: its code is not in the codebook of the file",
            "1 not as in the file:",
            "  set Family: sets are not kept",
        ]

    def test_what_is_gone_is_told_with_the_next_step_and_followed_when_told(
        self, at: Fieldcall, file_of: Reads, project: CodedProject
    ) -> None:
        at("codes", "import", file_of(project))
        fewer = file_of(replace(project, codings=project.codings[1:]))
        said = at("codes", "import", fewer)
        assert said.status == 1
        assert "it still counts" in said.err
        assert said.err.endswith("Import it again with --update to follow what its coder changed or removed.\n")
        said = at("codes", "import", fewer, "--update")
        assert "Retired: 1, brought back: 0." in said.out
        assert [row["codings"] for row in at("codes", "list", "--json").json] == [1, 1, 0]

    def test_names_that_are_there_already_are_asked_about(
        self, at: Fieldcall, file_of: Reads, project: CodedProject
    ) -> None:
        at("codes", "import", file_of(project))
        codes = tuple(replace(code, guid=f"9{code.guid[1:]}") for code in (ALONE, MONEY))
        codings = tuple(replace(c, code_guid=f"9{c.code_guid[1:]}") for c in project.codings)
        other = file_of(replace(project, codes=codes, codings=codings))
        said = at("codes", "import", other)
        assert (said.status, said.out) == (1, "")
        assert "the study has others of the same name for code Alone, code Money" in said.err
        said = at("codes", "import", other, "--same-names", "merge")
        assert "3 were there before" in said.out

    def test_the_report_can_be_had_as_json(self, at: Fieldcall, file_of: Reads, project: CodedProject) -> None:
        report = at("codes", "import", file_of(project), "--coder", "Cleo", "--json").json
        assert report["new_codings"] == {"Cleo": 3}
        assert report["new_codes"] == ["Alone", "Money", "Money > Rent"]

    def test_of_many_losses_the_first_are_shown(self, at: Fieldcall, file_of: Reads, project: CodedProject) -> None:
        losses = tuple(Loss(f"set {number}", "sets are not kept") for number in range(25))
        said = at("codes", "import", file_of(replace(project, losses=losses)))
        assert said.err.splitlines()[-1] == "  and 5 more; --json shows them all"
        assert len(said.err.splitlines()) == 22

    def test_a_wrong_word_is_wrong_usage(self, at: Fieldcall, file_of: Reads, project: CodedProject) -> None:
        said = at("codes", "import", file_of(project), "--same-names", "perhaps")
        assert said.status == 2
        assert "'perhaps' is not allowed; allowed: merge, apart" in said.err


@pytest.mark.usefixtures("imported")
class TestQuestions:
    @pytest.fixture
    def imported(self, at: Fieldcall, file_of: Reads, project: CodedProject) -> None:
        assert at("codes", "import", file_of(project)).status == 0

    def test_the_codebook(self, at: Fieldcall) -> None:
        assert at("codes", "list", "--json").json[0] == {
            "code": "Alone",
            "codings": 2,
            "participants": 1,
            "coders": 2,
            "flagged": 0,
            "description": "being by oneself",
        }

    def test_quotes(self, at: Fieldcall) -> None:
        assert at("codes", "quotes", "money", "--json").json == [
            {
                "code": "Money",
                "interview": "C_031_06/20",
                "group": "client",
                "time": "00:00:10",
                "coder": "Anna",
                "may_be_quoted": "yes",
                "quote": "It cost me £20",
                "flagged": "",
            }
        ]
        assert "C_031_06/20" in at("codes", "quotes", "Alone", "--coder", "Ben", "--group", "client").out

    def test_on_the_screen_are_as_many_as_asked_for_and_in_a_file_all(self, at: Fieldcall, tmp_path: Path) -> None:
        said = at("codes", "quotes", "--limit", "1", "--csv", tmp_path / "quotes.csv")
        assert "These are the first 1. All of them: --limit 0, --csv FILE or --json." in said.out
        rows = list(csv.reader((tmp_path / "quotes.csv").read_text().splitlines()))
        assert rows[0][:3] == ["code", "interview", "group"]
        assert len(rows) == 4

    def test_a_formula_in_a_quote_is_not_computed(self, at: Fieldcall, tmp_path: Path) -> None:
        from desk.sheets import tell

        tell([{"quote": "=1+1"}], "", csv=tmp_path / "a.csv", as_json=True, empty="")
        assert (tmp_path / "a.csv").read_bytes() == b"quote\n'=1+1\n"

    def test_who_may_not_be_quoted_is_marked(
        self,
        at: Fieldcall,
        agree: Callable[..., None],  # noqa: F811
    ) -> None:
        agree("C_031", quotation=False)
        assert {row["may_be_quoted"] for row in at("codes", "quotes", "--json").json} == {"no"}

    @pytest.mark.parametrize(
        ("arguments", "status", "words"),
        [
            (["Love"], 1, "There is no code Love"),
            (["--coder", "Cleo"], 1, "There is no coder Cleo; there is Anna, Ben."),
            (["--group", "nobody"], 2, "nobody is no group; there are client, link_worker, manager"),
        ],
    )
    def test_what_is_not_there_is_told(self, at: Fieldcall, arguments: list[str], status: int, words: str) -> None:
        said = at("codes", "quotes", *arguments)
        assert said.status == status
        assert words in " ".join(said.err.replace("│", "").split())

    def test_the_matrix(self, at: Fieldcall) -> None:
        assert at("codes", "matrix", "--json").json[0] == {
            "code": "Alone",
            "client_codings": 2,
            "client_participants": 1,
        }

    def test_codes_together(self, at: Fieldcall) -> None:
        assert at("codes", "together", "--json").json == [
            {"code": "Alone", "and": "Money", "codings": 1, "participants": 1}
        ]

    def test_agreement(self, at: Fieldcall, tmp_path: Path) -> None:
        said = at("codes", "agreement", "--csv", tmp_path / "agreement.csv")
        assert "Anna and Ben both coded C_031_06/20." in said.out
        rows = list(csv.DictReader((tmp_path / "agreement.csv").read_text().splitlines()))
        assert [(row["code"], row["units"], row["both"], row["kappa"]) for row in rows] == [
            ("Alone", "4", "1", "1.0"),
            ("Money", "4", "0", "0.0"),
        ]
        assert at("codes", "agreement", "--by", "word").status == 2

    def test_measures_are_numbers_in_files_and_below_nothing_too(
        self, at: Fieldcall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A kappa below 0 had an apostrophe before it, as if it were a formula, and in JSON all were words."""
        from storage.codes import agreement

        less, none = agreement.Measures(40.0, -0.1234567, None, "not defined"), agreement.Measures(100.0, None, None)
        monkeypatch.setattr(agreement, "measured", lambda counts: less if counts.both else none)
        said = at("codes", "agreement", "--csv", tmp_path / "agreement.csv")
        assert "40.0" in said.out and "-0.123 " in said.out
        rows = list(csv.DictReader((tmp_path / "agreement.csv").read_text().splitlines()))
        assert [(row["percent"], row["kappa"], row["alpha"]) for row in rows] == [
            ("40.0", "-0.123457", ""),
            ("100.0", "", ""),
        ]
        told = [(row["percent"], row["kappa"], row["alpha"]) for row in at("codes", "agreement", "--json").json]
        assert told == [(40.0, -0.123457, None), (100.0, None, None)]

    @pytest.mark.parametrize(
        ("arguments", "head"),
        [
            (("quotes", "Rent"), "code,interview,group,time,coder,may_be_quoted,quote,flagged"),
            (("together", "--coder", "Ben"), "code,and,codings,participants"),
        ],
    )
    def test_a_file_without_rows_says_what_its_columns_are(
        self, at: Fieldcall, tmp_path: Path, arguments: tuple[str, ...], head: str
    ) -> None:
        assert at("codes", *arguments, "--csv", tmp_path / "none.csv").status == 0
        assert (tmp_path / "none.csv").read_text() == f"{head}\n"

    @pytest.mark.parametrize("question", ["matrix", "together"])
    def test_a_plot_is_a_picture_and_the_same_every_time(self, at: Fieldcall, tmp_path: Path, question: str) -> None:
        first, second = tmp_path / "1.png", tmp_path / "2.png"
        assert f"Written to {first}." in at("codes", question, "--plot", first).out
        at("codes", question, "--plot", second)
        assert first.read_bytes().startswith(b"\x89PNG")
        assert first.read_bytes() == second.read_bytes()

    def test_a_plot_is_a_png(self, at: Fieldcall, tmp_path: Path) -> None:
        said = at("codes", "matrix", "--plot", tmp_path / "a.pdf")
        assert said.status == 2
        assert "a.pdf does not end in .png" in said.err

    def test_a_file_that_cannot_be_written_is_told(self, at: Fieldcall, tmp_path: Path) -> None:
        (tmp_path / "a.csv").mkdir()
        said = at("codes", "list", "--csv", tmp_path / "a.csv")
        assert said.status == 1
        assert "a.csv cannot be written: " in said.err


@pytest.mark.parametrize("question", ["list", "quotes", "matrix", "together"])
def test_a_study_without_codes_says_so(at: Fieldcall, question: str) -> None:
    said = at("codes", question)
    assert said.status == 0
    assert said.out.count("\n") == 1


def test_nothing_is_drawn_of_nothing(at: Fieldcall, tmp_path: Path) -> None:
    said = at("codes", "matrix", "--plot", tmp_path / "a.png")
    assert said.status == 1
    assert "There is nothing to draw yet" in said.err
    assert list(tmp_path.glob("*.png")) == []
