"""Model files: a folder of Whisper checkpoints, each with its SHA-256 beside it in `NAME.sha256`."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeAlias
from zipfile import is_zipfile

from transcription.errors import ModelError

if TYPE_CHECKING:
    from whisper import Whisper

Progress: TypeAlias = Callable[[int, int], None]
"""Called with (bytes done, bytes in all); a total of 0 means that the server does not say."""

_SUFFIX = ".pt"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model in the folder; `sha256` as recorded when it came, empty where nothing was."""

    name: str
    path: Path
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model that can be downloaded and what it must be."""

    name: str
    url: str
    sha256: str


def known_models() -> tuple[KnownModel, ...]:
    """OpenAI's own table, in which each address holds the file's sum."""
    from whisper import _MODELS

    return tuple(KnownModel(name, url, url.split("/")[-2]) for name, url in _MODELS.items())


def list_models(folder: Path) -> tuple[ModelFile, ...]:
    return tuple(_model_file(path) for path in sorted(folder.glob(f"*{_SUFFIX}")))


def find_model(name: str, folder: Path) -> ModelFile:
    """The model of that name. Raises `ModelError` where there is none."""
    path = folder / f"{_checked_name(name)}{_SUFFIX}"
    if not path.is_file():
        fetch = f"Fetch it with `fieldcall models pull {name}`, or bring" if _is_known(name) else "Bring"
        raise ModelError(
            f"The model '{name}' is not in {folder}. {fetch} its file to this machine and use "
            f"`fieldcall models add FILE --name {name}`; `fieldcall models list` shows those there are."
        )
    return _model_file(path)


def _is_known(name: str) -> bool:
    return any(known.name == name for known in known_models())


def pull_model(model: str | KnownModel, folder: Path, progress: Progress | None = None) -> ModelFile:
    """Download a known model, going on where an earlier attempt stopped. Raises `ModelError`."""
    known = _known(model) if isinstance(model, str) else model
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{known.name}.part"
    _download(known, part, progress)
    found = sha256_of(part)
    if found != known.sha256:
        part.unlink()
        raise ModelError(
            f"The download of the model '{known.name}' is not the file that OpenAI published (its checksum differs) "
            f"and was thrown away. Try `fieldcall models pull {known.name}` again; if it happens twice, "
            "fetch the file on another network and use `fieldcall models add FILE`."
        )
    return _keep(part, known.name, found, folder)


def add_model(file: Path, folder: Path, name: str | None = None) -> ModelFile:
    """Copy a checkpoint into the folder under `name`, else its own. Raises `ModelError` if it is none of Whisper's."""
    name = _checked_name(name or file.stem)
    if not file.is_file():
        raise ModelError(f"There is no model file at {file}. Name the checkpoint itself, a file that ends in .pt.")
    load_checkpoint(file, "cpu")
    if _is_known(name) and sha256_of(file) != _known(name).sha256:
        raise ModelError(
            f"The file is a Whisper model, but not the one that OpenAI published as '{name}': its checksum differs. "
            f"Add it under a name of its own with --name, or fetch OpenAI's with `fieldcall models pull {name}`."
        )
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{name}.{os.getpid()}.part"
    try:
        with file.open("rb") as source, part.open("wb") as target:
            shutil.copyfileobj(source, target, _CHUNK)
            _sync(target)
        return _keep(part, name, sha256_of(part), folder)
    finally:
        part.unlink(missing_ok=True)


def verify_models(folder: Path) -> tuple[tuple[ModelFile, str], ...]:
    """Every model with what is wrong with it and what to do; an empty text where it is sound."""
    return tuple((model, _complaint(model)) for model in list_models(folder))


def _complaint(model: ModelFile) -> str:
    fetch = f"`fieldcall models pull {model.name}` or " if _is_known(model.name) else ""
    again = f"Fetch it again with {fetch}`fieldcall models add FILE --name {model.name}`."
    if not model.sha256:
        return f"No checksum was recorded for it. {again}"
    if sha256_of(model.path) != model.sha256:
        return f"The file has changed since it came: its checksum differs. {again}"
    return ""


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file. Raises `ModelError` where it is missing."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise _missing(path) from None


def _missing(path: Path) -> ModelError:
    return ModelError(f"The model file {path} is missing. List what is there with `fieldcall models list`.")


