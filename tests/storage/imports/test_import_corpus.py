"""Every file of the corpus is read, refused and checked as its verdict says; the corpus is what its script makes."""

import csv
from collections import Counter
from pathlib import Path

import make_corpus
import pytest
import soundness

from storage.errors import StorageError
from storage.exports.checks.findings import RULES
from storage.exports.qdc_check import check_qdc
from storage.exports.qdpx_check import check_qdpx
from storage.imports.reading import read_coded

HERE = Path(make_corpus.__file__).parent
VERDICTS = list(csv.DictReader((HERE / "verdicts.csv").read_text(encoding="utf-8").splitlines()))
READ = [verdict for verdict in VERDICTS if verdict["reader"] == "reads"]
REFUSED = [verdict for verdict in VERDICTS if verdict["reader"] == "refuses"]
CHECKED = [verdict for verdict in VERDICTS if verdict["checker"]]


def _name(verdict: dict[str, str]) -> str:
    return verdict["file"]


def test_the_corpus_is_large_and_most_of_it_is_not_as_the_standard_wants_it() -> None:
    kinds = Counter(verdict["file"].partition("/")[0] for verdict in VERDICTS)
    assert len(VERDICTS) >= 250
    assert kinds["broken"] >= 80
    assert kinds["hostile"] >= 40


def test_the_script_makes_the_same_bytes_every_time() -> None:
    made = make_corpus.corpus()
    stored = {str(path.relative_to(HERE / "files")): path for path in (HERE / "files").rglob("*") if path.is_file()}
    assert made.keys() == stored.keys()
    assert [name for name, entry in made.items() if entry.content != stored[name].read_bytes()] == []
    assert (HERE / "verdicts.csv").read_text(encoding="utf-8") == make_corpus.verdicts(made)


def test_no_file_of_the_corpus_is_large() -> None:
    assert max(path.stat().st_size for path in (HERE / "files").rglob("*") if path.is_file()) < 70_000


@pytest.mark.parametrize("verdict", READ, ids=_name)
def test_a_file_that_can_be_read_gives_its_codes_and_codings_and_tells_its_losses(verdict: dict[str, str]) -> None:
    found = read_coded(HERE / "files" / verdict["file"])
    counted = len(found.codes), len(found.codings), len(found.losses)
    assert counted == tuple(int(verdict[name]) for name in ("codes", "codings", "losses")), found.losses


@pytest.mark.parametrize("verdict", READ, ids=_name)
def test_what_was_read_holds_together(verdict: dict[str, str]) -> None:
    assert list(soundness.faults(read_coded(HERE / "files" / verdict["file"]))) == []


@pytest.mark.parametrize("verdict", REFUSED, ids=_name)
def test_a_file_that_cannot_be_read_is_refused_with_its_name_the_cause_and_what_to_do(verdict: dict[str, str]) -> None:
    path = HERE / "files" / verdict["file"]
    with pytest.raises(StorageError) as refusal:
        read_coded(path)
    message = str(refusal.value)
    assert message.startswith(path.name)
    assert verdict["refused"] in message
    assert any(step in message for step in ("xport", "Save", "opy it again", "Ask ")), message


@pytest.mark.parametrize("verdict", CHECKED, ids=_name)
def test_the_checker_finds_the_rules_that_the_verdict_names_and_no_other(verdict: dict[str, str]) -> None:
    path = HERE / "files" / verdict["file"]
    findings = check_qdc(path) if path.suffix == ".qdc" else check_qdpx(path)
    assert {finding.rule for finding in findings} == set(verdict["rule"].split()), list(map(str, findings))
    assert (verdict["checker"] == "passes") == (findings == [])


def test_every_rule_of_the_checker_is_broken_by_a_file_of_the_corpus() -> None:
    broken = {rule for verdict in CHECKED for rule in verdict["rule"].split()}
    assert broken == RULES.keys() - {"members"}  # fifty thousand members take two megabytes
