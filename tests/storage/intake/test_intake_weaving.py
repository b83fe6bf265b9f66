"""Both sides of a call as one recording: sample by sample, the same bytes every time, in little memory."""

import io
import tracemalloc
import wave
from pathlib import Path

import av
import intake_media as media
import numpy as np
import pytest
from numpy.typing import NDArray

from storage.intake.probe import probe
from storage.intake.weaving import IN_STEP_MS, out_of_step, weave


def pcm(path: Path, samples: NDArray[np.int16], rate: int = 8000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, len(samples), "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def noise(samples: int, seed: int) -> NDArray[np.int16]:
    return np.random.default_rng(seed).integers(-20_000, 20_000, samples).astype(np.int16)


def woven(*paths: Path) -> bytes:
    file = io.BytesIO()
    weave(paths, file)
    return file.getvalue()


def channels(content: bytes) -> tuple[NDArray[np.int16], int]:
    with wave.open(io.BytesIO(content)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
        return samples, file.getframerate()


@pytest.mark.parametrize("samples", [1, 8000, 65_536, 65_537, 200_001])
def test_every_sample_is_where_it_was(tmp_path: Path, samples: int) -> None:
    one, other = noise(samples, 1), noise(samples, 2)
    found, rate = channels(woven(pcm(tmp_path / "rx.wav", one), pcm(tmp_path / "tx.wav", other)))
    assert rate == 8000
    assert np.array_equal(found[:, 0], one)
    assert np.array_equal(found[:, 1], other)


def test_where_one_side_ends_sooner_silence_follows(tmp_path: Path) -> None:
    one, other = noise(70_000, 1), noise(67_000, 2)
    found, _ = channels(woven(pcm(tmp_path / "rx.wav", one), pcm(tmp_path / "tx.wav", other)))
    assert len(found) == 70_000
    assert np.array_equal(found[:67_000, 1], other)
    assert not found[67_000:, 1].any()


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    paths = [pcm(tmp_path / f"{name}.wav", noise(9000, seed)) for seed, name in enumerate(("rx", "tx"))]
    assert woven(*paths) == woven(*paths)
    assert woven(*paths) != woven(*reversed(paths))


def test_law_coded_sound_is_read_without_loss(tmp_path: Path) -> None:
    paths = [media.write(tmp_path / f"{name}.wav", 1, codec="pcm_mulaw", level=level)
             for name, level in (("rx", 0.3), ("tx", 0.1))]  # fmt: skip
    found, _ = channels(woven(*paths))
    for channel, path in enumerate(paths):
        with av.open(path) as container:
            own = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
        assert np.array_equal(found[:, channel], own)


def gsm_wave(path: Path, blocks: int) -> Path:
    """A WAV of Microsoft GSM as Asterisk writes it: blocks of 65 bytes hold 320 samples."""
    data = np.random.default_rng(3).integers(0, 256, blocks * 65, dtype=np.uint8).tobytes()
    form = (49).to_bytes(2, "little") + (1).to_bytes(2, "little") + (8000).to_bytes(4, "little")
    form += (1625).to_bytes(4, "little") + (65).to_bytes(2, "little") + bytes(2) + (2).to_bytes(2, "little")
    form += (320).to_bytes(2, "little")
    chunks = b"WAVE" + b"fmt " + len(form).to_bytes(4, "little") + form
    chunks += b"fact" + (4).to_bytes(4, "little") + (blocks * 320).to_bytes(4, "little")
    chunks += b"data" + len(data).to_bytes(4, "little") + data
    path.write_bytes(b"RIFF" + len(chunks).to_bytes(4, "little") + chunks)
    return path


def test_gsm_in_a_wav_is_read(tmp_path: Path) -> None:
    paths = [gsm_wave(tmp_path / f"{name}.WAV", 50) for name in ("rx", "tx")]
    assert out_of_step([probe(path) for path in paths]) == ""
    found, rate = channels(woven(*paths))
    assert (found.shape, rate) == ((16_000, 2), 8000)
    assert found.any()


def test_memory_does_not_grow_with_the_call(tmp_path: Path) -> None:
    peaks = []
    for minutes in (2, 16):
        paths = [pcm(tmp_path / f"{name}.wav", noise(minutes * 480_000, 1)) for name in ("rx", "tx")]
        with (tmp_path / "out.wav").open("wb") as file:
            tracemalloc.start()
            weave(paths, file)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < peaks[0] + 1_000_000


def reason(*paths: Path) -> str:
    return out_of_step([probe(path) for path in paths])


def test_what_is_not_in_step_is_told_with_its_reason(tmp_path: Path) -> None:
    one = pcm(tmp_path / "a.wav", noise(16_000, 1))
    at_tolerance = pcm(tmp_path / "b.wav", noise(16_000 + IN_STEP_MS * 8, 1))
    longer = pcm(tmp_path / "c.wav", noise(16_000 + IN_STEP_MS * 8 + 80, 1))
    assert reason(one, at_tolerance) == ""
    assert "differ by 0.5 s" in reason(one, longer)
    assert "different rates (8000 and 16000 Hz)" in reason(one, pcm(tmp_path / "d.wav", noise(32_000, 1), 16_000))
    assert "more than one channel" in reason(one, media.write(tmp_path / "e.wav", 2, channels=2))
    assert all("fieldcall recordings join" in reason(one, path) for path in (longer, tmp_path / "d.wav"))
