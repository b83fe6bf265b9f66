"""Start a flow in this process, as the command line does; nothing of Prefect is imported before `run`."""

import os
from importlib import import_module
from typing import Literal

from flows.environment import home
from flows.faults import reason
from flows.options import Options
from flows.outcomes import Summary
from flows.progress import Nobody, Observer, watching
from flows.server import BY_HAND, reach_server
from storage.files import locked
from storage.study import Study

FlowName = Literal[
    "book-interviews",
    "follow-calendar",
    "send-reminders",
    "capture-recordings",
    "transcribe-overnight",
    "transcribe-recording",
    "deliver-transcripts",
]


def run(study: Study, flow: FlowName, options: Options, observer: Observer | None = None) -> Summary:
    """Run a flow here, recorded by the study's server if it is up, else by one that this process starts for it.

    What went wrong is in the summary. Raises ServeError when there is no server to be had.
    """
    reach_server(study)
    room, function = flow.partition("-")[0], flow.replace("-", "_")
    mark = home(study) / BY_HAND / f"{os.getpid()}.lock"
    with locked(mark), watching(observer or Nobody()) as summaries:
        try:
            getattr(import_module(f"flows.{room}"), function)(options, return_state=True)
        except Exception as error:  # Prefect itself did not work: say so without a traceback
            summaries.append(Summary(f"The flow could not be run: {reason(error)}", failed=True))
    mark.unlink(missing_ok=True)
    return summaries[-1] if summaries else Summary("The flow ended without a word.", failed=True)
