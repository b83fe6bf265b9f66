"""Where each text of a project belongs among the study's versions: by GUID, then by hash, then by quote.

Pure: the versions are values, and their texts come from a function that is passed in. What could be meant twice is
reported and never guessed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from storage.codes.anchoring import Place
from storage.codes.texts import StudyText, StudyVersion
from storage.imports.coded_project import CodedProject, ProjectCoding, ProjectSource, ProjectText
from storage.tables import MatchedBy

TELLING = 40  # code points of a quote that stands in one interview of thousands only if it is from there

TextsOf = Callable[[StudyVersion], Sequence[StudyText]]  # in every style, that of the study first
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Places:
    """By GUID, where a project's texts, sources and single codings belong; `reasons` has why a coding does not."""

    texts: dict[str, Place] = field(default_factory=dict)
    sources: dict[str, Place] = field(default_factory=dict)
    codings: dict[str, Place] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    @property
    def all_texts(self) -> list[StudyText]:
        """The texts of the study that anything belongs to, some of them more than once."""
        return [place.text for place in (*self.texts.values(), *self.sources.values(), *self.codings.values())]

    def of(self, coding: ProjectCoding) -> Place | str:
        """Where a coding belongs, or why nowhere."""
        found = self.codings.get(coding.guid) or self.texts.get(coding.text_guid)
        if found is None and not coding.text_guid:
            found = self.sources.get(coding.source_guid)
        return found or self.reasons.get(coding.guid, "what it is in is no recording and no text of the study")


@dataclass(frozen=True, slots=True)
class _Lost:
    """A text whose GUIDs and recording the study does not know, with the words that are coded in it."""

    text: ProjectText
    quotes: Mapping[str, str]  # flat, by GUID of the coding


def places_of(
    project: CodedProject, versions: Sequence[StudyVersion], texts_of: TextsOf, progress: Progress = lambda *_: None
) -> Places:
    """Where the project's texts belong. Only for texts without a known GUID are the texts of all versions read."""
    places, known = Places(), _Known(versions)
    lost: list[_Lost] = []
    codings = _by_text(project.codings)
    for source in project.sources:
        of_recording, by_recording = known.of_recording(source)
        for text in source.texts:
            found, matched_by = known.of_text(source, text) or (of_recording, by_recording)
            if found:
                places.texts[text.guid] = best_of(found, text.text, texts_of, matched_by)
            else:
                quotes = {coding.guid: _flat(quote_of(coding, text)) for coding in codings.get(text.guid, ())}
                lost.append(_Lost(text, quotes))
        if of_recording and not source.texts:
            newest = max(of_recording, key=lambda version: version.number)
            places.sources[source.guid] = Place(texts_of(newest)[0], by_recording)
    if lost:
        _search(lost, versions, texts_of, places, progress)
    for source in project.sources:
        if source.texts and source.texts[0].guid in places.texts:
            places.sources[source.guid] = places.texts[source.texts[0].guid]
    return places


class _Known:
    """Versions by every GUID and hash by which a project may name them."""

    def __init__(self, versions: Iterable[StudyVersion]) -> None:
        self._by: dict[str, list[StudyVersion]] = defaultdict(list)
        for version in versions:
            for name in (version.guid, version.transcript_guid, version.recording_guid, version.recording_sha256):
                self._by[name].append(version)

    def of_text(self, source: ProjectSource, text: ProjectText) -> tuple[list[StudyVersion], MatchedBy] | None:
        """The version that the GUID of a text, or of the source that it is, means, or those of the transcript."""
        found = self._by.get(text.guid) or (self._by.get(source.guid) if source.kind == "text" else None)
        return (found, MatchedBy.GUID) if found else None

    def of_recording(self, source: ProjectSource) -> tuple[list[StudyVersion], MatchedBy]:
        by_guid = self._by.get(source.guid, [])
        return (by_guid, MatchedBy.GUID) if by_guid else (self._by.get(source.sha256, []), MatchedBy.HASH)


def _by_text(codings: Iterable[ProjectCoding]) -> dict[str, list[ProjectCoding]]:
    found: dict[str, list[ProjectCoding]] = defaultdict(list)
    for coding in codings:
        found[coding.text_guid].append(coding)
    return found


