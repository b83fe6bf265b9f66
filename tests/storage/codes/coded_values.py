"""What is said in the interviews of these tests, and projects in which it is coded, as values."""

from collections.abc import Sequence
from datetime import UTC, datetime

from storage.imports.coded_project import ProjectCode, ProjectCoder, ProjectCoding, ProjectSource
from storage.transcripts.transcript import Spoken

NOW = datetime(2020, 7, 1, 9, tzinfo=UTC)
SAID = (
    ("INT_01", "How have you been since March?"),
    ("", "On my own, mostly. It cost me £20 – “for nothing” 🙂."),
    ("INT_01", "And the link worker?"),
    ("", "She rang me every week, that kept me going."),
)


def spoken(code: str, said: Sequence[tuple[str, str]]) -> list[Spoken]:
    """One utterance every ten seconds, nine seconds long."""
    return [
        Spoken(speaker or code, 0 if speaker else 1, number * 10_000, number * 10_000 + 9_000, words, [])
        for number, (speaker, words) in enumerate(said)
    ]


def guid(kind: int, number: int) -> str:
    return f"00000000-0000-4000-8000-{kind:04}{number:08}"


ANNA = ProjectCoder(guid(1, 1), "Anna")
BEN = ProjectCoder(guid(1, 2), "Ben")
ALONE = ProjectCode(guid(2, 1), "Alone", description="being by oneself", color="#aa0000")
MONEY = ProjectCode(guid(2, 2), "Money")
RENT = ProjectCode(guid(2, 3), "Rent", parent_guid=MONEY.guid)


def coding_of(source: ProjectSource, number: int, code: ProjectCode, words: str, *coder: ProjectCoder) -> ProjectCoding:
    """A coding of words that stand once in the source's text."""
    text = source.texts[0]
    start = text.text.index(words)
    return ProjectCoding(
        guid=guid(3, number),
        code_guid=code.guid,
        source_guid=source.guid,
        text_guid=text.guid,
        start=start,
        end=start + len(words),
        quote=words,
        coder_guid=(coder or (ANNA,))[0].guid,
        created_at=NOW,
    )
