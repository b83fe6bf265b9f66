"""Transcripts and their immutable versions: stored, read, listed, approved; and what the machine set aside in them."""
