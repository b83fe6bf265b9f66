"""Taking the files of a bundle at once: known already, refused, or stored, joined, recorded and bound.

The originals all go into the vault as they are. Where a tool left a file for each person, they are joined into one
recording with a channel each, which is made of them and can be made again; that one is transcribed. What holds the same
sound is kept with it (`Recording.transcribed_as`). All rows are written in one transaction, after every file is safe.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import IO

from sqlmodel import Session, select

from storage.errors import IntakeError
from storage.intake.binding import Bound, Clues, Review, decide, decide_later
from storage.intake.candidates import load_candidates
from storage.intake.names import codes_in
from storage.intake.people import codes_of_names, sides_of
from storage.intake.probe import Facts, probe
from storage.intake.settling import Look, look_at
from storage.intake.take import (
    Intake,
    StillChanging,
    Taken,
    Unusable,
    bind_as_decided,
    clues_of,
    make_sound,
    probe_or_refuse,
    read,
    refuse,
    suffix_of,
)
from storage.intake.tools.base import Bundle, Stretch
from storage.intake.weaving import out_of_step, weave
from storage.tables import Binding, Companion, Interview, Recording
from storage.vault import Stored, digest_of

_TEXT_SUFFIX = ".txt"
_TEXT_SUFFIXES = (".txt", ".vtt", ".srt", ".docx", ".json", ".conf", ".m3u", ".tag")
_SAME_LENGTH_MS = 2000  # containers and codecs add less
_OTHER_CALL = (
    "The file without a side in its name is longer or shorter than both sides, so that it is not the mix of them. "
    "Rename it if it is another recording; if it is not, copy all three again."
)
_MOST_TEXT_BYTES = 64 << 20
_SIDES_UNKNOWN = "who is on which channel is not known, so that they are called by number"
_OTHER_IS_BAD = (
    "Another file of the same {tool} recording cannot be used. Mend that one or remove it; the rest is then taken."
)

Progress = Callable[[PurePath], Callable[[int], None] | None]
"""Gives, for a file, what is to be told the bytes done of twice its size."""


class BundleRefused(IntakeError):
    """A bundle that cannot be taken as it is: a reason for each of its files; all stay in the inbox."""

    def __init__(self, reasons: Mapping[PurePath, str], digests: frozenset[str]) -> None:
        super().__init__(next(iter(reasons.values())))
        self.reasons = reasons
        self.digests = digests


@dataclass(frozen=True, slots=True)
class Gathered:
    """What became of a bundle: the recordings that are new, and the digest of every file by its name."""

    taken: tuple[Taken, ...]
    digests: Mapping[PurePath, str]


@dataclass(frozen=True, slots=True)
class _File:
    """A file of the bundle; no facts: a text."""

    name: PurePath
    path: Path
    look: Look
    sha256: str
    facts: Facts | None = None

    @property
    def suffix(self) -> str:
        if self.facts:
            return suffix_of(self.path, self.facts)
        own = self.path.suffix.lower()
        return own if own in _TEXT_SUFFIXES else _TEXT_SUFFIX

    @property
    def sound(self) -> Facts:
        assert self.facts is not None, "files of a stretch are sound"
        return self.facts


@dataclass(frozen=True, slots=True)
class _Whole:
    """What is transcribed of a stretch: a file of it, or what its tracks were joined into."""

    stored: Stored
    suffix: str
    facts: Facts
    is_joined: bool
    remarks: tuple[str, ...] = ()


@dataclass(slots=True)
class _Work:
    intake: Intake
    bundle: Bundle
    files: dict[PurePath, _File] = field(default_factory=dict)


def gather(intake: Intake, bundle: Bundle, paths: Mapping[PurePath, Path], progress: Progress) -> Gathered:
    """Take all files of a bundle that is complete; `paths` are where they lie. Taking them again changes nothing.

    Raises BundleRefused where it cannot be taken as it is, StillChanging where it may be later, VaultError, OSError.
    """
    work = _Work(intake, bundle)
    for name in bundle.names:
        look = look_at(paths[name])
        if look is None:
            raise StillChanging("A file of it went away meanwhile. It is left for the next capture.")
        work.files[name] = _File(name, paths[name], look, digest_of(paths[name])[0])
    digests = {name: file.sha256 for name, file in work.files.items()}
    if _all_known(work):
        return Gathered((), digests)
    if bundle.lacks:
        raise _refused(work, dict.fromkeys(bundle.names, bundle.lacks))
    _hear(work, progress)
    _check_step(work)
    for file in work.files.values():
        intake.vault.store(file.path, file.suffix, sha256=file.sha256)
        if look_at(file.path) != file.look:
            raise StillChanging("It changed while it was being read. It is left for the next capture.")
        intake.contacts.put_original_name(file.sha256, file.name.as_posix())
    wholes = [_whole(work, stretch) for stretch in bundle.stretches]
    with intake.database.writing() as session:
        return Gathered(tuple(_record_all(session, work, wholes)), digests)


def _all_known(work: _Work) -> bool:
    """Whether every file was captured before; the vault's copies are sound then."""
    with work.intake.database.reading() as session:
        found = {file: _known(session, file.sha256) for file in work.files.values()}
    if not all(found.values()):
        return False
    for file, known in found.items():
        if known:
            make_sound(work.intake.vault, known, file.path)
    return True


