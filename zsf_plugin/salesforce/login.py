"""The `Login` port over Salesforce's OAuth: web-server flow with PKCE and state, JWT bearer, revoke (§1.3, §1.6)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode

from zsf_plugin.errors import ConfigurationError, MissingExtra, OutcomeUnknown, ReconnectRequired, Unavailable, ZsfError
from zsf_plugin.model.json import Json
from zsf_plugin.model.link import Connection, Tokens
from zsf_plugin.ports.clock import Clock
from zsf_plugin.ports.login import Grant, SignIn
from zsf_plugin.salesforce import soql
from zsf_plugin.salesforce.answers import body_of
from zsf_plugin.salesforce.hosts import looks_like_sandbox, trusted_base
from zsf_plugin.salesforce.http import Http
from zsf_plugin.salesforce.oauth import TokenAnswer, TokenBusy, code_form, described, token_call

if TYPE_CHECKING:
    from joserfc.jwk import KeyBase

_SCOPE = "api refresh_token id"
_VERSION = "68.0"
_OLDEST = 60.0
_ASSERTION_S = 180
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class SalesforceLogin:
    """Signs workspaces in. `client_secret` None: a public client, PKCE alone."""

    def __init__(self, client_secret: str | None, clock: Clock) -> None:
        self._client_secret = client_secret
        self._clock = clock
        self._http = Http()

    def begin(self, login_url: str, client_id: str, redirect_uri: str) -> SignIn:
        """A new sign-in with fresh state and verifier."""
        base, state, verifier = trusted_base(login_url), secrets.token_urlsafe(32), secrets.token_urlsafe(64)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = urlencode(
            {
                "response_type": "code",
                "client_id": client_id,
                "redirect_uri": redirect_uri,
                "scope": _SCOPE,
                "state": state,
                "code_challenge": challenge,
                "code_challenge_method": "S256",
            }
        )
        url = f"{base}/services/oauth2/authorize?{query}"
        return SignIn(url, base, client_id, redirect_uri, state, verifier)

    def finish(self, sign_in: SignIn, answer: Mapping[str, str]) -> Grant:
        """Trade the callback's query for a grant."""
        if not hmac.compare_digest(sign_in.state.encode(), answer.get("state", "").encode()):
            raise ReconnectRequired("this sign-in wasn't started here: start it again", "foreign_state")
        if "error" in answer:
            raise _refused(answer["error"], answer.get("error_description", ""))
        if not answer.get("code"):
            raise ReconnectRequired("Salesforce sent no code back: start the sign-in again", "login")
        form = code_form(sign_in.client_id, self._client_secret, answer["code"], sign_in.redirect_uri, sign_in.verifier)
        return self._grant(sign_in.login_url, form)

    def sign_in_with_jwt(self, login_url: str, client_id: str, username: str, key_pem: bytes) -> Grant:
        """A grant without a browser. It has no refresh token: each session is signed anew."""
        base = trusted_base(login_url)
        assertion = _assertion(client_id, username, base, key_pem, int(self._clock.now()) + _ASSERTION_S)
        return self._grant(base, {"grant_type": _JWT_GRANT, "assertion": assertion})

    def revoke(self, connection: Connection, tokens: Tokens) -> None:
        """End the grant. One that is already dead counts as ended (§1.6)."""
        body = urlencode({"token": tokens.refresh or tokens.access}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        url = f"{trusted_base(connection.login_url)}/services/oauth2/revoke"
        answer = self._http.send("POST", url, headers=headers, body=body)
        if answer.status >= 500:
            raise Unavailable(f"the login cannot answer (HTTP {answer.status})", 30.0)

    def _grant(self, login_url: str, form: Mapping[str, str]) -> Grant:
        try:
            answer = token_call(self._http, login_url, form, self._client_secret)
        except (TokenBusy, OutcomeUnknown) as error:
            raise Unavailable("the answer to the sign-in was lost: start it again", 5.0) from error
        version = self._version(answer.instance_url)
        name, is_sandbox = self._organization(answer, version, login_url)
        return Grant(
            tokens=Tokens(answer.access, answer.refresh, refreshed_at=self._clock.now()),
            org_id=answer.org_id,
            org_name=name,
            user_id=answer.user_id,
            username=self._username(answer),
            instance_url=answer.instance_url,
            is_sandbox=is_sandbox,
            api_version=version,
        )

    def _version(self, instance_url: str) -> str:
        """Ours where the org knows it, else the newest it knows: orgs upgrade on different weekends (§2.5)."""
        known = self._get(f"{instance_url}/services/data", None)
        rows = known if isinstance(known, list) else []
        versions = [str(row.get("version")) for row in rows if isinstance(row, dict)]
        if _VERSION in versions:
            return _VERSION
        newest = max(versions, key=float, default="0")
        if float(newest) < _OLDEST:
            raise ConfigurationError((f"the org knows no API version from {_OLDEST} on: is it a Salesforce org?",))
        return newest

    def _organization(self, answer: TokenAnswer, version: str, login_url: str) -> tuple[str, bool]:
        """(name, whether it is a sandbox); from the addresses where the user may not ask."""
        query = soql.encoded("SELECT Id, Name, IsSandbox FROM Organization")
        body = self._get(f"{answer.instance_url}/services/data/v{version}/query?q={query}", answer.access)
        records = body.get("records") if isinstance(body, dict) else None
        row = records[0] if isinstance(records, list) and records else None
        if isinstance(row, dict):
            return str(row.get("Name") or answer.org_id), row.get("IsSandbox") is True
        return answer.org_id, looks_like_sandbox(answer.instance_url) or looks_like_sandbox(login_url)

    def _username(self, answer: TokenAnswer) -> str:
        """The user's name for people to recognise; the id where it may not be asked for."""
        body = self._get(f"{answer.instance_url}/services/oauth2/userinfo", answer.access)
        name = body.get("preferred_username") if isinstance(body, dict) else None
        return str(name) if name else answer.user_id

    def _get(self, url: str, access: str | None) -> Json:
        """A document that is nice to have: None for any refusal. Raises Unavailable where the org is out of reach."""
        headers = {"Accept": "application/json", **({"Authorization": f"Bearer {access}"} if access else {})}
        answer = self._http.send("GET", url, headers=headers)
        try:
            return body_of(answer) if answer.status == 200 else None
        except ValueError:
            return None


def _refused(error: str, description: str) -> ZsfError:
    """What a callback without a code stands for (§1.3; the hyphen is Salesforce's own)."""
    words = description.lower()
    if error in ("access_denied", "access-denied"):
        return ReconnectRequired("the access was not allowed in Salesforce: start again and choose Allow", "refused")
    if "installed" in words or error == "OAUTH_APPROVAL_ERROR_GENERIC":
        return ReconnectRequired("a Salesforce admin has to install or allow the app in the org first", "not_installed")
    return described(words, error)


def _assertion(client_id: str, username: str, audience: str, key_pem: bytes, expires: int) -> str:
    try:
        from joserfc import jwk, jwt
    except ImportError as error:
        raise MissingExtra("signing in with a key", "jwt") from error
    try:
        key = cast("KeyBase", jwk.RSAKey.import_key(key_pem))
    except ValueError as error:
        raise ConfigurationError(("--jwt-key: not an RSA private key in PEM form",)) from error
    claims = {"iss": client_id, "sub": username, "aud": audience, "exp": expires}
    return jwt.encode({"alg": "RS256"}, claims, key)
