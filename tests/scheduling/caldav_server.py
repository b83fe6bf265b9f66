"""A real Radicale server on a free port of this machine, and a proxy before it that can misbehave."""

import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import requests

USER, PASSWORD = "coordinator@example.org", "correct horse ☂"
_CONFIG = """\
[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[rights]
type = from_file
file = {folder}/rights
[storage]
filesystem_folder = {folder}/collections
[logging]
level = warning
"""
_RIGHTS = """\
[own]
user: .+
collection: {user}(/.*)?
permissions: RrWw
[colleagues]
user: .+
collection: shared(/.*)?
permissions: RrWw
[locked]
user: .+
collection: locked(/.*)?
permissions:
"""


@dataclass(frozen=True, slots=True)
class Radicale:
    """A running server: its address without a slash at the end, and where it keeps things."""

    address: str
    folder: Path

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def files(self, collection: str) -> Path:
        """The folder in which the events of a collection stand, a file each."""
        return self.folder / "collections" / "collection-root" / collection


@contextmanager
def radicale(folder: Path) -> Iterator[Radicale]:
    """A server with one user; its data stands in `folder`."""
    port = free_port()
    (folder / "config").write_text(_CONFIG.format(port=port, folder=folder))
    (folder / "rights").write_text(_RIGHTS)
    (folder / "users").write_text(f"{USER}:{PASSWORD}\n", encoding="utf-8")
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "radicale", "--config", str(folder / "config")]
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        _wait(process, port, folder / "log")
        yield Radicale(f"http://127.0.0.1:{port}", folder)
    finally:
        process.terminate()
        process.wait(30)


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(method: str, url: str, body: str = "", **headers: str) -> requests.Response:
    """A question as a calendar program of somebody else would ask it; an error where it is refused."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    with requests.Session() as session:
        session.trust_env = False
        login = (USER.encode(), PASSWORD.encode())
        answer = session.request(method, url, data=body.encode(), headers=names, auth=login, timeout=30)
    answer.raise_for_status()
    return answer


def make_calendar(url: str) -> None:
    ask("MKCALENDAR", url)


@dataclass(frozen=True, slots=True)
class Question:
    """A request as it came to the proxy."""

    method: str
    path: str
    login: str  # of the header Authorization; '' without one
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()


class Fate(Enum):
    """What may become of a question instead of an answer."""

    CUT = "handed on, and the connection closed before the answer"
    HANG_UP = "not even handed on"


Rule = Callable[[Question], "bytes | Fate | None"]  # bytes are answered instead of the server; None hands it on


@dataclass
class Proxy:
    """Hands requests on to a server, except those that its rule says otherwise of; remembers them all."""

    port: int
    rule: Rule = lambda question: None
    alter: Callable[[Question, bytes], bytes] = lambda question, heard: heard  # what the server says, on its way back
    questions: list[Question] = field(default_factory=list)
    address: str = ""

    def always(self, answer: "bytes | Fate", *methods: str, holding: str = "") -> None:
        """Let every question with a login, one of these methods, or any, and this in its content, be answered so."""

        def rule(question: Question) -> "bytes | Fate | None":
            is_meant = question.method in (methods or (question.method,)) and holding in question.text
            return answer if is_meant and question.login else None

        self.rule = rule

    def once(self, answer: "bytes | Fate", *methods: str, holding: str = "") -> None:
        """Let the next such question be answered so, and no other."""
        self.always(answer, *methods, holding=holding)
        meant = self.rule

        def rule(question: Question) -> "bytes | Fate | None":
            said = meant(question)
            if said is not None:
                self.rule = lambda question: None
            return said

        self.rule = rule


def answer(status: str, content: str = "", **headers: str) -> bytes:
    """An answer of a server in bytes."""
    body = content.encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def proxy(port: int) -> Iterator[Proxy]:
    """A proxy before the server on a port of this machine."""
    state = Proxy(port)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            _hand_on(state, self)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        state.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


def _hand_on(state: Proxy, handler: socketserver.StreamRequestHandler) -> None:
    first = handler.rfile.readline()
    if not first.strip():
        return
    method, path, _ = first.decode().split()
    lines = list(iter(handler.rfile.readline, b"\r\n"))
    lengths = [int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:")]
    content = handler.rfile.read(lengths[0]) if lengths else b""
    logins = [line.decode().partition(":")[2].strip() for line in lines if line.lower().startswith(b"authorization:")]
    question = Question(method, path, "".join(logins), content)
    state.questions.append(question)
    said = state.rule(question)
    if said is Fate.HANG_UP:
        return
    if isinstance(said, bytes):
        handler.wfile.write(said)
        return
    lines = [line for line in lines if not line.lower().startswith(b"connection:")]
    with socket.create_connection(("127.0.0.1", state.port), timeout=30) as server:
        server.sendall(b"".join([first, *lines, b"Connection: close\r\n\r\n", content]))
        heard = b"".join(iter(lambda: server.recv(1 << 16), b""))
    if said is None:
        handler.wfile.write(state.alter(question, heard))
