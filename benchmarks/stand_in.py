"""The stand-in for Google that the tests use, for what is measured against it."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "google"))  # the tests are no package

_server: Any = import_module("google_stand_in")
_setup: Any = import_module("google_setup")

Clock, Google, serving = _server.Clock, _server.Google, _server.serving
log_in = _setup.log_in
ORGANISER: str = import_module("google_people").ANNA
