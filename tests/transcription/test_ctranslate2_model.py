"""The same weights on CTranslate2: the same tokens, the same text, and a folder that is whole or not there."""

import json
import random
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
import whisper
from ctranslate2 import StorageView
from ctranslate2.models import Whisper as CTranslate2
from hypothesis import given, settings
from hypothesis import strategies as st
from sound_files import DEMO, RATE, Sound
from whisper.audio import log_mel_spectrogram, pad_or_trim
from whisper.tokenizer import LANGUAGES, Tokenizer

from benchmarks.checkpoints import TEXT_TOKENS, write_random_checkpoint
from demo.measure import word_error_rate
from demo.script import read_script
from transcription import models
from transcription.errors import ModelError
from transcription.models import KnownModel, sha256_of
from transcription.recognizers import ctranslate2_model
from transcription.recognizers.ctranslate2_model import convert, fast_tokenizer, vocabulary
from transcription.recognizers.loading import EngineName, load_recognizer
from transcription.recognizers.prompts import tokenizer_of

pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # Whisper's table of spellings
SECONDS = range(0, 90, 15)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Any:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def exact(demo_model: Path) -> CTranslate2:
    folder = convert(demo_model, demo_model.parent / "exact", "float32")
    return CTranslate2(str(folder), device="cpu", compute_type="float32", intra_threads=1)


@pytest.fixture(scope="module")
def original(demo_model: Path) -> whisper.Whisper:
    return whisper.load_model(str(demo_model), device="cpu")


def random_checkpoint(target: Path, **differing: int) -> Path:
    """A small checkpoint of random weights; a multilingual one unless its `n_vocab` says otherwise."""
    dims = {
        "n_mels": 80, "n_vocab": 51_865,
        "n_audio_ctx": 1500, "n_audio_state": 64, "n_audio_head": 4, "n_audio_layer": 2,
        "n_text_ctx": 448, "n_text_state": 64, "n_text_head": 4, "n_text_layer": 2,
    } | differing  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = whisper.Whisper(whisper.ModelDimensions(**dims))
        model.decoder.positional_embedding.data.normal_(0, 0.2)  # is left as it comes in memory otherwise
    torch.save({"dims": dims, "model_state_dict": model.state_dict()}, target)
    return target


def mel_of(sound: Sound, mels: int = 80) -> torch.Tensor:
    mel: torch.Tensor = log_mel_spectrogram(pad_or_trim(torch.from_numpy(sound), 30 * RATE), mels)
    return mel[None]


def decoded(model: CTranslate2, mel: torch.Tensor, first: list[int]) -> Any:
    sound = StorageView.from_array(mel.numpy())
    (result,) = model.generate(sound, [first], beam_size=1, max_length=448, return_scores=True)
    return result


