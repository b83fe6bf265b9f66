"""A study that uses the stand-in: fixtures that the conftest of any room may import."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from google_people import ANNA, BEN
from google_stand_in import Google, serving

from storage.contacts import Contacts
from storage.google.account import ENDPOINT_VARIABLE, scopes_of, write_token
from storage.study import FILE_NAME, Study, load_study

WITH_MEET = ("settle_seconds = 10", "settle_seconds = 10\nmeet = true")  # for `rewritten`
GIVEN_AT = datetime(2020, 5, 30, tzinfo=UTC)


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[Google]:
    """Google, with the calendars of ANNA, who is the organiser, and BEN; the code under test is sent to it."""
    with serving(Google()) as google:
        for email in (ANNA, BEN):
            google.accounts.person(email)
            google.calendars.add(email)
        monkeypatch.setenv(ENDPOINT_VARIABLE, google.address)
        monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # the stand-in speaks plain HTTP
        yield google


@pytest.fixture
def google_study(study: Study, google: Google) -> Study:
    """The study, whose events stand in ANNA's calendar."""
    organiser = f'[google]\norganiser = "{ANNA}"\n\n[calendar]'
    return rewritten(study, ('backend = "local"', 'backend = "google"'), ("[calendar]", organiser))


@pytest.fixture
def logged_in(google_study: Study, google: Google, contacts: Contacts) -> Study:
    """The same after ANNA has consented to all that it needs."""
    log_in(google_study, contacts.key, google)
    return google_study


def rewritten(study: Study, *changes: tuple[str, str]) -> Study:
    """The study after its file was edited; each change must find what it replaces."""
    file = study.folder / FILE_NAME
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, f"{old} does not stand in {FILE_NAME}"
        text = text.replace(old, new, 1)
    file.write_text(text, encoding="utf-8")
    return load_study(study.folder)


def log_in(
    study: Study, key: Fernet, google: Google, *, email: str = ANNA, given_at: datetime = GIVEN_AT, without: str = ""
) -> None:
    """Keep a login as if `email` had consented to what the study needs, `without` one right."""
    scopes = [scope for scope in scopes_of(study) if scope != without]
    token: dict[str, Any] = {
        "refresh_token": google.accounts.refresh_token(email, *scopes),
        "token_uri": google.token_uri,
        "client_id": "client",
        "client_secret": google.accounts.client_secret,
    }
    write_token(study, key, token | {"scopes": scopes, "email": email, "given_at": given_at.isoformat()})


def service_key(study: Study, google: Google, *delegated: str) -> Path:
    """The key of a service account, delegated to for some scopes, where the study looks for it."""
    path = study.place(study.google.key)
    path.parent.mkdir(exist_ok=True)
    return google.accounts.service("robot@fieldcall-test.iam.gserviceaccount.com", *delegated).key_file(
        path, google.token_uri
    )
