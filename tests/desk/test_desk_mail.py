"""`fieldcall mail`: wording, previews, a mail to try, and mails that came back."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mail_server import PASSWORD, USER, MailServer, mail_server, make_certificate

from scheduling.booking import book
from scheduling.mails.invitations import mark_of
from storage.database import Database
from storage.study import Study, load_study
from storage.tables import Effect, EffectState

Fieldcall = Callable[..., Any]
YEAR = datetime.now(UTC).year
WINDOW = ("start = 2020-05-01", f"start = {YEAR}-01-01"), ("end = 2020-09-30", f"end = {YEAR + 1}-12-31")


def rewrite(study: Study, *changes: tuple[str, str], mail: str = "") -> Study:
    """The study with other words in its file, and a section for mail."""
    path = study.folder / "study.toml"
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(f"{text}\n[mail]\n{mail}\n")
    return load_study(study.folder)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def settings(port: int, security: str = "none", server: str = "127.0.0.1", user: str = "") -> str:
    return (
        f'server = "{server}"\nport = {port}\nsecurity = "{security}"\nuser = "{user}"\n'
        'sender = "team@example.org"\nsender_name = "Remote Interviews Team"'
    )


def test_the_wording_is_put_into_the_folder_and_checked(study: Study, at: Fieldcall) -> None:
    said = at("mail", "wording")
    assert said.status == 0 and said.out.startswith("12 written to")
    path = study.folder / "templates" / "invitation.txt"
    path.write_text(path.read_text().replace("Dear {name}", "Hello {who}"))
    (study.folder / "templates" / "reminders.txt").write_text("mine")
    said = at("mail", "wording")
    assert said.status == 1
    assert "templates/invitation.txt, line 3: {who} is not a placeholder here" in said.err
    path.write_text(path.read_text().replace("{who}", "{name}"))
    said = at("mail", "wording")
    assert said.status == 0 and "0 written" in said.out and "reminders.txt is not used for any mail" in said.err
    assert "Hello Ann Example," in at("mail", "preview", "invitation").out


def test_a_preview_needs_no_booking(at: Fieldcall, study: Study) -> None:
    said = at("mail", "preview", "cancellation-attending")
    assert said.status == 0
    assert "Subject: A research interview is cancelled" in said.out and "METHOD:CANCEL" in said.out
    assert "METHOD" not in at("mail", "preview", "reminder").out
    said = at("mail", "preview", "birthday")
    assert said.status == 2 and "allowed: invitation, update" in said.err


def test_a_preview_is_the_mail_as_it_would_be_sent(
    tmp_path: Path, study: Study, database: Database, people: Sequence[str], at: Fieldcall
) -> None:
    study = rewrite(study, *WINDOW, mail=settings(25))
    interview = book(database, study, "C_001", now=datetime.now(UTC), actor="coordinator")
    said = at("mail", "preview", "invitation", "c_001")
    assert said.status == 0, said.err
    assert "From: Remote Interviews Team <team@example.org>\nTo: Ann Example <ann@example.org>\n" in said.out
    assert f"UID:{interview.guid}@fieldcall" in said.out
    file = tmp_path / "out.eml"
    assert at("mail", "preview", "invitation", "C_001", "--to", file).status == 0
    content = file.read_bytes()
    assert b"To: Ann Example <ann@example.org>\r\n" in content and b"--to" not in content
    assert file.stat().st_mode & 0o077 == 0  # it holds a name


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("invitation", "C_002"), "C_002 has no open interview"),
        (("invitation", "C_009"), "There is no participant C_009"),
        (("invitation-attending", "C_001"), "C_001 has no link worker"),
    ],
)
def test_a_preview_of_what_is_not_there(
    study: Study, database: Database, people: Sequence[str], at: Fieldcall, arguments: tuple[str, ...], told: str
) -> None:
    study = rewrite(study, *WINDOW, mail=settings(25))
    book(database, study, "C_001", now=datetime.now(UTC), actor="coordinator")
    said = at("mail", "preview", *arguments)
    assert said.status == 1 and told in said.err


def test_who_has_no_address_cannot_be_written_to(
    study: Study, database: Database, people: Sequence[str], at: Fieldcall
) -> None:
    study = rewrite(study, *WINDOW, mail=settings(25))
    book(database, study, "C_002", now=datetime.now(UTC), actor="coordinator")
    said = at("mail", "preview", "reminder", "C_002")
    assert said.status == 1 and "C_002 has no e-mail address" in said.err and "Bob" not in said.err


def test_a_mail_to_try_arrives(study: Study, at: Fieldcall, server: MailServer) -> None:
    rewrite(study, mail=settings(server.port))
    said = at("mail", "test", "me@example.org")
    assert said.status == 0 and "127.0.0.1 has taken it" in said.out
    assert server.taken[0].rcpt_tos == ["me@example.org"]
    assert server.messages[0]["From"] == "Remote Interviews Team <team@example.org>"


def test_a_mail_to_try_over_tls_with_a_login(
    study: Study, at: Fieldcall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path / "certificate.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_server(certificate, tls="starttls", login=True) as server:
        rewrite(study, mail=settings(server.port, "starttls", "localhost", USER))
        monkeypatch.setenv("FIELDCALL_MAIL_PASSWORD", "wrong")
        said = at("mail", "test", "me@example.org")
        assert said.status == 1 and "does not accept mail.user" in said.err and "wrong" not in said.err
        monkeypatch.setenv("FIELDCALL_MAIL_PASSWORD", PASSWORD)
        assert at("mail", "test", "me@example.org").status == 0
        assert len(server.taken) == 1


def test_a_mail_to_try_that_cannot_be_sent(study: Study, at: Fieldcall, server: MailServer) -> None:
    said = at("mail", "test", "me@example.org")
    assert said.status == 1 and "mail.server is missing" in said.err
    rewrite(study, mail=settings(server.port))
    assert "That address cannot be used" in at("mail", "test", "me").err
    server.rcpt_replies["me@example.org"] = "550 5.7.1 no relaying for me@example.org"
    said = at("mail", "test", "me@example.org")
    assert said.status == 1 and "refuses the mail to that address: 550 5.7.1" in said.err


def sent(database: Database, study: Study, key: str) -> None:
    interview = book(database, study, "C_001", now=datetime.now(UTC), actor="coordinator")
    due_at = datetime.now(UTC) - timedelta(hours=1)
    with database.writing() as session:
        session.add(
            Effect(
                key=key,
                kind="invitation",
                interview_id=interview.id or 0,
                sequence=0,
                starts_at=interview.starts_at,
                ends_at=interview.ends_at,
                recipient="C_001",
                due_at=due_at,
                state=EffectState.DONE,
            )
        )


def report(key: str) -> str:
    return (
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nAction: failed\nStatus: 5.1.1\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <fieldcall-{mark_of(key)}@example.org>\n\n--b--\n"
    )


def test_mails_that_came_back_are_noted_once(
    tmp_path: Path, study: Study, database: Database, people: Sequence[str], at: Fieldcall
) -> None:
    study = rewrite(study, *WINDOW)
    sent(database, study, "invitation/1")
    folder = tmp_path / "returned"
    folder.mkdir()
    (folder / "Ann Example.eml").write_text(report("invitation/1"))
    (folder / "lunch.eml").write_text("Subject: Lunch\n\nAt one?\n")
    (folder / "notes.txt").write_text(report("invitation/1"))
    said = at("mail", "bounced", folder)
    assert said.status == 1 and "bounced: the mail to C_001 came back (5.1.1" in said.err
    assert said.out == "Files read: 2. Mails that came back: 1, of this study and new: 1.\n"
    assert "Ann" not in said.out + said.err
    said = at("mail", "bounced", folder / "Ann Example.eml")
    assert (said.status, said.err) == (0, "")
    assert said.out == "Files read: 1. Mails that came back: 1, of this study and new: 0.\n"


def test_a_place_that_is_not_there_or_cannot_be_read(tmp_path: Path, at: Fieldcall, study: Study) -> None:
    assert at("mail", "bounced", tmp_path / "nowhere").status == 2
    (tmp_path / "returned" / "a.eml").mkdir(parents=True)
    said = at("mail", "bounced", tmp_path / "returned")
    assert said.status == 1 and "cannot be read" in said.err
