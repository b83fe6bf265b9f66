"""The stand-in for Google and the mail server that the tests use, for what is measured against them."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

for _folder in ("google", "scheduling"):
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / _folder))  # the tests are no package

_server: Any = import_module("google_stand_in")
_setup: Any = import_module("google_setup")

Clock, Google, serving = _server.Clock, _server.Google, _server.serving
log_in = _setup.log_in
ORGANISER: str = import_module("google_people").ANNA
mail_server: Any = import_module("mail_server").mail_server
