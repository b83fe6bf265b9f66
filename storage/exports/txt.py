"""Plain text: the heading, then the canonical text with a time and a speaker before every turn."""

from typing import IO

from storage.exports.document import Document, heading


def write_txt(document: Document, file: IO[bytes]) -> None:
    """Write UTF-8 text with LF line ends and no byte order mark."""
    head = "".join(f"{name}: {value}\n" for name, value in heading(document))
    file.write(f"{head}\n{document.plain.text}".encode())
