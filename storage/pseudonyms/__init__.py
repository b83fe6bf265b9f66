"""Names taken out before anyone codes: what tells who somebody is, found and replaced alike in a whole study."""
