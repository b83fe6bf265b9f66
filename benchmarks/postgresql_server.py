"""A PostgreSQL server of one's own: on a socket in a temporary folder, without a port, gone at the end."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NoServer(Exception):
    """There is none on this machine; says what is missing."""


@contextmanager
def private_server(*options: str) -> Iterator[str]:
    """The URL of an empty database; `options` are the server's, such as `fsync=off`. Raises NoServer."""
    programs = _programs()
    with tempfile.TemporaryDirectory(prefix="fc-pg-", dir="/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        data = folder / "data"
        _run(programs / "initdb", "-D", data, "-A", "trust", "-U", "fieldcall", "-E", "UTF8", "--no-sync")
        settings = ("listen_addresses=", f"unix_socket_directories={folder}", *options)
        written = " ".join(f"-c {setting}" for setting in settings)
        _run(programs / "pg_ctl", "-D", data, "-o", written, "-l", folder / "log", "-w", "start")
        try:
            yield f"postgresql+psycopg://fieldcall@/postgres?host={folder}"
        finally:
            _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        raise NoServer("PostgreSQL's server programs (initdb, pg_ctl) are not on this machine")
    if os.geteuid() == 0 and not any(entry.pw_name == "postgres" for entry in pwd.getpwall()):
        raise NoServer("PostgreSQL does not run as root, and there is no user 'postgres'")
    return found[-1].parent if found else Path(str(on_path)).resolve().parent


def _run(*arguments: str | Path) -> None:
    """PostgreSQL refuses to run as root, so it is run as its own user there."""
    user = "postgres" if os.geteuid() == 0 else None
    command = [str(each) for each in arguments]
    subprocess.run(command, user=user, check=True, capture_output=True, cwd="/", timeout=120)
