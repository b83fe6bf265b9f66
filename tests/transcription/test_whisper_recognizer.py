"""Whisper with the demo model on the demo's speech, and its rules on results made for the purpose."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sound_files import DEMO, RATE, Sound, noise, tone

from demo.measure import word_error_rate
from transcription.decode import decode, words_by_channel
from transcription.errors import ModelError
from transcription.plan import make_plan
from transcription.recognizers.openai_whisper import Checks, OpenAIWhisper, load_recognizer, recites, segments_of
from transcription.recognizers.word_times import Segment
from transcription.transcript import Voice, Word, utterances_of

pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # Whisper's table of spellings
STAMP = 50_363  # <|0.00|> of an English model


@pytest.fixture(scope="module")
def whisper(demo_model: Path) -> Iterator[OpenAIWhisper]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield load_recognizer(demo_model)
    torch.set_num_threads(threads)


@pytest.fixture
def piece(phone_call: Sound) -> Sound:
    """Some seconds of the participant's channel, with a sentence or two."""
    return phone_call[1, 10 * RATE : 24 * RATE]


def transcribed(recording: str, whisper: OpenAIWhisper) -> dict[int, tuple[Word, ...]]:
    path = DEMO / "recordings" / recording
    plan = make_plan(path)
    results: dict[int, tuple[Word, ...]] = {}
    decode(path, plan, whisper, on_window=lambda index, words, _: results.__setitem__(index, words))
    return words_by_channel(plan, results)


def test_a_two_channel_call_is_written_down_by_its_speakers(whisper: OpenAIWhisper) -> None:
    script = json.loads((DEMO / "scripts" / "client_choir_two_channel_phone.json").read_text())
    channels = transcribed("client_choir_two_channel_phone.wav", whisper)
    utterances = utterances_of({Voice(channel, script["channels"][channel]): w for channel, w in channels.items()})

    near = timed = 0
    for party in script["channels"]:
        turns = [turn for turn in script["turns"] if turn["speaker"] == party]
        written = " ".join(u.text for u in utterances if u.speaker == party)
        assert word_error_rate(" ".join(turn["text"] for turn in turns), written) < 0.05
        starts = {text: start for turn in turns for text, start, _ in turn["words"]}
        for utterance in (u for u in utterances if u.speaker == party):
            for word in utterance.words:
                if sum(other[0] == word.text for turn in turns for other in turn["words"]) == 1:
                    timed += 1
                    near += abs(starts[word.text] - word.start_ms) <= 200
    assert timed > 30
    assert near / timed > 0.9
    assert len(utterances) >= len(script["turns"])


