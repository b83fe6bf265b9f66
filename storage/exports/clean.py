"""Text that every format can carry."""

import re

REPLACEMENT = "\ufffd"
_BREAKS = re.compile("[ \t]*[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+[ \t]*")
_UNCARRIED = re.compile("[\x00-\x08\x0e-\x1b\ud800-\udfff\ufffe\uffff]")  # not allowed in XML, or not in UTF-8


def clean(text: str) -> str:
    """`text` as one line that every format can carry: line breaks and tabs become a space, what neither XML
    nor UTF-8 allows becomes U+FFFD; everything else stays."""
    if text.isprintable():  # nearly always; none of what is replaced counts as printable
        return text.strip()
    return _UNCARRIED.sub(REPLACEMENT, _BREAKS.sub(" ", text)).strip()


def clean_lines(text: str) -> str:
    """`text` with its lines, each as `clean` has it, between LF; nothing before the first and after the last."""
    return "\n".join(map(clean, text.splitlines())).strip("\n")
