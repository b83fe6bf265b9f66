"""Compact token numbers for training: the few tokens of the demo's vocabulary instead of Whisper's 51,864."""

from collections.abc import Iterator
from typing import NamedTuple

from whisper.tokenizer import get_tokenizer

from demo.model import grammar

WHISPER_TOKENS = 51_864
WHISPER_TIMESTAMPS = 1_501  # <|0.00|> to <|30.00|>
FIRST_TIMESTAMP = 50_363
PUNCTUATION = ",.?"


class Piece(NamedTuple):
    """A token of a word and the share of the word's time that it takes; punctuation takes none."""

    token: int
    start: float | None
    end: float | None


class Vocabulary:
    """Compact numbers: used text and special tokens, then the timestamps, then one class ``never`` for all
    tokens that never occur. Word number 0 is silence."""

    def __init__(self) -> None:
        self._tokenizer = get_tokenizer(multilingual=False)
        self._tokens: dict[str, list[int]] = {}
        self.word_numbers: dict[str, int] = {}
        for word in grammar.VOCAB:
            for spelling in sorted({word, word[0].upper() + word[1:]}):
                self._tokens[spelling] = self._tokenizer.encode(" " + spelling)
                self.word_numbers.setdefault(spelling.lower(), len(self.word_numbers) + 1)
        marks = {mark: self._tokenizer.encode(mark)[0] for mark in PUNCTUATION}
        t = self._tokenizer
        specials = [t.eot, t.sot, t.sot_prev, t.no_speech, t.no_timestamps]
        pieces = {token for tokens in self._tokens.values() for token in tokens}
        self.used = sorted(pieces | set(marks.values()) | set(specials))
        self._compact = {token: number for number, token in enumerate(self.used)}
        self._marks = {mark: self._compact[token] for mark, token in marks.items()}
        self.n_used = len(self.used)
        self.first_timestamp = self.n_used
        self.never = self.n_used + WHISPER_TIMESTAMPS
        self.n_words = len(self.word_numbers) + 1
        numbers = (self._compact[token] for token in specials)
        self.end, self.start, self.previous, self.no_speech, self.no_timestamps = numbers

    def pieces(self, word: str) -> list[Piece]:
        """The tokens of a word as written, such as ``yes,``, with their shares of its time."""
        core = word.rstrip(PUNCTUATION)
        return [*self._shares(core), *(Piece(self._marks[m], None, None) for m in word[len(core) :])]

    def word_number(self, word: str) -> int:
        """The number of a word as written, whatever its case and punctuation."""
        return self.word_numbers[word.rstrip(PUNCTUATION).lower()]

    def _shares(self, core: str) -> Iterator[Piece]:
        tokens = self._tokens[core]
        lengths = [len(self._tokenizer.decode([token]).strip()) for token in tokens]
        total, done = sum(lengths), 0
        for token, length in zip(tokens, lengths, strict=True):
            yield Piece(self._compact[token], done / total, (done + length) / total)
            done += length
