"""Who meets whom, when, and how they learn of it."""