def _known(session: Session, sha256: str) -> Recording | Companion | None:
    found = session.exec(select(Recording).where(Recording.sha256 == sha256)).first()
    return found or session.exec(select(Companion).where(Companion.sha256 == sha256)).first()


def _hear(work: _Work, progress: Progress) -> None:
    """Probe every file of sound. Raises BundleRefused where one cannot be used."""
    reasons: dict[PurePath, str] = {}
    for stretch in work.bundle.stretches:
        for name in stretch.names:
            file = work.files[name]
            try:
                facts = probe_or_refuse(work.intake, file.path, file.sha256, file.look.size, progress(name))
                work.files[name] = replace(file, facts=facts)
            except Unusable as error:
                reasons[name] = str(error)
    for name in work.bundle.beside:
        if work.files[name].look.size > _MOST_TEXT_BYTES:
            reasons[name] = "It is too large for a text that a tool leaves beside a recording. Look what it is."
    if reasons:
        rest = _OTHER_IS_BAD.format(tool=work.bundle.tool)
        raise _refused(work, {name: reasons.get(name, rest) for name in work.bundle.names})


def _check_step(work: _Work) -> None:
    if not work.bundle.in_step:
        return
    for stretch in work.bundle.stretches:
        tracks = [work.files[track.name].sound for track in stretch.tracks]
        reason = out_of_step(tracks)
        length_ms = max(facts.duration_ms for facts in tracks)
        if any(abs(work.files[name].sound.duration_ms - length_ms) > _SAME_LENGTH_MS for name in stretch.mixed):
            reason = reason or _OTHER_CALL
        if reason:
            raise _refused(work, dict.fromkeys(work.bundle.names, reason))


def _refused(work: _Work, reasons: Mapping[PurePath, str]) -> BundleRefused:
    """The refusal of the whole bundle, remembered under the digest of each file."""
    for name, reason in reasons.items():
        file = work.files[name]
        refuse(work.intake, file.sha256, file.look.size, reason)
    return BundleRefused(reasons, frozenset(work.files[name].sha256 for name in reasons))


def _whole(work: _Work, stretch: Stretch) -> _Whole:
    """What is transcribed of a stretch, stored. Raises BundleRefused for tracks that cannot be joined."""
    if len(stretch.tracks) < 2:
        return _chosen(work, stretch)
    try:
        return _joined(work, stretch)
    except IntakeError as error:
        if not stretch.mixed:
            raise _refused(work, dict.fromkeys(work.bundle.names, str(error))) from error
        chosen = _chosen(work, stretch)
        remark = f"the files of one person each could not be joined, so that the mixed one is transcribed: {error}"
        return replace(chosen, remarks=(*chosen.remarks, remark))


