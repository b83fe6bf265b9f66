"""The speaker step with pyannote's community pipeline, for those who have fetched it: an extra, not the default.

Nothing is fetched here and nothing is reported: the pipeline is read from a folder, and its telemetry is off. It takes
the whole recording into memory, some 230 MB for an hour.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from transcription.audio import RATE, AudioReader
from transcription.channels import at_most_eight
from transcription.errors import ModelError
from transcription.plan import Progress
from transcription.recognizers.base import JSON
from transcription.speakers.base import Turn, in_order_of_appearance
from transcription.speech import Span

FOLDER_VARIABLE = "FIELDCALL_PYANNOTE"  # folder with pyannote's speaker-diarization-community-1
_PIPELINE_FILE = "config.yaml"


class Said(NamedTuple):
    """A stretch that the pipeline gives to one label."""

    start_ms: int
    end_ms: int
    label: str


class Pyannote:
    """pyannote.audio's pipeline out of `folder`, else out of that in FIELDCALL_PYANNOTE. Raises `ModelError`."""

    name = "pyannote"

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = _folder(folder)
        self._pipeline = _loaded(self._folder)

    @property
    def parameters(self) -> Mapping[str, JSON]:
        return {"model_sha256": folder_sha256(self._folder), "pyannote.audio": version("pyannote.audio")}

    def turns(
        self,
        path: Path,
        channel: int,
        speech: Sequence[Span],
        people: int | None = 2,
        progress: Progress | None = None,
    ) -> tuple[Turn, ...]:
        import torch

        sound = np.concatenate([at_most_eight(block)[channel] for block in AudioReader(path)])
        waveform = {"waveform": torch.from_numpy(sound)[None], "sample_rate": RATE}
        told = self._pipeline(waveform, **({} if people is None else {"num_speakers": people}))
        exclusive, everyone = said_in(told.exclusive_speaker_diarization), said_in(told.speaker_diarization)
        return turns_told(exclusive, everyone, speech, people)


def said_in(annotation: Any) -> list[Said]:
    """What stands in an annotation of pyannote, in order of time."""
    tracks = annotation.itertracks(yield_label=True)
    return sorted(Said(round(part.start * 1000), round(part.end * 1000), str(label)) for part, _, label in tracks)


def turns_told(
    exclusive: Sequence[Said], everyone: Sequence[Said], speech: Sequence[Span], people: int | None
) -> tuple[Turn, ...]:
    """Turns within speech, from what the pipeline gives to one at a time and to several at once.

    The pipeline tells no margins: they are 1, and 0 where somebody else is heard too, and 0 everywhere when fewer
    speak than were booked.
    """
    labels = {label: number for number, label in enumerate(sorted({said.label for said in exclusive}))}
    doubtful = len(labels) < (people or 1)
    turns = []
    for said in exclusive:
        others = [other for other in everyone if other.label != said.label and _meet(other, said.start_ms, said.end_ms)]
        for span in speech:
            start_ms, end_ms = max(said.start_ms, span.start_ms), min(said.end_ms, span.end_ms)
            cuts = sorted(
                {start_ms, end_ms, *(time for other in others for time in other[:2] if start_ms < time < end_ms)}
            )
            for first_ms, last_ms in pairwise(cuts if start_ms < end_ms else ()):
                alone = not any(_meet(other, first_ms, last_ms) for other in others)
                turns.append(Turn(first_ms, last_ms, labels[said.label], float(alone and not doubtful)))
    return in_order_of_appearance(turns)


def folder_sha256(folder: Path) -> str:
    """One sum over the names and contents of all files."""
    total = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(
            f"{file.relative_to(folder).as_posix()}\n{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode()
        )
    return total.hexdigest()


def _meet(said: Said, start_ms: int, end_ms: int) -> bool:
    return said.start_ms < end_ms and said.end_ms > start_ms


def _folder(given: Path | None) -> Path:
    named = given or (Path(os.environ[FOLDER_VARIABLE]) if os.environ.get(FOLDER_VARIABLE) else None)
    if named is None or not (named / _PIPELINE_FILE).is_file():
        place = f"{FOLDER_VARIABLE} is not set" if named is None else f"There is no {_PIPELINE_FILE} in {named}"
        raise ModelError(
            f"{place}, so pyannote's pipeline cannot be read. Accept the conditions of "
            "pyannote/speaker-diarization-community-1 where it is published, fetch it once with the access token "
            "you get there (HF_TOKEN=... hf download pyannote/speaker-diarization-community-1 --local-dir FOLDER), "
            f"and name that folder in {FOLDER_VARIABLE}."
        )
    return named


def _loaded(folder: Path) -> Any:
    """The pipeline, with telemetry and every connection of its libraries off."""
    if find_spec("pyannote") is None or find_spec("pyannote.audio") is None:
        raise ModelError("pyannote.audio is not installed. Install it: pip install 'fieldcall[pyannote]'")
    os.environ["PYANNOTE_METRICS_ENABLED"] = "false"
    os.environ["HF_HUB_OFFLINE"] = "1"
    pipeline = import_module("pyannote.audio").Pipeline.from_pretrained(folder)
    if pipeline is None:
        raise ModelError(f"pyannote cannot read the pipeline in {folder}. Fetch it again, whole.")
    return pipeline
