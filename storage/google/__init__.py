"""Google as this study uses it: as whom, and one call at a time."""
