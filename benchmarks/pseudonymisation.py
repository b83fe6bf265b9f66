"""What pseudonymisation finds and what it takes for a name wrongly: `python -m benchmarks.pseudonymisation`.

Measured on utterances that `benchmarks.spoken_identifiers` makes, with names held apart, and on plain speech. Found is
what is certain and covers every letter and digit of the truth; what is only put before a person counts in a column of
its own. A stretch that is certain and touches no truth is a false hit.
"""

import argparse
import random
import re
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

from benchmarks.spoken_identifiers import Said, Truth, plain_speech, utterances
from demo import dialogues
from desk.output import print_table
from storage.pseudonyms.finding.findings import Finding, Kind
from storage.pseudonyms.finding.known import Known, Roster
from storage.pseudonyms.finding.recognise import findings_in

GOALS = {"written": 0.99, "said": 0.95, "name": 0.95}
NAMED_IN_DIALOGUES = re.compile(
    "Sarah|Peter|Anna|David|Helen|James|Karen|Alice|Robert|Michael|Linda|Emma|Bristol|Oxford|Leeds|Sheffield|Manchester"
    "|Newcastle|Cardiff|Birmingham|London"
)


@dataclass
class Tally:
    """What became of the truths of a group."""

    truths: int = 0
    certain: int = 0
    shown: int = 0  # not certain, but put before a person
    missed: list[str] = field(default_factory=list)


def main() -> None:
    """Measure and print the table, with what was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--half", choices=["development", "held out"], default="held out")
    parser.add_argument("--misses", action="store_true", help="show what was missed and what was hit wrongly")
    chosen = parser.parse_args()
    print_table(rows(chosen.seed, chosen.half), f"pseudonymisation, names {chosen.half}, seed {chosen.seed}")
    if chosen.misses:
        roster, made = utterances(chosen.seed, chosen.half)
        for group, tally in measured(roster, made)[0].items():
            for missed in tally.missed:
                print(f"{group}: {missed}")
        for hit in plain_hits(roster):
            print(f"{'false hit' if hit.finding.is_certain else 'shown'}: {hit}")


def rows(seed: int = 1, half: str = "held out") -> list[dict[str, object]]:
    """A row for each kind, those of the goals, false hits, and the NHS numbers taken for granted."""
    roster, made = utterances(seed, half)
    tallies, beside = measured(roster, made)
    table = [_row(group, tally) for group, tally in tallies.items()]
    for name, groups in (
        ("all numbers, addresses and dates, written", [g for g in tallies if g.endswith(", written")]),
        ("all numbers, addresses and dates, said", [g for g in tallies if g.endswith(", said")]),
        ("names the study knows, all spellings", [g for g in tallies if g.startswith("name the study knows")]),
    ):
        goal = GOALS["name" if name.startswith("name") else name.rpartition(" ")[2]]
        table.append({**_row(name, _sum(tallies[group] for group in groups)), "goal": f"≥ {goal:.2f}"})
    words = sum(len(said.text.split()) for said in made)
    return [*table, _rate("the utterances above", beside, words, "≤ 2"), *_plain_rows(roster), *_nhs_rows(seed)]


def measured(roster: Sequence[str], made: Iterable[Said]) -> tuple[dict[str, Tally], int]:
    """What was found of each group of truths, and how many certain findings touch none."""
    tallies: dict[str, Tally] = {}
    beside = 0
    for said in made:
        found = findings_in([said.before, said.text], known(roster, said.person))[1]
        for truth in said.truths:
            _count(tallies.setdefault(truth.group, Tally()), said, truth, found)
        beside += sum(f.is_certain and not any(f.start < t.end and t.start < f.end for t in said.truths) for f in found)
    return tallies, beside


@cache
def known(roster: tuple[str, ...], person: int) -> Roster:
    """The people of the study, one of whom is interviewed."""
    return Roster(tuple(Known(f"C_{n:03}", Kind.PERSON, name, n == person) for n, name in enumerate(roster)))


def _count(tally: Tally, said: Said, truth: Truth, found: Iterable[Finding]) -> None:
    tally.truths += 1
    letters = {place for place in range(truth.start, truth.end) if said.text[place].isalnum()}
    sure = {place for f in found if f.is_certain for place in range(f.start, f.end)}
    asked = sure | {place for f in found for place in range(f.start, f.end)}
    if letters <= sure:
        tally.certain += 1
    else:
        tally.shown += letters <= asked
        marked = said.text[: truth.start] + "|" + said.text[truth.start : truth.end] + "|" + said.text[truth.end :]
        tally.missed.append(("shown: " if letters <= asked else "") + marked)


def _sum(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.truths += tally.truths
        total.certain += tally.certain
        total.shown += tally.shown
    return total


def _row(group: str, tally: Tally) -> dict[str, object]:
    return {
        "measure": group,
        "of": tally.truths,
        "found": tally.certain,
        "shown to a person": tally.shown,
        "recall": f"{tally.certain / tally.truths:.3f}",
        "goal": "",
    }


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found in speech that names nobody."""

    text: str
    finding: Finding

    def __str__(self) -> str:
        start, end = self.finding.start, self.finding.end
        return f"{self.text[:start]}|{self.text[start:end]}|{self.text[end:]} ({self.finding.rule})"


