"""The stand-in, and the real client talking to it."""

from collections.abc import Iterator
from typing import Any

import httplib2
import pytest
from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp
from google_people import ANNA, BEN, Client
from google_stand_in import SCOPES, Google, serving
from googleapiclient.discovery import build


@pytest.fixture
def google() -> Iterator[Google]:
    with serving(Google()) as google:
        for email in (ANNA, BEN):
            google.accounts.person(email)
            google.calendars.add(email)
        yield google


@pytest.fixture
def client(google: Google) -> Iterator[Client]:
    """The client for 'calendar', 'meet' or 'drive' as a person who has consented to all scopes, or to those named."""

    open_ones: list[Any] = []

    def of(api: str, email: str = ANNA, *scopes: str) -> Any:
        credentials = Credentials(
            None,
            refresh_token=google.accounts.refresh_token(email, *(scopes or SCOPES.values())),
            token_uri=google.token_uri,
            client_id="client",
            client_secret=google.accounts.client_secret,
        )
        version = {"calendar": "v3", "drive": "v3", "meet": "v2"}[api]
        http = AuthorizedHttp(credentials, http=httplib2.Http(timeout=5))
        open_ones.append(build(api, version, http=http, client_options=google.endpoint(api), static_discovery=True))
        return open_ones[-1]

    yield of
    for one in open_ones:
        one.close()


@pytest.fixture
def calendar(client: Client) -> Any:
    return client("calendar")


@pytest.fixture
def drive(client: Client) -> Any:
    return client("drive")


@pytest.fixture
def meet(client: Client) -> Any:
    return client("meet")
