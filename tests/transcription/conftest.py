"""The demo model unpacked, and real speech out of the demo recordings."""

import lzma
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sound_files import DEMO


@pytest.fixture(scope="session")
def demo_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's Whisper checkpoint as a file."""
    model = tmp_path_factory.mktemp("models") / "whisper-demo.pt"
    with lzma.open(DEMO / "model" / "whisper-demo.pt.xz") as packed, model.open("wb") as target:
        shutil.copyfileobj(packed, target)
    return model


@pytest.fixture(scope="session")
def phone_call() -> NDArray[np.float32]:
    """(2, samples) at 16 kHz: the demo's two-channel call, interviewer first."""
    from transcription.audio import AudioReader

    return np.concatenate(list(AudioReader(DEMO / "recordings" / "client_choir_two_channel_phone.wav")), axis=1)
