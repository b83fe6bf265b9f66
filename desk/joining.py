"""`fieldcall recordings join`: files of one person each become one recording in the inbox."""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.opened import opened
from desk.output import JSON_OPTION, Progress, progress_bar, say, show

if TYPE_CHECKING:
    from transcription.tracks import Placement, Track

_KNOWN_BY = {"heard": "what is heard", "length": "its length only", "reference": "the others are laid against it"}


def join(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, readable=True)],
    name: Annotated[str, typer.Option("--name", help="What the recording is called; the code tells whose it is.")],
    mix: Annotated[
        Path | None,
        typer.Option("--mix", exists=True, dir_okay=False, readable=True, help="The same conversation in one file."),
    ] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Join files of one person each into one recording in the inbox.

    FILES in the order of the study's channels: the interviewer's first, if study.toml does not say otherwise. They
    are kept as they are.
    """
    from transcription.tracks import placements

    here = opened(context)
    target = here.study.place(here.study.capture.inbox) / f"{_plain(name)}.flac"
    if target.exists():
        raise typer.BadParameter(f"{target.name} is in the inbox already; choose another name.", param_hint="--name")
    heard = _listened([*files, mix] if mix else files)
    tracks = heard[: len(files)]
    placed = placements(tracks, heard[-1] if mix else None)
    _write(target, tracks, placed)
    rows = [_row(path, placement) for path, placement in zip(files, placed, strict=True)]
    show(rows, title=f"Joined into {target.name}, which is in the inbox now", as_json=as_json)
    if not as_json and any(placement.found == "length" for placement in placed):
        say(
            "Files of which only the length is known share no sound and were laid side by side from their beginnings. "
            "Listen to a moment at which one speaker answers the other."
        )


def _plain(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,79}", name):
        raise typer.BadParameter(
            f"{name!r} should be letters, digits, spaces, hyphens and underscores, such as C_031.", param_hint="--name"
        )
    return name


def _listened(paths: Sequence[Path]) -> list["Track"]:
    """Every file heard once. An error names its file: it is shown in this terminal only."""
    from transcription.audio import describe
    from transcription.errors import TranscriptionError
    from transcription.tracks import listened

    tracks: list[Track] = []
    path = paths[0]
    try:
        total_ms = 0
        for path in paths:
            total_ms += describe(path).duration_ms or 0
        with progress_bar("listening") as bar:
            for path in paths:
                behind_ms = sum(track.duration_ms for track in tracks)
                tracks.append(listened(path, _moving(bar, behind_ms, total_ms)))
    except TranscriptionError as error:
        raise type(error)(f"{path.name}: {error}") from error
    return tracks


def _write(target: Path, tracks: Sequence["Track"], placed: Sequence["Placement"]) -> None:
    from storage.files import replacing
    from transcription.joining import write_joined

    longest_ms = max(
        track.duration_ms + round(placement.offset_ms) for track, placement in zip(tracks, placed, strict=True)
    )
    original = tracks[0].path.stat()
    with progress_bar("writing") as bar, replacing(target) as file:
        write_joined(tracks, placed, file, _moving(bar, 0, longest_ms))
        file.flush()
        # the date of a file tells capture when its recording ended
        os.utime(file.fileno(), ns=(original.st_atime_ns, original.st_mtime_ns))


def _moving(bar: Progress, behind_ms: int, total_ms: int) -> Callable[[int], None]:
    return lambda done_ms: bar(behind_ms + done_ms, total_ms)


def _row(path: Path, placement: "Placement") -> dict[str, object]:
    return {
        "file": path.name,
        "begins_s": round(placement.offset_ms / 1000, 3),
        "drift_ppm": round(placement.drift_ppm, 1),
        "confidence_%": round(placement.confidence * 100),
        "known_by": _KNOWN_BY[placement.found],
    }
