"""The word error rate counts what was wrongly heard, and words under the wrong speaker are found."""

from dataclasses import fields
from pathlib import Path

import pytest

from demo.measure import Measured, measure, word_error_rate, word_error_rates, words_under_wrong_speaker
from demo.script import Script, Turn, read_script, write_script
from storage.transcripts.transcript import InterviewTranscript, Spoken

# Whisper leaves the word list of its normaliser open.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


@pytest.mark.parametrize(
    ("reference", "hypothesis", "rate"),
    [
        ("I live in Bristol.", "I live in Bristol.", 0.0),
        ("I live in Bristol.", "i live in bristol", 0.0),
        ("I don't know.", "I do not know", 0.0),
        ("It took thirty days.", "It took 30 days.", 0.0),
        ("I live in Bristol.", "I live in Leeds.", 1 / 4),
        ("I live in Bristol.", "I live Bristol.", 1 / 4),
        ("I live in Bristol.", "I live here in Bristol.", 1 / 4),
        ("I live in Bristol.", "", 1.0),
        ("", "", 0.0),
        ("", "Thank you.", 1.0),
    ],
)
def test_word_error_rate_of_known_cases(reference: str, hypothesis: str, rate: float) -> None:
    assert word_error_rate(reference, hypothesis) == pytest.approx(rate)


def test_several_texts_count_by_their_words_not_one_by_one() -> None:
    references = ["I live in Bristol with my husband now.", "Yes, exactly."]
    hypotheses = ["I live in Bristol with my husband now.", "Yes."]
    assert word_error_rates(references, hypotheses) == pytest.approx(1 / 10)


def test_words_heard_where_nobody_spoke_are_errors_too() -> None:
    assert word_error_rates(["I live in Bristol.", ""], ["I live in Bristol.", "Thank you."]) == pytest.approx(2 / 4)


def test_words_under_the_wrong_speaker_are_a_share_of_those_heard_rightly() -> None:
    said = [("interviewer", "How do you feel now?"), ("participant", "I feel much better.")]
    assert words_under_wrong_speaker(said, said) == 0.0
    heard = [("interviewer", "How do you feel now? I feel"), ("participant", "much better.")]
    assert words_under_wrong_speaker(said, heard) == pytest.approx(2 / 9)
    misheard = [("interviewer", "How do you see now?"), ("participant", "I feel much better.")]
    assert words_under_wrong_speaker(said, misheard) == 0.0
    assert words_under_wrong_speaker(said, []) == 0.0


def two_turns(channels: tuple[str, ...]) -> Script:
    turns = (
        Turn("interviewer", (("How", 100, 300), ("now?", 300, 600))),
        Turn("participant", (("Better.", 900, 1400),)),
    )
    return Script("talk.wav", 2000, channels, turns)


def test_a_script_reads_back_as_it_was_written(tmp_path: Path) -> None:
    script = two_turns(("interviewer", "participant"))
    write_script(tmp_path / "talk.json", script)
    assert read_script(tmp_path / "talk.json") == script
    assert script.turns[0].text == "How now?"


def transcript_of(script: Script, speakers: dict[str, int]) -> InterviewTranscript:
    """A transcript that renders the script faithfully, each speaker on the channel given."""
    spoken = tuple(
        Spoken("", speakers[turn.speaker], turn.start_ms, turn.end_ms, turn.text, []) for turn in script.turns
    )
    anything = {field.name: "" for field in fields(InterviewTranscript)}
    known = {"label": "C_003_05/20", "duration_ms": 2000, "seconds": 0.5, "utterances": spoken}
    return InterviewTranscript(**(anything | known))


@pytest.mark.parametrize(
    ("channels", "speakers", "rate", "wrong_speaker"),
    [
        (("interviewer", "participant"), {"interviewer": 0, "participant": 1}, 0.0, 0.0),
        (("interviewer", "participant"), {"interviewer": 1, "participant": 0}, 4 / 3, 1.0),
        ((), {"interviewer": 0, "participant": 0}, 0.0, None),
    ],
)
def test_a_transcript_is_measured_speaker_by_speaker_where_channels_tell_them_apart(
    tmp_path: Path,
    channels: tuple[str, ...],
    speakers: dict[str, int],
    rate: float,
    wrong_speaker: float | None,
) -> None:
    script = two_turns(channels)
    write_script(tmp_path / "talk.json", script)
    measured = measure(transcript_of(script, speakers), tmp_path / "talk.json")
    assert measured == Measured("C_003_05/20", "talk.wav", 2000, 4.0, 3, pytest.approx(rate), wrong_speaker)