@pytest.mark.parametrize("at_s", SECONDS)
def test_both_engines_write_the_same_tokens(
    exact: CTranslate2, original: whisper.Whisper, phone_call: Sound, at_s: int
) -> None:
    mel = mel_of(phone_call[at_s // 15 % 2, at_s * RATE : (at_s + 30) * RATE])
    (expected,) = whisper.decode(original, mel, whisper.DecodingOptions(language="en", fp16=False))

    found = decoded(exact, mel, [tokenizer_of(False, 99, "en").sot])

    assert found.sequences_ids[0] == expected.tokens
    assert len(expected.tokens) > 10
    count = len(expected.tokens)
    assert found.scores[0] * count / (count + 1) == pytest.approx(expected.avg_logprob, abs=1e-3)


@pytest.mark.parametrize(("mels", "tokens"), [(80, 51_865), (128, 51_866)], ids=["before version 3", "version 3"])
def test_a_multilingual_model_takes_a_language_for_the_same_one(tmp_path: Path, mels: int, tokens: int) -> None:
    checkpoint = random_checkpoint(tmp_path / "random.pt", n_mels=mels, n_vocab=tokens)
    original = whisper.load_model(str(checkpoint), device="cpu")
    made = CTranslate2(str(convert(checkpoint, tmp_path / "made", "float32")), device="cpu", compute_type="float32")
    mel = mel_of(np.random.default_rng(1).standard_normal(30 * RATE).astype(np.float32) * 0.1, mels)

    _, (expected,) = original.detect_language(mel)
    (found,) = made.detect_language(StorageView.from_array(mel.numpy()))

    assert made.is_multilingual
    assert made.n_mels == mels
    assert len(found) == tokens - 51_766
    assert {token.strip("<|>"): likely for token, likely in found} == pytest.approx(expected, rel=1e-3)
    first = list(tokenizer_of(True, tokens - 51_766, "cy").sot_sequence)
    options = whisper.DecodingOptions(language="cy", fp16=False, sample_len=30)
    assert decoded(made, mel, first).sequences_ids[0][:20] == whisper.decode(original, mel, options)[0].tokens[:20]


def test_what_whisper_never_lets_a_model_write_is_not_written_here_either(tmp_path: Path) -> None:
    tokenizer = tokenizer_of(True, 99, "en")
    first = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
    tempting = [
        tokenizer.eot,
        tokenizer.sot_prev,
        tokenizer.no_speech,
        tokenizer.translate,
        *tokenizer.encode(" ( [ ♪"),
    ]
    checkpoint = random_checkpoint(tmp_path / "tempted.pt")
    held = torch.load(checkpoint, weights_only=True)
    embedding, places = (
        held["model_state_dict"][f"decoder.{name}"] for name in ("token_embedding.weight", "positional_embedding")
    )
    for place, token in enumerate(tempting, start=len(first) - 1):
        places[place] = 5 * embedding[token]
    torch.save(held, checkpoint)
    mel = mel_of(np.zeros(30 * RATE, np.float32))
    options = whisper.DecodingOptions(
        language="en", fp16=False, without_timestamps=True, sample_len=len(tempting), suppress_blank=True
    )
    (expected,) = whisper.decode(whisper.load_model(str(checkpoint), device="cpu"), mel, options)

    made = CTranslate2(str(convert(checkpoint, tmp_path / "made", "float32")), device="cpu", compute_type="float32")

    assert decoded(made, mel, first).sequences_ids[0][: len(tempting)] == expected.tokens
    assert set(tempting).isdisjoint(expected.tokens)


def test_a_random_checkpoint_of_the_benchmark_writes_the_same_hundred_words_in_both_engines(tmp_path: Path) -> None:
    checkpoint = write_random_checkpoint("tiny", tmp_path / "tiny.pt")
    made = CTranslate2(str(convert(checkpoint, tmp_path / "made")), device="cpu", compute_type="int8", intra_threads=1)
    tokenizer = tokenizer_of(True, 99, "en")
    mel = mel_of(np.random.default_rng(1).standard_normal(30 * RATE).astype(np.float32) * 0.1)
    options = whisper.DecodingOptions(language="en", fp16=False)
    (expected,) = whisper.decode(whisper.load_model(str(checkpoint), device="cpu"), mel, options)

    assert decoded(made, mel, list(tokenizer.sot_sequence)).sequences_ids[0] == expected.tokens
    assert len(expected.text.split()) == TEXT_TOKENS
    assert expected.avg_logprob > -0.01

    text = [token for token in expected.tokens if token < tokenizer.eot]
    sound = StorageView.from_array(mel.numpy())
    (aligned,) = made.align(sound, list(tokenizer.sot_sequence), [text], 3000)
    starts = {word: frame * 20 for word, frame in reversed(aligned.alignments)}
    assert all(abs(starts[word] - 30_000 * word / TEXT_TOKENS) < 600 for word in range(TEXT_TOKENS))


def test_faster_whisper_reads_the_folder_without_a_network_and_writes_what_was_said_when(
    demo_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from faster_whisper import WhisperModel

    def refused(*_: object) -> None:
        raise AssertionError("nothing is fetched")

    monkeypatch.setattr(socket.socket, "connect", refused)
    folder = convert(demo_model, tmp_path / "model")
    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)
    recording = DEMO / "recordings" / "client_garden_phone.wav"

    segments, _ = model.transcribe(str(recording), condition_on_previous_text=False, beam_size=1, word_timestamps=True)

    words = [word for segment in segments for word in segment.words or ()]
    script = read_script(DEMO / "scripts" / "client_garden_phone.json")
    said = " ".join(turn.text for turn in script.turns)
    assert word_error_rate(said, "".join(word.word for word in words)) < 0.05
    starts = [start_ms for turn in script.turns for _, start_ms, _ in turn.words]
    near = [min(abs(word.start * 1000 - start_ms) for start_ms in starts) <= 200 for word in words]
    assert sum(near) / len(near) > 0.8


@pytest.mark.parametrize("languages", [0, 99, 100], ids=["English only", "99 languages", "100 languages"])
def test_every_token_has_the_number_it_has_in_whisper(languages: int) -> None:
    tokenizer = tokenizer_of(languages > 0, languages or 99, "en")
    fast = fast_tokenizer(tokenizer)

    assert len(vocabulary(tokenizer)) == len(set(vocabulary(tokenizer))) == tokenizer.encoding.n_vocab
    assert [fast.token_to_id(token) for token in vocabulary(tokenizer)] == list(range(tokenizer.encoding.n_vocab))
    for name, number in tokenizer.special_tokens.items():
        assert fast.token_to_id(name) == number
        assert fast.encode(f"a{name}b").ids[1] == number


@pytest.fixture(scope="module", params=[False, True], ids=["English only", "multilingual"])
def both_tokenizers(request: pytest.FixtureRequest) -> tuple[Tokenizer, Any]:
    tokenizer = tokenizer_of(request.param, 99, "en")
    return tokenizer, fast_tokenizer(tokenizer)


@given(text=st.text() | st.text("abcdehinorst ',.\n0éüß", max_size=200))
@settings(max_examples=200)
def test_text_becomes_the_same_tokens_as_in_whisper_and_is_read_back(
    both_tokenizers: tuple[Tokenizer, Any], text: str
) -> None:
    tokenizer, fast = both_tokenizers
    expected = tokenizer.encoding.encode_ordinary(text)

    assert fast.encode(text, add_special_tokens=False).ids == expected
    assert fast.decode(expected) == text


def test_words_of_many_languages_become_the_same_tokens_as_in_whisper(both_tokenizers: tuple[Tokenizer, Any]) -> None:
    tokenizer, fast = both_tokenizers
    rng = random.Random(0)
    scripts = [turn.text for path in sorted((DEMO / "scripts").glob("*.json")) for turn in read_script(path).turns]
    tokens = [tokenizer.encoding.decode([rng.randrange(tokenizer.eot)]) for _ in range(20_000)]
    joined = ["".join(tokens[at : at + 10]) for at in range(0, len(tokens), 10)]
    for text in [*scripts, *LANGUAGES.values(), *joined]:
        assert fast.encode(text, add_special_tokens=False).ids == tokenizer.encoding.encode_ordinary(text)


def test_a_published_model_is_aligned_by_its_own_heads_and_another_one_by_its_last_layers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = {"n_text_layer": 6, "n_text_head": 8}  # those of 'base'
    checkpoint = random_checkpoint(tmp_path / "random.pt", **shape)

    def heads() -> list[list[int]]:
        config = json.loads((convert(checkpoint, tmp_path / "made") / "config.json").read_text())
        found: list[list[int]] = config["alignment_heads"]
        return found

    assert heads() == [[layer, head] for layer in (3, 4, 5) for head in range(8)]

    known = KnownModel("base", "", sha256_of(checkpoint))
    monkeypatch.setattr(models, "known_models", lambda: (known,))
    monkeypatch.setattr(ctranslate2_model, "_LAYOUT", 0)  # or what was made is kept
    assert heads() == [[3, 1], [4, 2], [4, 3], [4, 7], [5, 1], [5, 2], [5, 4], [5, 6]]


def test_a_model_is_converted_once_and_anew_when_its_checkpoint_has_changed(tmp_path: Path) -> None:
    checkpoint = random_checkpoint(tmp_path / "random.pt")
    folder = convert(checkpoint, tmp_path / "made")
    made = (folder / "model.bin").stat()

    convert(checkpoint, folder)
    assert (folder / "model.bin").stat() == made

    convert(checkpoint, folder, "float32")
    exact = (folder / "model.bin").read_bytes()
    assert len(exact) > 2 * made.st_size

    random_checkpoint(checkpoint, n_audio_layer=1)
    convert(checkpoint, folder, "float32")
    assert (folder / "model.bin").read_bytes() != exact
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["made", "random.pt"]


def test_a_folder_that_was_not_written_to_its_end_is_made_anew(tmp_path: Path) -> None:
    checkpoint = random_checkpoint(tmp_path / "random.pt")
    whole = convert(checkpoint, tmp_path / "whole")
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "model.bin").write_bytes(b"half of it")

    convert(checkpoint, broken)

    for path in whole.iterdir():
        assert (broken / path.name).read_bytes() == path.read_bytes()


def test_the_former_model_stays_whole_when_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = random_checkpoint(tmp_path / "random.pt")
    folder = convert(checkpoint, tmp_path / "made")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ctranslate2_model, "_sync", full)
    with pytest.raises(OSError, match="No space"):
        convert(checkpoint, folder, "float32")

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["made", "random.pt"]


