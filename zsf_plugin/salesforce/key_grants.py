"""Sessions without a person: what is sent to the token endpoint by a key (JWT bearer) or by the app
itself (client credentials); salesforce-api.md §1.6."""

from __future__ import annotations

from collections.abc import Mapping

from zsf_plugin.errors import ConfigurationError, MissingExtra
from zsf_plugin.model import SignInKey
from zsf_plugin.salesforce.addresses import trusted_base

_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
#: Salesforce accepts assertions that expire within three minutes.
_ASSERTION_TTL_S = 180


def key_form(login_url: str, client_id: str, key: SignInKey, now: float) -> dict[str, str]:
    """The form that starts a session. Raises ConfigurationError if the key cannot sign,
    MissingExtra without `[jwt]`."""
    if key.kind == "client_credentials":
        credentials = {"client_id": client_id, "client_secret": key.secret}
        return {"grant_type": "client_credentials", **credentials}
    expires = int(now) + _ASSERTION_TTL_S
    claims: dict[str, str | int] = {
        "iss": client_id,
        "sub": key.username,
        "aud": trusted_base(login_url),
        "exp": expires,
    }
    return {"grant_type": _JWT_GRANT, "assertion": _signed(claims, key.secret)}


def _signed(claims: Mapping[str, str | int], pem: str) -> str:
    try:
        from joserfc import errors, jwk, jwt
    except ImportError as error:
        raise MissingExtra("signing in with a key", "jwt") from error
    try:
        return jwt.encode({"alg": "RS256"}, dict(claims), jwk.RSAKey.import_key(pem))
    except (ValueError, TypeError, errors.JoseError) as error:
        words = (
            "--jwt-key: not an RSA private key in PEM form without a passphrase; "
            "give the key that belongs to the app's certificate"
        )
        raise ConfigurationError((words,)) from error
