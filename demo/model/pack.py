"""Exports a trained state as an openai-whisper checkpoint (fp16), checks that Whisper loads it, packs it with xz.

``python -m demo.model.pack --state STATE --out FOLDER``
"""

import argparse
import hashlib
import lzma
from pathlib import Path

from demo.model.train import load_network
from demo.model.vocabulary import Vocabulary

NAME = "whisper-demo.pt"
_MANTISSA = 8  # bits kept of fp16's 10: no measurable loss, and a smaller file


def pack(state: Path, folder: Path) -> Path:
    """Write ``whisper-demo.pt.xz`` and ``SHA256SUMS`` of both forms into `folder`; returns the packed file."""
    import whisper

    folder.mkdir(parents=True, exist_ok=True)
    unpacked, packed = folder / NAME, folder / f"{NAME}.xz"
    load_network(state, Vocabulary()).export(unpacked, _MANTISSA)
    whisper.load_model(str(unpacked), device="cpu")  # raises where the unmodified package would refuse it
    raw = unpacked.read_bytes()
    unpacked.unlink()
    packed.write_bytes(lzma.compress(raw, preset=9 | lzma.PRESET_EXTREME))
    sums = [(packed.read_bytes(), packed.name), (raw, NAME)]
    lines = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for content, name in sums]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    return packed


def main() -> None:
    """Pack a state from the command line."""
    parser = argparse.ArgumentParser(description="Export and pack a trained state of the demo model.")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    print(pack(arguments.state, arguments.out))


if __name__ == "__main__":
    main()
