"""What an app signs in with: the tokens of an approval, or an assertion that its key signed
(salesforce-api.md §1.4, §1.6). No clock: moments are handed in."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import cast

from zsf_plugin.emulator.documents import as_object
from zsf_plugin.emulator.errors import Json

Scopes = tuple[str, ...]


@dataclass(slots=True)
class Grant:
    """One approval: its living refresh token, when that was last used, those rotated away, and its
    sessions.

    `access` tells of each living access token when it was last used, in seconds since the epoch.
    """

    user_id: str
    client_id: str
    refresh: str
    scopes: Scopes
    used_at: float
    spent: set[str] = field(default_factory=set)
    access: dict[str, float] = field(default_factory=dict)

    @property
    def owner(self) -> tuple[str, str]:
        """Who approved which app."""
        return self.user_id, self.client_id

    @property
    def is_lasting(self) -> bool:
        """Whether its scopes ask for a refresh token."""
        return "refresh_token" in self.scopes or "offline_access" in self.scopes

    def is_refreshed_by(self, token: str) -> bool:
        """Whether that is its living refresh token."""
        return same_secret(self.refresh, token)

    def is_shown_by(self, token: str, client_id: str | None) -> bool:
        """Whether that was its refresh token, or is and its own app shows it."""
        if token in self.spent:
            return True
        return self.is_refreshed_by(token) and client_id == self.client_id

    def has_session(self, access: str, oldest: float) -> bool:
        """Whether that access token was used no earlier than the `oldest` moment."""
        return access in self.access and self.access[access] >= oldest

    def use(self, access: str, now: float) -> None:
        """Begin a session by its access token, or lengthen it."""
        self.access[access] = now

    def rotate(self) -> None:
        """Spend the refresh token; another takes its place."""
        self.spent.add(self.refresh)
        self.refresh = new_refresh_token()


def new_refresh_token() -> str:
    """A token that nobody can guess."""
    return f"5Aep{secrets.token_urlsafe(60)}"


def same_secret(held: str, given: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing."""
    return hmac.compare_digest(held.encode(), given.encode())


GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_MAX_LIFE_S = 300


class BadAssertion(Exception):
    """Why an assertion is refused, in the token endpoint's words (§1.5)."""


def speaker(
    assertion: str, keys: Mapping[str, str], audiences: Collection[str], now: float
) -> tuple[str, str]:
    """(client id, username) of an assertion signed by a known app's key. Raises BadAssertion."""
    claims = _claims(assertion)
    client_id = str(claims.get("iss"))
    if client_id not in keys or not _is_signed(assertion, keys[client_id]):
        raise BadAssertion("invalid assertion")
    if claims.get("aud") not in audiences:
        raise BadAssertion("audience is invalid")
    _check_life(claims.get("exp"), now)
    return client_id, str(claims.get("sub"))


def _check_life(expires: Json, now: float) -> None:
    if not (isinstance(expires, (int, float)) and now < expires <= now + _MAX_LIFE_S):
        raise BadAssertion("assertion expired")


def _claims(assertion: str) -> Mapping[str, Json]:
    try:
        return as_object(json.loads(_decode(assertion.split(".")[1])))
    except (IndexError, ValueError) as error:
        raise BadAssertion("invalid assertion") from error


def _is_signed(assertion: str, pem: str) -> bool:
    """Whether the key's owner signed it. Cryptography is loaded when the first one comes."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    signed, _, signature = assertion.rpartition(".")
    key = cast(RSAPublicKey, load_pem_public_key(pem.encode()))
    try:
        key.verify(_decode(signature), signed.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
