"""A real mail server on loopback that does what a test asks of it: takes, refuses, falls silent, breaks off."""

import asyncio
import datetime
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "research", "correct horse"
_TAKEN = "250 OK"


@dataclass
class MailServer:
    """What it says at each step can be set at any time, for everyone or for one address; what it took is kept."""

    mail_reply: str = _TAKEN
    rcpt_replies: dict[str, str] = field(default_factory=dict)
    data_reply: str = _TAKEN
    cuts_at: str = ""  # MAIL, RCPT or DATA: the connection ends there without a word
    waits_s: float = 0.0  # before its word on a whole mail
    port: int = 0
    taken: list[Envelope] = field(default_factory=list)
    sessions: int = 0

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(one.original_content, policy=policy.default) for one in self.taken]

    async def handle_EHLO(
        self, server: Any, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.sessions += 1
        return responses

    async def handle_MAIL(self, server: Any, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        await self._cut(server, "MAIL")
        if self.mail_reply == _TAKEN:
            envelope.mail_from = address
        return self.mail_reply

    async def handle_RCPT(self, server: Any, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        await self._cut(server, "RCPT")
        reply = self.rcpt_replies.get(address, _TAKEN)
        if reply == _TAKEN:
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        if self.data_reply == _TAKEN:
            self.taken.append(envelope)
        await self._cut(server, "DATA")
        await asyncio.sleep(self.waits_s)
        return self.data_reply

    async def _cut(self, server: Any, step: str) -> None:
        if self.cuts_at == step:
            server.transport.abort()
            await asyncio.Event().wait()


class _OnAFreePort(Controller):
    """The port is known before the server runs, and nobody else can take it."""

    def __init__(self, handler: MailServer, **options: Any) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        handler.port = self.socket.getsockname()[1]
        super().__init__(handler, hostname="127.0.0.1", port=handler.port, **options)

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self.socket, ssl=self.ssl_context)


def _knows(server: Any, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
    known = isinstance(given, LoginPassword) and given == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=False)


@contextmanager
def mail_server(certificate: Path | None = None, *, tls: str = "none", login: bool = False) -> Iterator[MailServer]:
    """A running server; `tls` is none, starttls or tls, with `certificate` holding its key as well."""
    handler = MailServer()
    context = None
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    options: dict[str, Any] = {"authenticator": _knows} if login else {}
    if tls == "starttls":
        options |= {"tls_context": context, "require_starttls": True, "auth_required": login}
    elif tls == "tls":
        options |= {"ssl_context": context, "auth_require_tls": False}  # it does not see that TLS is there already
    controller = _OnAFreePort(handler, **options)
    controller.start()
    try:
        yield handler
    finally:
        controller.stop()


def make_certificate(path: Path, host: str = "localhost") -> Path:
    """A certificate for `host` signed by itself, in one file with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    names: list[x509.GeneralName] = [x509.DNSName(host)]
    if host == "localhost":
        names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path
