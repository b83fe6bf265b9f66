"""Whose words they are: by the channel where each person has their own, else by their voices."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from flows.transcription_queue import Waiting
from storage.study import Study

if TYPE_CHECKING:
    from transcription.plan import Plan, Progress
    from transcription.speakers.base import SpeakerStep, Turn
    from transcription.transcript import Voice, Word

PEOPLE = 2  # an interview is booked for an interviewer and a participant
ONE_SPEAKER = "Everyone is on one channel of the recording, and who says what was not told apart."
BY_VOICE = "Everyone is on one channel of the recording: 'Speaker 1' and 'Speaker 2' were told apart by their voices."

Voices = Mapping["Voice", Sequence["Word"]]


def step_for(plan: "Plan", speakers: "SpeakerStep | None") -> "SpeakerStep | None":
    """What tells apart the people on a recording by their voices; None where they share no channel or say nothing."""
    return speakers if plan.layout.kind == "mono" and plan.windows else None


def turns_of(speakers: "SpeakerStep", path: Path, plan: "Plan", progress: "Progress") -> "tuple[Turn, ...]":
    """Who speaks when on the one channel."""
    speech = [span for window in plan.windows for span in window.speech]
    return speakers.turns(path, plan.channels[0], speech, PEOPLE, progress)


def voices_of(plan: "Plan", turns: "Sequence[Turn] | None", channels: Mapping[int, Sequence["Word"]]) -> Voices:
    """The words of each voice. Speakers that have no name yet are numbered, one that is alone has none."""
    from transcription.speakers.words import spoken_by
    from transcription.transcript import Voice

    if plan.layout.kind == "parties":
        return {Voice(channel, f"Speaker {channel + 1}"): words for channel, words in channels.items()}
    if turns is None:
        return {Voice(channel, ""): words for channel, words in channels.items()}
    ((channel, words),) = channels.items()
    return {Voice(channel, f"Speaker {speaker + 1}"): said for speaker, said in spoken_by(words, turns).items()}


def named(voices: Voices, study: Study, recording: Waiting, plan: "Plan") -> Voices:
    """The voices of a call, each by the code of whose channel it is where that is known; others as they are."""
    if plan.layout.kind != "parties":
        return voices
    codes = {
        "interviewer": recording.interviewer_code,
        "participant": recording.code,
        "link worker": recording.attending_code,
    }
    name = {channel: codes.get(side) for channel, side in _sides(study, recording, plan).items()}
    return {replace(voice, speaker=name.get(voice.channel) or voice.speaker): words for voice, words in voices.items()}


def _sides(study: Study, recording: Waiting, plan: "Plan") -> Mapping[int, str]:
    """Whose each channel is: as was found when it was captured, else of a call of two as the study file says."""
    if recording.sides:
        return dict(enumerate(recording.sides))
    if len(plan.layout.channels) != len(study.capture.channels):
        return {}
    return dict(zip(plan.layout.channels, study.capture.channels, strict=True))


def notes_on(plan: "Plan", speakers: "SpeakerStep | None") -> list[str]:
    """What a reader should know of how speakers were told apart."""
    if plan.layout.kind == "parties":
        return []
    return [ONE_SPEAKER if speakers is None else BY_VOICE]
