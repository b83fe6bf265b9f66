"""Reading elements of a file that is not trusted: tags, GUIDs, numbers, and how to point at one."""

from collections.abc import Collection, Iterator

from storage.exports.refi_qda import Element

_MOST_DIGITS = 30


def all_elements(root: Element) -> Iterator[Element]:
    """The root and all elements below, without comments and the like."""
    return root.iter("{*}*")


def with_tags(root: Element, tags: Collection[str]) -> Iterator[Element]:
    return (element for element in all_elements(root) if tag(element) in tags)


def tag(element: Element) -> str:
    """The tag without its namespace."""
    return element.tag.rpartition("}")[2]


def guid(element: Element, attribute: str = "guid") -> str:
    """A GUID in lower case without braces, or ''."""
    return element.get(attribute, "").strip().strip("{}").lower()


def number(element: Element, attribute: str) -> int | None:
    """None where there is none, or where the schema has found that it is none.

    Of an endless one only the first digits are read, which are beyond every text and every recording as well.
    """
    text = element.get(attribute, "").strip()
    digits = text[1:] if text.startswith(("+", "-")) else text
    if not (digits.isascii() and digits.isdigit()):
        return None
    value = int(digits.lstrip("0")[:_MOST_DIGITS] or "0")
    return -value if text.startswith("-") else value


def place(element: Element) -> str:
    """Line, tag and GUID: enough to find it again."""
    name = f" {guid(element)}" if element.get("guid") else ""
    return f"line {element.sourceline}, {tag(element)}{name}"
