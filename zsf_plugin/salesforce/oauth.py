"""OAuth's token endpoint: forms, responses and errors (salesforce-api.md §1.3-1.5). Stores nothing,
parses no token.

An error is recognized by its `error` and, since that is too coarse, by fragments of
`error_description`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from zsf_plugin.errors import ConfigurationError, ReconnectRequired, Unavailable, ZsfError
from zsf_plugin.model import Json
from zsf_plugin.salesforce import addresses, headers, moves
from zsf_plugin.salesforce.addresses import trusted_base
from zsf_plugin.salesforce.answers import body_of
from zsf_plugin.salesforce.http import Http, HttpResponse
from zsf_plugin.salesforce.ids import long_id
from zsf_plugin.salesforce.moves import Sign

_RETRY_DELAY_S = 30.0
_HOUR_S = 3600.0

#: A fragment of `error_description` (or an `error`) → our code (§1.5). The first match counts.
DESCRIBED: Mapping[str, str] = {
    "ip restricted": "ip",
    "ip not allowed": "ip",
    "must be installed": "not_installed",
    "approval_error": "not_installed",
    "approved": "not_authorised",
    "app_access_denied": "not_authorised",
    "app_blocked": "blocked",
    "inactive": "inactive",
    "authorization code": "expired",
    "code verifier": "not_finished_here",
    "expired access/refresh token": "revoked",
    "authentication failure": "user_refused",
    "audience": "wrong_login_address",
    "assertion": "assertion_refused",
}
OUR_APP = {
    "invalid_client": "the app's consumer secret is wrong: correct ZSF_CLIENT_SECRET",
    "invalid_client_id": (
        "the app's consumer key is unknown (a new one takes up to 10 minutes): correct "
        "ZSF_CLIENT_ID"
    ),
    "redirect_uri_mismatch": (
        "the app's callback URL differs from ours: register exactly the one in the README"
    ),
    "unsupported_grant_type": "this way of signing in is disabled in the org: ask a Salesforce "
    "admin to enable it",
}
#: Fragments that mean another refresh of the same token is under way.
_BUSY = ("already being processed", "expired authorization code")
_TRANSIENT = frozenset({"", "server_error", "unknown_error"})


class TokenBusy(ZsfError):
    """Another refresh of the same token is under way at Salesforce; the grant is not lost (§9 trap
    5)."""


class LoginMoved(Unavailable):
    """What answers at the login address is not Salesforce's login service, or no longer there: the
    request was not processed (§9 trap 63). `sign` says how that was seen."""

    def __init__(self, sign: Sign, status: int) -> None:
        super().__init__("login_moved", _RETRY_DELAY_S, {"status": status})
        self.sign = sign


@dataclass(frozen=True, slots=True, repr=False)
class TokenAnswer:
    """A successful response of the token endpoint. Has no repr, because it holds secrets."""

    access: str
    refresh: str | None
    instance_url: str
    org_id: str
    user_id: str


def code_form(
    client_id: str, client_secret: str | None, code: str, redirect_uri: str, verifier: str
) -> dict[str, str]:
    """The form that exchanges an authorization code for tokens."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    return form | ({"client_secret": client_secret} if client_secret else {})


