"""A transcript corrected as a plain text file, what differs between versions, and where places in the text went."""
