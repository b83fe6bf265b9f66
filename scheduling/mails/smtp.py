"""Mail by SMTP (RFC 5321), so that it is always known what became of a mail: taken, not taken, or nobody knows.

What goes wrong before a mail is handed over, or what the server refuses, was surely not sent. Between the mail's last
byte and the server's word lies the one moment after which nobody knows; a mail lost there is never repeated blindly.
Passwords and mails go over verified TLS only, unless the server is this very machine.
"""

import ipaddress
import os
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Protocol

from scheduling.errors import AccountRefused, MailRefused, MailUnavailable, MailUncertain
from scheduling.mails.addresses import without_person
from storage.study import Mail, Study

PASSWORD_VARIABLE = "FIELDCALL_MAIL_PASSWORD"  # noqa: S105 - its name
_OURSELVES = "[127.0.0.1]"  # in EHLO: the machine's name is nobody's business
_AGAIN = "It is tried again by itself."


class Line(Protocol):
    """An open connection that takes mails one by one."""

    def send(self, message: EmailMessage, code: str) -> None:
        """Hand one mail to the server, for the one person in its To, who is `code` in messages.

        Raises MailUnavailable, MailRefused or AccountRefused where it was surely not taken, MailUncertain where
        nobody knows. After any of them the line can be used for the next mail.
        """
        ...


class Post(Protocol):
    """What carries mail."""

    def connected(self) -> AbstractContextManager[Line]:
        """A line to send on. Raises MailUnavailable or AccountRefused before any mail is given."""
        ...


@dataclass(frozen=True, slots=True)
class SmtpPost:
    """A mail server. `security` is starttls, tls or none, as in the study file."""

    server: str
    port: int
    security: str
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_s: float = 30.0
    reply_timeout_s: float = 600.0  # for the word on a whole mail: RFC 5321, 4.5.3.2.6, lest mails come twice

    @contextmanager
    def connected(self) -> Iterator[Line]:
        with _entering(self.server):
            smtp = self._connect()
        try:
            with _entering(self.server):
                self._enter(smtp)
            yield SmtpLine(smtp, self.server, self.reply_timeout_s)
        finally:
            with suppress(smtplib.SMTPException, OSError):  # every mail has had its answer: a broken farewell is none
                smtp.quit()
            smtp.close()

    def _connect(self) -> smtplib.SMTP:
        if self.security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.server, self.port, _OURSELVES, timeout=self.timeout_s, context=context)
        return smtplib.SMTP(self.server, self.port, _OURSELVES, timeout=self.timeout_s)

    def _enter(self, smtp: smtplib.SMTP) -> None:
        if self.security == "starttls":
            smtp.starttls(context=ssl.create_default_context())
        smtp.ehlo_or_helo_if_needed()
        if self.user:
            smtp.login(self.user, self.password)


@dataclass(frozen=True, slots=True)
class SmtpLine:
    """A connection that has been let in."""

    smtp: smtplib.SMTP
    server: str
    reply_timeout_s: float

    def send(self, message: EmailMessage, code: str) -> None:
        """As `Line.send`."""
        sender, recipient = _only(message, "From"), _only(message, "To")
        try:
            self._judge(self.smtp.mail(sender.addr_spec), (250,), AccountRefused, "mail from our sender", recipient)
            self._judge(self.smtp.rcpt(recipient.addr_spec), (250, 251), MailRefused, f"the mail to {code}", recipient)
            self._judge(self.smtp.docmd("DATA"), (354,), MailRefused, f"the mail to {code}", recipient)
        except (smtplib.SMTPException, OSError) as error:
            self.smtp.close()
            raise MailUnavailable(
                f"The mail to {code} was not sent: the connection to {self.server} ended ({type(error).__name__}). "
                f"{_AGAIN}"
            ) from error
        self._judge(self._hand_over(message, code), (250,), MailRefused, f"the mail to {code}", recipient)

    def _hand_over(self, message: EmailMessage, code: str) -> tuple[int, bytes]:
        """Give the mail, and wait for a word on it that can be understood."""
        try:
            assert self.smtp.sock is not None
            timeout_s = self.smtp.sock.gettimeout()
            self.smtp.sock.settimeout(self.reply_timeout_s)
            self.smtp.send(_stuffed(message.as_bytes(policy=policy.SMTP)))
            reply = self.smtp.getreply()
            if self.smtp.sock is not None:
                self.smtp.sock.settimeout(timeout_s)
        except (smtplib.SMTPException, OSError) as error:
            self.smtp.close()
            raise MailUncertain(_uncertain(code, self.server)) from error
        if not (reply[0] == 250 or 400 <= reply[0] < 600):
            self.smtp.close()
            raise MailUncertain(_uncertain(code, self.server))
        return reply

    def _judge(
        self,
        reply: tuple[int, bytes],
        wanted: tuple[int, ...],
        refusal: type[MailRefused],
        what: str,
        recipient: Address,
    ) -> None:
        """Go on where the reply is one of those wanted; else say what the server said, which may name the recipient."""
        number, text = reply
        if number in wanted:
            return
        said = without_person(
            f"{number} {text.decode('utf-8', 'replace')}", recipient.addr_spec, recipient.display_name
        )
        with suppress(smtplib.SMTPException, OSError):  # a connection that is gone fails the next mail, not this one
            self.smtp.rset()
        if not 500 <= number < 600:
            raise MailUnavailable(f"{self.server} does not take {what} at the moment: {said}. {_AGAIN}")
        mend = _MEND_ACCOUNT if refusal is AccountRefused else _MEND_ADDRESS
        raise refusal(f"{self.server} refuses {what}: {said}. {mend}")


