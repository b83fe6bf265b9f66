"""The rules of REFI-QDA 1.5 that a file must keep, and finding where it does not."""
