"""What the tables of the benchmarks say about words: each score against cases that can be counted by hand."""

from pathlib import Path

import pytest

from benchmarks.engines import Transcribed, WrittenWord
from benchmarks.scores import error_rate, starts_near, without_words, wrong_speaker
from benchmarks.sounds import Recording, SpokenWord

pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # Whisper's table of spellings

SAID = ("I", "went", "for", "a", "walk", "by", "the", "river", "this", "morning.")


def recording(*speakers: str, channels: tuple[str, ...] = ()) -> Recording:
    """Ten words of half a second, one each second, five by each of two speakers, or all by one."""
    spoken = (speakers or ("A",)) * 2
    words = tuple(
        SpokenWord(number // 5, spoken[number // 5], text, number * 1000, number * 1000 + 500)
        for number, text in enumerate(SAID)
    )
    return Recording(Path("none.wav"), 10.0, words, channels)


def written(
    late_ms: int = 0, *, without: tuple[int, ...] = (), channel: int = 0, unclear: tuple[tuple[int, int], ...] = ()
) -> Transcribed:
    """What was said, each word so late, some of them missing."""
    words = tuple(
        WrittenWord(channel, text, number * 1000 + late_ms, number * 1000 + 500 + late_ms)
        for number, text in enumerate(SAID)
        if number not in without
    )
    return Transcribed(((channel, " ".join(word.text for word in words)),), words, unclear=unclear)


def test_a_word_that_is_missing_is_an_error_in_as_many_as_were_said() -> None:
    assert error_rate(recording(), written()) == 0.0
    assert error_rate(recording(), written(without=(3,))) == pytest.approx(0.1)


def test_a_word_on_the_other_channel_is_missing_there_and_too_many_here() -> None:
    two = recording("A", "B", channels=("A", "B"))
    right = Transcribed(((0, " ".join(SAID[:5])), (1, " ".join(SAID[5:]))), ())
    wrong = Transcribed(((0, " ".join(SAID[:6])), (1, " ".join(SAID[6:]))), ())
    assert error_rate(two, right) == 0.0
    assert error_rate(two, wrong) == pytest.approx(0.2)
    assert wrong_speaker(two, right) == 0.0
    assert wrong_speaker(two, wrong) == pytest.approx(0.1)


def test_nobody_is_the_wrong_speaker_where_no_speaker_is_told() -> None:
    assert wrong_speaker(recording(), written()) is None
    assert wrong_speaker(recording("A", "B", channels=("A", "B")), written()) is None


@pytest.mark.parametrize(("late_ms", "share"), [(0, 1.0), (200, 1.0), (-200, 1.0), (201, 0.0), (-201, 0.0)])
def test_a_start_is_near_up_to_a_fifth_of_a_second(late_ms: int, share: float) -> None:
    assert starts_near(recording(), written(late_ms)) == share


def test_only_words_heard_rightly_count_for_times_and_only_late_ones_where_asked() -> None:
    early = Transcribed(
        ((0, "any"),),
        tuple(
            WrittenWord(0, w.text, w.start_ms + (900 if n < 5 else 0), w.end_ms) for n, w in enumerate(written().words)
        ),
    )
    assert starts_near(recording(), early) == 0.5
    assert starts_near(recording(), early, from_ms=5_000) == 1.0
    assert starts_near(recording(), Transcribed(((0, "no times"),), ())) is None


def test_speech_near_which_no_word_is_written_is_missed_whether_it_is_marked_or_not() -> None:
    assert without_words(recording(), written()) == (0.0, 0.0)
    assert without_words(recording(), written(without=(3, 4))) == pytest.approx((0.2, 0.2))
    assert without_words(recording(), written(without=(3, 4), unclear=((3_000, 3_900),))) == pytest.approx((0.2, 0.1))
    assert without_words(recording(), Transcribed((), ())) is None