def test_the_same_window_gives_the_same_words_and_is_encoded_once(
    whisper: OpenAIWhisper, piece: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder, passes = whisper._model.encoder.forward, []

    def counted(mel: torch.Tensor) -> torch.Tensor:
        passes.append(mel.shape)
        result: torch.Tensor = encoder(mel)
        return result

    monkeypatch.setattr(whisper._model.encoder, "forward", counted)
    first = whisper.recognize(piece)
    assert len(passes) == 1
    torch.manual_seed(99)
    assert whisper.recognize(piece) == first
    assert len(first) > 10
    assert all(word.text == word.text.strip() and word.text for word in first)
    assert all(0 <= word.probability <= 1 for word in first)


def test_drawing_at_a_temperature_is_the_same_every_time(demo_model: Path, piece: Sound) -> None:
    warm = load_recognizer(demo_model, checks=Checks(temperatures=(1.0,)))
    torch.manual_seed(1)
    first = warm.recognize(piece)
    torch.manual_seed(2)
    following = torch.rand(1)
    torch.manual_seed(2)
    assert warm.recognize(piece) == first
    assert torch.rand(1) == following, "and nobody else's chance is touched"


@pytest.mark.parametrize(
    "sound",
    [np.zeros(10 * RATE, np.float32), noise(30, 0.01), tone(50, 20, loudness=0.02), np.zeros(0, np.float32)],
    ids=["silence", "noise", "hum", "nothing"],
)
def test_no_words_where_nobody_speaks(whisper: OpenAIWhisper, sound: Sound) -> None:
    assert whisper.recognize(sound) == ()


def result(text: str = "fine", logprob: float = -0.2, compression: float = 1.5, no_speech: float = 0.0) -> Any:
    from whisper import DecodingResult
    from whisper.tokenizer import get_tokenizer

    tokens = [STAMP, *get_tokenizer(False).encode(" " + text), STAMP + 200]
    return DecodingResult(
        audio_features=None, language="en", tokens=tokens, text=text,
        avg_logprob=logprob, compression_ratio=compression, no_speech_prob=no_speech,
    )  # fmt: skip


Ladder = Callable[[dict[float, Any]], list[tuple[float, str | None]]]


@pytest.fixture
def ladder(monkeypatch: pytest.MonkeyPatch) -> Ladder:
    """Sets what Whisper answers at each temperature; gives the list of what it is asked."""

    def set_answers(answers: dict[float, Any]) -> list[tuple[float, str | None]]:
        asked: list[tuple[float, str | None]] = []

        def answer(_: object, __: object, options: Any) -> Any:
            asked.append((options.temperature, options.prompt))
            return answers[options.temperature]

        monkeypatch.setattr("whisper.decode", answer)
        return asked

    return set_answers


def texts(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)


def test_a_loop_or_a_guess_is_decoded_again_warmer(whisper: OpenAIWhisper, piece: Sound, ladder: Ladder) -> None:
    asked = ladder({0.0: result("loop", compression=3.0), 0.2: result("guess", logprob=-1.5), 0.4: result("good")})
    assert texts(whisper.recognize(piece)) == "good"
    assert [temperature for temperature, _ in asked] == [0.0, 0.2, 0.4]


def test_where_all_fail_the_least_bad_is_kept(whisper: OpenAIWhisper, piece: Sound, ladder: Ladder) -> None:
    loops = {t: result("loop", logprob=-0.1, compression=3.0) for t in (0.0, 0.2, 0.4, 0.6)}
    asked = ladder({**loops, 0.8: result("unsure", logprob=-1.2), 1.0: result("guess", logprob=-3.0)})
    assert texts(whisper.recognize(piece)) == "unsure"
    assert len(asked) == 6


def test_silence_is_not_decoded_again(whisper: OpenAIWhisper, piece: Sound, ladder: Ladder) -> None:
    asked = ladder({0.0: result("thanks for watching", logprob=-1.4, no_speech=0.9)})
    assert whisper.recognize(piece) == ()
    assert len(asked) == 1


def test_it_goes_on_from_the_last_timestamp(
    whisper: OpenAIWhisper, piece: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A decode that stops after its first segment loses nothing."""
    import whisper as package

    whole, decode_window, calls = whisper.recognize(piece), package.decode, []

    def stops_early(model: Any, encoded: Any, options: Any) -> Any:
        found = decode_window(model, encoded, options)
        calls.append(found)
        if len(calls) > 1:
            return found
        cut = next(at for at in range(1, len(found.tokens)) if min(found.tokens[at - 1 : at + 1]) >= STAMP)
        found.tokens[cut + 1 :] = []
        return found

    monkeypatch.setattr("whisper.decode", stops_early)
    parts = whisper.recognize(piece)

    assert len(calls) >= 2
    assert word_error_rate(texts(whole), texts(parts)) < 0.1
    assert [word.start_ms for word in parts] == sorted(word.start_ms for word in parts)


def test_segments_are_what_lies_between_pairs_of_timestamps() -> None:
    one, two = (5, 6), (7, 8, 9)
    tokens = [STAMP + 10, *one, STAMP + 100, STAMP + 150, *two, STAMP + 500]
    first, second = Segment(0.2, 2.0, one), Segment(3.0, 10.0, two)
    assert segments_of(tokens, STAMP, 12.0) == ([first, second], None)
    assert segments_of(tokens[:-1], STAMP, 12.0) == ([first], 2.0), "an unfinished segment is heard again"
    assert segments_of([STAMP, *one], STAMP, 12.0) == ([Segment(0.0, 12.0, one)], None)
    assert segments_of([*one], STAMP, 12.0) == ([Segment(0.0, 12.0, one)], None)


def test_the_glossary_is_a_prompt_and_never_text(demo_model: Path, piece: Sound, ladder: Ladder) -> None:
    whisper = load_recognizer(demo_model, glossary=["Naloxone", "Wellbeing Hub", "Asda"])
    asked = ladder({0.0: result("naloxone, wellbeing hub.")})
    whisper.recognize(piece)
    assert asked == [(0.0, "Naloxone, Wellbeing Hub, Asda"), (0.0, None)]

    asked = ladder({0.0: result("She went to the Wellbeing Hub.")})
    assert texts(whisper.recognize(piece)) == "She went to the Wellbeing Hub."
    assert len(asked) == 1


def test_reciting_is_two_terms_side_by_side_in_order() -> None:
    glossary = ["Naloxone", "Wellbeing Hub", "Asda"]
    assert recites("... Wellbeing hub Asda", glossary)
    assert not recites("The Wellbeing Hub is near Asda.", glossary)
    assert not recites("Asda Naloxone", glossary)
    assert not recites("anything", ["Naloxone"])


def test_a_glossary_that_is_too_long_keeps_its_first_terms(demo_model: Path) -> None:
    whisper = load_recognizer(demo_model, glossary=[f"Organisation number {n}" for n in range(200)])
    kept = whisper.parameters["glossary"]
    assert isinstance(kept, list)
    assert 10 < len(kept) < 200
    assert kept[0] == "Organisation number 0"


def test_what_the_words_depend_on_is_told(whisper: OpenAIWhisper, demo_model: Path) -> None:
    import hashlib

    assert whisper.model_sha256 == hashlib.sha256(demo_model.read_bytes()).hexdigest()
    assert json.loads(json.dumps(whisper.parameters)) == whisper.parameters
    assert {"language", "temperatures", "openai-whisper", "torch"} <= set(whisper.parameters)


def test_an_english_model_refuses_another_language(demo_model: Path) -> None:
    with pytest.raises(ModelError, match="English only"):
        load_recognizer(demo_model, language="de")
    with pytest.raises(ModelError, match="no language 'klingon'"):
        load_recognizer(demo_model, language="klingon")
