"""An app's credentials: the tokens of an approval, or a signed assertion (salesforce-api.md §1.4,
§1.6). No clock: times are arguments."""

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
    """One approval: its current refresh token and when that was last used, the tokens rotated out,
    and its sessions.

    `sessions` maps each valid access token to its last use, in seconds since the epoch.
    """

    user_id: str
    client_id: str
    refresh: str
    scopes: Scopes
    used_at: float
    rotated_out: set[str] = field(default_factory=set)
    sessions: dict[str, float] = field(default_factory=dict)

    @property
    def owner(self) -> tuple[str, str]:
        """(user id, client id) of the approval."""
        return self.user_id, self.client_id

    @property
    def issues_refresh_token(self) -> bool:
        """Whether its scopes include a refresh token."""
        return "refresh_token" in self.scopes or "offline_access" in self.scopes

    @property
    def allows_api(self) -> bool:
        """Whether its scopes include the API."""
        return "api" in self.scopes or "full" in self.scopes

    def is_refreshed_by(self, token: str) -> bool:
        """Whether this is its current refresh token."""
        return secrets_equal(self.refresh, token)

    def recognizes(self, token: str, client_id: str | None) -> bool:
        """Whether this was its refresh token, or is the current one presented by its own app."""
        if token in self.rotated_out:
            return True
        return self.is_refreshed_by(token) and client_id == self.client_id

    def has_session(self, access: str, oldest: float) -> bool:
        """Whether this access token was used no earlier than `oldest`."""
        return access in self.sessions and self.sessions[access] >= oldest

    def use(self, access: str, now: float) -> None:
        """Start a session with this access token, or extend it."""
        self.sessions[access] = now

    def rotate(self) -> None:
        """Replace the refresh token with a new one."""
        self.rotated_out.add(self.refresh)
        self.refresh = new_refresh_token()


@dataclass(frozen=True, slots=True)
class App:
    """A confidential app: its consumer secret, and the username it runs as (client credentials);
    None if its policy names nobody (§1.6)."""

    secret: str
    run_as: str | None = None


def new_refresh_token() -> str:
    """A random refresh token."""
    return f"5Aep{secrets.token_urlsafe(60)}"


def secrets_equal(held: str, given: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(held.encode(), given.encode())


GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_MAX_VALIDITY_S = 300


class BadAssertion(Exception):
    """An assertion was refused; the message is the token endpoint's description (§1.5)."""


def verify_assertion(
    assertion: str, keys: Mapping[str, str], audiences: Collection[str], now: float
) -> tuple[str, str]:
    """Verify an assertion signed with a known app's key. Returns (client id, username). Raises
    BadAssertion."""
    claims = _claims(assertion)
    client_id = str(claims.get("iss"))
    if client_id not in keys or not _is_signed(assertion, keys[client_id]):
        raise BadAssertion("invalid assertion")
    if claims.get("aud") not in audiences:
        raise BadAssertion("audience is invalid")
    _check_expiry(claims.get("exp"), now)
    return client_id, str(claims.get("sub"))


def _check_expiry(expires: Json, now: float) -> None:
    if not (isinstance(expires, (int, float)) and now < expires <= now + _MAX_VALIDITY_S):
        raise BadAssertion("assertion expired")


def _claims(assertion: str) -> Mapping[str, Json]:
    try:
        return as_object(json.loads(_decode(assertion.split(".")[1])))
    except (IndexError, ValueError) as error:
        raise BadAssertion("invalid assertion") from error


def _is_signed(assertion: str, pem: str) -> bool:
    """Whether the key signed the assertion. Cryptography is imported on first use."""
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
