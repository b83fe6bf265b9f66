"""Codes in the database: what came back from coding, merged, carried on, compared between coders, and asked about."""
