"""A small study to try: participants, recordings, the demo model and the scripts that made them."""
