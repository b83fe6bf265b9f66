"""How well a transcript renders the script that was spoken: word error rate, and words under the wrong speaker.

The word error rate is (substitutions + deletions + insertions) / words of the script, after Whisper's own
normalisation of English spelling, numbers and contractions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from demo.script import Script, read_script
from storage.transcripts.transcript import InterviewTranscript


@dataclass(frozen=True, slots=True)
class Measured:
    """One transcript against its script; `words` counts the script's, `speed` is a multiple of real time.

    `wrong_speaker` is the share of rightly heard words that stand under the other speaker, None where the
    recording does not tell its speakers apart.
    """

    label: str
    recording: str
    duration_ms: int
    speed: float
    words: int
    word_error_rate: float
    wrong_speaker: float | None


def measure(transcript: InterviewTranscript, script: Path) -> Measured:
    """Measure a transcript against the script in the file `script`."""
    truth = read_script(script)
    said = [(turn.speaker, turn.text) for turn in truth.turns]
    heard = [(_speaker(truth, spoken.channel), spoken.text) for spoken in transcript.utterances]
    speakers = truth.channels or ("",)
    references = [_text_of(said, speaker) for speaker in speakers]
    hypotheses = [_text_of(heard, speaker) for speaker in speakers]
    return Measured(
        label=transcript.label,
        recording=truth.recording,
        duration_ms=transcript.duration_ms,
        speed=transcript.duration_ms / 1000 / transcript.seconds if transcript.seconds else 0.0,
        words=sum(len(_normalise(text).split()) for text in references),
        word_error_rate=word_error_rates(references, hypotheses),
        wrong_speaker=words_under_wrong_speaker(said, heard) if truth.channels else None,
    )


def word_error_rate(reference: str, hypothesis: str) -> float:
    """Errors per word of `reference`; 1.0 where words were heard in a reference without any."""
    return word_error_rates([reference], [hypothesis])


def word_error_rates(references: Sequence[str], hypotheses: Sequence[str]) -> float:
    """The rate over several texts together, each aligned with its own."""
    import jiwer

    expected = [_normalise(text) for text in references]
    heard = [_normalise(text) for text in hypotheses]
    if not any(expected):
        return float(any(heard))
    spoken = [(e, h) for e, h in zip(expected, heard, strict=True) if e]
    inserted = sum(len(h.split()) for e, h in zip(expected, heard, strict=True) if not e)
    result = jiwer.process_words([e for e, _ in spoken], [h for _, h in spoken])
    errors = result.substitutions + result.deletions + result.insertions + inserted
    return float(errors / sum(len(e.split()) for e, _ in spoken))


def words_under_wrong_speaker(said: Iterable[tuple[str, str]], heard: Iterable[tuple[str, str]]) -> float:
    """Of the words heard rightly, the share under another speaker; both are (speaker, text) in order of time."""
    import jiwer

    expected, found = list(_words(said)), list(_words(heard))
    if not expected or not found:
        return 0.0
    result = jiwer.process_words(" ".join(w for _, w in expected), " ".join(w for _, w in found))
    same = [
        expected[chunk.ref_start_idx + k][0] == found[chunk.hyp_start_idx + k][0]
        for chunk in result.alignments[0]
        if chunk.type == "equal"
        for k in range(chunk.ref_end_idx - chunk.ref_start_idx)
    ]
    return same.count(False) / len(same) if same else 0.0


def _speaker(script: Script, channel: int) -> str:
    return script.channels[channel] if channel < len(script.channels) else ""


def _text_of(turns: Iterable[tuple[str, str]], speaker: str) -> str:
    """All that one speaker says; with the speaker '' all that anyone says."""
    return " ".join(text for who, text in turns if speaker in ("", who))


def _words(turns: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return ((speaker, word) for speaker, text in turns for word in _normalise(text).split())


def _normalise(text: str) -> str:
    return str(_normaliser()(text)).strip()


@cache
def _normaliser() -> Any:
    from whisper.normalizers import EnglishTextNormalizer

    return EnglishTextNormalizer()
