"""How work becomes task runs, and what happened becomes the state of a flow run.

Prefect keeps and shows the messages of exceptions, so none of ours ever reaches it: work that fails ends
as Failed with a message that is fit to be read by everyone.
"""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from prefect import State, task
from prefect.cache_policies import NO_CACHE
from prefect.exceptions import FailedRun
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from flows.disk import FULL, MAKE_ROOM, is_full
from flows.environment import LIFELINE_VARIABLE
from flows.faults import reason
from flows.lifeline import follow
from flows.outcomes import Outcome, Summary
from flows.progress import hand_over

Result = TypeVar("Result")


def _is_news(record: logging.LogRecord) -> bool:
    """Prefect logs a traceback of its own for a run that ends as Failed, though the state has said it all."""
    return not (record.exc_info and isinstance(record.exc_info[1], FailedRun))


logging.getLogger("prefect.flow_runs").addFilter(_is_news)


def ending(work: Callable[[], Summary]) -> State[Any]:
    """Do the work of a flow; the state says what really happened, partial failure included."""
    if lifeline := os.environ.get(LIFELINE_VARIABLE):
        follow(Path(lifeline))
    try:
        summary = work()
    except Exception as error:  # whatever it is, the run ends as Failed, with a message without anything personal
        summary = why_not(error)
    hand_over(summary)
    return Failed(message=summary.message) if summary.failed else Completed(message=summary.message)


def why_not(error: Exception) -> Summary:
    """What work says that an error ended."""
    return Summary(f"{FULL} {MAKE_ROOM}" if is_full(error) else reason(error), failed=True)


def as_task(kind: str, title: str, work: Callable[[], Result]) -> Result:
    """Do a piece of work as a task run named `title`, failed when it raises or its outcome is failed.

    What it raises is raised again, outside Prefect.
    """
    results: list[Result] = []
    faults: list[Exception] = []

    @task(name=kind, task_run_name=title, cache_policy=NO_CACHE)
    def piece() -> State[Any]:
        try:
            results.append(work())
        except Exception as error:  # told of by its reason only; raised again below
            faults.append(error)
            return Failed(message=FULL if is_full(error) else reason(error))
        return _state_of(results[0])

    piece(return_state=True)
    if faults:
        raise faults[0]
    return results[0]


def as_item(kind: str, title: str, code: str, work: Callable[[], Outcome]) -> Outcome:
    """The same for one item of many: whatever it raises becomes its outcome, and the others go on."""
    try:
        outcome = as_task(kind, title, work)
    except Exception as error:  # one bad item never ends the run
        outcome = _failure(code, error)
    if outcome.message:
        get_run_logger().info("%s: %s. %s %s", title, outcome.result, outcome.message, outcome.next_step)
    return outcome


def _failure(code: str, error: Exception) -> Outcome:
    """A full disk stops what comes after as well."""
    if is_full(error):
        return Outcome(code, "failed", FULL, MAKE_ROOM, stops=True)
    return Outcome(code, "failed", reason(error))


def _state_of(result: object) -> State[Any]:
    if isinstance(result, Outcome):
        message = f"{result.message} {result.next_step}".strip() or result.result
        return Failed(message=message) if result.result == "failed" else Completed(message=message)
    return Completed(message="done")