def _chosen(work: _Work, stretch: Stretch) -> _Whole:
    """The best file of a stretch that is not shorter than another: one that broke off must not stand for the whole."""
    files = [work.files[name] for name in stretch.mixed or stretch.names]
    longest_ms = max(file.sound.duration_ms for file in files)
    file = next(file for file in files if longest_ms - file.sound.duration_ms <= _SAME_LENGTH_MS)
    channels = max(stream["channels"] for stream in file.sound.streams if stream["type"] == "audio")
    stored = Stored(file.sha256, file.look.size, work.intake.vault.path(file.sha256, file.suffix))
    remarks = (file.sound.remark, work.bundle.if_mono if channels == 1 else "")
    return _Whole(stored, file.suffix, file.sound, False, remarks)


def _joined(work: _Work, stretch: Stretch) -> _Whole:
    """The tracks of a stretch as one recording in the vault. Raises IntakeError."""
    files = [work.files[track.name] for track in stretch.tracks]
    mixed = [work.files[name] for name in stretch.mixed]
    paths = [work.intake.vault.path(file.sha256, file.suffix) for file in files]
    mix = work.intake.vault.path(mixed[0].sha256, mixed[0].suffix) if mixed else None
    remarks = [file.sound.remark for file in files if not file.sound.remark.startswith("silent")]
    if work.bundle.in_step:
        stored = work.intake.vault.make(suffix := ".wav", lambda target: weave(paths, target))
    else:
        lay = work.intake.lay or _nobody_listens
        stored = work.intake.vault.make(suffix := ".flac", lambda target: remarks.append(lay(paths, mix, target)))
    facts = probe(stored.path)
    if any(file.sound.duration_ms - facts.duration_ms > _SAME_LENGTH_MS for file in mixed):
        raise IntakeError("The mixed file is longer than they are, so that something is missing in them.")
    created = next((file.sound.created_at for file in (*mixed, *files) if file.sound.created_at), None)
    return _Whole(stored, suffix, replace(facts, created_at=created), True, (facts.remark, *dict.fromkeys(remarks)))


def _nobody_listens(_files: Sequence[Path], _mix: Path | None, _target: IO[bytes]) -> str:
    raise IntakeError("They can be joined only by what is heard in them, which 'fieldcall capture' does.")


def _record_all(session: Session, work: _Work, wholes: Sequence[_Whole]) -> list[Taken]:
    taken: list[Taken] = []
    first: Bound | Review | None = None
    for number, (stretch, whole) in enumerate(zip(work.bundle.stretches, wholes, strict=True)):
        recording = session.exec(select(Recording).where(Recording.sha256 == whole.stored.sha256)).first()
        if recording is None:
            decision = _decided(session, work, stretch, whole, first)
            first = first or decision
            recording, outcome = _record(session, work, whole, stretch, decision)
            taken.append(outcome)
        _keep_sources(session, work, stretch, recording)
        if number == 0:
            _keep_texts(session, work, recording)
    return taken


def _decided(
    session: Session, work: _Work, stretch: Stretch, whole: _Whole, first: Bound | Review | None
) -> Bound | Review:
    """Whose a stretch is; `first` is what was decided about the first one, None for that one itself."""
    if held := _held_before(session, work, stretch, whole):
        return Review((held,))
    clues = _clues(work, stretch, whole)
    zone = work.intake.study.zone
    candidates = load_candidates(session, clues, zone)
    if first is None:
        return decide(clues, candidates, zone)
    return decide_later(first, clues, candidates) if isinstance(first, Bound) else Review(first.reasons)


