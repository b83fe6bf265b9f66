"""`fieldcall serve` for real: deployments, the scheduled night, runs from forms, a power cut, Ctrl-C.

The tests follow each other on one served study, for a server takes seconds to start.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flows_rows import add_recorded
from sqlmodel import select

from flows.environment import running_server
from storage.contacts import make_key
from storage.database import Database, open_database
from storage.study import STUDY_VARIABLE, Study, load_study
from storage.tables import Window
from storage.transcripts.reading import read_transcripts
from transcription.models import add_model

PROJECT = Path(__file__).parents[2]
EXAMPLE = PROJECT / "desk" / "example" / "study.toml"
SERVE = """
import sys
from pathlib import Path
from flows.errors import ServeError
from flows.serve import serve
from storage.study import load_study
try:
    sys.exit(serve(load_study(Path(sys.argv[1])), port=int(sys.argv[2])))
except ServeError as error:
    sys.exit(str(error))
"""
PATIENCE_S = 240  # nothing here is timed; a busy machine takes longer

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds processes in /proc")


@dataclass(frozen=True)
class Api:
    """Prefect's API as a form of its UI uses it."""

    url: str

    def __call__(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        data = json.dumps(body or {}).encode() if method == "POST" else None
        request = urllib.request.Request(self.url + path, data, {"content-type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                time.sleep(1 if error.code == 503 else 0)  # its SQLite is still busy recording earlier runs
                return error.code, error.read().decode()

    def start(self, deployment: str, **options: object) -> tuple[int, Any]:
        _, found = self("GET", f"/deployments/name/{deployment}/{deployment}")
        path = f"/deployments/{found['id']}/create_flow_run"
        status, answer = self("POST", path, {"parameters": {"options": options}})
        return (status, answer) if status != 503 else self.start(deployment, **options)

    def run(self, run_id: str) -> dict[str, Any]:
        _, run = self("GET", f"/flow_runs/{run_id}")
        return dict(run)

    def finished(self, run_id: str) -> dict[str, Any]:
        final = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
        wait_until(lambda: self.run(run_id)["state"]["type"] in final)
        return self.run(run_id)


def wait_until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.3)


def processes_of(study: Study) -> set[int]:
    """Every living process that works for the study."""
    mark = f"{STUDY_VARIABLE}={study.folder}".encode()
    found = set()
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in environ.read_bytes().split(b"\0"):
                found.add(int(environ.parent.name))
        except OSError:  # it has just ended, or is not ours
            continue
    return found


class Served:
    """A study that is served, and can be again after it was stopped or killed."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.database = open_database(study)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.api = Api(f"http://127.0.0.1:{self.port}/api")
        self.output = study.folder / "serve.out"
        self.process = self.start()

    def start(self) -> "subprocess.Popen[bytes]":
        environment = {**os.environ, "PYTHONPATH": str(PROJECT), STUDY_VARIABLE: str(self.study.folder)}
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-u", "-c", SERVE, str(self.study.folder), str(self.port)],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
            )
        wait_until(lambda: "Next night" in self.said() or self.process.poll() is not None)
        assert self.process.poll() is None, self.said()
        return self.process

    def said(self) -> str:
        return self.output.read_text()

    def kill_everything(self) -> None:
        """What a power cut does."""
        self.process.kill()
        for pid in processes_of(self.study):
            os.kill(pid, signal.SIGKILL)
        self.process.wait()
        wait_until(lambda: not processes_of(self.study))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, demo_model: Path, talk: Path, long_talk: Path) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    text = EXAMPLE.read_text(encoding="utf-8").replace('model = "small"', 'model = "whisper-demo"')
    (folder / "study.toml").write_text(text)
    study = load_study(folder)
    make_key(study.place(study.storage.contacts_key))
    add_model(demo_model, study.place(study.transcription.models))
    study.place(study.capture.inbox).mkdir()
    database = open_database(study)
    add_recorded(study, database, "C_001", talk, day=0)
    add_recorded(study, database, "C_002", long_talk, day=1)
    served = Served(study)
    try:
        yield served
    finally:
        served.kill_everything()


def transcribed(database: Database, study: Study) -> list[str]:
    with database.reading() as session:
        return [transcript.code for transcript in read_transcripts(session, study)]


def test_every_deployment_is_registered(served: Served) -> None:
    _, deployments = served.api("POST", "/deployments/filter")
    assert {deployment["name"]: deployment["work_pool_name"] for deployment in deployments} == {
        "book-interviews": "desk",
        "follow-calendar": "desk",
        "send-reminders": "desk",
        "capture-recordings": "desk",
        "transcribe-overnight": "transcription",
        "transcribe-recording": "transcription",
        "deliver-transcripts": "desk",
    }
    assert not any(str(PROJECT) in json.dumps(deployment) for deployment in deployments)
    assert running_server(served.study) == served.api.url
    assert f"http://127.0.0.1:{served.port}" in served.said()


def scheduled_nights(served: Served) -> list[datetime]:
    _, runs = served.api(
        "POST",
        "/flow_runs/filter",
        {
            "deployments": {"name": {"any_": ["transcribe-overnight"]}},
            "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
        },
    )
    nights = [run for run in runs if run["auto_scheduled"]]
    assert all(run["parameters"]["options"]["whole_window"] for run in nights)
    return [datetime.fromisoformat(run["expected_start_time"]) for run in nights]


def test_the_next_nights_really_are_scheduled(served: Served) -> None:
    nights = scheduled_nights(served)
    assert nights
    london = [night.astimezone(ZoneInfo("Europe/London")) for night in nights]
    assert {(night.hour, night.minute) for night in london} == {(22, 0)}


@pytest.mark.parametrize("options", [{"code": "Anna Smith"}, {"code": "C_001", "model": "../x"}, {}])
def test_bad_parameters_are_refused_before_a_run_exists(served: Served, options: dict[str, str]) -> None:
    status, _ = served.api.start("transcribe-recording", **options)
    assert status in (409, 422)
    assert served.api("POST", "/flow_runs/count", {"flows": {"name": {"any_": ["transcribe-recording"]}}})[1] == 0


def test_a_run_started_from_its_form_completes_in_a_worker(served: Served) -> None:
    status, started = served.api.start("transcribe-recording", code="C_001")
    assert status == 201
    run = served.api.finished(started["id"])
    assert (run["state"]["type"], run["state"]["message"]) == ("COMPLETED", "1 recording transcribed")
    assert run["name"] == "transcribe C_001 · 1 min"
    assert transcribed(served.database, served.study) == ["C_001"]
    _, artifacts = served.api("POST", "/artifacts/filter")
    assert {artifact["key"] for artifact in artifacts} >= {"recording-in-hand", "recruitment"}


def test_a_run_that_fails_says_why_and_shows_no_traceback(served: Served) -> None:
    status, started = served.api.start("transcribe-overnight", codes=["C_002"], model="tiny")
    assert status == 201
    run = served.api.finished(started["id"])
    assert run["state"]["type"] == "FAILED"
    assert "tiny" in run["state"]["message"]
    _, logs = served.api("POST", "/logs/filter", {"logs": {"flow_run_id": {"any_": [started["id"]]}}})
    assert logs
    assert not any("Traceback" in log["message"] for log in logs)


def test_the_study_is_not_served_twice(served: Served) -> None:
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-c", SERVE, str(served.study.folder), str(served.port)]
    second = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S)
    assert second.returncode == 1
    assert "is being served already" in second.stderr


def test_after_a_power_cut_the_next_night_runs_and_completes(served: Served) -> None:
    status, cut = served.api.start("transcribe-overnight")
    assert status == 201, cut

    def has_begun() -> bool:
        with served.database.reading() as session:
            return session.exec(select(Window).where(Window.transcription_id == 2)).first() is not None

    wait_until(has_begun)
    served.kill_everything()
    assert transcribed(served.database, served.study) == ["C_001"]

    served.start()
    assert served.api.run(cut["id"])["state"]["type"] == "CRASHED"
    assert scheduled_nights(served)
    _, automations = served.api("POST", "/automations/filter")
    assert len(automations) == 1, "the watch over heartbeats is there once"
    status, night = served.api.start("transcribe-overnight")
    assert status == 201, night
    run = served.api.finished(night["id"])
    assert (run["state"]["type"], run["state"]["message"]) == ("COMPLETED", "1 recording transcribed")
    assert run["name"].startswith("night of ")
    assert transcribed(served.database, served.study) == ["C_001", "C_002"]


def test_ctrl_c_leaves_no_process_behind(served: Served) -> None:
    assert len(processes_of(served.study)) >= 4  # itself, the server, two workers
    served.process.send_signal(signal.SIGINT)
    assert served.process.wait(PATIENCE_S) == 0
    assert processes_of(served.study) == set()
    assert running_server(served.study) is None
