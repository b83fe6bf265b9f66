"""Interviews made up word by word, and edits of them that know what they touched.

Every word has an identity that it keeps as long as nobody edits it. Nothing here compares texts.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count, pairwise
from typing import Any

from storage.tables import State
from storage.transcripts.transcript import InterviewTranscript, Spoken
from storage.transcripts.words import shown_words


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())


COMMON = _listed(
    "the and to of a i it was that you in so we he she they is my for on with but have not be at this do as me had or "
    "there what about just like know think really go went them then when out up all one your from if because"
)
CONTENT = _listed(
    "money rent walk garden doctor worker link phone lonely garage knee sleep tablets bus club choir church swimming "
    "anxious kitchen daughter neighbour appointment leaflet shielding lockdown benefits letter hospital pension dog "
    "£20 £1,450 “fine” don’t couldn’t cafe\u0301 naïve 🙂 well-being mother-in-law ça Straße مرحبا (laughs) [pause]"
)
NAMES = _listed("Margaret Gateshead Khan Wallsend Brian Priya Newcastle Doreen Ahmed Byker Patel Jarrow")
PSEUDONYMS = ("[Anna]", "[place]", "[Mr. Hall]", "[Ben]", "[Carol]", "[town]", "[a friend]")
SPEAKERS = ("C_031", "INT_01", "LW_02", "Speaker 1", "")
_ids = count()


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its punctuation, and who it is."""

    id: int
    text: str

    @property
    def core(self) -> str:
        return self.text.strip(".,!?“”()[]").casefold()


@dataclass(frozen=True, slots=True)
class Part:
    """What an utterance, or a part of it, is made to say, and who says it."""

    speaker: str
    words: tuple[Word, ...]


Edit = dict[int, tuple[Part, ...]]  # by number of the utterance; no part where it is taken out


@dataclass(frozen=True)
class Told:
    """A version, and the words of each of its utterances by identity."""

    transcript: InterviewTranscript
    words: tuple[tuple[Word, ...], ...]

    def times(self) -> dict[int, tuple[int, int]]:
        """Start and end of every word in milliseconds, from the rows that are stored."""
        return {
            word.id: (stored.start_ms, stored.end_ms)
            for spoken, words in zip(self.transcript.utterances, self.words, strict=True)
            for word, stored in zip(words, shown_words(spoken.words), strict=True)
        }


def fresh(text: str) -> Word:
    return Word(next(_ids), text)


def made_talk(rng: random.Random, utterances: int) -> Told:
    """A conversation on two channels whose utterances follow each other on each, and overlap now and then."""
    free = [0, 0]
    at = 0
    said: list[tuple[Spoken, tuple[Word, ...]]] = []
    for number in range(utterances):
        channel = number % 2 if rng.random() < 0.8 else rng.randrange(2)
        at = max(free[channel], at + rng.choice((-400, 0, 120, 700, 2_500)))
        words = tuple(fresh(text) for text in _sentence(rng))
        rows: list[list[Any]] = []
        for word in words:
            at += rng.choice((0, 0, 0, 40, 650))
            rows.append([word.text, at, at + 80 * len(word.text) + rng.randrange(60), round(rng.random(), 3)])
            at = rows[-1][2]
        free[channel] = at + 1
        speaker = rng.choice(SPEAKERS) if rng.random() < 0.1 else SPEAKERS[1 - channel]
        said.append((Spoken(speaker, channel, rows[0][1], at, " ".join(w.text for w in words), rows), words))
    said.sort(key=lambda each: each[0].start_ms)
    return Told(_transcript(tuple(spoken for spoken, _ in said)), tuple(words for _, words in said))


def edited_at_random(rng: random.Random, told: Told, kinds: Sequence["Kind"], share: float = 0.15) -> Edit:
    """Edits of some utterances, one to three in each."""
    edit: Edit = {}
    for number, (spoken, words) in enumerate(zip(told.transcript.utterances, told.words, strict=True)):
        if rng.random() >= share:
            continue
        parts: tuple[Part, ...] = (Part(spoken.speaker, words),)
        for _ in range(rng.randint(1, 3)):
            if any(part.words for part in parts):
                parts = rng.choice(kinds)(rng, parts, words)
        edit[number] = tuple(part for part in parts if part.words)
    return edit


