"""Colours of codes, as the programs in use write them."""

import re

_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{4}|[0-9a-f]{6}|[0-9a-f]{8})|(?=0|.*[a-f])([0-9a-f]{6})")  # or a number
_RGB = re.compile(r"rgba?\(\s*([0-9]{1,3})\s*,\s*([0-9]{1,3})\s*,\s*([0-9]{1,3})\s*(,\s*[0-9.]+%?\s*)?\)")
_NAMED = {  # the sixteen of HTML, and orange
    "black": "#000000", "silver": "#c0c0c0", "gray": "#808080", "grey": "#808080", "white": "#ffffff",
    "maroon": "#800000", "red": "#ff0000", "purple": "#800080", "fuchsia": "#ff00ff", "green": "#008000",
    "lime": "#00ff00", "olive": "#808000", "yellow": "#ffff00", "navy": "#000080", "blue": "#0000ff",
    "teal": "#008080", "aqua": "#00ffff", "orange": "#ffa500",
}  # fmt: skip
_NONE = ("", "none", "transparent")


def read_colour(written: str) -> tuple[str, str]:
    """A colour as '#rrggbb' or '', and what was lost of it or ''.

    Eight digits are transparency first, as Windows programs write it, unless only the last two can be it ('ff').
    """
    text = written.strip().lower()
    if text in _NONE:
        return "", ""
    if text in _NAMED:
        return _NAMED[text], ""
    if found := _RGB.fullmatch(text):
        parts = [int(part) for part in found.groups()[:3]]
        if max(parts) < 256:
            return "#{:02x}{:02x}{:02x}".format(*parts), "lost its transparency" if found[4] else ""
    if found := _HEX.fullmatch(text):
        given = found[1] or found[2]
        digits = given if len(given) > 4 else "".join(digit * 2 for digit in given)
        if len(digits) == 6:
            return f"#{digits}", ""
        ends_opaque = digits.endswith("ff") and not digits.startswith("ff")
        return f"#{digits[:6] if ends_opaque else digits[2:]}", "lost its transparency"
    return "", "was not understood and left out"
