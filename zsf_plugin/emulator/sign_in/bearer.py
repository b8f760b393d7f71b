"""JWT bearer sign-in: whom a signed assertion speaks for (salesforce-api.md §1.6). RS256 alone."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping
from typing import cast

from zsf_plugin.emulator.errors import Json

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
    if not isinstance(expires, (int, float)) or not now < expires <= now + _MAX_LIFE_S:
        raise BadAssertion("assertion expired")


def _claims(assertion: str) -> dict[str, Json]:
    try:
        document = json.loads(_decode(assertion.split(".")[1]))
    except (IndexError, ValueError) as error:
        raise BadAssertion("invalid assertion") from error
    if not isinstance(document, dict):
        raise BadAssertion("invalid assertion")
    return document


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
