"""The measure of pseudonymisation measures what it says, and its goals are held on a small set."""

from random import Random

from benchmarks.pseudonymisation import GOALS, known, measured, plain_hits, plain_texts
from benchmarks.spoken_identifiers import misspelt, names, nhs_number, utterances

SEED = 7


def test_truths_lie_in_their_utterances_and_are_what_they_say() -> None:
    roster, made = utterances(SEED, "held out", each=10)
    assert len(made) >= 200
    for said in made:
        for truth in said.truths:
            assert 0 <= truth.start < truth.end <= len(said.text)
            told = said.text[truth.start : truth.end]
            if truth.group == "name the study knows, as spelt":
                assert told in roster[said.person]
            if truth.group == "e-mail address, written":
                assert "@" in told


def test_the_same_seed_makes_the_same_utterances_and_the_halves_share_no_name() -> None:
    assert utterances(SEED, "held out", each=5) == utterances(SEED, "held out", each=5)
    first, last = names("development"), names("held out")
    assert not set(first[0]) & set(last[0])
    assert not set(first[1]) & set(last[1])


def test_a_misspelt_name_is_another_word_with_the_same_beginning() -> None:
    dice = Random(SEED)
    for name in names("development")[0]:
        wrong = misspelt(dice, name)
        assert wrong != name
        assert wrong[0] == name[0]


def test_numbers_are_of_those_that_nobody_has() -> None:
    assert nhs_number(Random(SEED)).startswith("999")


def test_the_goals_are_held_on_a_small_set() -> None:
    roster, made = utterances(SEED, "held out", each=15)
    tallies, beside = measured(roster, made)
    for ending, goal in (("written", GOALS["written"]), ("said", GOALS["said"])):
        groups = [tally for group, tally in tallies.items() if group.endswith(f", {ending}")]
        assert sum(t.certain for t in groups) >= goal * sum(t.truths for t in groups), [
            m for t in groups for m in t.missed
        ]
    known_names = [tally for group, tally in tallies.items() if group.startswith("name the study knows")]
    assert sum(t.certain for t in known_names) >= GOALS["name"] * sum(t.truths for t in known_names)
    assert beside == 0


def test_few_hits_in_plain_speech_are_false() -> None:
    roster, _ = utterances(SEED, "held out", each=1)
    hits = [hit for hit in plain_hits(roster) if hit.finding.is_certain]
    assert len(hits) <= 2 * sum(len(text.split()) for text in plain_texts()) / 1000
    assert len(known(roster, 0).known) == len(roster)
