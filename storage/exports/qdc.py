"""A codebook in the open standard REFI-QDA 1.5: one XML file, for programs that take codes and no project."""

from typing import IO

from storage.exports.codebook import add_codes
from storage.exports.contents import Contents
from storage.exports.refi_qda import CODEBOOK_NAMESPACE, ORIGIN, element, xml_bytes

NO_CODES = "the study has no codes yet; the first delivery after there are some has them"


def write_qdc(contents: Contents, file: IO[bytes]) -> None:
    """Write the codes, of which there must be one at least; containers that would be empty are not written."""
    root = element("CodeBook", CODEBOOK_NAMESPACE, origin=ORIGIN)
    add_codes(root, contents.codebook)
    file.write(xml_bytes(root))


def why_no_codes(contents: Contents) -> str:
    """Why there is no codebook to write, or ''."""
    return "" if contents.codebook else NO_CODES