def plain_texts() -> tuple[str, ...]:
    """Sentences that name nobody, written for it, and the demo's dialogues."""
    told = [text for name, text in vars(dialogues).items() if name.isupper() and isinstance(text, str)]
    return (*plain_speech(), *(line[2:].strip() for text in told for line in text.strip().splitlines()))


def plain_hits(roster: tuple[str, ...]) -> list[Hit]:
    """What is found there, but for the names and places that the dialogues do hold."""
    texts = plain_texts()
    return [
        Hit(text, finding)
        for text, findings in zip(texts, findings_in(texts, known(roster, 0)), strict=True)
        for finding in findings
        if not NAMED_IN_DIALOGUES.fullmatch(text[finding.start : finding.end])
    ]


def _plain_rows(roster: tuple[str, ...]) -> list[dict[str, object]]:
    words = sum(len(text.split()) for text in plain_texts())
    began = time.perf_counter()
    hits = plain_hits(roster)
    seconds = time.perf_counter() - began
    sure = sum(hit.finding.is_certain for hit in hits)
    shown = {
        **_rate("plain speech", len(hits) - sure, words, ""),
        "measure": "… shown to a person in 1,000 words of it",
    }
    return [
        _rate("plain speech", sure, words, "≤ 2"),
        shown,
        _result("words in a second", f"{words / seconds:,.0f}", ""),
    ]


def _rate(where: str, hits: int, words: int, goal: str) -> dict[str, object]:
    what = f"false hits in 1,000 words of {where} ({words:,} words)"
    return _result(what, f"{1000 * hits / words:.2f} ({hits})", goal)


def _nhs_rows(seed: int) -> list[dict[str, object]]:
    """Ten random digits in a sentence: with nothing about the NHS, and where somebody speaks of it."""
    dice = random.Random(seed)
    counts: Counter[str] = Counter()
    for _ in range(10_000):
        digits = f"{dice.randrange(10**10):010}"
        for name, text in (
            ("alone", f"The order was {digits}, I think."),
            ("NHS", f"The NHS gave me {digits} for it."),
        ):
            counts[name] += any(f.kind == Kind.NHS for f in findings_in([text], Roster(()))[0])
    return [
        _result("random ten digits taken for an NHS number, of 10,000", f"{counts['alone'] / 100:.2f} %", "≤ 0.5 %"),
        _result("… where somebody speaks of the NHS", f"{counts['NHS'] / 100:.2f} %", ""),
    ]


def _result(measure: str, result: str, goal: str) -> dict[str, object]:
    return {"measure": measure, "of": "", "found": "", "shown to a person": "", "recall": result, "goal": goal}


if __name__ == "__main__":
    main()
