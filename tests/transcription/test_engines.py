"""The two engines on the demo's model and speech: what they compute is what openai-whisper computes."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sound_files import DEMO, RATE, Sound, heard, noise, tone

from demo.measure import word_error_rate
from transcription.errors import ModelError
from transcription.recognizers.hearing import Attempt, Whisper
from transcription.recognizers.int8 import Int8Linear, joined, quantise
from transcription.recognizers.loading import faster_engine, load_recognizer
from transcription.recognizers.word_times import Segment, median_of_seven
from transcription.transcript import Word

pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # Whisper's table of spellings
ENGINES = ["openai-whisper", "faster-whisper"]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module", params=ENGINES)
def whisper(request: pytest.FixtureRequest, demo_model: Path) -> Whisper[Any]:
    return load_recognizer(demo_model, engine=request.param)


@pytest.fixture(scope="module")
def openai(demo_model: Path) -> Whisper[Any]:
    return load_recognizer(demo_model)


@pytest.fixture(scope="module")
def pieces() -> list[Sound]:
    """Three windows of an interview of different length."""
    call = heard(DEMO / "recordings" / "client_garden_phone.wav")[0]
    return [call[: 30 * RATE], call[30 * RATE : 48 * RATE], call[60 * RATE : 66 * RATE]]


def said(words: tuple[Word, ...]) -> str:
    return " ".join(word.text for word in words)


def test_a_batch_is_decoded_to_the_tokens_that_whisper_decodes_one_by_one(
    openai: Whisper[Any], pieces: list[Sound]
) -> None:
    from whisper import DecodingOptions, decode

    engine = openai.engine
    encoded = engine.encode(pieces)
    with torch.inference_mode():
        expected = [decode(engine._model, one.features, DecodingOptions(language="en", fp16=False)) for one in encoded]
    together = engine.greedy(encoded, "en", "")
    assert len({len(result.tokens) for result in together}) == 3, "the windows leave the batch at different steps"
    for result, wanted in zip(together, expected, strict=True):
        assert result.tokens == tuple(wanted.tokens)
        assert result.text == wanted.text
        assert result.average_logprob == pytest.approx(wanted.avg_logprob, abs=1e-4)
        assert result.no_speech == pytest.approx(wanted.no_speech_prob, abs=1e-6)


def test_a_prompt_is_what_it_is_to_whisper(openai: Whisper[Any], pieces: list[Sound]) -> None:
    from whisper import DecodingOptions, decode

    engine, prompt = openai.engine, "Leeds, Oxford"
    (encoded,) = engine.encode(pieces[:1])
    with torch.inference_mode():
        options = DecodingOptions(language="en", fp16=False, prompt=prompt)
        expected = decode(engine._model, encoded.features, options)
    (result,) = engine.greedy([encoded], "en", prompt)
    assert result.tokens == tuple(expected.tokens)


def test_word_times_are_those_of_whisper(openai: Whisper[Any], pieces: list[Sound]) -> None:
    from whisper.audio import log_mel_spectrogram, pad_or_trim
    from whisper.timing import find_alignment, merge_punctuations

    engine = openai.engine
    encoded = engine.encode(pieces)[1]
    text = tuple(token for token in engine.greedy([encoded], "en", "")[0].tokens if token < engine.timestamp_begin)
    words = engine.words(encoded, "en", [Segment(-1.0, -1.0, text)], 1_800)

    mel = log_mel_spectrogram(pad_or_trim(torch.from_numpy(pieces[1])))
    expected = find_alignment(engine._model, engine._tokenizer("en"), list(text), mel, 1_800)
    merge_punctuations(expected, "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、")
    expected = [timing for timing in expected if timing.word.strip()]
    assert [word.text for word in words] == [timing.word.strip() for timing in expected]
    assert [(word.start_ms, word.end_ms) for word in words] == [
        (round(timing.start * 1000), round(timing.end * 1000)) for timing in expected
    ]
    assert [word.probability for word in words] == pytest.approx([t.probability for t in expected], abs=1e-3)


def test_the_median_is_whispers() -> None:
    from whisper.timing import median_filter

    for columns in (4, 7, 100):
        rows = torch.rand(5, columns)
        assert torch.equal(median_of_seven(rows), median_filter(rows[None], 7)[0])
    assert torch.equal(median_of_seven(rows[:, :3]), rows[:, :3])


def test_both_engines_hear_the_same_words_at_the_same_times(demo_model: Path, pieces: list[Sound]) -> None:
    ours, theirs = (load_recognizer(demo_model, engine=engine).recognize(pieces[:2]) for engine in ENGINES)  # type: ignore[arg-type]
    for one, other in zip(ours, theirs, strict=True):
        assert said(one.words) == said(other.words)
        assert [word.start_ms for word in one.words] == [word.start_ms for word in other.words]
        assert len(one.words) > 30


def test_the_same_batch_gives_the_same_words_and_each_window_is_encoded_once(
    whisper: Whisper[Any], pieces: list[Sound], monkeypatch: pytest.MonkeyPatch
) -> None:
    encode, given = whisper.engine.encode, []

    def counted(sounds: list[Sound]) -> Any:
        given.append(len(sounds))
        return encode(sounds)

    monkeypatch.setattr(whisper.engine, "encode", counted)
    first = whisper.recognize(pieces[1:])
    assert given == [2]
    torch.manual_seed(99)
    assert whisper.recognize(pieces[1:]) == first
    assert all(word.text == word.text.strip() and word.text for one in first for word in one.words)
    assert all(0 <= word.probability <= 1 for one in first for word in one.words)


def test_every_attempt_is_the_same_every_time(whisper: Whisper[Any], pieces: list[Sound]) -> None:
    (encoded,) = whisper.engine.encode(pieces[2:])
    for attempt in (Attempt(beam=3), Attempt(temperature=1.0, candidates=2)):
        first = whisper.engine.again(encoded, "en", "", attempt)
        torch.manual_seed(2)
        following = torch.rand(1)
        torch.manual_seed(2)
        assert whisper.engine.again(encoded, "en", "", attempt) == first
        assert torch.rand(1) == following, "and nobody else's chance is touched"


@pytest.mark.parametrize(
    "sound",
    [np.zeros(10 * RATE, np.float32), noise(30, 0.01), tone(50, 20, loudness=0.02)],
    ids=["silence", "noise", "hum"],
)
def test_no_words_where_nobody_speaks(whisper: Whisper[Any], sound: Sound) -> None:
    assert [one.words for one in whisper.recognize([sound])] == [()]


def test_in_eight_bits_the_words_stay_the_same(demo_model: Path, pieces: list[Sound]) -> None:
    whole, small = (load_recognizer(demo_model, precision=precision) for precision in ("float32", "int8"))
    assert word_error_rate(
        " ".join(said(one.words) for one in whole.recognize(pieces)),
        " ".join(said(one.words) for one in small.recognize(pieces)),
    ) <= 0.01  # fmt: skip
    assert small.parameters["precision"] == "int8"


def test_eight_bits_are_near_the_linear_layer_and_join() -> None:
    torch.manual_seed(0)
    layers = [torch.nn.Linear(64, 32, bias=bias) for bias in (True, False, True)]
    x = torch.randn(7, 64)
    with torch.inference_mode():
        exact = torch.cat([layer(x) for layer in layers], dim=1)
        single = [Int8Linear(layer.weight, layer.bias) for layer in layers]
        apart, together = torch.cat([layer(x) for layer in single], dim=1), joined(single)(x)
    assert torch.equal(apart, together)
    assert float((apart - exact).norm() / exact.norm()) < 0.05


def test_all_linear_layers_are_made_eight_bit(demo_model: Path) -> None:
    from transcription.models import load_checkpoint

    model = load_checkpoint(demo_model, "cpu")
    quantise(model)
    assert not [name for name, layer in model.named_modules() if isinstance(layer, torch.nn.Linear)]


def test_a_glossary_that_is_too_long_keeps_its_first_terms(demo_model: Path) -> None:
    whisper = load_recognizer(demo_model, glossary=[f"Organisation number {n}" for n in range(200)])
    kept = whisper.parameters["glossary"]
    assert isinstance(kept, list)
    assert 10 < len(kept) < 200
    assert kept[0] == "Organisation number 0"


def test_what_the_words_depend_on_is_told(whisper: Whisper[Any], demo_model: Path) -> None:
    assert whisper.model_sha256 == hashlib.sha256(demo_model.read_bytes()).hexdigest()
    assert json.loads(json.dumps(whisper.parameters)) == whisper.parameters
    assert {"language", "attempts", "at_once", "precision", "device", "openai-whisper"} <= set(whisper.parameters)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_english_model_refuses_another_language(demo_model: Path, engine: Any) -> None:
    with pytest.raises(ModelError, match="English only"):
        load_recognizer(demo_model, engine=engine, language="de")
    with pytest.raises(ModelError, match="no language 'klingon'"):
        load_recognizer(demo_model, engine=engine, language="klingon")


def test_auto_is_the_engine_that_was_faster_here_and_stays_so(
    demo_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transcription.recognizers import loading

    seconds = {"openai-whisper": 2.0, "faster-whisper": 1.0}
    monkeypatch.setattr(loading, "_trial", lambda engine, *_: seconds[engine])
    assert faster_engine(demo_model) == "faster-whisper"
    seconds["faster-whisper"] = 9.0
    assert faster_engine(demo_model) == "faster-whisper", "or a recording begun would be begun anew"
    assert load_recognizer(demo_model, engine="auto").name == "faster-whisper"


def test_auto_is_the_engine_that_is_there(demo_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transcription.recognizers import loading

    monkeypatch.setattr(loading, "find_spec", lambda _: None)
    assert faster_engine(demo_model) == "openai-whisper"
    with pytest.raises(ModelError, match="faster-whisper is not installed"):
        load_recognizer(demo_model, engine="faster-whisper")