def quote_of(coding: ProjectCoding, text: ProjectText | None) -> str:
    """The words that were coded: as the file has them, else from the text at their positions."""
    if coding.quote or text is None or coding.start is None or coding.end is None:
        return coding.quote
    return text.text[max(coding.start, 0) : max(coding.end, 0)]


def best_of(versions: Sequence[StudyVersion], text: str, texts_of: TextsOf, matched_by: MatchedBy) -> Place:
    """Of versions that it can be, the newest that reads as the text does, else that stands in it, else the newest."""
    candidates = [each for v in sorted(versions, key=lambda v: -v.number) for each in texts_of(v)]
    for candidate in candidates:
        if candidate.text == text:
            return Place(candidate, matched_by)
    for candidate in candidates:
        if (offset := _only_place(candidate.text, text)) is not None:
            return Place(candidate, matched_by, offset)
    return Place(candidates[0], matched_by)


def _only_place(text: str, larger: str) -> int | None:
    """Where a text stands in a larger one, if it does so once: a quote in an interview, one of these in a document."""
    at = larger.find(text) if text.strip() else -1
    return at if at >= 0 and larger.find(text, at + 1) < 0 else None


def _flat(text: str) -> str:
    """A text to compare, whatever space programs put between its words."""
    return " ".join(text.split())


def _search(
    lost: Sequence[_Lost], versions: Sequence[StudyVersion], texts_of: TextsOf, places: Places, progress: Progress
) -> None:
    """Read every version's text once, and place what it holds."""
    same: dict[str, list[Place]] = defaultdict(list)
    said: dict[str, list[StudyText]] = defaultdict(list)  # by coding, the texts that have its words once
    for number, version in enumerate(versions):
        progress(number, len(versions))
        texts = texts_of(version)
        flat = _flat(texts[0].text)
        for each in lost:
            for text in texts:
                if (offset := _only_place(text.text, each.text.text)) is not None:
                    same[each.text.guid].append(Place(text, MatchedBy.HASH, offset))
            for guid, quote in each.quotes.items():
                if len(quote) >= TELLING and _only_place(quote, flat) is not None:
                    said[guid].append(texts[0])
    for each in lost:
        found = _one_transcript([place.text for place in same[each.text.guid]])
        if found:
            places.texts[each.text.guid] = next(p for p in reversed(same[each.text.guid]) if p.text is found)
        else:
            _place_by_quotes(each, said, places)


def _one_transcript(texts: Sequence[StudyText]) -> StudyText | None:
    """The newest of texts that are all of one transcript, in the study's style where there is a choice."""
    if len({text.version.transcript_id for text in texts}) != 1:
        return None
    return max(texts, key=lambda text: text.version.number)


def _place_by_quotes(lost: _Lost, said: Mapping[str, Sequence[StudyText]], places: Places) -> None:
    """A text most of whose words stand in one transcript alone is that one's; of any other, each coding by itself."""
    votes = {guid: found for guid in lost.quotes if (found := _one_transcript(said.get(guid, ())))}
    asked = sum(len(quote) >= TELLING for quote in lost.quotes.values())
    if len({text.version.transcript_id for text in votes.values()}) == 1 and 2 * len(votes) > asked:
        holding = [text for guid in votes for text in said[guid]]
        newest = max(holding, key=lambda text: (holding.count(text), text.version.number))
        places.texts[lost.text.guid] = Place(newest, MatchedBy.QUOTE)
        return
    for guid, quote in lost.quotes.items():
        if guid in votes:
            places.codings[guid] = Place(votes[guid], MatchedBy.QUOTE)
        else:
            places.reasons[guid] = _why_nowhere(quote, said.get(guid, ()))


def _why_nowhere(quote: str, found: Sequence[StudyText]) -> str:
    if len(quote) < TELLING:
        return f"its text is not one of the study's, and its {len(quote)} characters are too few to look for"
    if found:
        labels = ", ".join(sorted({text.version.label for text in found}))
        return f"its text is not one of the study's, and its words stand in several: {labels}"
    return "its text is not one of the study's, and its words stand in none"
