"""Who speaks on one channel, told by their voices: on the demo's recordings, whose every word is known."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sound_files import DEMO, RATE, Sound, heard, noise, write

from demo.script import read_script
from transcription.speakers.base import DOUBTFUL, Turn
from transcription.speakers.stretches import WINDOW_FRAMES, Stretch, runs_of, stretches_of, widened, windows_in
from transcription.speakers.voices import Voices, turns_among
from transcription.speakers.words import spoken_by
from transcription.speech import Span, SpeechDetector, SpeechOptions, spans_of
from transcription.transcript import Mark, Word

SECONDS = 50


def speech_on(path: Path, channel: int = 0) -> list[Span]:
    sound = heard(path)
    return spans_of(SpeechDetector().feed(sound)[channel], sound.shape[1] * 1000 // RATE, SpeechOptions())


def beginning_of(name: str, folder: Path) -> Path:
    """The first seconds of a demo recording, two channels mixed into one, as a telephone would store them."""
    sound = heard(next((DEMO / "recordings").glob(f"{name}.*")))[:, : SECONDS * RATE].sum(axis=0, keepdims=True)
    return write(folder / "beginning.wav", sound[:, ::2].copy(), codec="pcm_mulaw", rate=RATE // 2)


def words_of(name: str) -> list[tuple[str, Word]]:
    """(speaker, word) of those first seconds, from the script."""
    turns = read_script(DEMO / "scripts" / f"{name}.json").turns
    said = [(turn.speaker, Word(text, start, end, 1.0)) for turn in turns for text, start, end in turn.words]
    return sorted(((who, word) for who, word in said if word.end_ms <= SECONDS * 1000), key=lambda s: s[1].start_ms)


def wrong_and_marked(name: str, turns: tuple[Turn, ...]) -> tuple[float, float]:
    """Share of the words under the wrong speaker though not marked, and share of the words that are marked."""
    said = words_of(name)
    by_speaker = spoken_by([word for _, word in said], turns)
    who = {(w.start_ms, w.text): (speaker, Mark.SPEAKER in w.marks) for speaker, ws in by_speaker.items() for w in ws}
    found = [(truth, *who[word.start_ms, word.text]) for truth, word in said]
    wrong = [not marked and speaker != (truth != "interviewer") for truth, speaker, marked in found]
    return float(np.mean(wrong)), float(np.mean([marked for *_, marked in found]))


@pytest.mark.parametrize("name", ["client_kitchen_amr", "client_carer_opus"])
def test_every_word_is_under_its_speaker(name: str, tmp_path: Path) -> None:
    path = beginning_of(name, tmp_path)
    wrong, marked = wrong_and_marked(name, Voices().turns(path, 0, speech_on(path)))
    assert wrong == 0
    assert marked <= 0.02


def test_voices_so_alike_that_segmentation_hears_one_are_told_apart(tmp_path: Path) -> None:
    """Both speak English with a woman's voice, and at times together."""
    path = beginning_of("client_choir_two_channel_phone", tmp_path)
    wrong, marked = wrong_and_marked("client_choir_two_channel_phone", Voices().turns(path, 0, speech_on(path)))
    assert wrong <= 0.01
    assert marked <= 0.15


def test_one_voice_where_two_were_booked_is_doubtful_throughout(tmp_path: Path) -> None:
    """The second channel of the call holds one person; the step is asked for that channel of the file as it is."""
    sound = heard(DEMO / "recordings" / "client_choir_two_channel_phone.wav")[:, : SECONDS * RATE]
    path = write(tmp_path / "call.wav", sound)
    speech = speech_on(path, 1)
    turns = Voices().turns(path, 1, speech)
    assert {(turn.speaker, turn.margin) for turn in turns} == {(0, 0.0)}
    assert [(turn.start_ms, turn.end_ms) for turn in turns] == [(span.start_ms, span.end_ms) for span in speech]
    assert {(turn.speaker, turn.margin) for turn in Voices().turns(path, 1, speech, people=1)} == {(0, 1.0)}


def test_without_speech_there_are_no_turns(tmp_path: Path) -> None:
    path = write(tmp_path / "noise.wav", noise(5.0)[None])
    assert Voices().turns(path, 0, []) == ()


def test_only_the_channel_that_is_named_is_heard(tmp_path: Path) -> None:
    sound = heard(DEMO / "recordings" / "client_kitchen_amr.amr")[:, : 12 * RATE]
    path = write(tmp_path / "one_dead.wav", np.concatenate((np.zeros_like(sound), sound)))
    assert [len(list(stretches_of(path, channel, [Span(0, 12_000)]))) > 3 for channel in (0, 1)] == [False, True]


def test_a_recording_shorter_than_a_piece_is_heard(tmp_path: Path) -> None:
    sound = heard(DEMO / "recordings" / "client_kitchen_amr.amr")[:, : 4 * RATE]
    path = write(tmp_path / "short.wav", sound)
    stretches = list(stretches_of(path, 0, [Span(0, 4000)]))
    assert stretches
    assert max(stretch.last for stretch in stretches) <= 4000 / 16.875 + 1


def test_the_same_recording_has_the_same_turns_each_time(tmp_path: Path) -> None:
    path = beginning_of("client_kitchen_amr", tmp_path)
    speech = speech_on(path)[:8]
    assert Voices().turns(path, 0, speech) == Voices().turns(path, 0, speech)


def test_the_models_and_their_sums_are_told() -> None:
    told = Voices().parameters
    assert {len(str(told[name])) for name in ("segmentation_sha256", "voiceprints_sha256")} == {64}


def print_at(angle: float) -> NDArray[np.float16]:
    return np.array([np.cos(angle), np.sin(angle), *[0] * 190], np.float16)


