"""OAuth's token endpoint: forms, responses and errors (salesforce-api.md §1.3-1.5). Stores nothing,
parses no token.

What an error means is in `sign_in_errors`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from zsf_plugin.errors import (
    AppRefused,
    ConfigurationError,
    Log,
    NotSent,
    ReconnectRequired,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model import Connection, Json
from zsf_plugin.ports import PendingSignIn
from zsf_plugin.salesforce import addresses, headers, ids, moves
from zsf_plugin.salesforce.answers import body_of
from zsf_plugin.salesforce.http import Http, HttpResponse
from zsf_plugin.salesforce.sign_in_errors import (
    clock_fault,
    is_known_error,
    sign_in_error,
    too_often,
)

_log = Log("zsf_plugin.salesforce")

_RETRY_DELAY_S = 30.0
_TOO_MANY_REQUESTS = 429

#: Statuses of Salesforce's own refusals, which have a description (§1.5). Others are a gateway's,
#: whatever its JSON says: they never end a sign-in.
_REFUSALS = frozenset({400, 401})
#: Fragments that mean another refresh of the same token is under way.
_BUSY = ("already being processed", "expired authorization code")

_Answer = TypeVar("_Answer")


class TokenBusy(ZsfError):
    """Another refresh of the same token is under way at Salesforce; the grant is not lost (§9 trap
    5)."""


class LoginMoved(Unavailable):
    """What answers at the login address is not Salesforce's login service, or no longer there: the
    request was not processed (§9 trap 63). `sign` says how that was seen."""

    def __init__(self, sign: moves.Sign, status: int) -> None:
        super().__init__("login_moved", _RETRY_DELAY_S, {"status": status})
        self.sign = sign


@dataclass(frozen=True, slots=True, repr=False)
class TokenAnswer:
    """A successful response of the token endpoint at `base`. Has no repr, because it holds secrets.

    `org_id` and `user_id` are "" if the answer does not name them: after a refresh token they are
    those of its grant, and so is an `instance_url` of ""; after anything else, `identity` asks.
    """

    access: str
    refresh: str | None
    instance_url: str
    org_id: str
    user_id: str
    scopes: frozenset[str] = frozenset()
    base: str = ""


def check_callback(sign_in: PendingSignIn, answer: Mapping[str, str]) -> None:
    """Raise the error of a callback that has no code for our state (§1.3)."""
    if not hmac.compare_digest(_utf8(sign_in.state), _utf8(answer.get("state", ""))):
        raise ReconnectRequired("foreign_state")
    if answer.get("error"):
        described = answer.get("error_description", "")
        raise sign_in_error(answer["error"], described, sign_in.redirect_uri)
    if not answer.get("code"):
        raise ReconnectRequired("no_code")


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
    http: Http,
    login_url: str,
    form: Mapping[str, str],
    client_secret: str | None,
    now: float,
) -> TokenAnswer:
    """Call the token endpoint. If our time `now` is why it refuses an assertion, the error says so.
    Raises TokenBusy, ReconnectRequired, ConfigurationError, LoginMoved, Unavailable,
    OutcomeUnknown."""
    base = addresses.trusted_base(login_url)
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
    try:
        found = read_token(
            answer,
            refreshing=form["grant_type"] == "refresh_token",
            client_secret=client_secret,
            callback=form.get("redirect_uri", ""),
        )
        return replace(found, base=base)
    except ReconnectRequired as error:
        is_assertion = error.code == "assertion_refused"
        fault = clock_fault(answer.headers.get("date", ""), now) if is_assertion else None
        if fault is None:
            raise
        raise fault from error


def at_first_login(connection: Connection, call: Callable[[str], _Answer]) -> _Answer:
    """What `call` returns for the first of the connection's login addresses that has not moved. One
    that has did not process the request, so it may be sent to the next. Raises what `call` raises,
    and LoginMoved or NotSent if all have moved, or the last serves no org of an own address."""
    *others, last = addresses.login_bases(
        connection.login_url, connection.instance_url, is_sandbox=connection.is_sandbox
    )
    moved: Unavailable | None = None
    for base in others:
        try:
            return call(base)
        except LoginMoved as error:
            moved = error
            _log.warning("the login address %s has moved: trying another", base)
        except NotSent as error:
            if moves.sign_of_error(error) is None:
                raise
            moved = error
            _log.warning("the login address %s is gone: trying another", base)
        except ReconnectRequired as error:  # an assertion for the org's former address
            if error.code != "wrong_login_address":
                raise
            _log.warning("the login address %s accepts no assertion: trying another", base)
    try:
        return call(last)
    except AppRefused as error:
        if error.code == "own_domain_only" and moved is not None:
            raise moved from error
        raise


def login_sign(answer: HttpResponse, base: str) -> moves.Sign | None:
    """The sign that the login address is another now; None if the answer says nothing of it, as
    every answer of OAuth."""
    sign = moves.sign_of_answer(answer, base)
    if sign is None and answer.status == 404:  # whatever its JSON says: login has this address
        return "lost"
    return sign if sign in ("moved", "lost", "elsewhere") else None


def read_token(
    answer: HttpResponse, *, refreshing: bool, client_secret: str | None, callback: str = ""
) -> TokenAnswer:
    """The tokens of a response. Raises its error; a 5xx or an HTML page is never a revocation."""
    try:
        body = body_of(answer)
    except ValueError as error:
        status = {"status": answer.status}
        raise Unavailable("login_unreadable", _RETRY_DELAY_S, status) from error
    if answer.status == 200 and isinstance(body, dict) and "access_token" in body:
        _check_signature(body, client_secret)
        return _tokens(body, refreshing=refreshing)
    refused = body if isinstance(body, dict) else {}
    raise _refusal(answer.status, refused, refreshing=refreshing, callback=callback)


def _tokens(body: Mapping[str, Json], *, refreshing: bool) -> TokenAnswer:
    """Org and user come from the `id` URL: the token itself is never parsed (§1.3). A refresh token
    never leads to another org than its grant's."""
    org_id, user_id = ids.org_and_user(str(body.get("id") or "")) or ("", "")
    access = body["access_token"]
    if not isinstance(access, str) or not headers.is_token(access):
        raise ReconnectRequired("damaged_answer")
    is_same_address = refreshing and not body.get("instance_url")
    return TokenAnswer(
        access=access,
        refresh=_refresh_token(body),
        instance_url="" if is_same_address else _instance_url(body),
        org_id=org_id,
        user_id=user_id,
        scopes=frozenset(str(body.get("scope") or "").split()),
    )


