"""Whether codings survive edits: `python -m benchmarks.edited_codings`.

Transcripts are made up, coded at random and edited at random by a generator that gives every word an identity, so that
it knows of every character whether it was touched, without comparing any texts. The edits go the way a person's do:
into the file that is written for them, and back out of it. What the edit map says of each coding is then held against
what is known.

A coding is *outside* where all its words are still there and its quote is as it was, and *inside* else. Some that are
outside cannot be told from others by the text alone: of "I, I think" made "I think", nobody who was not there can say
which word is left. Whether that is so is found by a plain search of its own, for other alignments as good as the true
one; a coding that is flagged for no such reason is counted as wrong.
"""

import argparse
import os
import random
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise

from benchmarks import made_up_talks
from benchmarks.made_up_talks import (
    Edit,
    Kind,
    Part,
    Told,
    Word,
    edited_at_random,
    made_talk,
    names_replaced,
    pseudonymised,
)
from desk.output import print_table
from storage.edits.edit_file import edit_text, read_edit
from storage.edits.edit_map import Fate, carried, edit_map, then
from storage.edits.edited_utterances import edited_utterances
from storage.exports.turns import lines_of, plain_text
from storage.transcripts.transcript import InterviewTranscript

UTTERANCES, CODINGS = 40, 60  # of each transcript

CORRECTIONS: tuple[Kind, ...] = (
    made_up_talks.put_in,
    made_up_talks.take_out,
    made_up_talks.put_instead,
    made_up_talks.punctuate,
)
TURNS: tuple[Kind, ...] = (made_up_talks.split, made_up_talks.give_to_another, made_up_talks.take_all_out)
REPEATED: tuple[Kind, ...] = (made_up_talks.say_again, made_up_talks.say_once)
ANY_WORDS: tuple[Kind, ...] = (made_up_talks.any_words,)
PSEUDONYMS = None  # not edited by hand: every name replaced

ROUNDS: dict[str, tuple[Sequence[Kind] | None, ...]] = {
    "words corrected": (CORRECTIONS,),
    "split, other speaker, taken out": ((*TURNS, *CORRECTIONS),),
    "words repeated": (REPEATED,),
    "words of the utterance put in anywhere": (ANY_WORDS,),
    "pseudonymised": (PSEUDONYMS,),
    "corrected twice, then pseudonymised": ((*CORRECTIONS, *TURNS), (*CORRECTIONS, *REPEATED), PSEUDONYMS),
}

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Laid:
    """A version as it goes out: its text, and where every word stands in it, in order."""

    text: str
    places: dict[int, Span]


@dataclass(frozen=True, slots=True)
class Step:
    """One edit: the version before it and after it, laid out; and the words that an edited utterance had and has."""

    before: Laid
    after: Laid
    edited: tuple[tuple[Sequence[Word], Sequence[Word]], ...]

    def could_be_others(self, words: Collection[int]) -> bool:
        """Whether another alignment as good as the true one pairs one of the words otherwise, or with none."""
        for old, new in self.edited:
            partner = {word.id: place for place, word in enumerate(new)}
            these, those = _cores(old), _cores(new)
            kept = sum(word.id in partner for word in old)
            if any(
                word.id in words and word.id in partner and _could_be_other(these, those, place, partner[word.id], kept)
                for place, word in enumerate(old)
            ):
                return True
        return False

    def is_hidden(self, words: Collection[int]) -> bool:
        """Whether a smaller edit explains the new text of one of the words, such as a word cut and said again."""
        for old, new in self.edited:
            kept = len({word.id for word in old} & {word.id for word in new})
            if any(word.id in words for word in old) and _longest(_cores(old), _cores(new)) > kept:
                return True
        return False


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transcripts", type=int, default=1_000, help="of each round")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    began = time.monotonic()
    table = rows(chosen.transcripts, chosen.seed)
    print_table(table, f"codings after edits, {os.cpu_count()} cores, {time.monotonic() - began:.0f} s")


