"""What can happen to a file on its way, and what a program may write wrongly: many broken files from a sound one."""

import io
import random
import re
import zipfile
from collections.abc import Iterator

from building import Member, archive, guid
from lxml import etree

STEP = 64  # bytes between two places where a file is cut
_WRONG = re.compile(rb"^\s*(<\?xml[^>]*utf-16[^>]*\?>)?\s*")  # one of the files says another encoding than it is in
VALUES = (
    "",
    "x",
    "-1",
    "7",
    "10000000000000000000000",
    guid(11),
    guid(21),
    guid(99),
    "../../etc/passwd",
    "ﬀ\u202e\u0661",
)


def cut(content: bytes, step: int = STEP) -> Iterator[bytes]:
    """The file ended early, at every `step`th byte."""
    return (content[:end] for end in range(0, len(content), step))


def flipped(content: bytes, seed: int, number: int) -> Iterator[bytes]:
    """The file with a few bits turned, anywhere."""
    dice = random.Random(seed)
    for _ in range(number if content else 0):
        changed = bytearray(content)
        for _ in range(dice.randint(1, 4)):
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
        yield bytes(changed)


def flipped_within(content: bytes, seed: int, number: int) -> Iterator[bytes]:
    """An archive whose members have a few bytes changed, and checksums that know nothing of it."""
    dice = random.Random(seed)
    members = _members(content)
    for _ in range(number):
        changed = dict(members)
        name = dice.choice([name for name in members if members[name]])
        data = bytearray(changed[name])
        for _ in range(dice.randint(1, 3)):
            data[dice.randrange(len(data))] = dice.choice((0, 9, 13, 34, 38, 60, 62, dice.randrange(256)))
        changed[name] = bytes(data)
        yield archive([Member(*each) for each in changed.items()])


def without_elements(content: bytes) -> Iterator[bytes]:
    """The project without one of its elements, each in turn, and with it twice."""
    members, root = _parts(content)
    for number in range(1, sum(1 for _ in root.iter())):
        for times in (0, 2):
            changed = etree.fromstring(etree.tostring(root))
            element = list(changed.iter())[number]
            parent = element.getparent()
            at = parent.index(element)
            parent[at : at + 1] = [etree.fromstring(etree.tostring(element)) for _ in range(times)]
            yield _with_xml(members, changed)


def with_values(content: bytes, values: tuple[str, ...] = VALUES) -> Iterator[bytes]:
    """The project with one of its attributes given another value or left out, each in turn."""
    members, root = _parts(content)
    places = [(number, name) for number, element in enumerate(root.iter()) for name in element.attrib]
    for number, name in places:
        for value in (*values, None):
            changed = etree.fromstring(etree.tostring(root))
            element = list(changed.iter())[number]
            if value is None:
                del element.attrib[name]
            else:
                element.set(name, value)
            yield _with_xml(members, changed)


def _members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def _parts(content: bytes) -> tuple[dict[str, bytes], etree._Element]:
    members = _members(content)
    name = next(name for name in members if name.lower().endswith((".qde", ".xml")) and not name.startswith("__"))
    members = {"project.qde": members.pop(name), **members}
    return members, etree.fromstring(_WRONG.sub(b"", members["project.qde"]))


def _with_xml(members: dict[str, bytes], root: etree._Element) -> bytes:
    changed = {**members, "project.qde": etree.tostring(root, xml_declaration=True, encoding="UTF-8")}
    return archive([Member(*each) for each in changed.items()])
