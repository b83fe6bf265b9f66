"""Where Prefect keeps things for a study, and which server its runs are recorded by.

Prefect reads its settings when it is imported, so `prepare` comes before the first import of Prefect.
Everything of Prefect's stays in the study's folder, and nothing is sent anywhere.
"""

import json
import os
import urllib.error
import urllib.request
from pathlib import Path

from storage.files import write_bytes
from storage.study import STUDY_VARIABLE, Study, find_study, load_study

HOME = "data/prefect"
SERVER_FILE = "server.json"  # of the server that `serve` has up: its API URL and the id of its process
HEARTBEAT_S = 60
LIFELINE_VARIABLE = "FIELDCALL_LIFELINE"  # set by `serve` for its workers: what they start ends with it

SETTINGS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",  # Prefect's own would outlive a killed command
    # leases in the server's memory are lost in a power cut, and with them every later run of the deployment
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_S),
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",  # what people read is the terminal of the command and the UI
    "PREFECT_LOGGING_EXTRA_LOGGERS": "flows",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_CLI_PROMPT": "false",
    "PREFECT_WORKER_QUERY_SECONDS": "5",
}


def prepare(study: Study, api_url: str) -> None:
    """Set Prefect up for this process and those it starts; runs go to the server at `api_url`.

    To be called before Prefect is imported.
    """
    os.environ.update(SETTINGS)
    os.environ[STUDY_VARIABLE] = str(study.folder)
    os.environ["PREFECT_HOME"] = str(home(study))
    os.environ["PREFECT_API_URL"] = api_url
    for variable in ("PREFECT_API_KEY", "PREFECT_PROFILE"):
        os.environ.pop(variable, None)


def home(study: Study) -> Path:
    """The folder in which Prefect keeps its database, leases and logs for this study."""
    return study.place(HOME)


def current_study() -> Study:
    """The study that this process works for: the folder in FIELDCALL_STUDY, else the nearest upward.

    Raises StudyFileError.
    """
    folder = os.environ.get(STUDY_VARIABLE)
    return load_study(Path(folder)) if folder else find_study(Path.cwd())


def note_server(study: Study, api_url: str) -> None:
    """Leave word that this process has a server up for the study."""
    write_bytes(home(study) / SERVER_FILE, json.dumps({"url": api_url, "pid": os.getpid()}).encode())


def forget_server(study: Study) -> None:
    """Take that word back."""
    (home(study) / SERVER_FILE).unlink(missing_ok=True)


def running_server(study: Study) -> str | None:
    """The API URL of the server that `fieldcall serve` has up for this study, or None."""
    try:
        noted = json.loads((home(study) / SERVER_FILE).read_bytes())
        os.kill(int(noted["pid"]), 0)
    except PermissionError:  # somebody else's process, so it is there
        pass
    except (OSError, ValueError, KeyError, TypeError):
        return None
    url = str(noted["url"])
    return url if is_healthy(url) else None


def is_healthy(api_url: str) -> bool:
    """Whether a Prefect server answers at `api_url`."""
    try:
        with urllib.request.urlopen(f"{api_url}/health", timeout=3) as answer:  # noqa: S310 - our own loopback URL
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False
