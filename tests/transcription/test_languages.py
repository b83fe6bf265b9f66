"""A recording in another language is told by most of its speech, not by one window."""

from transcription.languages import name_of, other_language

HALF_A_MINUTE = 30_000


def test_nearly_all_speech_in_another_language_is_told() -> None:
    heard = [("cy", 0.9, HALF_A_MINUTE)] * 9 + [("en", 0.8, HALF_A_MINUTE)]
    assert other_language(heard, "en", complete=False) == "cy"
    assert other_language(heard, "cy", complete=False) == ""


def test_two_languages_in_turn_are_left_as_they_are() -> None:
    heard = [("cy", 0.9, HALF_A_MINUTE), ("en", 0.8, HALF_A_MINUTE)] * 5
    assert other_language(heard, "en", complete=True) == ""


def test_windows_that_are_not_sure_tell_nothing() -> None:
    unsure = [("de", 0.3, HALF_A_MINUTE)] * 20
    assert other_language(unsure, "en", complete=True) == ""
    assert other_language([*unsure, ("en", 0.9, HALF_A_MINUTE)], "en", complete=True) == ""


def test_a_minute_is_waited_for_unless_there_is_no_more() -> None:
    heard = [("de", 0.9, HALF_A_MINUTE)]
    assert other_language(heard, "en", complete=False) == ""
    assert other_language(heard, "en", complete=True) == "de"
    assert other_language(heard * 2, "en", complete=False) == "de"


def test_a_model_of_one_language_tells_nothing() -> None:
    assert other_language([("", 0.0, HALF_A_MINUTE)] * 10, "en", complete=True) == ""
    assert other_language([], "en", complete=True) == ""


def test_languages_have_names() -> None:
    assert name_of("cy") == "Welsh"
    assert name_of("tlh") == "tlh".title()
