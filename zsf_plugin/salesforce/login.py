"""Implements the `Login` port over Salesforce's OAuth: web-server flow with PKCE and state, JWT
bearer, revoke.

From salesforce-api.md §1.3 and §1.6. Stores nothing; `connect` does.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlsplit

from zsf_plugin.errors import (
    AppRefused,
    ConfigurationError,
    OutcomeUnknown,
    ReconnectRequired,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model import Connection, Json, SignInKey, Tokens
from zsf_plugin.ports import Clock, PendingSignIn, RenewalFault, SignInResult
from zsf_plugin.salesforce import addresses, answers, headers, identity, versions
from zsf_plugin.salesforce.key_grants import key_form
from zsf_plugin.salesforce.oauth import (
    LoginMoved,
    TokenAnswer,
    at_first_login,
    check_callback,
    code_form,
    login_sign,
    token_call,
)
from zsf_plugin.salesforce.traced_http import new_http
from zsf_plugin.settings import DEFAULT_READ_TIMEOUT_S, DIRECT, Network

_SCOPE = "api refresh_token id"
_RETRY_DELAY_S = 30.0
_REFRESH_SCOPES = ("refresh_token", "offline_access")
#: Without either, the API ends every session at once.
_API_SCOPES = ("api", "full")


class SalesforceLogin:
    """Signs workspaces in. `client_secret` is None for a public client, which uses PKCE only."""

    def __init__(
        self,
        client_secret: str | None,
        clock: Clock,
        read_timeout_s: float = DEFAULT_READ_TIMEOUT_S,
        network: Network = DIRECT,
    ) -> None:
        self._client_secret = client_secret
        self._clock = clock
        self._http = new_http(read_timeout_s, network)

    def trusted_base(self, url: str) -> str:
        """The base of a trusted login address. Raises ConfigurationError for any other."""
        return addresses.trusted_base(url)

    def begin(self, login_url: str, client_id: str, redirect_uri: str) -> PendingSignIn:
        """Start a sign-in with a new state and verifier. Raises NotSent if Salesforce's answer
        could not be fetched afterwards, because the proxy or the certificates cannot be used."""
        base = addresses.trusted_base(login_url)
        self._http.check()
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
        query = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "scope": _SCOPE,
            "state": state,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        url = addresses.authorize(base, query)
        return PendingSignIn(url, base, client_id, redirect_uri, state, verifier)

    def finish(self, sign_in: PendingSignIn, answer: Mapping[str, str]) -> SignInResult:
        """Exchange the callback's query for a grant."""
        check_callback(sign_in, answer)
        form = code_form(
            sign_in.client_id,
            self._client_secret,
            answer["code"],
            sign_in.redirect_uri,
            sign_in.verifier,
        )
        return self._grant(sign_in.login_url, form)

    def sign_in_with_jwt(
        self, login_url: str, client_id: str, username: str, key_pem: bytes
    ) -> SignInResult:
        """Sign in without a browser. The grant has no refresh token: the key signs for every
        session."""
        try:
            key = SignInKey("jwt", key_pem.decode("ascii"), username)
        except UnicodeDecodeError:
            key = SignInKey("jwt", "", username)  # no PEM: refused below
        return self._sign_in_with(login_url, client_id, key)

    def sign_in_as_app(self, login_url: str, client_id: str) -> SignInResult:
        """Sign in as the user that the app runs as (client credentials)."""
        if not self._client_secret:
            raise AppRefused("consumer_secret")
        key = SignInKey("client_credentials", self._client_secret)
        return self._sign_in_with(login_url, client_id, key)

    def _sign_in_with(self, login_url: str, client_id: str, key: SignInKey) -> SignInResult:
        base = addresses.trusted_base(login_url)
        form = key_form(base, client_id, key, self._clock.now())
        return replace(self._grant(base, form), key=key, lacks=None)

    def revoke(self, connection: Connection, tokens: Tokens) -> None:
        """Revoke the grant. One that has already ended counts as revoked (§1.6)."""
        token = tokens.refresh or tokens.access
        at_first_login(connection, lambda base: self._end(base, token))

    def _end(self, login_url: str, token: str) -> None:
        body, base = addresses.form({"token": token}), addresses.trusted_base(login_url)
        url = addresses.oauth(base, "revoke")
        answer = self._http.send("POST", url, headers=headers.FORM, body=body)
        sign = login_sign(answer, base)
        if sign is not None:
            raise LoginMoved(sign, answer.status)
        if answer.status not in (200, 204, 400):
            raise Unavailable("login", _RETRY_DELAY_S, {"status": answer.status})

    def _grant(self, login_url: str, form: Mapping[str, str]) -> SignInResult:
        try:
            answer = token_call(self._http, login_url, form, self._client_secret, self._clock.now())
        except OutcomeUnknown as error:
            raise Unavailable("sign_in_lost", _RETRY_DELAY_S) from error
        except LoginMoved as error:
            if error.sign == "elsewhere":
                raise
            raise ReconnectRequired("address_moved") from error
        try:
            return self._grant_of(self._identified(answer), login_url)
        except (ReconnectRequired, AppRefused):  # who may not use the API keeps no grant
            with suppress(ZsfError):
                self._end(login_url, answer.refresh or answer.access)
            raise

    def _identified(self, answer: TokenAnswer) -> TokenAnswer:
        if answer.scopes and answer.scopes.isdisjoint(_API_SCOPES):
            raise AppRefused("scope", {"error": "api"})
        return identity.identified(self._http, answer)

    def _grant_of(self, answer: TokenAnswer, login_url: str) -> SignInResult:
        version = self._version(answer.instance_url)
        name, is_sandbox = self._organization(answer, version, login_url)
        return SignInResult(
            tokens=Tokens(answer.access, answer.refresh, refreshed_at=self._clock.now()),
            org_id=answer.org_id,
            org_name=name,
            user_id=answer.user_id,
            username=self._username(answer),
            instance_url=answer.instance_url,
            is_sandbox=is_sandbox,
            api_version=version,
            lacks=_renewal_fault(answer),
        )

    def _version(self, instance_url: str) -> str:
        """Our API version if the org supports it, else its newest: orgs upgrade on different
        weekends (§2.5)."""
        listed = versions.versions_at(self._http, instance_url)
        if listed is None:
            raise Unavailable("no_versions", _RETRY_DELAY_S)
        best = versions.best_of(listed)
        if best is None:
            words = f"the org supports no API version {versions.OLDEST} or newer: "
            raise ConfigurationError((words + "is it a Salesforce org?",))
        return best

    def _organization(self, answer: TokenAnswer, version: str, login_url: str) -> tuple[str, bool]:
        """(name, whether it is a sandbox); from the addresses if the user cannot query them."""
        path = addresses.query("SELECT Id, Name, IsSandbox FROM Organization")
        body = self._get(answer.instance_url + addresses.root(version) + path, answer.access)
        host = urlsplit(answer.instance_url).hostname or answer.org_id
        for row in answers.objects_in(body, "records"):
            return str(row.get("Name") or host), row.get("IsSandbox") is True
        return host, any(map(addresses.looks_like_sandbox, (answer.instance_url, login_url)))

    def _username(self, answer: TokenAnswer) -> str:
        """The username; the user's id if the username cannot be read (scopes differ, §1.6)."""
        base = answer.instance_url
        for url in (
            addresses.oauth(base, "userinfo"),
            addresses.identity(base, answer.org_id, answer.user_id),
        ):
            name = _username_in(self._get(url, answer.access))
            if isinstance(name, str):
                return name
        return answer.user_id

    def _get(self, url: str, access: str) -> Json:
        """A document; None if it is refused or unreadable, or the org cannot be reached. Raises
        ReconnectRequired if the user has no API access at all."""
        try:
            answer = identity.fetch(self._http, url, access)
        except Unavailable:
            return None
        return answers.json_or_none(answer) if answer.status == 200 else None


def _renewal_fault(answer: TokenAnswer) -> RenewalFault | None:
    """Why Salesforce granted no refresh token, if it did not (§1.2, §1.3)."""
    if answer.refresh is not None:
        return None
    has_scope = not answer.scopes.isdisjoint(_REFRESH_SCOPES)
    return "no_refresh_policy" if has_scope else "no_refresh_scope"


def _username_in(profile: Json) -> Json:
    """The username in either document about a user."""
    table = profile if isinstance(profile, dict) else {}
    return table.get("preferred_username") or table.get("username")


def _challenge(verifier: str) -> str:
    """The S256 challenge for a verifier (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
