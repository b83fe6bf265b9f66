"""The pack that goes to an archive: transcripts with numbered lines, a data list, a method note, and a check of all."""