def test_several_may_convert_the_same_model_at_once(tmp_path: Path) -> None:
    checkpoint = random_checkpoint(tmp_path / "random.pt")
    folder = tmp_path / "made"

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: convert(checkpoint, folder), range(4))) == {folder}

    assert CTranslate2(str(folder), device="cpu").is_multilingual
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["made", "random.pt"]


def test_what_is_no_model_of_whispers_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    nonsense = tmp_path / "nonsense.pt"
    nonsense.write_bytes(b"PK\x03\x04 not a checkpoint")

    with pytest.raises(ModelError, match="not a Whisper model"):
        convert(nonsense, folder)
    with pytest.raises(ModelError, match="missing"):
        convert(tmp_path / "nothing.pt", folder)
    with pytest.raises(ModelError, match="has 40000 tokens"):
        convert(random_checkpoint(tmp_path / "words.pt", n_vocab=40_000), folder)
    assert not folder.exists()


def test_both_engines_take_a_window_for_the_same_language_by_one_look(
    tmp_path: Path, phone_call: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = random_checkpoint(tmp_path / "words.pt")
    sounds = [phone_call[1, 10 * RATE : 24 * RATE], phone_call[0, 30 * RATE : 50 * RATE]]
    ours, theirs = (
        load_recognizer(checkpoint, engine=engine, language=None, precision="float32").engine
        for engine in get_args(EngineName)
    )
    encoded = ours.encode(sounds)
    said = [max(result.languages, key=lambda code: result.languages[code]) for result in ours.greedy(encoded, "en", "")]
    monkeypatch.setattr(ours, "greedy", None)
    assert ours.languages(encoded) == said == theirs.languages(theirs.encode(sounds))