def open_post(study: Study) -> SmtpPost | None:
    """The study's way to send mail; None where it has no mail server. Raises AccountRefused for unsafe settings."""
    mail = study.mail
    if not mail.server:
        return None
    if mail.security == "none" and not _is_this_machine(mail.server):
        raise AccountRefused(
            "No mail is sent: mail.security is 'none', which is allowed only for a server on this machine, for it "
            "shows names and passwords to everyone on the way. Use 'starttls' or 'tls' in study.toml."
        )
    return SmtpPost(mail.server, mail.port, mail.security, mail.user, _password(mail))


def _password(mail: Mail) -> str:
    if not mail.user:
        return ""
    password = os.environ.get(PASSWORD_VARIABLE, "")
    if not password:
        raise AccountRefused(
            f"No mail is sent: mail.user is set in study.toml and {PASSWORD_VARIABLE} is not set in the environment. "
            "Give the password there, or remove mail.user for a server that needs none."
        )
    if not (password + mail.user).isascii():
        raise AccountRefused(
            f"No mail is sent: mail.user or {PASSWORD_VARIABLE} has letters that a login by SMTP cannot carry. "
            "Set a password of letters, digits and signs without accents."
        )
    return password


_MEND_ADDRESS = (
    "If the address is wrong, mend it in the file of participants and import that with 'fieldcall participants import'."
)
_MEND_ACCOUNT = "Mend [mail] in study.toml, or ask whoever runs the mail server."


@contextmanager
def _entering(server: str) -> Iterator[None]:
    """Tell what goes wrong before any mail is given, in words."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        raise _entry_fault(
            server, error, f"does not accept mail.user with the password in {PASSWORD_VARIABLE}"
        ) from None
    except smtplib.SMTPResponseException as error:
        raise _entry_fault(server, error, "does not let us in") from None
    except ssl.SSLCertVerificationError as error:
        raise AccountRefused(
            f"No mail is sent: the certificate of {server} cannot be trusted ({error.verify_message}). "
            "Look whether mail.server is the name it is issued for."
        ) from error
    except smtplib.SMTPServerDisconnected as error:
        raise MailUnavailable(f"No mail is sent: {server} ended the connection. {_AGAIN}") from error
    except smtplib.SMTPNotSupportedError as error:
        raise AccountRefused(
            f"No mail is sent: {server} does not offer what [mail] in study.toml asks for: {str(error).rstrip('.')}. "
            "Nothing is sent unprotected: set mail.security and mail.port as the server has them."
        ) from error
    except smtplib.SMTPException as error:
        raise AccountRefused(
            f"No mail is sent: {server} offers no way to log in that is known. {_MEND_ACCOUNT}"
        ) from error
    except OSError as error:
        raise MailUnavailable(
            f"No mail is sent: {server} cannot be reached ({error.strerror or type(error).__name__}). {_AGAIN} "
            "If it stays so, look at mail.server and mail.port in study.toml."
        ) from error


def _entry_fault(server: str, error: smtplib.SMTPResponseException, what: str) -> AccountRefused | MailUnavailable:
    text = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
    said = without_person(f"{error.smtp_code} {text}", "", "")
    if 500 <= error.smtp_code < 600:
        return AccountRefused(f"No mail is sent: {server} {what}: {said}. {_MEND_ACCOUNT}")
    return MailUnavailable(f"No mail is sent: {server} does not let us in at the moment: {said}. {_AGAIN}")


def _uncertain(code: str, server: str) -> str:
    return (
        f"Nobody knows whether the mail to {code} was sent: the connection to {server} ended after it was handed over "
        "and before the server said that it has it. It is not sent again by itself. Ask the recipient, or look in the "
        "server's log, and then decide: see 'fieldcall effects'."
    )


def _only(message: EmailMessage, name: str) -> Address:
    """The one address in a header. More than one would show people to each other: that is a fault of ours."""
    addresses: tuple[Address, ...] = message[name].addresses
    if len(addresses) != 1 or message["Cc"] or message["Bcc"]:
        raise ValueError("a mail goes from one sender to one recipient, without Cc and Bcc")
    return addresses[0]


def _stuffed(content: bytes) -> bytes:
    """A mail as DATA carries it: dots at the start of a line doubled, a dot on its own at the end (RFC 5321, 4.5.2)."""
    lines = content if content.endswith(b"\r\n") else content + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", lines) + b".\r\n"


def _is_this_machine(server: str) -> bool:
    try:
        return server == "localhost" or ipaddress.ip_address(server).is_loopback
    except ValueError:
        return False
