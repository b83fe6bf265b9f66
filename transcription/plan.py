"""The first pass over a recording: which channels speak, when, and in which windows they will be transcribed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from transcription.audio import AudioReader
from transcription.bleed import echoes
from transcription.channels import Layout
from transcription.first_pass import Hearing, hear
from transcription.speech import Span, SpeechOptions
from transcription.windows import PackingOptions, Window, in_order, pack

Progress: TypeAlias = Callable[[int, int], None]
"""Called with (done_ms, total_ms); a total of 0 means that the file does not say how long it is."""


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What a plan depends on beside the recording."""

    speech: SpeechOptions = field(default_factory=SpeechOptions)
    packing: PackingOptions = field(default_factory=PackingOptions)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be transcribed. Kept by whoever runs it: an index into `windows` means the same in every later run."""

    layout: Layout
    file_channels: int
    duration_ms: int
    damaged_packets: int
    windows: tuple[Window, ...]
    echoes: Mapping[int, tuple[Span, ...]] = field(default_factory=dict)
    """For a channel, where it holds nothing but another speaker out of a loudspeaker."""

    @property
    def channels(self) -> tuple[int, ...]:
        return self.layout.channels

    @property
    def speech_ms(self) -> int:
        return sum(window.length_ms for window in self.windows)

    def to_json(self) -> dict[str, Any]:
        return {
            "layout": {"kind": self.layout.kind, "channels": list(self.layout.channels)},
            "file_channels": self.file_channels,
            "duration_ms": self.duration_ms,
            "damaged_packets": self.damaged_packets,
            "windows": [
                {"channel": window.channel, "speech": [[span.start_ms, span.end_ms] for span in window.speech]}
                for window in self.windows
            ],
            "echoes": {str(channel): [[s.start_ms, s.end_ms] for s in spans] for channel, spans in self.echoes.items()},
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Plan:
        return cls(
            layout=Layout(
                "mono" if stored["layout"]["kind"] == "mono" else "parties",  # called 'two-party' before
                tuple(stored["layout"]["channels"]),
            ),
            file_channels=stored["file_channels"],
            duration_ms=stored["duration_ms"],
            damaged_packets=stored["damaged_packets"],
            windows=tuple(
                Window(window["channel"], tuple(Span(start, end) for start, end in window["speech"]))
                for window in stored["windows"]
            ),
            echoes={
                int(channel): tuple(Span(start, end) for start, end in spans)
                for channel, spans in stored.get("echoes", {}).items()
            },
        )


def make_plan(path: Path, options: PlanOptions = PlanOptions(), progress: Progress | None = None) -> Plan:
    """Hear a recording once. A silent one gives a plan without windows. Raises the `AudioError` family."""
    reader = AudioReader(path)
    total_ms = reader.description.duration_ms or 0
    heard = hear(reader, options.speech, lambda done_ms: progress(done_ms, total_ms) if progress else None)
    return Plan(
        layout=heard.layout,
        file_channels=reader.description.channels,
        duration_ms=heard.duration_ms,
        damaged_packets=reader.damaged,
        windows=in_order(
            window
            for channel in heard.layout.channels
            for window in pack(channel, heard.speech[channel], heard.probabilities[channel], options.packing)
        ),
        echoes=_echoes(heard),
    )


def _echoes(heard: Hearing) -> dict[int, tuple[Span, ...]]:
    """Bleed between the channels that are transcribed."""
    speech = [spans if channel in heard.layout.channels else () for channel, spans in enumerate(heard.speech)]
    found = echoes(heard.envelopes, speech) if len(heard.layout.channels) > 1 else ()
    return {channel: spans for channel, spans in enumerate(found) if spans}
