"""Transcripts as they come in the worst weeks, made up by a seed: what a delivery for coding must carry unchanged."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from storage.exports.contents import Contents, Person, Sound
from storage.exports.document import Document
from storage.exports.identities import PROJECT, TEAM, VARIABLES, variable
from storage.imports.coded_project import ProjectCode
from storage.transcripts.transcript import InterviewTranscript, Spoken

PLAIN = ("I", "went", "for", "a", "walk", "by", "the", "river", "this", "morning", "and", "nobody", "was", "there")
# each of these has broken a program for coding: counted in bytes, counted in UTF-16, counted twice, or dropped
SIGNS = (
    *(
        "£20",
        "“quoted”",
        "it’s",
        "naïve",
        "e\u0301te\u0301",
        "a\u0323\u0302",
        "🙂",
        "👩\u200d👩\u200d👧",
        "🇬🇧",
        "𝔽ancy",
        "\U0010fffd",
    ),
    *("مرحبا", "\u202bשלום\u202c", "\u200fabc", "\ufeffmark", "zero\u200bwidth", "soft\u00adhyphen", "no\u00a0break"),
    *("<b>", "&amp;", "a<b", "]]>", "<!--", "-->", "'\"", "=1+1", "{guid}", "%s", "\\n", "[00:00:01]", "C_031:"),
)
# what no line of text or no XML can hold
BREAKS = ("\r\n", "\n", "\r", "\t", "\f", "\v", "\x1c", "\x1e", "\x85", "\u2028", "\u2029", " \r\n\r\n ")
FORBIDDEN = ("\x00", "\x07", "\x08", "\x1b", "\ufffe", "\uffff", "\ud800", "\udfff")
_GROUPS = {"C": "client", "LW": "link_worker", "M": "manager"}


def made_contents(seed: int, transcripts: int, sound: Path) -> Contents:
    """A delivery of `transcripts` transcripts, the same for the same seed.

    The recordings are all the file `sound`; one in fifty is gone and one in fifty is too large to be inside.
    """
    dice = random.Random(seed)
    guids = {name: _guid(dice) for name in (PROJECT, TEAM, *map(variable, VARIABLES))}
    documents = tuple(_document(dice, number) for number in range(transcripts))
    codes = sorted({document.transcript.code for document in documents})
    group = {document.transcript.code: document.transcript.group for document in documents}
    people = tuple(Person(c, _guid(dice), group[c], *(dice.random() < 0.5 for _ in range(3))) for c in codes)
    there = [document.transcript.recording_guid for document in documents if dice.random() > 0.02]
    return Contents(
        title=" ".join(_pieces(dice, 5)),
        zone="Europe/London",
        guids=guids,
        documents=documents,
        people=people,
        interviews=(),
        left_out=(),
        sounds={guid: Sound(sound, is_internal=dice.random() > 0.02) for guid in there},
        codebook=_codebook(dice),
    )


def _document(dice: random.Random, number: int) -> Document:
    """Every third participant has two recordings."""
    prefix = dice.choice(list(_GROUPS))
    code = f"{prefix}_{number - (number % 3 == 2):04}"
    is_by_machine = dice.random() < 0.5
    said = _by_machine(dice, code) if is_by_machine else _by_a_person(dice, code)
    has_video = dice.random() < 0.3
    starts_at = datetime(2020, 5, 4, 9, tzinfo=UTC) + timedelta(hours=number)
    transcript = InterviewTranscript(
        study_title="Social prescribing at a distance",
        zone="Europe/London",
        code=code,
        group=_GROUPS[prefix],
        label=f"{code}_{starts_at:%m/%y}",
        interview_guid=_guid(dice),
        participant_guid=_guid(dice),
        interviewer_code=f"INT_{dice.randint(1, 4):02}",
        mode="video" if has_video else "phone",
        starts_at=starts_at,
        state="checked",
        recording_guid=_guid(dice),
        recording_sha256=f"{dice.getrandbits(256):064x}",
        recording_suffix=".mp4" if has_video else ".m4a",
        recording_size=5,
        has_video=has_video,
        duration_ms=max(spoken.end_ms for spoken in said) + dice.randint(-2_000, 9_000) if said else 0,
        remark="".join(_pieces(dice, 2)),
        transcript_guid=_guid(dice),
        version_guid=_guid(dice),
        version_number=1 if is_by_machine else 2,
        version_kind="machine" if is_by_machine else dice.choice(["corrected", "pseudonymised"]),
        made_at=starts_at + timedelta(hours=13),
        approved_by="",
        completeness=dice.choice([None, 0.997]),
        unclear_ms=0,
        notes=(),
        style="full" if is_by_machine else dice.choice(["full", "intelligent"]),
        language="en",
        engine="openai-whisper",
        model="small",
        model_sha256="9e" * 32,
        parameters={},
        versions={},
        seconds=60.0,
        utterances=said,
    )
    return Document(transcript, f"{code}_{starts_at:%Y-%m}_{number}")


def _by_machine(dice: random.Random, code: str) -> tuple[Spoken, ...]:
    """Utterances one after the other, with a time for every word, and no pause long enough to be written."""
    said, at = [], dice.randint(0, 5_000)
    for number in range(dice.randint(0, 60)):
        words: list[list[Any]] = []
        for text in (dice.choice(PLAIN if dice.random() < 0.8 else SIGNS) for _ in range(dice.randint(1, 16))):
            length = dice.randint(40, 400)
            words.append([text, at, at + length, 0.9])
            at += length + dice.randint(0, 90)
        speaker, start = ("INT_01" if number % 3 else code), words[0][1]
        text = " ".join(word[0] for word in words)
        said.append(Spoken(speaker, number % 2, start, words[-1][2], text, words, _guid(dice)))
    return tuple(said)


def _by_a_person(dice: random.Random, code: str) -> tuple[Spoken, ...]:
    """Utterances with any text, at any time: at once on two channels, in no order, far into a long day."""
    late = dice.choice([60_000, 3_600_000, 90_000_000])
    starts = [
        dice.choice([0, dice.randint(0, late), dice.randint(0, late) // 1000 * 1000])
        for _ in range(dice.randint(0, 60))
    ]
    speakers = ("", code, "INT_01", "Speaker 2")
    return tuple(
        Spoken(dice.choice(speakers), dice.randint(0, 1), at, at + dice.randint(0, 9_000), _text(dice), [], _guid(dice))
        for at in starts
    )


def _text(dice: random.Random) -> str:
    return dice.choice(["", " "]).join(_pieces(dice, dice.randint(0, 16)))


def _pieces(dice: random.Random, count: int) -> list[str]:
    kinds = dice.choices(
        (PLAIN, SIGNS, BREAKS, FORBIDDEN, (chr(dice.randint(32, 0x2FFF)),)), (70, 20, 6, 2, 2), k=count
    )
    return [dice.choice(kind) for kind in kinds]


def _codebook(dice: random.Random) -> tuple[ProjectCode, ...]:
    guids = [_guid(dice) for _ in range(dice.randint(0, 12))]
    return tuple(
        ProjectCode(
            guid,
            " ".join(_pieces(dice, 3)),
            dice.choice(["", *guids]),
            "".join(_pieces(dice, 4)),
            dice.choice(["", "#A1B2C3", "#abc", "#a1b2c3ff", "red"]),
            dice.random() < 0.8,
        )
        for guid in guids
    )


def _guid(dice: random.Random) -> str:
    return str(UUID(int=dice.getrandbits(128), version=4))
