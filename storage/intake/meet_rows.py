"""Recordings that lie at Google, as rows: what is known of each, and what was decided about it.

`expected` (no file yet) → `ready` (an interview's, to be fetched) → `fetched`; beside it `review` (a person must
decide), `foreign` (no interview's) and `gone`. All but `fetched` is decided anew each time, for interviews move.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select

from storage.intake.binding import CONTRADICTION, Bound, Review
from storage.intake.candidates import candidates_of
from storage.intake.meet_binding import Appointment, Decision, Foreign, Wait, bind_recording, stretch_of
from storage.intake.meet_records import KEY_PREFIX, Conference, Remote
from storage.intake.meet_search import Found
from storage.interviews import is_consent_of
from storage.study import Study
from storage.tables import Binding, Consent, Interview, Placement, Recording, RemoteRecording, State

EXPECTED, READY, FETCHED = "expected", "ready", "fetched"
REVIEW, FOREIGN, GONE = "review", "foreign", "gone"
OPEN = (EXPECTED, READY, REVIEW)


@dataclass(frozen=True, slots=True)
class Noted:
    """A recording with its row's number and what was decided about it."""

    row_id: int
    remote: Remote
    decision: Decision


def note_found(session: Session, study: Study, found: Found, *, now: datetime) -> list[Noted]:
    """Write down what was found and decide about each recording; returns those that are still to be dealt with."""
    rows = {row.key: row for row in session.exec(select(RemoteRecording))}
    noted = []
    for remote in found.remotes:
        row = rows.pop(remote.key, None) or _new_row(remote, now)
        _put_facts(row, remote)
        session.add(row)
        if _was_settled(session, row):
            continue
        decision = decide(session, study, remote)
        put_decision(row, decision)
        session.flush()
        assert row.id is not None, "stored rows have an id"
        noted.append(Noted(row.id, remote, decision))
    for row in rows.values():
        if row.state in OPEN and not row.sha256 and _is_unlisted(row, found, now):
            if settled := _as_settled(session, study, row):
                noted.append(settled)
            else:
                _put_unlisted(row)
                session.add(row)
    return noted


def decide(session: Session, study: Study, remote: Remote) -> Decision:
    """To which interview a recording belongs, as things stand in this transaction."""
    return bind_recording(remote, _appointments(session, study, remote), study.zone)


def put_decision(row: RemoteRecording, decision: Decision) -> None:
    """Let a row say what was decided."""
    states = {Bound: READY, Review: REVIEW, Foreign: FOREIGN, Wait: EXPECTED}
    row.state = states[type(decision)]
    interview = decision.interview if isinstance(decision, Bound) else decision.proposal
    row.interview_id = interview.interview_id if interview else None
    row.reason = "; ".join(decision.reasons) if isinstance(decision, Review) else decision.reason
    if row.state != READY:
        row.failure = ""


def _new_row(remote: Remote, now: datetime) -> RemoteRecording:
    return RemoteRecording(
        key=remote.key,
        meeting_code=remote.meeting_code,
        conference=remote.conference.name,
        state=EXPECTED,
        first_seen=now,
    )


def _put_facts(row: RemoteRecording, remote: Remote) -> None:
    row.meeting_code = remote.meeting_code  # of a room that an interview may have got meanwhile
    row.file_id = remote.file_id or row.file_id
    row.began_at = remote.began_at or remote.conference.began_at
    row.ended_at = remote.ended_at
    row.expires_at = remote.conference.expires_at


def _was_settled(session: Session, row: RemoteRecording) -> bool:
    """Whether its bytes have been here once: nothing is fetched twice, and what a person bound is done with."""
    if not row.sha256:
        return False
    query = select(Binding).join(Recording, col(Recording.id) == Binding.recording_id)
    if binding := session.exec(query.where(Recording.sha256 == row.sha256)).first():
        row.state, row.interview_id, row.reason, row.failure = FETCHED, binding.interview_id, binding.reason, ""
    return True


def _is_unlisted(row: RemoteRecording, found: Found, now: datetime) -> bool:
    """Whether Google has deleted its record: long after the meeting, or because somebody asked for it."""
    return row.meeting_code in found.conferences or (row.expires_at is not None and row.expires_at <= now)


def _as_settled(session: Session, study: Study, row: RemoteRecording) -> Noted | None:
    """A recording that was bound while Google told all about it, if what is left of that still says the same.

    Its file outlasts the record of its meeting, so it is still fetched.
    """
    assert row.id is not None, "stored rows have an id"
    conference = Conference(row.conference, "", row.began_at, row.ended_at, row.expires_at)
    name = row.key.removeprefix(KEY_PREFIX)
    remote = Remote(name, row.meeting_code, conference, row.began_at, row.ended_at, row.file_id)
    decision = decide(session, study, remote) if row.state == READY else None
    if not isinstance(decision, Bound) or decision.interview.interview_id != row.interview_id:
        return None
    return Noted(row.id, remote, decision)


def _put_unlisted(row: RemoteRecording) -> None:
    if row.file_id:
        row.state, row.reason = REVIEW, "Google lists its meeting no more, but its file may still be in Drive"
    else:
        row.state, row.reason = GONE, "Google lists it no more, and had not told of its file. Look into Drive for it"
    row.failure = ""


def _appointments(session: Session, study: Study, remote: Remote) -> list[Appointment]:
    """The interviews that carry the code of a recording's meeting, and those booked around its time."""
    stretch = stretch_of(remote)
    chosen = [col(Placement.meeting_code) == remote.meeting_code]
    if stretch:
        around = stretch.widened(CONTRADICTION, timedelta(0))
        chosen.append(col(Interview.starts_at).between(around.begin, around.end))
    query = (
        select(Interview, Placement, Consent)
        .outerjoin(Placement, col(Placement.interview_id) == Interview.id)
        .outerjoin(Consent, is_consent_of(col(Interview.participant_code)))
        .where(or_(*chosen))
        .order_by(col(Interview.starts_at), col(Interview.id))
    )
    found = session.exec(query).all()
    candidates = candidates_of(session, [interview for interview, _, _ in found], study.zone)
    return [
        Appointment(
            candidate,
            interview.interviewer_code,
            placement.meeting_code if placement else "",
            bool(placement and placement.meeting_state == "success"),
            barred(interview, consent),
        )
        for candidate, (interview, placement, consent) in zip(candidates, found, strict=True)
    ]


def barred(interview: Interview, consent: Consent | None) -> str:
    """Why no recording of an interview may be fetched, by its newest consent, with the next step; '' where it may."""
    code = interview.participant_code
    if interview.state == State.WITHDRAWN or (consent and not consent.interview):
        return f"{code} has withdrawn. Delete the recording in Drive"
    if not (consent and consent.recording):
        return (
            f"{code} has not agreed to be recorded. Enter it with 'fieldcall participants consent {code}' if it was "
            "given, else delete the recording in Drive"
        )
    return ""
