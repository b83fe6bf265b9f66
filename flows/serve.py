"""`fieldcall serve`: a Prefect server with its UI, every deployment, and a worker per pool, as one thing.

Server and workers hang on two lifelines (see `lifeline.py`), the workers' runs on that of the workers. It is
let go first, so that runs can still tell the server how they ended.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from flows.environment import LIFELINE_VARIABLE, forget_server, home, note_server, prepare
from flows.errors import ServeError
from flows.family import LOOK_S, Child, Family, family
from flows.server import BY_HAND, require_free, start_server
from scheduling.local_time import show
from storage.study import Study

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

SCHEDULE_S = 60.0  # the server looks for runs to schedule every few seconds
LOOPBACK = ("127.0.0.1", "::1", "localhost")
LIMITS = {"transcription": 1}  # runs at a time of a pool's worker; the others have no limit

Say = Callable[[str], None]


def serve(study: Study, host: str = "127.0.0.1", port: int = 4200, say: Say = print) -> int:
    """Serve the study until Ctrl-C or SIGTERM; returns the exit status, 1 when one of its processes died.

    Raises ServeError when the port is taken, the study is being served already, or nothing gets scheduled.
    """
    place = home(study)
    with (
        _until_signal() as stopped,
        family(place / "server.lifeline", place / "logs") as server,
        family(place / "workers.lifeline", place / "logs") as workers,
    ):
        if server is None or workers is None:
            raise ServeError(f"{study.study.title} is being served already. Stop that first, or use its pages.")
        require_free(host, port)
        url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104 - asked for by the caller
        _set_up(study, f"{url}/api", workers)
        say(f"Starting the Prefect server; what it says goes to {place / 'logs'}.")
        start_server(server, host, port, f"{url}/api", stopped)
        if stopped.is_set():
            return 0
        note_server(study, f"{url}/api")
        try:
            _open(study, workers, stopped)
            _announce(study, url, host, stopped, say)
            return _watch([*server.children, *workers.children], stopped, say)
        finally:
            forget_server(study)
            say("Stopping.")


def _set_up(study: Study, api_url: str, workers: Family) -> None:
    prepare(study, api_url)
    os.environ[LIFELINE_VARIABLE] = str(workers.lifeline)
    os.environ["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] = "WARNING"  # the scheduler's faults stand nowhere else


def _open(study: Study, workers: Family, stopped: threading.Event) -> None:
    """Tell the server of everything, end what died in a former life, then let the workers begin."""
    from prefect.client.orchestration import get_client

    from flows.deployments import read_deployments, register, register_pools
    from flows.recovery import mark_dead_runs, watch_heartbeats

    deployments = read_deployments(study)
    pools = sorted({deployment["work_pool"]["name"] for deployment in deployments})
    with get_client(sync_client=True) as client:
        mark_dead_runs(client, home(study) / BY_HAND)
        watch_heartbeats(client)
        register_pools(client, pools)
        for deployment in deployments:
            register(client, deployment)
    if not stopped.is_set():
        for pool in pools:
            limit = ["--limit", str(LIMITS[pool])] if pool in LIMITS else []
            workers.start(f"worker {pool}", ["worker", "start", "--pool", pool, "--name", pool, *limit])


def _announce(study: Study, url: str, host: str, stopped: threading.Event, say: Say) -> None:
    say(f"{study.study.title}: {url}")
    say(f"Recruitment: {url}/artifacts/key/recruitment · last night: {url}/artifacts/key/morning-report")
    say(f"Tonight, while it runs: {url}/artifacts/key/night-progress")
    if host not in LOOPBACK:
        say(f"Anyone who can reach {host} can start runs there and read codes; there is no password.")
    night = _next_night(stopped)
    if night:
        say(f"Next night: {show(night, study.zone)}. Stop with Ctrl-C.")


def _next_night(stopped: threading.Event) -> datetime | None:
    """When the next nightly run begins. A server can take a schedule and never act on it, so it is looked up."""
    from prefect.client.orchestration import get_client

    deadline = time.monotonic() + SCHEDULE_S
    with get_client(sync_client=True) as client:
        while not (night := _scheduled(client)) and not stopped.wait(1):
            if time.monotonic() > deadline:
                raise ServeError(
                    "The server runs, but schedules nothing, so no night would be transcribed. "
                    "Install the versions that the project pins (make), then serve again."
                )
    return night


def _scheduled(client: "SyncPrefectClient") -> datetime | None:
    from prefect.client.schemas.filters import DeploymentFilter, FlowRunFilter
    from prefect.client.schemas.sorting import FlowRunSort

    runs = client.read_flow_runs(
        deployment_filter=DeploymentFilter.model_validate({"name": {"any_": ["transcribe-overnight"]}}),
        flow_run_filter=FlowRunFilter.model_validate(
            {"state": {"type": {"any_": ["SCHEDULED"]}}, "expected_start_time": {"after_": datetime.now().astimezone()}}
        ),
        sort=FlowRunSort.EXPECTED_START_TIME_ASC,
        limit=1,
    )
    return runs[0].expected_start_time if runs else None


def _watch(children: list[Child], stopped: threading.Event, say: Say) -> int:
    while not stopped.wait(LOOK_S):
        for child in children:
            if child.is_dead:
                say(f"The {child.name} ended by itself, so everything is stopped. Its last words: {child.log}")
                return 1
    return 0


@contextmanager
def _until_signal() -> Iterator[threading.Event]:
    """An event that Ctrl-C, SIGTERM or a closed terminal sets, instead of ending this process at once."""
    stopped = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: stopped.set()) for number in numbers}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