def rows(transcripts: int, seed: int) -> list[dict[str, object]]:
    """A row for each kind of edit; 'moved', 'flagged for nothing' and 'time lost' must be 0."""
    table = []
    for name, steps in ROUNDS.items():
        tally: Counter[str] = Counter()
        for number in range(transcripts):
            tally += _judged(random.Random(f"{seed} {name} {number}"), steps)
        outside, inside = tally["outside"], tally["inside"]
        sure = outside - tally["alike"]
        table.append(
            {
                "edits": name,
                "codings": outside + inside + tally["hidden"],
                "outside": outside,
                "kept": tally["kept"],
                "of those that can be told": f"{10_000 * tally['kept'] // sure / 100} %" if sure else "",
                "flagged: alike": tally["alike"],
                "flagged for nothing": tally["for nothing"],
                "time lost": tally["time lost"],
                "inside": inside,
                "flagged": tally["flagged"],
                "hidden by the text": tally["hidden"],
                "moved": tally["moved"],
            }
        )
    return table


def _judged(rng: random.Random, kinds: Sequence[Sequence[Kind] | None]) -> Counter[str]:
    """What became of the codings of one transcript that was edited step by step."""
    versions = [made_talk(rng, UTTERANCES)]
    edits: list[Edit] = []
    for some in kinds:
        before = versions[-1]
        edits.append(names_replaced(before) if some is None else edited_at_random(rng, before, some))
        versions.append((pseudonymised if some is None else by_hand)(before, edits[-1]))
    style = "intelligent" if rng.random() < 0.5 and all(map(_reads_alike, versions)) else "full"
    laid = [_laid(told, style) for told in versions]
    steps = [
        Step(*both, tuple((told.words[n], [w for part in parts for w in part.words]) for n, parts in edit.items()))
        for told, both, edit in zip(versions[:-1], pairwise(laid), edits, strict=True)
    ]
    maps = [edit_map(one.transcript, other.transcript, style) for one, other in pairwise(versions)]
    whole = reduce(then, maps)
    times = versions[0].times(), versions[-1].times()
    tally: Counter[str] = Counter()
    for start, end in _codings(rng, laid[0]):
        words = _words_in(laid[0], start, end)
        truth = _truth(steps, words, (start, end))
        found = carried(whole, start, end)
        is_same = laid[0].text[start:end] == laid[-1].text[found.start : found.end]
        if found.fate != Fate.KEPT:
            could_be_others = truth is not None and any(step.could_be_others(words) for step in steps)
            fate = "flagged" if truth is None else "alike" if could_be_others else "for nothing"
        elif is_same and truth == (found.start, found.end):
            fate = "kept"
            tally["time lost"] += any(times[0][word] != times[1][word] for word in words)
        else:
            fate = "hidden" if is_same and any(step.is_hidden(words) for step in steps) else "moved"
        tally[fate] += 1
        tally["outside" if truth else "inside"] += fate != "hidden"
    return tally


def by_hand(told: Told, edit: Edit) -> Told:
    """The next version, made as a person makes it: by editing the file and giving it back."""
    speakers = [speaker for speaker in made_up_talks.SPEAKERS if speaker]
    lines = edit_text(told.transcript, speakers).split("\n")
    file = "\n".join(line for each in lines for line in _edited_line(each, edit))
    taken = edited_utterances(told.transcript, read_edit(file.encode()), speakers)
    after = replace(told.transcript, utterances=taken.utterances, version_guid=told.transcript.version_guid + "+")
    return Told(after, tuple(_words_of(told, edit, after)))


def _edited_line(line: str, edit: Edit) -> Iterator[str]:
    """The lines that take the place of one line of the file."""
    number = line.removeprefix("[").split(" ")[0] if line.startswith("[") else ""
    parts = edit.get(int(number) - 1) if number else None
    if parts is None:
        yield line
        return
    mark = line[: line.index("]") + 1]
    if not parts:
        yield f"{mark} Speaker: [delete]"
    for place, part in enumerate(parts):
        words = " ".join(word.text for word in part.words)
        yield f"{f'[{number}+]' if place else mark} {part.speaker or 'Speaker'}: {words}"


