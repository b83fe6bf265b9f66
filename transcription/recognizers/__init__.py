"""What turns one window of speech into words; `base.py` says what a recognizer is."""
