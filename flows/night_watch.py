"""What is seen of a night while it goes: a bar for all of it and one for the recording in hand, each with its end."""

from datetime import datetime, timedelta

from flows.in_words import about, plan_in_words
from flows.night_plan import Job, NightPlan, Turn
from flows.night_progress import Night
from flows.outcomes import Outcome
from flows.progress import observer
from flows.reports import NIGHT_PROGRESS, RECORDING_PROGRESS, ProgressArtifact, report_plan
from flows.speeds import Effort
from storage.study import Study


class NightWatch:
    """Keeps a night as it goes, and shows it in the terminal and in the UI."""

    def __init__(self, study: Study, night: Night, name: str, *, whole: bool = True) -> None:
        """`whole` is whether there is a bar for all recordings together, not only for each."""
        self.night = night
        self._study = study
        self._name = name
        self._whole = whole
        self._terminal = observer()
        self._bar = ProgressArtifact(NIGHT_PROGRESS, name)
        self._recording_bar = ProgressArtifact(RECORDING_PROGRESS, "")

    def planned(self, at: datetime, basis: str) -> None:
        """Say at the beginning what will be done when, and what that is known from."""
        plan = self.night.plan(at)
        words = f"{plan_in_words(plan, at, self.night.limits.ends_at, self._study.zone)} ({basis})"
        self._terminal.said(f"{self._name}: {words}.")
        if self._whole:
            self._terminal.began(self._name)
            report_plan(plan, words, self._study)

    def began(self, job: Job, at: datetime) -> None:
        self.night = self.night.begun(job, at)
        self._recording_bar = ProgressArtifact(RECORDING_PROGRESS, f"transcribe {job.recording.title}")
        self._terminal.began(job.recording.title)

    def heard(self, effort: Effort) -> None:
        self.night = self.night.heard(effort)

    def moved(self, part: float, at: datetime) -> None:
        """The recording in hand is so far."""
        self.night = self.night.moved(part, at)
        in_hand = self.night.in_hand
        assert in_hand is not None
        done_at = at + timedelta(seconds=self.night.seconds_in_hand)
        words = f"done {about(done_at, at, self._study.zone)}"
        self._terminal.moved(in_hand.job.recording.title, in_hand.part, 1.0, words)
        self._recording_bar(in_hand.part, words)
        self._show_whole(in_hand.job, done_at, at)

    def ended(self, job: Job, outcome: Outcome | None, at: datetime) -> None:
        """The recording in hand has ended, without an outcome where the run itself is broken off."""
        is_done = outcome is not None and outcome.result == "done"
        self.night = self.night.ended(at, is_done=is_done)
        self._terminal.ended(job.recording.title, outcome)
        if is_done:
            self._recording_bar(1.0, "done")

    def over(self, words: str) -> None:
        """Nothing more is taken tonight."""
        if self._whole:
            self._terminal.moved(self._name, 1.0, 1.0, words)
            self._bar(1.0, words)
            self._terminal.ended(self._name, None)

    def _show_whole(self, job: Job, done_at: datetime, at: datetime) -> None:
        if self._whole:
            after = self.night.plan(at)
            plan = NightPlan((Turn(job, at, done_at), *after.turns), after.left)
            words = plan_in_words(plan, at, self.night.limits.ends_at, self._study.zone)
            part = min(self.night.part, 0.999)  # the last step is taken by `over`
            self._terminal.moved(self._name, part, 1.0, words)
            self._bar(part, words)