def load_checkpoint(path: Path, device: str | None = None) -> Whisper:
    """A model in openai-whisper's format, weights only: nothing in the file is run. Raises `ModelError`."""
    import whisper

    with _refusing_others(path):
        return whisper.load_model(str(path.resolve()), device=device)


def set_alignment_heads(model: Whisper, sha256: str) -> None:
    """Give a published model the heads whose attention tells word times; others keep Whisper's choice."""
    from whisper import _ALIGNMENT_HEADS

    for known in known_models():
        if known.sha256 == sha256:
            model.set_alignment_heads(_ALIGNMENT_HEADS[known.name])


def width_of(path: Path) -> int:
    """How many states a token has in a checkpoint: 384 in `tiny`, 512 in `base`. Raises `ModelError`."""
    import torch

    with _refusing_others(path):
        # mapped where the format allows it, for only the header is wanted
        stored = torch.load(path, map_location="cpu", weights_only=True, mmap=is_zipfile(path))
        return int(stored["dims"]["n_text_state"])


@contextmanager
def _refusing_others(path: Path) -> Iterator[None]:
    """Say of a file that cannot be loaded that it is no model of Whisper's."""
    import pickle
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch remarks on strange files before it refuses them
            yield
    except FileNotFoundError:
        raise _missing(path) from None
    except (RuntimeError, KeyError, TypeError, ValueError, EOFError, pickle.UnpicklingError) as error:
        raise ModelError(
            f"{path} is not a Whisper model in OpenAI's format, or it is damaged. "
            "Fetch one with `fieldcall models pull NAME`, or add a checkpoint with `fieldcall models add FILE`."
        ) from error


def _known(name: str) -> KnownModel:
    table = {known.name: known for known in known_models()}
    if name not in table:
        raise ModelError(f"OpenAI publishes no Whisper model '{name}'. Choose one of: {', '.join(table)}.")
    return table[name]


def _download(known: KnownModel, part: Path, progress: Progress | None) -> None:
    """Write the file to `part`, after what is there already if the server can go on from it."""
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    have = part.stat().st_size if part.exists() else 0
    request = Request(known.url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310 - from our table
    try:
        with urlopen(request, timeout=60) as response:  # noqa: S310
            goes_on = response.status == 206
            have = have if goes_on else 0
            total = have + int(response.headers.get("Content-Length") or 0)
            with part.open("ab" if goes_on else "wb") as target:
                while chunk := response.read(_CHUNK):
                    target.write(chunk)
                    have += len(chunk)
                    if progress is not None:
                        progress(have, total)
                _sync(target)
    except HTTPError as error:
        if error.code == 416:  # nothing is left to send: the part is whole, and its sum will show it
            return
        raise _download_failed(known, f"the server answered {error.code}") from error
    except (OSError, HTTPException) as error:
        raise _download_failed(known, str(error)) from error
    if have < total:
        raise _download_failed(known, f"the connection broke off after {have} of {total} bytes")


def _download_failed(known: KnownModel, reason: str) -> ModelError:
    return ModelError(
        f"The model '{known.name}' could not be downloaded: {reason}. Try `fieldcall models pull {known.name}` again "
        "(it goes on where it stopped), or bring the file to this machine and use `fieldcall models add FILE`."
    )


def _keep(part: Path, name: str, sha256: str, folder: Path) -> ModelFile:
    """Make a checked file a model of the folder. Its sum is written first, so no model is ever without one."""
    note = part.with_suffix(".note")
    with note.open("w", encoding="ascii") as file:
        file.write(f"{sha256}  {name}{_SUFFIX}\n")
        _sync(file)
    note.replace(folder / f"{name}.sha256")
    part.replace(folder / f"{name}{_SUFFIX}")
    return _model_file(folder / f"{name}{_SUFFIX}")


def _model_file(path: Path) -> ModelFile:
    note = path.with_name(f"{path.name.removesuffix(_SUFFIX)}.sha256")
    sha256 = note.read_text(encoding="ascii").split()[0] if note.exists() else ""
    return ModelFile(path.name.removesuffix(_SUFFIX), path, sha256, path.stat().st_size)


def _checked_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise ModelError(f"'{name}' cannot be the name of a model. Use letters, digits, '.', '_' and '-' only.")
    return name


def _sync(file: IO[bytes] | IO[str]) -> None:
    file.flush()
    os.fsync(file.fileno())
