"""A study with recordings that wait, made of rows; sounds cut from the demo's recordings; a backend for Prefect."""

import lzma
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from flows_rows import add_recorded
from flows_sounds import write_wav
from google_setup import google  # noqa: F401 - a fixture
from numpy.typing import NDArray

from storage.database import Database
from storage.study import STUDY_VARIABLE, Study, load_study
from storage.tables import Recording
from transcription.audio import AudioReader
from transcription.models import add_model

sys.path.insert(0, str(Path(__file__).parents[1] / "scheduling"))  # its mail server

DEMO = Path(__file__).parents[2] / "demo"
TWO_PARTY = DEMO / "recordings" / "client_choir_two_channel_phone.wav"

AddRecording = Callable[..., Recording]


@pytest.fixture(scope="session")
def demo_sound() -> NDArray[np.float32]:
    """A demo conversation, interviewer on the first channel and participant on the second: (2, samples) at 16 kHz."""
    return np.concatenate(list(AudioReader(TWO_PARTY)), axis=1)


@pytest.fixture(scope="session")
def talk(demo_sound: NDArray[np.float32], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some seconds of two people on a telephone."""
    return write_wav(tmp_path_factory.mktemp("sounds") / "talk.wav", demo_sound[:, : 16 * 16_000])


@pytest.fixture(scope="session")
def long_talk(demo_sound: NDArray[np.float32], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More of it than is transcribed in a moment."""
    return write_wav(tmp_path_factory.mktemp("sounds") / "long_talk.wav", demo_sound)


@pytest.fixture(scope="session")
def silence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    noise = np.random.default_rng(1).normal(0, 1e-4, (1, 5 * 16_000)).astype(np.float32)
    return write_wav(tmp_path_factory.mktemp("sounds") / "silence.wav", noise)


@pytest.fixture(scope="session")
def demo_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's Whisper checkpoint, unpacked."""
    unpacked = tmp_path_factory.mktemp("model") / "whisper-demo.pt"
    unpacked.write_bytes(lzma.decompress((DEMO / "model" / "whisper-demo.pt.xz").read_bytes()))
    return unpacked


@pytest.fixture
def demo_study(study: Study, demo_model: Path) -> Study:
    """The study, transcribed with the demo's model, with an inbox."""
    file = study.folder / "study.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('model = "small"', 'model = "whisper-demo"'))
    study = load_study(study.folder)
    add_model(demo_model, study.place(study.transcription.models))
    study.place(study.capture.inbox).mkdir()
    return study


@pytest.fixture
def add_recording(study: Study, database: Database) -> AddRecording:
    """Add a participant, their interview `day` days after the first, and its recording, bound."""
    return partial(add_recorded, study, database)


@pytest.fixture(scope="session")
def prefect_backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A Prefect server for the flow tests; starting it takes seconds, so only they ask for it."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    with (
        prefect_test_harness(server_startup_timeout=120),
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        yield


@pytest.fixture
def in_study(study: Study, prefect_backend: None, monkeypatch: pytest.MonkeyPatch) -> Study:
    """Flows called in this test work for its study."""
    monkeypatch.setenv(STUDY_VARIABLE, str(study.folder))
    return study