def _refresh_token(body: Mapping[str, Json]) -> str | None:
    token = body.get("refresh_token")
    return token if isinstance(token, str) and token else None


def _instance_url(body: Mapping[str, Json]) -> str:
    try:
        return addresses.trusted_base(str(body.get("instance_url", "")))
    except ConfigurationError as error:
        raise ReconnectRequired("wrong_instance", {"fault": str(error)}) from error


def _check_signature(body: Mapping[str, Json], client_secret: str | None) -> None:
    """Raise ReconnectRequired if the signature of `id` is wrong; needs the app's secret (§1.3).
    Without an `id` it proves nothing."""
    signature = body.get("signature")
    if not client_secret or not isinstance(signature, str) or not body.get("id"):
        return
    signed = _utf8(f"{body['id']}{body.get('issued_at', '')}")
    expected = base64.b64encode(hmac.digest(_utf8(client_secret), signed, hashlib.sha256))
    if not hmac.compare_digest(expected, _utf8(signature)):
        raise ReconnectRequired("not_signed")


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _refusal(status: int, body: Mapping[str, Json], *, refreshing: bool, callback: str) -> ZsfError:
    error = str(body.get("error") or "")
    words = str(body.get("error_description") or "")
    if status == _TOO_MANY_REQUESTS:
        return too_often(error or f"HTTP {status}")
    is_described = bool(words) or is_known_error(error)
    if not error or status not in _REFUSALS or not is_described:
        return Unavailable("login", _RETRY_DELAY_S, {"status": status})
    if refreshing and any(fragment in words.lower() for fragment in _BUSY):
        return TokenBusy()
    return sign_in_error(error, words, callback)
