"""`python -m desk` is `fieldcall`."""

from desk.cli import main

main()
