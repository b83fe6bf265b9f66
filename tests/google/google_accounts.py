"""Who asks: people and service accounts, what they have consented to, and the tokens that say so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import exceptions, jwt
from google_errors import GoogleError

LIFETIME = timedelta(hours=1)
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True)
class Identity:
    """Whoever a token speaks for."""

    email: str
    scopes: frozenset[str]
    is_service: bool = False  # a service account by itself, acting for nobody


class TokenError(Exception):
    """What the token endpoint answers when it refuses: `error` and `error_description` of RFC 6749."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status, self.body = status, {"error": error, "error_description": description}


@dataclass
class ServiceAccount:
    """A service account with its key; `delegated` is what an administrator lets it do for people of the domain."""

    email: str
    private_key: str
    public_key: str
    delegated: frozenset[str] = frozenset()

    def key_file(self, path: Path, token_uri: str) -> Path:
        """The JSON file that Google's console hands out, for this stand-in."""
        content = {
            "type": "service_account",
            "project_id": "fieldcall-test",
            "private_key_id": "1",
            "private_key": self.private_key,
            "client_email": self.email,
            "client_id": "1",
            "token_uri": token_uri,
        }
        path.write_text(json.dumps(content))
        return path


@dataclass
class Accounts:
    """All accounts, refresh tokens and access tokens."""

    now: Any
    people: set[str] = field(default_factory=set)
    services: dict[str, ServiceAccount] = field(default_factory=dict)
    client_secret: str = "secret"
    _refresh: dict[str, Identity] = field(default_factory=dict)
    _codes: dict[str, Identity] = field(default_factory=dict)
    _access: dict[str, tuple[Identity, datetime]] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: count(1))

    def person(self, email: str) -> str:
        self.people.add(email)
        return email

    def service(self, email: str, *delegated: str) -> ServiceAccount:
        """A service account with a new key, delegated to for some scopes."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.services[email] = ServiceAccount(email, private.decode(), public.decode(), frozenset(delegated))
        return self.services[email]

    def refresh_token(self, email: str, *scopes: str) -> str:
        """As if the person had consented."""
        token = f"refresh-{next(self._numbers)}"
        self._refresh[token] = Identity(self.person(email), frozenset(scopes))
        return token

    def code(self, email: str, *scopes: str) -> str:
        """What the consent screen gives back to the program that opened it; good once."""
        code = f"code-{next(self._numbers)}"
        self._codes[code] = Identity(self.person(email), frozenset(scopes))
        return code

    def access_token(self, identity: Identity) -> str:
        token = f"access-{next(self._numbers)}"
        self._access[token] = (identity, self.now() + LIFETIME)
        return token

    def revoke(self, email: str) -> None:
        """All tokens of an account end; only a new consent, or key, gives others."""
        self._refresh = {token: one for token, one in self._refresh.items() if one.email != email}
        self._access = {token: one for token, one in self._access.items() if one[0].email != email}
        self.services.pop(email, None)

    def end(self, token: str) -> bool:
        """The revocation endpoint (RFC 7009): a login ends by its own token; whether there was one."""
        identity = self._refresh.get(token)
        if identity:
            self.revoke(identity.email)
        return identity is not None

    def expire_access(self) -> None:
        """Access tokens end early; a client is to fetch new ones and go on."""
        self._access.clear()

    def who(self, authorization: str | None) -> Identity:
        """Whose request it is. Raises GoogleError 401."""
        if not authorization:
            raise GoogleError(401, "required", "Login Required.", location="Authorization")
        identity, until = self._access.get(authorization.removeprefix("Bearer "), (None, self.now()))
        if identity is None or until <= self.now():
            raise GoogleError(401, "authError", "Invalid Credentials", location="Authorization")
        return identity

    def token(self, form: Mapping[str, str]) -> dict[str, Any]:
        """The token endpoint. Raises TokenError."""
        if form.get("grant_type") == _JWT_BEARER:
            identity = self._of_assertion(form.get("assertion", ""))
            return self._given(identity)
        if form.get("client_secret") != self.client_secret:
            raise TokenError(401, "invalid_client", "The OAuth client was not found.")
        if form.get("grant_type") == "refresh_token":
            identity = self._refresh.get(form.get("refresh_token", ""))
            if identity is None:
                raise TokenError(400, "invalid_grant", "Token has been expired or revoked.")
            return self._given(identity)
        if form.get("grant_type") == "authorization_code":
            identity = self._codes.pop(form.get("code", ""), None)
            if identity is None:
                raise TokenError(400, "invalid_grant", "Malformed auth code.")
            return self._given(identity) | {"refresh_token": self.refresh_token(identity.email, *identity.scopes)}
        raise TokenError(400, "unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', '')}")

    def _given(self, identity: Identity) -> dict[str, Any]:
        return {
            "access_token": self.access_token(identity),
            "expires_in": int(LIFETIME.total_seconds()),
            "scope": " ".join(sorted(identity.scopes)),
            "token_type": "Bearer",
        }

    def _of_assertion(self, assertion: str) -> Identity:
        try:
            _, claimed, _, _ = jwt._unverified_decode(assertion)
            account = self.services[claimed["iss"]]
            jwt.decode(assertion, certs=account.public_key, clock_skew_in_seconds=60)
        except (ValueError, KeyError, exceptions.GoogleAuthError) as error:
            raise TokenError(400, "invalid_grant", "Invalid JWT Signature.") from error
        scopes, subject = frozenset(claimed.get("scope", "").split()), claimed.get("sub", account.email)
        if subject == account.email:
            return Identity(account.email, scopes, is_service=True)
        if subject not in self.people:
            raise TokenError(400, "invalid_grant", "Invalid email or User ID")
        if not scopes <= account.delegated:
            raise TokenError(
                401,
                "unauthorized_client",
                "Client is unauthorized to retrieve access tokens using this method, or client not authorized for "
                "any of the scopes requested.",
            )
        return Identity(subject, scopes)
