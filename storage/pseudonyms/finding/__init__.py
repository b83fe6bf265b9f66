"""What in a text may tell who somebody is: recognisers, a file for each kind, and what the study knows by name."""
