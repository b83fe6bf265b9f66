"""What differs between two versions, utterance by utterance, for a person to read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from storage.edits.alignment import certain_pairs, tokens_of
from storage.edits.line_matching import matched
from storage.transcripts.transcript import Spoken


@dataclass(frozen=True, slots=True)
class Change:
    """An utterance that differs, and what became of it: nothing where it was taken out, several where it was split.

    Words that were put in as an utterance of their own have no `before`.
    """

    before: Spoken | None
    after: tuple[Spoken, ...]

    @property
    def start_ms(self) -> int:
        return self.before.start_ms if self.before else self.after[0].start_ms


def changes(old: Sequence[Spoken], new: Sequence[Spoken]) -> list[Change]:
    """The utterances with other words or another speaker, by time; those without words are left out."""
    old, new = ([spoken for spoken in said if spoken.text] for said in (old, new))
    matches = matched(old, new)
    found = [
        Change(spoken, after)
        for number, spoken in enumerate(old)
        for after in [tuple(new[other] for other in matches.get(number, ()))]
        if [(each.speaker, each.text) for each in after] != [(spoken.speaker, spoken.text)]
    ]
    came_of_one = {other for others in matches.values() for other in others}
    found += [Change(None, (spoken,)) for number, spoken in enumerate(new) if number not in came_of_one]
    return sorted(found, key=lambda change: change.start_ms)


def in_line(old: str, new: str) -> str:
    """Both texts in one: `I [-went-] {+walked+} home`."""
    said, now = tokens_of(old), tokens_of(new)
    same = certain_pairs([token.key for token in said], [token.key for token in now])
    words = [old[token.start : token.end] for token in said]
    others = [new[token.start : token.end] for token in now]
    pairs = [(this, that) for this, that in same if words[this] == others[that]]
    return " ".join(_pieces(words, others, [(-1, -1), *pairs, (len(words), len(others))]))


def _pieces(words: Sequence[str], others: Sequence[str], pairs: Sequence[tuple[int, int]]) -> Iterator[str]:
    for (this, that), (next_this, next_that) in pairwise(pairs):
        if this >= 0:
            yield words[this]
        if this + 1 < next_this:
            yield f"[-{' '.join(words[this + 1 : next_this])}-]"
        if that + 1 < next_that:
            yield f"{{+{' '.join(others[that + 1 : next_that])}+}}"
