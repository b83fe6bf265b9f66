"""How people reach Fieldcall: the command line."""
