"""What comes in: recordings found, probed, stored and bound to their interviews."""
