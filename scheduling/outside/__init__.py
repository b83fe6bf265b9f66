"""What the study owes to the outside and learns from it: one interview and its event, kept to say the same."""