def _words_of(told: Told, edit: Edit, after: InterviewTranscript) -> Iterator[tuple[Word, ...]]:
    """The words of the new utterances: those of a channel stay in their order, whatever is said on the other."""
    lines: dict[int, list[Part]] = {0: [], 1: []}
    for number, (spoken, words) in enumerate(zip(told.transcript.utterances, told.words, strict=True)):
        lines[spoken.channel] += edit.get(number, (Part(spoken.speaker, words),))
    waiting = {channel: iter(parts) for channel, parts in lines.items()}
    for spoken in after.utterances:
        part = next(waiting[spoken.channel])
        if spoken.text != " ".join(word.text for word in part.words) or spoken.speaker != part.speaker:
            raise AssertionError("an edited file was not taken as it was written")
        yield part.words


def _laid(told: Told, style: str) -> Laid:
    """Every word is found behind the one before it: between words only pauses and marks of overlap may stand."""
    transcript = replace(told.transcript, style=style)
    text = plain_text(transcript)
    said = transcript.utterances
    in_order = sorted(range(len(said)), key=lambda number: said[number].start_ms)
    places: dict[int, Span] = {}
    for number, (start, end) in zip(in_order, text.positions, strict=True):
        at = start
        for word in told.words[number]:
            at = text.text.index(word.text, at, end)
            places[word.id] = at, at + len(word.text)
            at += len(word.text)
    return Laid(text.text, places)


def _reads_alike(told: Told) -> bool:
    """Whether intelligent verbatim leaves out nothing, so that every word can be found in it."""
    transcript = replace(told.transcript, style="intelligent")
    said = sorted(transcript.utterances, key=lambda spoken: spoken.start_ms)
    return [line.text for line in lines_of(transcript)] == [spoken.text for spoken in said]


def _codings(rng: random.Random, laid: Laid) -> Iterator[Span]:
    """Stretches from a word to a word, most of them short, one in three from or to the middle of a word."""
    spans = sorted(laid.places.values())
    for _ in range(CODINGS):
        first = rng.randrange(len(spans))
        last = min(first + rng.choice((0, 0, 1, 2, 3, 5, 8, 13, 30)), len(spans) - 1)
        start, end = spans[first][0], spans[last][1]
        if rng.random() < 0.33:
            start, end = rng.randint(start, spans[first][1] - 1), rng.randint(spans[last][0] + 1, end)
        if start < end:
            yield start, end


def _words_in(laid: Laid, start: int, end: int) -> list[int]:
    return [word for word, place in laid.places.items() if place[0] < end and start < place[1]]


def _truth(steps: Sequence[Step], words: Sequence[int], span: Span) -> Span | None:
    """Where a coding really is after the steps; None where one of them touched it."""
    for step in steps:
        moved = _after(step, words, span)
        if moved is None:
            return None
        span = moved
    return span


def _after(step: Step, words: Sequence[int], span: Span) -> Span | None:
    before, after = step.before.places, step.after.places
    if any(word not in after for word in words):
        return None
    shifts = {after[word][0] - before[word][0] for word in words}
    shift = shifts.pop()
    start, end = span[0] + shift, span[1] + shift
    is_same = not shifts and step.before.text[span[0] : span[1]] == step.after.text[start:end]
    return (start, end) if is_same else None


def _cores(words: Sequence[Word]) -> list[str]:
    return [word.core for word in words]


def _could_be_other(old: Sequence[str], new: Sequence[str], place: int, partner: int, kept: int) -> bool:
    others = (p for p, core in enumerate(new) if core == old[place] and p != partner)
    without = _longest(old[:place], new) if place == len(old) - 1 else _longest([*old[:place], *old[place + 1 :]], new)
    return without >= kept or any(
        _longest(old[:place], new[:p]) + 1 + _longest(old[place + 1 :], new[p + 1 :]) >= kept for p in others
    )


def _longest(old: Sequence[str], new: Sequence[str]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(new) + 1)
    for core in old:
        left = 0
        for place, other in enumerate(new):
            row[place + 1], left = (left + 1 if core == other else max(row[place], row[place + 1])), row[place + 1]
    return row[-1]


if __name__ == "__main__":
    main()