def refresh_form(client_id: str, client_secret: str | None, refresh: str) -> dict[str, str]:
    """The form that exchanges a refresh token for new tokens."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh, "client_id": client_id}
    return form | ({"client_secret": client_secret} if client_secret else {})


def token_call(
    http: Http, login_url: str, form: Mapping[str, str], client_secret: str | None
) -> TokenAnswer:
    """Call the token endpoint. Raises TokenBusy, ReconnectRequired, ConfigurationError, LoginMoved,
    Unavailable, OutcomeUnknown."""
    base = trusted_base(login_url)
    answer = http.send(
        "POST",
        addresses.oauth(base, "token"),
        headers=headers.FORM,
        body=addresses.form(form),
        writes=True,
    )
    sign = login_sign(answer, base)
    if sign is not None:
        raise LoginMoved(sign, answer.status)
    return read_token(
        answer, refreshing=form["grant_type"] == "refresh_token", client_secret=client_secret
    )


def login_sign(answer: HttpResponse, base: str) -> Sign | None:
    """The sign that the login address is another now; None if the answer says nothing of it, as
    every answer of OAuth."""
    sign = moves.sign_of_answer(answer, base)
    return sign if sign in ("moved", "lost", "elsewhere") else None


def read_token(answer: HttpResponse, *, refreshing: bool, client_secret: str | None) -> TokenAnswer:
    """The tokens of a response. Raises its error; a 5xx or an HTML page is never a revocation."""
    try:
        body = body_of(answer)
    except ValueError as error:
        status = {"status": answer.status}
        raise Unavailable("login_unreadable", _RETRY_DELAY_S, status) from error
    if answer.status == 200 and isinstance(body, dict) and "access_token" in body:
        _check_signature(body, client_secret)
        return _tokens(body)
    raise _refusal(answer.status, body if isinstance(body, dict) else {}, refreshing=refreshing)


def refusal_error(words: str, error: str) -> ZsfError:
    """The error for a refusal that needs a person, from its description or its `error`."""
    code = _code_in(f"{words} {error}")
    if code == "ip":
        return Unavailable("address_not_allowed", _HOUR_S)
    return ReconnectRequired(code)


def _code_in(description: str) -> str:
    """Our code for an error description."""
    said = description.lower()
    for fragment, code in DESCRIBED.items():
        if fragment in said:
            return code
    return "login"


def _tokens(body: Mapping[str, Json]) -> TokenAnswer:
    """Org and user come from the `id` URL: the token itself is never parsed (§1.3)."""
    org_id, user_id = _org_and_user(str(body.get("id", "")))
    access = body["access_token"]
    if not isinstance(access, str) or not headers.is_token(access):
        raise ReconnectRequired("damaged_answer")
    return TokenAnswer(
        access=access,
        refresh=_refresh_token(body),
        instance_url=_instance_url(body),
        org_id=org_id,
        user_id=user_id,
    )


def _refresh_token(body: Mapping[str, Json]) -> str | None:
    token = body.get("refresh_token")
    return token if isinstance(token, str) and token else None


def _org_and_user(identity_url: str) -> tuple[str, str]:
    """The ids at the end of an identity URL: `…/id/ORG/USER`."""
    steps = identity_url.rstrip("/").split("/")
    if len(steps) >= 2:
        org_id, user_id = long_id(steps[-2]), long_id(steps[-1])
        if org_id is not None and user_id is not None:
            return org_id, user_id
    raise ReconnectRequired("no_org_named")


def _instance_url(body: Mapping[str, Json]) -> str:
    try:
        return trusted_base(str(body.get("instance_url", "")))
    except ConfigurationError as error:
        raise ReconnectRequired("wrong_instance", {"fault": str(error)}) from error


def _check_signature(body: Mapping[str, Json], client_secret: str | None) -> None:
    """Raise ReconnectRequired if the signature of `id` is wrong; needs the app's secret (§1.3)."""
    signature = body.get("signature")
    if not client_secret or not isinstance(signature, str):
        return
    signed = _utf8(f"{body.get('id', '')}{body.get('issued_at', '')}")
    expected = base64.b64encode(hmac.digest(_utf8(client_secret), signed, hashlib.sha256))
    if not hmac.compare_digest(expected, _utf8(signature)):
        raise ReconnectRequired("not_signed")


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _refusal(status: int, body: Mapping[str, Json], *, refreshing: bool) -> ZsfError:
    error = str(body.get("error") or "")
    words = str(body.get("error_description") or "").lower()
    if status >= 500 or error in _TRANSIENT:
        return Unavailable("login", _RETRY_DELAY_S, {"status": status})
    if error == "rate_limit_exceeded":
        return Unavailable("login_rate", _HOUR_S)
    if refreshing and any(fragment in words for fragment in _BUSY):
        return TokenBusy()
    if error in OUR_APP and "installed" not in words:
        return ConfigurationError((OUR_APP[error],))
    return refusal_error(words, error)
