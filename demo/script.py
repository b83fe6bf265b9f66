"""The scripts of the demo's recordings: who says what when, known to the millisecond because it was synthesised."""

import json
from dataclasses import dataclass
from pathlib import Path

SPEAKERS = ("interviewer", "participant")


@dataclass(frozen=True)
class Turn:
    """One speaker's run of sentences; words are (text, start, end), times in ms of the recording."""

    speaker: str
    words: tuple[tuple[str, int, int], ...]

    @property
    def text(self) -> str:
        return " ".join(word for word, _, _ in self.words)

    @property
    def start_ms(self) -> int:
        return self.words[0][1]

    @property
    def end_ms(self) -> int:
        return self.words[-1][2]


@dataclass(frozen=True)
class Script:
    """The truth about one recording; `channels` names the speaker of each channel, or is empty where both
    share one."""

    recording: str
    duration_ms: int
    channels: tuple[str, ...]
    turns: tuple[Turn, ...]


def read_script(path: Path) -> Script:
    """Read a script as `write_script` leaves it."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    turns = tuple(Turn(turn["speaker"], tuple(map(tuple, turn["words"]))) for turn in stored["turns"])
    return Script(stored["recording"], stored["duration_ms"], tuple(stored["channels"]), turns)


def write_script(path: Path, script: Script) -> None:
    """Store a script as JSON, one turn a line, so that changes can be read."""
    head = {"recording": script.recording, "duration_ms": script.duration_ms, "channels": script.channels}
    turns = ",\n  ".join(json.dumps(_turn(turn)) for turn in script.turns)
    path.write_text(json.dumps(head)[:-1] + f', "turns": [\n  {turns}\n]}}\n', encoding="utf-8")


def _turn(turn: Turn) -> dict[str, object]:
    return {
        "speaker": turn.speaker,
        "start_ms": turn.start_ms,
        "end_ms": turn.end_ms,
        "text": turn.text,
        "words": turn.words,
    }