def _held_before(session: Session, work: _Work, stretch: Stretch, whole: _Whole) -> str:
    """Why an interview that has one of the files already must not get the same conversation once more."""
    for name in stretch.names:
        found = session.exec(select(Recording).where(Recording.sha256 == work.files[name].sha256)).first()
        if found and found.sha256 != whole.stored.sha256 and (found.transcribed_as or session.get(Binding, found.id)):
            return (
                f"one of its files came before, as recording {found.sha256[:12]}, and is bound or transcribed already"
            )
    return ""


def _clues(work: _Work, stretch: Stretch, whole: _Whole) -> Clues:
    """What all names of the bundle and a stretch of it tell together."""
    told = [read(work.intake, name) for name in work.bundle.names]
    present = {code for track in stretch.tracks for code in _codes_of(work, track.person)}
    clues = clues_of(whole.facts, told[0], work.files[stretch.names[0]].look, work.intake.now)
    return replace(
        clues,
        codes=tuple(sorted({code for each in told for code in each.codes})),
        named=tuple(sorted({at for each in told for at in each.times})),
        hinted=tuple(sorted({code for each in told for code in each.hinted})),
        present=tuple(sorted(present)),
    )


def _codes_of(work: _Work, person: str) -> tuple[str, ...]:
    return codes_in(person, work.intake.codes) or codes_of_names(person, work.intake.people)


def _record(
    session: Session, work: _Work, whole: _Whole, stretch: Stretch, decision: Bound | Review
) -> tuple[Recording, Taken]:
    recording = _row(work, whole.stored, whole.suffix, whole.facts)
    recording.started_at = decision.started_at
    if whole.is_joined and not work.bundle.in_step:
        recording.sides = _sides(session, work, stretch, decision)
    unknown = _SIDES_UNKNOWN if recording.sides and not any(recording.sides) else ""
    recording.remark = "; ".join(filter(None, (*whole.remarks, work.bundle.remark, unknown)))
    return recording, bind_as_decided(session, work.intake, recording, decision)


def _row(work: _Work, stored: Stored, suffix: str, facts: Facts) -> Recording:
    return Recording(
        sha256=stored.sha256,
        suffix=suffix,
        size=stored.size,
        container=facts.container,
        duration_ms=facts.duration_ms,
        streams=list(facts.streams),
        peak_dbfs=facts.peak_dbfs,
        captured_at=work.intake.now,
        remark=facts.remark,
    )


def _sides(session: Session, work: _Work, stretch: Stretch, decision: Bound | Review) -> list[str]:
    """Whose each channel is, by the names that the tool gives; of whose interview it is not known, nobody's."""
    if isinstance(decision, Review):
        return [""] * len(stretch.tracks)
    interview = session.get_one(Interview, decision.interview.interview_id)
    roles = {interview.participant_code: "participant", interview.interviewer_code: "interviewer"}
    roles |= {interview.attending_code: "link worker"} if interview.attending_code else {}
    return sides_of([track.person for track in stretch.tracks], roles, work.intake.people)


def _keep_sources(session: Session, work: _Work, stretch: Stretch, recording: Recording) -> None:
    """Note the files of a stretch that are not transcribed themselves; one that a person has bound stays as it is."""
    for name in stretch.names:
        file = work.files[name]
        if file.sha256 == recording.sha256:
            continue
        source = session.exec(select(Recording).where(Recording.sha256 == file.sha256)).first()
        if source is None:
            source = _row(work, Stored(file.sha256, file.look.size, file.path), file.suffix, file.sound)
        elif source.transcribed_as or session.get(Binding, source.id):
            continue
        source.transcribed_as, source.review = recording.id, ""
        session.add(source)
        session.flush()


def _keep_texts(session: Session, work: _Work, recording: Recording) -> None:
    assert recording.id is not None, "stored rows have an id"
    for name in work.bundle.beside:
        file = work.files[name]
        session.merge(Companion(recording_id=recording.id, sha256=file.sha256, suffix=file.suffix, size=file.look.size))
