"""What is kept at hand while a project is read: who is known, what was found so far, what notes are about."""

from dataclasses import dataclass, field

from storage.imports.coded_project import ProjectCoder, ProjectCoding, ProjectMemo, ProjectStretch
from storage.imports.counting import Counting
from storage.imports.elements import children, moment
from storage.imports.guids import Guids
from storage.imports.losses import Losses
from storage.imports.project_files import ProjectFiles
from storage.imports.safe_xml import Element


@dataclass(frozen=True, slots=True)
class About:
    """What a note is about: GUIDs of things, and stretches that have no code."""

    guids: tuple[str, ...] = ()
    stretches: tuple[ProjectStretch, ...] = ()

    def __add__(self, other: "About") -> "About":
        return About(
            tuple(dict.fromkeys((*self.guids, *other.guids))),
            tuple(dict.fromkeys((*self.stretches, *other.stretches))),
        )


@dataclass(slots=True)
class Notebook:
    """One project while it is read."""

    origin: str
    losses: Losses
    guids: Guids
    files: ProjectFiles
    coders: dict[str, ProjectCoder] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)  # names by GUID
    cases: set[str] = field(default_factory=set)  # known beforehand: some programs code stretches with cases
    sources: set[str] = field(default_factory=set)
    codings: list[ProjectCoding] = field(default_factory=list)
    memos: list[ProjectMemo] = field(default_factory=list)
    texts: dict[str, tuple[str, Counting]] = field(default_factory=dict)  # by GUID, the source and the positions
    selections: dict[str, ProjectStretch] = field(default_factory=dict)  # by the selection's GUID
    selected: dict[str, About] = field(default_factory=dict)  # what a note on a selection is about
    bare: dict[str, Element] = field(default_factory=dict)  # selections that nothing was found for yet
    case_stretches: dict[str, list[ProjectStretch]] = field(default_factory=dict)
    _noted: dict[str, About] = field(default_factory=dict)

    def coder(self, *elements: Element) -> str:
        """The GUID of who made the first of these that says so, or ''."""
        return self.user(next((e.get("creatingUser") for e in elements if e.get("creatingUser")), ""))

    def user(self, written: str | None) -> str:
        """The GUID of a user, or ''; somebody who is not listed is kept apart from the others all the same."""
        guid = self.guids.meant(written)
        if guid and guid not in self.coders:
            self.losses.add(f"User {guid}", "is not among the users of the project and is kept without a name")
            self.coders[guid] = ProjectCoder(guid, "")
        return guid

    def note(self, element: Element, about: About) -> bool:
        """Remember what the notes that an element refers to are about; whether there are any."""
        targets = [self.guids.meant(ref.get("targetGUID")) for ref in children(element, "NoteRef")]
        for target in targets:
            self.note_on(target, about)
        return bool(targets)

    def note_on(self, note_guid: str, about: About) -> None:
        """Remember what one note is about."""
        self._noted[note_guid] = self._noted.get(note_guid, About()) + about

    def noted(self, note_guid: str) -> About:
        """What a note is about, as far as it was met; asked for once, when all else was read."""
        return self._noted.pop(note_guid, About())

    def notes_to_nowhere(self) -> int:
        """How many notes are referred to and were not found."""
        return len(self._noted)

    def remark(self, guid: str, text: str, about: About, element: Element, name: str = "") -> None:
        """Keep as a memo what somebody wrote beside something."""
        self.memos.append(
            ProjectMemo(
                guid=self.guids.part(guid, "description"),
                name=name,
                text=text,
                about=about.guids,
                coder_guid=self.coder(element),
                created_at=moment(element, "creationDateTime", self.losses),
                stretches=about.stretches,
            )
        )
