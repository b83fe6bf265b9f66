"""Prints put together to people: how many there are, and where the middle of each voice lies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from transcription.speakers.clustering import SAME_VOICE, centres_of

Prints = NDArray[np.float32]
SIZE = 192


def of_length_one(prints: Prints) -> Prints:
    return np.asarray(prints / np.linalg.norm(prints, axis=1, keepdims=True), np.float32)


def prints_of(voices: list[int], alike: float = 0.3, seed: int = 1) -> Prints:
    """Prints of the numbered voices, similar to each other by 0.65 within a voice and by `alike` between voices."""
    random = np.random.default_rng(seed)
    common, own, here = (of_length_one(random.standard_normal((n, SIZE))) for n in (1, max(voices) + 1, len(voices)))
    return of_length_one(np.sqrt(alike) * common + np.sqrt(0.65 - alike) * own[np.array(voices)] + np.sqrt(0.35) * here)


def seconds_of(prints: Prints) -> NDArray[np.float32]:
    return np.full(len(prints), 1.5, np.float32)


def grouped(prints: Prints, people: int | None) -> list[int]:
    centres = centres_of(prints, seconds_of(prints), people)
    return (prints @ centres.T).argmax(axis=1).tolist()


def same_groups(found: list[int], voices: list[int]) -> bool:
    return len(set(zip(found, voices, strict=True))) == len(set(voices)) == len(set(found))


@pytest.mark.parametrize("people", [2, None])
@pytest.mark.parametrize("alike", [0.0, 0.3, 0.42])
def test_two_people_are_told_apart(people: int | None, alike: float) -> None:
    voices = [0, 1] * 40
    assert same_groups(grouped(prints_of(voices, alike), people), voices)


def test_a_quiet_person_is_found_beside_one_who_speaks_nineteen_times_as_much() -> None:
    voices = [0] * 190 + [1] * 10
    assert same_groups(grouped(prints_of(voices), 2), voices)


def test_three_people_are_found_where_three_were_booked_or_nobody_knows() -> None:
    voices = [0, 1, 2] * 20
    for people in (3, None):
        assert same_groups(grouped(prints_of(voices), people), voices)


def test_one_voice_is_not_made_two_people() -> None:
    prints = prints_of([0] * 80)
    assert [len(centres_of(prints, seconds_of(prints), people)) for people in (1, 2, 3, None)] == [1, 1, 1, 1]


def test_no_more_people_are_found_than_were_booked() -> None:
    prints = prints_of([0, 1, 2] * 20)
    assert len(centres_of(prints, seconds_of(prints), 2)) == 2


@pytest.mark.parametrize("people", [2, None])
def test_a_cough_is_no_person(people: int | None) -> None:
    voices = [0, 1] * 100
    prints = prints_of([*voices, 2], alike=0.2)
    assert same_groups(grouped(prints, people)[:-1], voices)
    assert len(centres_of(prints, seconds_of(prints), people)) == 2


def test_music_that_is_like_nobody_does_not_take_the_place_of_one_of_two_people() -> None:
    """The two people are more like each other than the music is like either, so linkage puts them together first."""
    people = prints_of([0, 1] * 60, alike=0.4)
    music = prints_of([0] * 6, seed=2)
    assert float((people @ music.T).mean()) < 0.1
    assert same_groups(grouped(np.concatenate((people, music)), 2)[: len(people)], [0, 1] * 60)


def test_nothing_heard_is_nobody() -> None:
    nothing = np.zeros((0, SIZE), np.float32)
    assert centres_of(nothing, seconds_of(nothing), 2).shape == (0, SIZE)


def test_prints_of_short_sounds_alone_are_somebody() -> None:
    prints = prints_of([0, 0])
    assert len(centres_of(prints, np.array([0.4, 0.3], np.float32), 2)) == 1


def test_thousands_of_prints_are_told_apart_too() -> None:
    voices = [0, 1, 1] * 1500
    assert same_groups(grouped(prints_of(voices), 2), voices)


@given(st.integers(1, 4), st.integers(0, 60), st.integers(0, 9), st.sampled_from([1, 2, 3, None]))
def test_centres_have_length_one_are_no_more_than_booked_and_the_same_each_time(
    voices: int, prints: int, seed: int, people: int | None
) -> None:
    sound = prints_of([place % voices for place in range(max(1, prints))], seed=seed)[:prints]
    seconds = np.random.default_rng(seed).uniform(0.3, 1.5, prints).astype(np.float32)
    centres = centres_of(sound, seconds, people)
    assert np.linalg.norm(centres, axis=1) == pytest.approx(np.ones(len(centres)), abs=1e-5)
    assert (prints > 0) <= len(centres) <= (people or len(sound))
    assert (centres == centres_of(sound, seconds, people)).all()


def test_the_boundary_lies_where_it_was_measured() -> None:
    for alike, found in ((SAME_VOICE - 0.04, 2), (SAME_VOICE + 0.04, 1)):
        prints = prints_of([0, 1] * 60, alike)
        assert len(centres_of(prints, seconds_of(prints), 2)) == found
