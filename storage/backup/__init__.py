"""A whole study in one file, and back from it."""
