"""The files of a project as its XML names them, and those that it does not name."""

from collections.abc import Iterator

from storage.imports.archive import ProjectArchive, called


class ProjectFiles:
    """Files by the paths that elements give; none where the XML came without an archive."""

    def __init__(self, archive: ProjectArchive | None) -> None:
        self._archive = archive
        self._named: set[str] = set()

    def read(self, path: str) -> bytes | None:
        """The bytes of the file that a path means, or None. Nothing outside the project is ever opened."""
        member = self.find(path)
        return self._archive.read(member) if self._archive and member else None

    def digest(self, path: str) -> str:
        """The SHA-256 of the file that a path means, or ''."""
        member = self.find(path)
        return self._archive.digests[member] if self._archive and member else ""

    def find(self, path: str) -> str | None:
        """The member that a path means, from now on one that is named."""
        member = self._archive.find(path) if self._archive and path else None
        if member:
            self._named.add(member)
        return member

    def unnamed(self) -> Iterator[str]:
        """Files that no path has named, as a message may call them; not those that hold nothing of a project: empty
        ones, and those whose names begin with a dot."""
        if self._archive is None:
            return
        for number, (name, info) in enumerate(self._archive.members.items(), 1):
            is_hidden = name.rpartition("/")[2].startswith(".") or not info.file_size
            if not is_hidden and name not in self._named and name != self._archive.project_file:
                yield called(name, number)
