"""How people learn of an interview: what a mail says, how it is sent, and what came back."""
