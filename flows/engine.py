"""The recognizer with its model, loaded once for a whole run, and the recipe that its work is kept under."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from storage.study import Study

if TYPE_CHECKING:
    from transcription.recognizers.base import Recognizer
    from transcription.speakers.base import SpeakerStep

PACKAGES = ("fieldcall", "openai-whisper", "ctranslate2", "torch", "silero-vad", "av")


@dataclass(frozen=True)
class Engine:
    """A recognizer ready to work, the name of its model, and what tells speakers apart."""

    model: str
    recognizer: "Recognizer"
    speakers: "SpeakerStep | None" = None  # tells voices apart where all are on one channel

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """Everything beside engine and model on which the words depend, as JSON holds it."""
        from transcription.plan import PlanOptions

        speakers = self.speakers and {"name": self.speakers.name, **self.speakers.parameters}
        parameters = {
            "recognizer": dict(self.recognizer.parameters),
            "plan": PlanOptions().to_json(),
            "speakers": speakers,
        }
        read_back: dict[str, Any] = json.loads(json.dumps(parameters, sort_keys=True))
        return read_back

    @property
    def language(self) -> str:
        """That it is to write; '' where it finds that out itself."""
        return str(self.recognizer.parameters.get("language") or "")

    @cached_property
    def recipe(self) -> str:
        """SHA-256 over engine, model and parameters: the same recipe is never done twice."""
        parts = [self.recognizer.name, self.recognizer.model_sha256, self.parameters]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def load_engine(study: Study, model: str | None = None, language: str | None = None) -> Engine:
    """Load the model named to write the language named, else those of the study.

    Raises ModelError when the model is missing, changed or does not fit.
    """
    from transcription.errors import ModelError
    from transcription.models import find_model
    from transcription.recognizers.loading import load_recognizer

    asked = study.transcription
    file = find_model(model or asked.model, study.place(asked.models))
    recognizer = load_recognizer(
        file.path, engine=asked.engine, language=language or asked.language, glossary=asked.terms
    )
    if file.sha256 and recognizer.model_sha256 != file.sha256:
        raise ModelError(
            f"The file of the model '{file.name}' has changed since it came: its checksum differs. "
            f"Fetch it again with `fieldcall models pull {file.name}` or `fieldcall models add FILE`."
        )
    return Engine(file.name, recognizer, load_speakers(asked.speakers))


def load_speakers(choice: str) -> "SpeakerStep | None":
    """The speaker step that the study names; None where it names none, or where 'auto' finds none installed.

    Raises ModelError where the one that is named is not there.
    """
    from transcription.errors import ModelError
    from transcription.speakers.pyannote import Pyannote
    from transcription.speakers.voices import Voices

    if choice == "none":
        return None
    try:
        return Pyannote() if choice == "pyannote" else Voices()
    except ModelError:
        if choice == "auto":
            return None
        raise


def versions() -> dict[str, str]:
    """The versions of the packages that make the words."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # an extra, or run from a checkout that is not installed
            if package == "fieldcall":
                found[package] = "unknown"
    return found