def names_replaced(told: Told) -> Edit:
    """Every name replaced by a pseudonym in brackets."""
    edit: Edit = {}
    for number, (spoken, words) in enumerate(zip(told.transcript.utterances, told.words, strict=True)):
        new = tuple(fresh(_pseudonym(word)) if word.core.title() in NAMES else word for word in words)
        if new != words:
            edit[number] = (Part(spoken.speaker, new),)
    return edit


def pseudonymised(told: Told, edit: Edit) -> Told:
    """The version after such an edit: every word at the time of the one whose place it takes."""
    said, all_words = list(told.transcript.utterances), list(told.words)
    for number, (part,) in edit.items():
        rows = [[word.text, *row[1:]] for word, row in zip(part.words, said[number].words, strict=True)]
        said[number] = replace(said[number], text=" ".join(word.text for word in part.words), words=rows)
        all_words[number] = part.words
    return Told(replace(told.transcript, version_kind="pseudonymised", utterances=tuple(said)), tuple(all_words))


# --- kinds of edits ------------------------------------------------------------------------------------------------

Kind = Callable[[random.Random, tuple[Part, ...], tuple[Word, ...]], tuple[Part, ...]]


def put_in(rng: random.Random, parts: tuple[Part, ...], old: tuple[Word, ...]) -> tuple[Part, ...]:
    return _spliced(rng, parts, 0, _new_words(rng, parts, old))


def take_out(rng: random.Random, parts: tuple[Part, ...], old: tuple[Word, ...]) -> tuple[Part, ...]:
    return _spliced(rng, parts, rng.randint(1, 3), ())


def put_instead(rng: random.Random, parts: tuple[Part, ...], old: tuple[Word, ...]) -> tuple[Part, ...]:
    return _spliced(rng, parts, rng.randint(1, 3), _new_words(rng, parts, old))


def punctuate(rng: random.Random, parts: tuple[Part, ...], old: tuple[Word, ...]) -> tuple[Part, ...]:
    """A stop put behind a word or taken away: the word itself stays."""
    which, place = _somewhere(rng, parts)
    word = parts[which].words[place]
    text = word.text[:-1] if word.text[-1] in ".,?" and len(word.text) > 1 else f"{word.text}{rng.choice('.,?')}"
    return _with_words(parts, which, place, place + 1, (Word(word.id, text),))


def say_again(rng: random.Random, parts: tuple[Part, ...], old: tuple[Word, ...]) -> tuple[Part, ...]:
    """Up to three words said once more, directly behind themselves."""
    which, place = _somewhere(rng, parts)
    again = tuple(fresh(word.text) for word in parts[which].words[place : place + rng.randint(1, 3)])
    return _with_words(parts, which, place + len(again), place + len(again), again)


def say_once(rng: random.Random, parts: tuple[Part, ...], old: tuple[Word, ...]) -> tuple[Part, ...]:
    """One of two words that are alike taken out, the first or the second; one that was only just put in, before any."""
    for which, part in enumerate(parts):
        for place, (one, other) in enumerate(pairwise(part.words)):
            if one.core == other.core:
                gone = place + (rng.randrange(2) if (one in old) == (other in old) else one in old)
                return _with_words(parts, which, gone, gone + 1, ())
    return say_again(rng, parts, old)


def any_words(rng: random.Random, parts: tuple[Part, ...], old: tuple[Word, ...]) -> tuple[Part, ...]:
    """Words of the utterance itself put in anywhere, instead of others or not."""
    texts = [word.text for part in parts for word in part.words] + list(COMMON[:20])
    return _spliced(rng, parts, rng.randint(0, 3), tuple(fresh(rng.choice(texts)) for _ in range(rng.randint(1, 3))))


