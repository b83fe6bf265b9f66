"""An outside calendar on paper: ids, etags and tokens as the interface promises them, and hands that change it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from scheduling.calendars.base import Changes, Entry, Meeting, Standing, Unseen
from scheduling.errors import EditedMeanwhile
from scheduling.spans import Span


class PaperCalendar:
    """Everything is kept in `events`; `hook` is called before and after each call, and may raise or change things."""

    address = "paper"

    def __init__(self) -> None:
        self.events: dict[str, Standing] = {}
        self.versions: dict[str, int] = {}
        self.version = 0
        self.spans: dict[str, tuple[Span, ...] | Unseen] = {}
        self.meeting = Meeting("success", "abc-mnop-xyz", "https://meet.google.com/abc-mnop-xyz")
        self.writes: list[str] = []
        self.hook: Callable[[str], None] = lambda point: None

    # what people do by hand

    def move(self, event_id: str, starts_at: datetime, ends_at: datetime) -> None:
        self._keep(replace(self.events[event_id], starts_at=starts_at, ends_at=ends_at))

    def delete(self, event_id: str) -> None:
        self._keep(replace(self.events[event_id], is_cancelled=True))

    def reply(self, event_id: str, address: str, answer: str) -> None:
        standing = self.events[event_id]
        self._keep(replace(standing, replies={**standing.replies, address: answer}))

    # the interface

    def busy(self, addresses: Sequence[str], span: Span) -> Mapping[str, tuple[Span, ...] | Unseen]:
        self.hook("before busy")
        return {address: self.spans[address] for address in addresses if address in self.spans}

    def event_id(self, guid: str, generation: int) -> str:
        return f"{guid}-{generation}"

    def find(self, event_id: str) -> Standing | None:
        self.hook("before find")
        found = self.events.get(event_id)
        self.hook("after find")
        return found

    def put(self, entry: Entry, standing: Standing | None) -> Standing:
        self.hook("before put")
        event_id = self.event_id(entry.guid, entry.generation)
        known = self.events.get(event_id)
        if standing is None and known is not None:
            return known
        if standing is not None and (known is None or known.etag != standing.etag):
            raise EditedMeanwhile(f"{event_id} was edited meanwhile.")
        self.writes.append(f"put {event_id}")
        written = Standing(
            event_id=event_id,
            etag="",
            is_cancelled=False,
            is_tentative=entry.is_tentative,
            guid=entry.guid,
            generation=entry.generation,
            sequence=entry.sequence,
            starts_at=entry.starts_at,
            ends_at=entry.ends_at,
            replies={guest.address: "needsAction" for guest in entry.guests} | dict(known.replies if known else {}),
            meeting=self.meeting if entry.with_meeting else None,
        )
        kept = self._keep(written)
        self.hook("after put")
        return kept

    def remove(self, standing: Standing) -> None:
        self.hook("before remove")
        known = self.events.get(standing.event_id)
        if known is None or known.is_cancelled:
            return
        if known.etag != standing.etag:
            raise EditedMeanwhile(f"{standing.event_id} was edited meanwhile.")
        self.writes.append(f"remove {standing.event_id}")
        self._keep(replace(known, is_cancelled=True))
        self.hook("after remove")

    def changes(self, token: str) -> Changes:
        self.hook("before changes")
        since = int(token or 0)
        changed = tuple(self.events[one] for one, version in self.versions.items() if version > since)
        found = Changes(changed, str(self.version), is_all=not token)
        self.hook("after changes")
        return found

    def close(self) -> None:
        """Paper holds no connections."""

    def _keep(self, standing: Standing) -> Standing:
        self.version += 1
        self.versions[standing.event_id] = self.version
        self.events[standing.event_id] = replace(standing, etag=str(self.version))
        return self.events[standing.event_id]
