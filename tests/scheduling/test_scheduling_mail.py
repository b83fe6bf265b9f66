"""Mail against a real server: what becomes of a mail is always known, or it is said that nobody knows."""

import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from mail_server import PASSWORD, USER, MailServer, mail_server, make_certificate

from scheduling.errors import AccountRefused, MailError, MailRefused, MailUnavailable, MailUncertain
from scheduling.mails.smtp import PASSWORD_VARIABLE, SmtpPost, open_post
from storage.study import Mail, Study

ANN = "ann.example@example.org"


def mail_to(address: str = ANN, name: str = "Ann Example", text: str = "Hello.\n") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "team@example.org", f"{name} <{address}>", "Hello"
    message.set_content(text)
    return message


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def post(server: MailServer) -> SmtpPost:
    return SmtpPost("127.0.0.1", server.port, "none", timeout_s=5)


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of 'localhost', and trusted for the length of the test."""
    path = make_certificate(tmp_path / "certificate.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


def send(post: SmtpPost, message: EmailMessage | None = None) -> None:
    with post.connected() as line:
        line.send(message or mail_to(), "C_031")


def refusal(post: SmtpPost, kind: type[MailError]) -> str:
    """What a person is told, and that it is exactly this kind of error."""
    with pytest.raises(kind) as caught:
        send(post)
    assert type(caught.value) is kind
    assert not re.search(r"\bann\b|example\.org", str(caught.value).lower())
    return str(caught.value)


def test_a_mail_arrives_as_it_was_given_to_its_one_recipient(server: MailServer, post: SmtpPost) -> None:
    send(post, mail_to(text=".\n..\nA line.\n.hidden\n"))
    (envelope,) = server.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == ("team@example.org", [ANN])
    assert server.messages[0].get_content().splitlines() == [".", "..", "A line.", ".hidden"]


def test_several_mails_go_over_one_line(server: MailServer, post: SmtpPost) -> None:
    with post.connected() as line:
        for n in range(3):
            line.send(mail_to(f"p{n}@example.org"), f"C_00{n}")
    assert [one.rcpt_tos for one in server.taken] == [[f"p{n}@example.org"] for n in range(3)]
    assert server.sessions == 1


def test_a_refused_address_is_told_by_code_and_the_line_goes_on(server: MailServer, post: SmtpPost) -> None:
    server.rcpt_replies[ANN] = f"550 5.1.1 <{ANN}>: Ann.Example is unknown in ann's table"
    with post.connected() as line:
        with pytest.raises(MailRefused) as caught:
            line.send(mail_to(), "C_031")
        line.send(mail_to("bob@example.org"), "C_032")
    told = str(caught.value)
    assert "C_031: 550 5.1.1 <…>: …" in told and "participants import" in told
    assert "ann" not in told.lower() and "example" not in told.lower()
    assert [one.rcpt_tos for one in server.taken] == [["bob@example.org"]]


@pytest.mark.parametrize("reply", ["450 4.2.1 greylisted, come again", "421 4.3.2 closing down"])
def test_what_a_server_puts_off_was_surely_not_sent(server: MailServer, post: SmtpPost, reply: str) -> None:
    server.rcpt_replies[ANN] = reply
    assert reply in refusal(post, MailUnavailable)
    server.rcpt_replies.clear()
    server.data_reply = reply
    assert reply in refusal(post, MailUnavailable)
    assert not server.taken


def test_a_mail_refused_for_what_is_in_it(server: MailServer, post: SmtpPost) -> None:
    server.data_reply = "554 5.6.0 no"
    assert "refuses the mail to C_031: 554 5.6.0 no" in refusal(post, MailRefused)


def test_a_refused_sender_is_no_fault_of_the_recipient(server: MailServer, post: SmtpPost) -> None:
    server.mail_reply = "553 5.7.1 Sender address not owned"
    told = refusal(post, AccountRefused)
    assert "[mail] in study.toml" in told and "C_031" not in told


@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
def test_a_line_that_ends_before_the_mail_was_given_sent_nothing(server: MailServer, post: SmtpPost, step: str) -> None:
    server.cuts_at = step
    assert "was not sent" in refusal(post, MailUnavailable)


def test_nobody_knows_of_a_mail_whose_line_ends_before_the_word_on_it(server: MailServer, post: SmtpPost) -> None:
    server.cuts_at = "DATA"
    told = refusal(post, MailUncertain)
    assert "Nobody knows" in told and "C_031" in told and "fieldcall effects" in told
    assert len(server.taken) == 1  # this server has it; another might not


def test_nobody_knows_of_a_mail_on_which_no_word_comes_in_time(server: MailServer, post: SmtpPost) -> None:
    server.waits_s = 60
    refusal(replace(post, reply_timeout_s=0.1), MailUncertain)


def test_a_slow_word_is_waited_for_longer_than_anything_else(server: MailServer, post: SmtpPost) -> None:
    server.waits_s = 2.5
    with replace(post, timeout_s=2).connected() as line:
        line.send(mail_to(), "C_031")
        server.waits_s = 0
        line.send(mail_to("bob@example.org"), "C_032")
    assert len(server.taken) == 2


def test_nobody_knows_where_the_word_cannot_be_understood(server: MailServer, post: SmtpPost) -> None:
    server.data_reply = "whatever"
    refusal(post, MailUncertain)
    server.data_reply = "354 go on"
    refusal(post, MailUncertain)


def test_after_a_broken_line_the_next_mail_was_surely_not_sent(server: MailServer, post: SmtpPost) -> None:
    with post.connected() as line:
        server.cuts_at = "DATA"
        with pytest.raises(MailUncertain):
            line.send(mail_to(), "C_031")
        server.cuts_at = ""
        with pytest.raises(MailUnavailable):
            line.send(mail_to("bob@example.org"), "C_032")
    assert len(server.taken) == 1


def test_a_server_that_is_not_there(server: MailServer) -> None:
    with mail_server() as gone:
        pass
    assert "cannot be reached" in refusal(SmtpPost("127.0.0.1", gone.port, "none"), MailUnavailable)
    assert "mail.server" in refusal(SmtpPost("localhost", gone.port, "starttls"), MailUnavailable)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_it_logs_in_over_verified_tls_only(certificate: Path, security: str) -> None:
    with mail_server(certificate, tls=security, login=True) as server:
        send(SmtpPost("localhost", server.port, security, USER, PASSWORD))
        assert len(server.taken) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_is_not_trusted_stops_everything(tmp_path: Path, security: str) -> None:
    with mail_server(make_certificate(tmp_path / "own.pem"), tls=security, login=True) as server:
        told = refusal(SmtpPost("localhost", server.port, security, USER, PASSWORD), AccountRefused)
        assert "certificate of localhost cannot be trusted" in told
        assert server.sessions <= 1 and not server.taken


def test_a_certificate_for_another_name_stops_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_certificate(tmp_path / "other.pem", "mail.example.com")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with mail_server(path, tls="starttls") as server:
        assert "mail.server" in refusal(SmtpPost("localhost", server.port, "starttls"), AccountRefused)


def test_without_starttls_nothing_is_sent_in_the_clear(server: MailServer) -> None:
    told = refusal(SmtpPost("127.0.0.1", server.port, "starttls", USER, PASSWORD), AccountRefused)
    assert "STARTTLS" in told and "Nothing is sent unprotected" in told
    assert not server.taken


def test_a_wrong_password_is_told_before_any_mail_is_given(certificate: Path) -> None:
    with mail_server(certificate, tls="starttls", login=True) as server:
        told = refusal(SmtpPost("localhost", server.port, "starttls", USER, "wrong"), AccountRefused)
    assert PASSWORD_VARIABLE in told and "535" in told and "wrong" not in told


def test_a_server_that_knows_no_login(server: MailServer) -> None:
    told = refusal(SmtpPost("127.0.0.1", server.port, "none", USER, PASSWORD), AccountRefused)
    assert "AUTH" in told


def test_a_mail_never_has_two_recipients(server: MailServer, post: SmtpPost) -> None:
    two, copied = mail_to(), mail_to()
    two.replace_header("To", "a@example.org, b@example.org")
    copied["Bcc"] = "b@example.org"
    for message in (two, copied):
        with post.connected() as line, pytest.raises(ValueError, match="one recipient"):
            line.send(message, "C_031")
    assert not server.taken


def with_mail(study: Study, **settings: Any) -> Study:
    usual = {"server": "127.0.0.1", "sender": "team@example.org", "security": "none"}
    return study.model_copy(update={"mail": Mail(**(usual | settings))})


def test_the_study_file_says_how_mail_goes(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_post(study) is None
    assert open_post(with_mail(study, port=2525)) == SmtpPost("127.0.0.1", 2525, "none")
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    post = open_post(with_mail(study, server="mail.example.org", security="tls", port=465, user=USER))
    assert post == SmtpPost("mail.example.org", 465, "tls", USER, PASSWORD)
    assert PASSWORD not in repr(post)


@pytest.mark.parametrize("server", ["127.0.0.1", "::1", "localhost"])
def test_mail_in_the_clear_is_for_this_machine(study: Study, server: str) -> None:
    assert open_post(with_mail(study, server=server))


@pytest.mark.parametrize("server", ["mail.example.org", "10.0.0.1", "localhost.example.org", "127.0.0.1.example.org"])
def test_mail_in_the_clear_is_for_no_other_machine(study: Study, server: str) -> None:
    with pytest.raises(AccountRefused, match="only for a server on this machine"):
        open_post(with_mail(study, server=server))


@pytest.mark.parametrize(("password", "told"), [("", "is not set in the environment"), ("pässwörd", "cannot carry")])
def test_a_password_that_is_missing_or_cannot_be_sent(
    study: Study, monkeypatch: pytest.MonkeyPatch, password: str, told: str
) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, password)
    with pytest.raises(AccountRefused, match=told):
        open_post(with_mail(study, user=USER))