def split(rng: random.Random, parts: tuple[Part, ...], old: tuple[Word, ...]) -> tuple[Part, ...]:
    which, place = _somewhere(rng, parts)
    if place == 0:
        return parts
    part = parts[which]
    two = Part(part.speaker, part.words[:place]), Part(rng.choice(SPEAKERS), part.words[place:])
    return (*parts[:which], *two, *parts[which + 1 :])


def give_to_another(rng: random.Random, parts: tuple[Part, ...], old: tuple[Word, ...]) -> tuple[Part, ...]:
    which = rng.randrange(len(parts))
    return tuple(replace(p, speaker=rng.choice(SPEAKERS)) if n == which else p for n, p in enumerate(parts))


def take_all_out(rng: random.Random, parts: tuple[Part, ...], old: tuple[Word, ...]) -> tuple[Part, ...]:
    return ()


def _new_words(rng: random.Random, parts: tuple[Part, ...], old: tuple[Word, ...]) -> tuple[Word, ...]:
    """One to three words that nobody says in the utterance."""
    known = {word.core for part in parts for word in part.words} | {word.core for word in old}
    choice = [text for text in (*COMMON, *CONTENT) if Word(0, text).core not in known]
    return tuple(fresh(text) for text in rng.sample(choice, rng.randint(1, 3)))


def _spliced(rng: random.Random, parts: tuple[Part, ...], length: int, new: tuple[Word, ...]) -> tuple[Part, ...]:
    which, place = _somewhere(rng, parts)
    if not length and rng.random() < 0.2:
        place = len(parts[which].words)
    return _with_words(parts, which, place, place + length, new)


def _somewhere(rng: random.Random, parts: tuple[Part, ...]) -> tuple[int, int]:
    which = rng.choice([number for number, part in enumerate(parts) if part.words])
    return which, rng.randrange(len(parts[which].words))


def _with_words(parts: tuple[Part, ...], which: int, start: int, end: int, new: tuple[Word, ...]) -> tuple[Part, ...]:
    part = parts[which]
    return (*parts[:which], replace(part, words=(*part.words[:start], *new, *part.words[end:])), *parts[which + 1 :])


def _sentence(rng: random.Random) -> list[str]:
    """One to thirty words, most of them common, now and then one said twice or a name."""
    texts: list[str] = []
    for _ in range(rng.choice((1, 2, 3, 5, 8, 12, 20, 30))):
        draw = rng.random()
        text = rng.choice(COMMON if draw < 0.6 else CONTENT if draw < 0.93 else NAMES)
        if not texts or Word(0, texts[-1]).core != Word(0, text).core:
            texts.append(text + rng.choice(("", "", "", "", ",", ".")))
        elif draw < 0.9:
            texts.append(text)
        if rng.random() < 0.03:
            texts.append(text)
    return texts


def _pseudonym(word: Word) -> str:
    """The same name always has the same pseudonym."""
    return PSEUDONYMS[sum(map(ord, word.core)) % len(PSEUDONYMS)] + ("" if word.text[-1].isalpha() else word.text[-1])


def _transcript(utterances: tuple[Spoken, ...]) -> InterviewTranscript:
    return InterviewTranscript(
        study_title="Made up",
        zone="Europe/London",
        code="C_031",
        group="client",
        label="C_031_06/20",
        interview_guid="interview",
        participant_guid="participant",
        interviewer_code="INT_01",
        mode="phone",
        starts_at=datetime(2020, 6, 3, 13, tzinfo=UTC),
        state=State.TRANSCRIBED,
        recording_guid="recording",
        recording_sha256="0" * 64,
        recording_suffix=".m4a",
        recording_size=1,
        has_video=False,
        duration_ms=max(spoken.end_ms for spoken in utterances),
        remark="",
        transcript_guid="transcript",
        version_guid="version",
        version_number=1,
        version_kind="machine",
        made_at=datetime(2020, 6, 4, tzinfo=UTC),
        approved_by="",
        completeness=1.0,
        unclear_ms=0,
        notes=(),
        style="full",
        language="en",
        engine="made up",
        model="made up",
        model_sha256="0" * 64,
        parameters={},
        versions={},
        seconds=0.0,
        utterances=utterances,
    )
