"""What goes out: a file per format, one table of formats (`formats.py`), and the delivery of them all."""
