"""From an edited file to the utterances of the next version: what may be changed, and what is refused, by line.

Words and speakers may be changed, an utterance may be split or taken out where that is written down. A mark that is
lost, altered, doubled or out of its place is refused, so that nothing is lost by a slip.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from storage.edits.edit_file import (
    DELETE,
    SPLIT,
    Block,
    EditedFile,
    Fault,
    in_file,
    mark_time,
    shown_speaker,
    words_in_file,
)
from storage.edits.edited_words import Part, read_part, rows_of
from storage.errors import EditError
from storage.exports.clean import clean
from storage.exports.turns import UNKNOWN_SPEAKER
from storage.transcripts.transcript import InterviewTranscript, Spoken
from storage.transcripts.words import text_of, words_of

MOST_FAULTS = 20  # that are told at once

_NUMBERED = re.compile(rf"({UNKNOWN_SPEAKER} [1-9]\d?)\s*:", re.IGNORECASE)
_REPLACEMENT = "\ufffd"


@dataclass(frozen=True, slots=True)
class Edited:
    """The utterances of the next version, and how many were changed, taken out and split."""

    utterances: tuple[Spoken, ...]
    changed: int
    taken_out: int
    split: int

    @property
    def note(self) -> str:
        """What was done, in a sentence; '' where nothing was."""
        parts = [
            f"{count} {'utterance' if count == 1 else 'utterances'} {what}"
            for count, what in ((self.changed, "changed"), (self.taken_out, "taken out"), (self.split, "split"))
            if count
        ]
        return f"Edited by hand: {', '.join(parts)}." if parts else ""


@dataclass(frozen=True, slots=True)
class _Said:
    """A block as it was understood: the speaker as stored, the words; no words where it is to be taken out."""

    speaker: str
    words: str


def edited_utterances(transcript: InterviewTranscript, file: EditedFile, speakers: Sequence[str]) -> Edited:
    """The utterances as a person left them. Raises EditError with every line that cannot be taken."""
    numbers = in_file(transcript)
    said = [transcript.utterances[number] for number in numbers]
    faults = [*file.faults, *_faults_of_marks(file, said)]
    read: dict[int, list[_Said]] = {number: [] for number in range(1, len(said) + 1)}
    for block in file.blocks:
        if block.number not in read:
            continue  # told already
        what = _read(block, said[block.number - 1], speakers)
        if block.is_split_off and any(not part.words for part in read[block.number]):
            what = Fault(block.line, "the utterance above is taken out, so nothing is split off it")
        if isinstance(what, Fault):
            faults.append(what)
        else:
            read[block.number].append(what)
    if faults:
        raise EditError(_told(transcript, faults))
    made = {numbers[number - 1]: _made(said[number - 1], parts) for number, parts in read.items()}
    return _edited(transcript, made, read)


def _faults_of_marks(file: EditedFile, said: Sequence[Spoken]) -> Iterator[Fault]:
    """Every mark must be there once, in its order and as it was; a part stands directly below what it was split off."""
    marks = {number: f"[{number} {mark_time(spoken)}]" for number, spoken in enumerate(said, start=1)}
    seen: dict[int, int] = {}
    last = 0
    for block in file.blocks:
        number = block.number
        if number not in marks:
            yield Fault(block.line, f"there is no utterance {number}; the last is {len(said)}")
        elif block.is_split_off:
            if number != last:
                yield Fault(block.line, f"[{number}{SPLIT}] belongs directly below utterance {number}")
        elif number in seen:
            yield Fault(block.line, f"utterance {number} is here a second time; the first is in line {seen[number]}")
        else:
            seen[number] = block.line
            if number < last:
                yield Fault(block.line, f"utterance {number} stands behind {last}; put it back in its place")
            elif f"[{number} {block.time}]" != marks[number]:
                yield Fault(block.line, f"the mark was {marks[number]}; write it so again")
            last = number
    for number in sorted(marks.keys() - seen.keys()):
        line = next((block.line for block in file.blocks if block.number > number), file.lines)
        mark = marks[number]
        yield Fault(line, f"{mark} is missing before this line; to take the utterance out, write {DELETE} behind it")


def _read(block: Block, spoken: Spoken, speakers: Sequence[str]) -> _Said | Fault:
    its_own = shown_speaker(spoken.speaker)
    known = dict.fromkeys((*speakers, its_own, UNKNOWN_SPEAKER))
    name, words = _speaker_and_words(block.text, known)
    if not name:
        return Fault(block.line, f"behind the mark stands no known speaker with a colon: {', '.join(known)}")
    for line, piece in block.pieces[1:]:
        if _speaker_and_words(piece.lstrip("] "), known)[0]:
            return Fault(line, f"a speaker stands here without a mark; [{block.number}{SPLIT}] before it splits it off")
    speaker = spoken.speaker if name == its_own else "" if name == UNKNOWN_SPEAKER else name
    if words.casefold() == DELETE and not block.is_split_off:
        return _Said(speaker, "")
    if DELETE in words.casefold():
        return Fault(block.line, f"{DELETE} stands alone, behind the mark of a whole utterance")
    if not read_part(words).words:
        return Fault(block.line, f"there are no words; bring them back, or write {DELETE} to take the utterance out")
    if _REPLACEMENT in clean(words) and _REPLACEMENT not in words_in_file(spoken):
        return Fault(block.line, "a letter was lost; was the file saved in another encoding? Save it as UTF-8")
    return _Said(speaker, words)


def _speaker_and_words(text: str, known: Iterable[str]) -> tuple[str, str]:
    """The speaker as the study writes it, '' where it is none that is known, and what stands behind the colon."""
    for name in known:
        if found := re.match(rf"{re.escape(name)}\s*:", text, re.IGNORECASE):
            return name, text[found.end() :].strip()
    found = _NUMBERED.match(text)
    return (found[1].capitalize(), text[found.end() :].strip()) if found else ("", text)


def _told(transcript: InterviewTranscript, faults: Iterable[Fault]) -> str:
    in_order = sorted(faults, key=lambda fault: fault.line)
    lines = [f"  line {fault.line}: {fault.what}." for fault in in_order[:MOST_FAULTS]]
    if len(in_order) > MOST_FAULTS:
        lines.append(f"  and {len(in_order) - MOST_FAULTS} more.")
    head = f"The edited text of {transcript.label} cannot be taken as it is, and nothing was changed:"
    return "\n".join((head, *lines))


def _made(spoken: Spoken, parts: Sequence[_Said]) -> list[Spoken]:
    """What became of an utterance: itself where nothing changed, its parts where it was split, nothing."""
    if len(parts) == 1 and parts[0].words == words_in_file(spoken):
        return [replace(spoken, speaker=parts[0].speaker, guid="")]
    if not parts[0].words and len(parts) == 1:
        (rows,) = rows_of(spoken.words, [Part(())], spoken.start_ms, spoken.end_ms)
        return [replace(spoken, text="", words=rows, guid="")] if rows else []
    made: list[Spoken] = []
    all_rows = rows_of(spoken.words, [read_part(part.words) for part in parts], spoken.start_ms, spoken.end_ms)
    for number, (part, rows) in enumerate(zip(parts, all_rows, strict=True)):
        times = [word for word in words_of(rows) if word.text and not word.is_set_aside]
        start_ms = max(times[0].start_ms, made[-1].start_ms) if made else spoken.start_ms
        end_ms = spoken.end_ms if number == len(parts) - 1 else max(word.end_ms for word in times)
        made.append(Spoken(part.speaker, spoken.channel, start_ms, max(start_ms, end_ms), text_of(rows), rows))
    return made


def _edited(transcript: InterviewTranscript, made: dict[int, list[Spoken]], read: dict[int, list[_Said]]) -> Edited:
    """All utterances by time, those that were not in the file as they were."""
    before = [replace(spoken, guid="") for spoken in transcript.utterances]
    after = [spoken for number, one in enumerate(before) for spoken in made.get(number, [one])]
    taken_out = sum(len(parts) == 1 and not parts[0].words for parts in read.values())
    split = sum(len(parts) > 1 for parts in read.values())
    different = sum(parts != [before[number]] for number, parts in made.items())
    in_order = tuple(sorted(after, key=lambda spoken: spoken.start_ms))
    return Edited(in_order, different - taken_out - split, taken_out, split)
