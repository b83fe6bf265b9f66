"""Measurements, each one command and one table. None of them is a test."""
