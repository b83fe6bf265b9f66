"""From sound to words and speakers. Knows no study, no database and no scheduler: arrays, files, dataclasses."""
