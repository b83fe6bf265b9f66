"""Whisper's rules for what is believed, whichever engine decodes: with an engine that answers as it is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from sound_files import RATE, Sound

from transcription.recognizers.base import JSON
from transcription.recognizers.hearing import Attempt, Checks, Decoded, Whisper, recites, segments_of
from transcription.recognizers.word_times import Segment
from transcription.transcript import Word

STAMP = 1_000  # the token of <|0.00|>
# a word's place is its token
WORDS = (  # noqa: SIM905
    "fine loop one two three four um good guess unsure thanks for watching naloxone, wellbeing hub. She went to the "
    "Wellbeing Hub. Yes. a b c d e f g h i j k l m n"
).split()
BEAM = Attempt(beam=5)
SOUND = np.zeros(10 * RATE, np.float32)


def result(
    text: str = "fine", logprob: float = -0.2, no_speech: float = 0.0, languages: Mapping[str, float] | None = None
) -> Decoded:
    """A decode whose text fills ten seconds."""
    tokens = (STAMP, *(WORDS.index(word) for word in text.split()), STAMP + 500)
    return Decoded(tokens, text, logprob, no_speech, languages or {})


LOOP = result("loop " * 60, logprob=-0.1)


@dataclass
class Answers:
    """An engine that gives the answers in turn, and remembers what it was asked."""

    greedy_answers: list[Decoded]
    again_answers: list[Decoded] = field(default_factory=list)
    asked: list[tuple[int, str, str]] = field(default_factory=list)  # windows together, language, prompt
    attempts: list[Attempt] = field(default_factory=list)
    encoded: int = 0
    likely: list[str] = field(default_factory=list)

    name: str = "answers"
    model_sha256: str = "0" * 64
    at_once: int = 2
    timestamp_begin: int = STAMP
    parameters: Mapping[str, JSON] = field(default_factory=dict)

    def that_fit(self, glossary: Sequence[str]) -> tuple[str, ...]:
        return tuple(glossary)

    def encode(self, sounds: Sequence[Sound]) -> list[int]:
        self.encoded += len(sounds)
        return list(range(len(sounds)))

    def languages(self, encoded: Sequence[int]) -> list[str]:
        return [self.likely[row] for row in encoded]

    def greedy(self, encoded: Sequence[int], language: str, prompt: str) -> list[Decoded]:
        self.asked.append((len(encoded), language, prompt))
        return [self.greedy_answers.pop(0) for _ in encoded]

    def again(self, encoded: int, language: str, prompt: str, attempt: Attempt) -> Decoded:
        self.attempts.append(attempt)
        return self.again_answers.pop(0)

    def words(self, encoded: int, language: str, segments: Sequence[Segment], frames: int) -> list[Word]:
        chosen = [token for segment in segments for token in segment.tokens]
        return [Word(WORDS[token], at * 100, at * 100 + 90, 0.9) for at, token in enumerate(chosen)]


def texts(engine: Answers, sounds: int = 1, **options: object) -> list[str]:
    whisper = Whisper(engine, options.pop("language", "en"), **options)  # type: ignore[arg-type]
    return [" ".join(word.text for word in heard.words) for heard in whisper.recognize([SOUND] * sounds)]


def test_windows_are_decoded_together_and_only_a_failing_one_again_alone() -> None:
    engine = Answers([result("one"), LOOP, result("three")], [result("two")])
    assert texts(engine, 3) == ["one", "two", "three"]
    assert engine.asked == [(3, "en", "")]
    assert engine.attempts == [BEAM]
    assert engine.encoded == 3, "every attempt uses the encoding that is there"


def test_beam_search_comes_first_then_rising_temperatures() -> None:
    engine = Answers([LOOP], [LOOP, result("guess", logprob=-1.5), result("good")])
    assert texts(engine) == ["good"]
    assert engine.attempts == [BEAM, Attempt(temperature=0.2), Attempt(temperature=0.4)]


def test_where_all_fail_the_least_bad_is_kept_and_said_to_be_unsure() -> None:
    engine = Answers([LOOP], [LOOP, LOOP, LOOP, result("unsure", logprob=-1.2), LOOP, result("guess", logprob=-3.0)])
    (heard,) = Whisper(engine, "en").recognize([SOUND])
    assert [word.text for word in heard.words] == ["unsure"]
    assert not heard.is_sure
    assert len(engine.attempts) == len(Checks().attempts)


def test_silence_is_not_decoded_again() -> None:
    engine = Answers([result("thanks for watching", logprob=-1.4, no_speech=0.9)])
    assert texts(engine) == [""]
    assert engine.attempts == []


def test_less_than_a_fifth_of_a_second_is_not_heard() -> None:
    engine = Answers([result("one")])
    heard = Whisper(engine, "en").recognize([np.zeros(RATE // 6, np.float32), SOUND, np.zeros(0, np.float32)])
    assert [len(one.words) for one in heard] == [0, 1, 0]
    assert Whisper(engine, "en").recognize([]) == []


def test_it_goes_on_from_the_last_timestamp() -> None:
    """A decode that stops after its first segment loses nothing, and its words keep their times."""
    stopped = Decoded((STAMP, 2, 3, STAMP + 200, STAMP + 200), "one two", -0.2, 0.0)
    engine = Answers([stopped, result("three four")])
    (heard,) = Whisper(engine, "en").recognize([SOUND])
    assert [(word.text, word.start_ms) for word in heard.words] == [
        ("one", 0), ("two", 100), ("three", 4_000), ("four", 4_100),
    ]  # fmt: skip
    assert engine.encoded == 2


def test_a_decode_that_stops_at_once_gets_on_all_the_same() -> None:
    stuck = Decoded((STAMP, 6, STAMP, STAMP), "um", -0.2, 0.0)
    engine = Answers([stuck] * 10)
    (heard,) = Whisper(engine, "en").recognize([SOUND])
    assert len(heard.words) == 10


def test_the_glossary_is_one_prompt_and_never_text() -> None:
    glossary = ["Naloxone", "Wellbeing Hub", "Asda"]
    engine = Answers([result("naloxone, wellbeing hub."), result("She went to the Wellbeing Hub."), result("Yes.")])
    assert texts(engine, 2, glossary=glossary) == ["Yes.", "She went to the Wellbeing Hub."]
    assert engine.asked == [(2, "en", "Naloxone, Wellbeing Hub, Asda"), (1, "en", "")]


def test_reciting_is_two_terms_side_by_side_in_order() -> None:
    glossary = ["Naloxone", "Wellbeing Hub", "Asda"]
    assert recites("... Wellbeing hub Asda", glossary)
    assert not recites("The Wellbeing Hub is near Asda.", glossary)
    assert not recites("Asda Naloxone", glossary)
    assert not recites("anything", ["Naloxone"])


def test_the_language_that_a_window_was_taken_for_is_told() -> None:
    engine = Answers([result(languages={"en": 0.2, "cy": 0.7, "de": 0.1})])
    (heard,) = Whisper(engine, "en").recognize([SOUND])
    assert (heard.language, heard.language_probability) == ("cy", 0.7)


def test_without_a_language_each_window_has_its_own() -> None:
    engine = Answers([result("one"), result("three"), result("two")], likely=["cy", "en", "cy"])
    assert texts(engine, 3, language=None) == ["one", "two", "three"]
    assert engine.asked == [(2, "cy", ""), (1, "en", "")]


@pytest.mark.parametrize(("text", "passes"), [("loop " * 60, False), ("a b c d e f g h i j k l m n", True)])
def test_compression_tells_a_loop(text: str, passes: bool) -> None:
    from whisper.utils import compression_ratio

    assert result(text).compression_ratio == pytest.approx(compression_ratio(text))
    assert (result(text).compression_ratio <= Checks().compression_ratio) is passes


def test_segments_are_what_lies_between_pairs_of_timestamps() -> None:
    one, two = (5, 6), (7, 8, 9)
    tokens = [STAMP + 10, *one, STAMP + 100, STAMP + 150, *two, STAMP + 500]
    first, second = Segment(0.2, 2.0, one), Segment(3.0, 10.0, two)
    assert segments_of(tokens, STAMP, 12.0) == ([first, second], None)
    assert segments_of(tokens[:-1], STAMP, 12.0) == ([first], 2.0), "an unfinished segment is heard again"
    assert segments_of([STAMP, *one], STAMP, 12.0) == ([Segment(0.0, 12.0, one)], None)
    assert segments_of([*one], STAMP, 12.0) == ([Segment(0.0, 12.0, one)], None)
