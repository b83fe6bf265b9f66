"""Running a flow from the terminal: bars while it works, its outcome as a table, a meaningful exit status."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import typer

from desk.output import complain, print_table, say

if TYPE_CHECKING:
    from rich.progress import TaskID

    from flows.outcomes import Outcome, Summary
    from flows.start import FlowName
    from storage.study import Study


class Bars(AbstractContextManager["Bars"]):
    """One bar per item of a flow, on standard error; silent where there is no terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            SpinnerColumn,
            Task,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )
        from rich.text import Text

        class When(TimeRemainingColumn):
            """When it will be done, in the words of who does it; else how long at the pace of the bar."""

            def render(self, task: Task) -> Text:
                words: str = task.fields["words"]
                return Text(words) if words else super().render(task)

        console = Console(stderr=True)
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
        self._progress = Progress(*columns, When(), console=console, disable=not console.is_terminal)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "Bars":
        self._progress.start()
        self._tasks["starting"] = self._progress.add_task("starting", total=None, words="")
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def began(self, name: str) -> None:
        starting = self._tasks.pop("starting", None)
        if starting is not None:
            self._progress.remove_task(starting)
        self._tasks[name] = self._progress.add_task(name, total=None, words="")

    def moved(self, name: str, done: float, total: float, words: str = "") -> None:
        self._progress.update(self._tasks[name], completed=done, total=total or None, words=words)

    def ended(self, name: str, outcome: "Outcome | None") -> None:
        self._progress.remove_task(self._tasks.pop(name))

    def said(self, sentence: str) -> None:
        if not self._progress.disable:
            self._progress.console.print(sentence, markup=False, highlight=False)


def run_flow(study: "Study", flow: "FlowName", options: Any) -> "Summary":
    """Run a flow and print its outcome. Leaves with status 1 when something needs a person."""
    summary = tell_of_flow(study, flow, options)
    leave_with(summary)
    return summary


def leave_with(summary: "Summary") -> None:
    """Leave with status 1 when something needs a person."""
    if summary.failed or summary.needs_person:
        raise typer.Exit(1)


def tell_of_flow(study: "Study", flow: "FlowName", options: Any) -> "Summary":
    """Run a flow and print its outcome, for a command that has more to do with what there is of it."""
    from flows.start import run

    with Bars() as bars:
        summary = run(study, flow, options, bars)
    if telling := [outcome for outcome in summary.outcomes if outcome.message or outcome.words]:
        print_table(_columns_used([_row(outcome) for outcome in telling]), flow)
    _tell_of_files(summary.report)
    (complain if summary.failed else say)(f"{summary.message[:1].upper()}{summary.message[1:].removesuffix('.')}.")
    for sentence in summary.story:
        say(f"  {sentence}")
    return summary


def _tell_of_files(report: Any) -> None:
    """Name the files that a capture could not take: on this terminal only, for a name may tell who it is."""
    for refused in getattr(report, "refused", ()):
        complain(f"{refused.file_name}: {refused.reason}")
    for name in getattr(report, "waiting", ()):
        say(f"{name}: still growing; it is taken by the next capture after it is complete.")
    for known in getattr(report, "duplicates", ()):
        say(f"{known.file_name}: the same recording as {known.sha256[:12]}, which is here already.")
    for code, reason in getattr(report, "left_out", ()):
        complain(f"{code} is not wholly in the delivery: {reason}")


def _row(outcome: "Outcome") -> dict[str, object]:
    from flows.morning import complete
    from storage.lengths import length

    return {
        "code": outcome.code,
        "outcome": outcome.result,
        "length": length(outcome.length_ms) if outcome.length_ms else "",
        "× real time": f"{outcome.speed:.1f}" if outcome.speed else "",
        "words": outcome.words or "",
        "complete": complete(outcome),
        "to hear": outcome.quality.to_hear if outcome.quality else "",
        "what happened": outcome.message,
        "next step": outcome.next_step,
    }


def _columns_used(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    used = [column for column in rows[0] if any(row[column] != "" for row in rows)]
    return [{column: row[column] for column in used} for row in rows]
