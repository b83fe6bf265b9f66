"""The tests of codes start from transcripts that are stored, and projects in which they are coded."""

from coding_setup import agree, coded, corrected, take, text_of, transcribed  # noqa: F401 - fixtures