def stretch(first_s: float, last_s: float, angle: float) -> Stretch:
    first, last = round(first_s / 0.016875), round(last_s / 0.016875)
    return Stretch(first, last, print_at(angle), last_s - first_s)


ONE, OTHER, BETWEEN = 0.0, 1.5, 0.75


def run(first_s: int, last_s: int, angle: float) -> list[Stretch]:
    return [stretch(second, second + 1.5, angle) for second in range(first_s, last_s)]


def test_a_voice_between_two_people_has_no_margin() -> None:
    heard_so = [*run(0, 10, OTHER), *run(12, 30, ONE), stretch(32, 34, BETWEEN), *run(35, 45, ONE)]
    turns = turns_among(
        heard_so, [Span(0, 11_000), Span(12_000, 31_000), Span(32_000, 34_000), Span(35_000, 45_000)], 2
    )
    assert [(turn.start_ms, turn.speaker) for turn in turns if turn.margin >= DOUBTFUL] == [
        (0, 0),
        (12_000, 1),
        (35_000, 1),
    ]
    assert [turn.start_ms for turn in turns if turn.margin < DOUBTFUL][-1] == 32_000


def test_a_third_voice_that_nobody_booked_is_nobodys() -> None:
    stranger = np.array([0.25, 0, 0.97, *[0] * 189], np.float16)
    heard_so = [*run(0, 40, OTHER), *run(42, 80, ONE), Stretch(4800, 4870, stranger, 1.2)]
    turns = turns_among(heard_so, [Span(0, 80_000), Span(81_000, 82_000)], 2)
    assert [turn.margin for turn in turns if turn.start_ms >= 81_000] == [0.0]
    assert all(turn.margin == 1 for turn in turns if turn.end_ms < 40_000)


def test_moments_far_from_every_stretch_have_no_margin() -> None:
    turns = turns_among([*run(0, 10, OTHER), *run(14, 24, ONE)], [Span(0, 24_000)], 2)
    doubtful = [turn for turn in turns if turn.margin < DOUBTFUL]
    assert (doubtful[0].start_ms, doubtful[-1].end_ms) == (pytest.approx(10_900, abs=40), pytest.approx(13_600, abs=40))


def test_two_voices_where_three_were_booked_are_told_apart_and_doubtful() -> None:
    turns = turns_among([*run(0, 10, OTHER), *run(14, 24, ONE)], [Span(0, 10_000), Span(14_000, 24_000)], 3)
    assert turns == (Turn(0, 10_000, 0, 0.0), Turn(14_000, 24_000, 1, 0.0))


@given(
    st.lists(st.tuples(st.floats(0.3, 3), st.floats(0, 2), st.sampled_from([ONE, OTHER, BETWEEN])), max_size=12),
    st.lists(st.tuples(st.integers(1, 900), st.integers(1, 5000)), min_size=1, max_size=8),
    st.sampled_from([1, 2, 3, None]),
)
def test_turns_cover_all_speech_once_and_nothing_else(
    heard_so: list[tuple[float, float, float]], spoken: list[tuple[int, int]], people: int | None
) -> None:
    at_s, stretches = 0.0, []
    for length_s, pause_s, angle in heard_so:
        stretches.append(stretch(at_s, at_s + length_s, angle))
        at_s += length_s + pause_s
    at_ms, speech = 0, []
    for pause_ms, length_ms in spoken:
        speech.append(Span(at_ms + pause_ms, at_ms + pause_ms + length_ms))
        at_ms = speech[-1].end_ms
    turns = turns_among(stretches, speech, people)
    for span in speech:
        inside = [turn for turn in turns if turn.start_ms < span.end_ms and turn.end_ms > span.start_ms]
        assert [turn.start_ms for turn in inside] == [span.start_ms, *(turn.end_ms for turn in inside[:-1])]
        assert inside[-1].end_ms == span.end_ms
    assert all(0 <= turn.margin <= 1 for turn in turns)
    firsts = list(dict.fromkeys(turn.speaker for turn in turns))
    assert firsts == list(range(len(firsts)))


def test_a_run_ends_where_another_voice_or_a_second_one_is_heard() -> None:
    activity = np.zeros((200, 3), np.float32)
    activity[10:60, 0] = activity[65:100, 0] = 0.9  # a pause within a word
    activity[100:140, 1] = activity[130:140, 0] = 0.9  # the other, and then both
    activity[150:155, 2] = 0.9  # too short for a print
    assert runs_of(activity) == [(10, 100), (100, 130)]


@given(st.integers(0, 500), st.integers(18, 589), st.sampled_from([(0, 442), (146, 442), (146, 589)]))
def test_windows_cover_a_runs_part_of_the_middle(first: int, length: int, own: tuple[int, int]) -> None:
    run = (first, min(first + length, 589))
    windows = windows_in(run, own)
    covered = {frame for window in windows for frame in range(*window)}
    assert covered == set(range(max(run[0], own[0]), min(run[1], own[1])))
    for window in windows:
        wide = widened(window, run)
        assert run[0] <= wide[0] <= window[0] and window[1] <= wide[1] <= run[1]
        assert wide[1] - wide[0] == min(WINDOW_FRAMES, run[1] - run[0])


def test_a_long_silence_before_the_first_word_is_not_heard(tmp_path: Path) -> None:
    """Pieces without speech cost nothing: here the only one with speech is the last."""
    sound: Sound = heard(DEMO / "recordings" / "client_kitchen_amr.amr")[:, : 8 * RATE]
    path = write(tmp_path / "late.wav", np.concatenate((np.zeros((1, 60 * RATE), np.float32), sound), axis=1))
    stretches = list(stretches_of(path, 0, [Span(60_000, 68_000)]))
    assert min(stretch.first for stretch in stretches) >= 59_500 / 16.875
