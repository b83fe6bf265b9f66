"""Who speaks on a channel that holds everyone."""
