"""GUIDs of one file: each thing of a kind has one of its own, the same at every reading of the file."""

from uuid import UUID, uuid5

from storage.imports.elements import GUID, guid_of, place, tag
from storage.imports.losses import Losses
from storage.imports.safe_xml import Element

_GIVEN_HERE = UUID("6f2f6d3e-0d1b-5a52-9d4a-3c7be6f2a1c4")


class Guids:
    """Reads GUIDs and mends those that are none, missing or given twice.

    `project` (origin and name) distinguishes ids that are no GUIDs; `file` (a digest) things without any.
    """

    def __init__(self, losses: Losses, project: str, file: str) -> None:
        self._losses = losses
        self._project = project
        self._file = file
        self._taken: dict[str, set[str]] = {}
        self._replaced: set[str] = set()

    def own(self, element: Element, kind: str) -> str:
        """The GUID of a thing of a kind. Each thing is asked for once."""
        taken = self._taken.setdefault(kind, set())
        guid = self.meant(element.get("guid")) or self._for_none(element, len(taken))
        if guid in taken:
            guid = self._another(element, guid, taken)
        taken.add(guid)
        return guid

    def meant(self, value: str | None) -> str:
        """The GUID that a reference means; '' where it is empty."""
        guid = guid_of(value)
        if not guid or GUID.fullmatch(guid):
            return guid
        if guid not in self._replaced:
            self._replaced.add(guid)
            self._losses.tally("ids", "that are no GUIDs were replaced by GUIDs derived from them")
        return str(uuid5(_GIVEN_HERE, f"{self._project}\n{guid}"))

    def part(self, guid: str, name: str) -> str:
        """The GUID of something that has none in the file and belongs to what has this one."""
        return str(uuid5(UUID(guid), name))

    def _for_none(self, element: Element, count: int) -> str:
        self._losses.add(place(element), "has no GUID and was given one")
        return str(uuid5(_GIVEN_HERE, f"{self._file}\n{tag(element)} {count}"))

    def _another(self, element: Element, guid: str, taken: set[str]) -> str:
        self._losses.add(place(element), "has the GUID of another of its kind and was given one of its own")
        number = 2
        while (other := self.part(guid, str(number))) in taken:
            number += 1
        return other
