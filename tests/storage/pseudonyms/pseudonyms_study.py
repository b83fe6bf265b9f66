"""Who is booked in a study and what they say, for the tests of pseudonyms."""

from collections.abc import Sequence
from typing import Any

from storage.contacts import Contact
from storage.transcripts.transcript import Spoken

PEOPLE = {
    "C_001": Contact("Margaret Tolley", "+441914980855", "m.tolley@example.org"),
    "C_002": Contact("David Renshaw", "+447700900977"),
    "LW_01": Contact("Paul Sedgwick"),
}
SAID = (
    ("INT_01", "Hello Margaret, how are you?"),
    ("C_001", "Not bad. Paul rang from Jesmond, and Doreen Pattison's sister came."),
    ("C_001", "My number is oh one nine one, four nine eight, oh eight double five."),
    ("INT_01", "Will you rest now? It was somewhere, NE28 maybe."),
)
LETTER_MS = 100  # how long a letter of a word is said


def said(texts: Sequence[tuple[str, str]]) -> list[Spoken]:
    """Utterances whose words have times: a letter lasts a tenth of a second, a gap a twentieth."""
    utterances = []
    at = 0
    for speaker, text in texts:
        rows: list[list[Any]] = []
        start = at
        for word in text.split(" "):
            rows.append([word, at, at + LETTER_MS * len(word), 0.9])
            at += LETTER_MS * len(word) + LETTER_MS // 2
        utterances.append(Spoken(speaker, 0, start, rows[-1][2], text, rows))
    return utterances
