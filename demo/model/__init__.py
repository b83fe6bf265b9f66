"""A tiny Whisper checkpoint for the demo and the tests, with the recipe that trained it from scratch."""
