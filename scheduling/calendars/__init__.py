"""Where booked interviews are shown: one backend a file."""
