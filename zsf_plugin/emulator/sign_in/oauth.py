"""An org's OAuth: authorize, token, refresh with rotation, revoke, identity (salesforce-api.md §1).

This module holds the grants; `sign_in` renders the pages.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from zsf_plugin.emulator.errors import Json
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.schema import Row
from zsf_plugin.emulator.sign_in.credentials import (
    GRANT_TYPE,
    App,
    BadAssertion,
    Grant,
    new_refresh_token,
    secrets_equal,
    verify_assertion,
)

_CODE_VALIDITY_S = 15 * 60
#: Approvals one user can give one app.
_MAX_APPROVALS = 5
_LOGIN_HOSTS = ("https://login.salesforce.com", "https://test.salesforce.com")


@dataclass(frozen=True, slots=True)
class _AuthorizationCode:
    user_id: str
    client_id: str
    redirect_uri: str
    challenge: str | None
    scopes: tuple[str, ...]
    issued_at: float

    @classmethod
    def of(cls, query: Mapping[str, str], user_id: str, now: float) -> _AuthorizationCode:
        """The code for an authorize request that a user allowed."""
        return cls(
            user_id=user_id,
            client_id=query["client_id"],
            redirect_uri=query["redirect_uri"],
            challenge=query.get("code_challenge"),
            scopes=tuple(query.get("scope", "refresh_token api id").split()),
            issued_at=now,
        )

    def check(self, form: Mapping[str, str]) -> None:
        """Raise OAuthError unless the app that started the sign-in redeems the code."""
        if form.get("client_id") != self.client_id:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        if form.get("redirect_uri") != self.redirect_uri:
            raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
        proof = _challenge(form.get("code_verifier", ""))
        if self.challenge is not None and not secrets_equal(proof, self.challenge):
            raise OAuthError("invalid_grant", "invalid code verifier")


class OAuthError(Exception):
    """An error of the token endpoint: `error` and `error_description` (§1.5)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.body = {"error": error, "error_description": description}


class OAuth:
    """The grants of one org. `login_url` is the address that stands for Salesforce's login for all
    orgs: it stays when the org moves."""

    def __init__(self, org: Org, login_url: str) -> None:
        self._org = org
        self._login_url = login_url
        self._codes = dict[str, _AuthorizationCode]()
        self.grants = list[Grant]()
        self.keys = dict[str, str]()
        #: By client id, the apps that have a secret; any other client id is a public app.
        self.apps = dict[str, App]()

    def check_authorize(self, query: Mapping[str, str]) -> None:
        """Raise OAuthError for an invalid authorize request."""
        if query.get("response_type") != "code":
            raise OAuthError("unsupported_response_type", "response type not supported")
        if not query.get("client_id"):
            raise OAuthError("invalid_client_id", "client identifier invalid")
        if not query.get("redirect_uri"):
            raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
        if query.get("code_challenge_method") != "S256" or not query.get("code_challenge"):
            raise OAuthError("invalid_request", "missing required code challenge")

    def allow(self, query: Mapping[str, str], user_id: str) -> str:
        """Issue a code; returns the URL the browser goes to."""
        code = _new_code()
        self._codes[code] = _AuthorizationCode.of(query, user_id, self._now())
        return _callback(query, {"code": code})

    def deny(self, query: Mapping[str, str]) -> str:
        """The URL the browser goes to after the user refuses."""
        answer = {"error": "access_denied", "error_description": "end-user denied authorization"}
        return _callback(query, answer)

    def token(self, form: Mapping[str, str], base: str) -> Json:
        """The token endpoint's response. Raises OAuthError."""
        kinds = {
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
            "client_credentials": self._by_app,
            GRANT_TYPE: self._by_assertion,
        }
        answer = kinds.get(form.get("grant_type", ""))
        if answer is None:
            raise OAuthError("unsupported_grant_type", "grant type not supported")
        self._check_secret(form)
        return answer(form, base)

    def _check_secret(self, form: Mapping[str, str]) -> None:
        """Raise OAuthError if the app has a secret and the form another. An assertion proves the
        app by itself."""
        app = self._app_in(form)
        if app is not None and not secrets_equal(app.secret, form.get("client_secret", "")):
            raise OAuthError("invalid_client", "invalid client credentials")

    def user_of(self, access: str, *, for_api: bool = False) -> str | None:
        """The user of an access token, or None if it is no longer valid, or not `for_api`. Using it
        extends the session (§1.3)."""
        grant = self._grant_of_session(access)
        if grant is None or (for_api and not grant.allows_api):
            return None
        grant.use(access, self._now())
        return grant.user_id

    def introspect(self, token: str) -> Json:
        """The token's introspection document (§1.6)."""
        grant = self._by_refresh_token(token) or self._grant_of_session(token)
        if grant is None:
            return {"active": False}
        return {
            "active": True,
            "client_id": grant.client_id,
            "username": self._user(grant)["Username"],
            "scope": " ".join(grant.scopes),
            **self._token_info(grant, token),
        }

    def _user(self, grant: Grant) -> Row:
        return self._org.rows["User"][grant.user_id]

    def _token_info(self, grant: Grant, token: str) -> dict[str, Json]:
        """A token's type and validity period."""
        if token in grant.sessions:
            return _lifetime("access_token", grant.sessions[token], self._session_s())
        return _lifetime("refresh_token", grant.used_at, self._idle_s())

    def _grant_of_session(self, access: str) -> Grant | None:
        """The grant whose session uses this access token."""
        for grant in self.grants:
            if grant.has_session(access, self._now() - self._session_s()):
                return grant
        return None

    def _by_refresh_token(self, token: str) -> Grant | None:
        for grant in self.grants:
            if grant.is_refreshed_by(token):
                return grant
        return None

    def _session_s(self) -> int:
        return self._org.session_minutes * 60

    def _idle_s(self) -> int:
        return self._org.idle_days * 86_400

    def _now(self) -> float:
        return time.time() + self._org.clock_ahead_s

    def revoke(self, token: str) -> None:
        """End a grant by its refresh token, a session by its access token. Raises OAuthError."""
        for grant in self.grants:
            if grant.is_refreshed_by(token):
                self.grants.remove(grant)
                return
            if grant.sessions.pop(token, None) is not None:
                return
        raise OAuthError("invalid_token", "token is not valid")

    def expire_sessions(self) -> None:
        """End every session; refresh tokens stay valid."""
        for grant in self.grants:
            grant.sessions.clear()

    def expire_session(self, access: str) -> None:
        """End one session, if it exists."""
        with self._org.lock:
            for grant in self.grants:
                grant.sessions.pop(access, None)

    def revoke_all(self) -> None:
        """End every approval."""
        with self._org.lock:
            self.grants.clear()

    def identity(self, user_id: str, base: str) -> Json:
        """The response of the identity URL and userinfo (§1.6)."""
        user = self._org.rows["User"][user_id]
        return {
            "id": self._identity_url(user_id, base),
            "user_id": user_id,
            "organization_id": self._org.org_id,
            "username": user["Username"],
            "preferred_username": user["Username"],
            "display_name": user["Name"],
            "name": user["Name"],
            "email": user["Email"],
            "active": user["IsActive"],
            "user_type": "STANDARD",
        }

    def _identity_url(self, user_id: str, base: str) -> str:
        return f"{base}/id/{self._org.org_id}/{user_id}"

    def _new_session(self, grant: Grant) -> str:
        """Start a session; returns its access token."""
        access = _new_access_token(self._org.org_id)
        grant.use(access, self._now())
        return access

    def _by_code(self, form: Mapping[str, str], base: str) -> Json:
        """The first tokens of an approval; with a refresh token if its scopes include one."""
        code = self._take_code(form)
        grant = self._new_grant(code.user_id, code.client_id, code.scopes)
        self._enforce_approval_limit(grant)
        answer = self._answer(grant, form, base)
        return {**answer, "refresh_token": grant.refresh} if grant.issues_refresh_token else answer

    def _take_code(self, form: Mapping[str, str]) -> _AuthorizationCode:
        """Consume the authorization code; each works once. Raises OAuthError."""
        code = self._codes.pop(form.get("code", ""), None)
        if code is None:
            raise OAuthError("invalid_grant", "invalid authorization code")
        if self._now() - code.issued_at > _CODE_VALIDITY_S:
            raise OAuthError("invalid_grant", "expired authorization code")
        code.check(form)
        return code

    def _by_assertion(self, form: Mapping[str, str], base: str) -> Json:
        """A session for the user named in a signed assertion; no refresh token (§1.6)."""
        client_id, username = self._verify_assertion(form.get("assertion", ""), base)
        user = self._org.active_user(username)
        if user is None:
            raise OAuthError("invalid_grant", "user hasn't approved this consumer")
        grant = self._new_grant(str(user["Id"]), client_id, ("api", "id"))
        return self._answer(grant, form, base)

    def _app_in(self, form: Mapping[str, str]) -> App | None:
        return self.apps.get(form.get("client_id", ""))

    def _by_app(self, form: Mapping[str, str], base: str) -> Json:
        """A session for the user that the app runs as; no refresh token (§1.6)."""
        app = self._app_in(form)
        if app is None:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        if app.run_as is None:
            raise OAuthError("invalid_grant", "no client credentials user enabled")
        user = self._org.active_user(app.run_as)
        if user is None:
            raise OAuthError("invalid_grant", "inactive user")
        grant = self._new_grant(str(user["Id"]), form["client_id"], ("api", "id"))
        return self._answer(grant, form, base)

    def _verify_assertion(self, assertion: str, base: str) -> tuple[str, str]:
        audiences = (base, self._login_url, *_LOGIN_HOSTS)
        try:
            return verify_assertion(assertion, self.keys, audiences, self._now())
        except BadAssertion as error:
            raise OAuthError("invalid_grant", str(error)) from error

    def _new_grant(self, user_id: str, client_id: str, scopes: tuple[str, ...]) -> Grant:
        grant = Grant(user_id, client_id, new_refresh_token(), scopes, self._now())
        self.grants.append(grant)
        return grant

    def _enforce_approval_limit(self, newest: Grant) -> None:
        """A sixth approval of the same user and app silently ends the oldest (§1.2)."""
        same = [grant for grant in self.grants if grant.owner == newest.owner]
        for grant in same[:-_MAX_APPROVALS]:
            self.grants.remove(grant)

    def _by_refresh(self, form: Mapping[str, str], base: str) -> Json:
        """A new session. A rotated-out token ends the whole grant: it is treated as stolen
        (§1.4)."""
        token = form.get("refresh_token", "")
        grant = self._grant_of_refresh_token(token, form.get("client_id"))
        if grant is None:
            raise OAuthError("invalid_grant", "expired access/refresh token")
        if token in grant.rotated_out or self._is_idle(grant):
            self.grants.remove(grant)
            raise OAuthError("invalid_grant", "expired access/refresh token")
        grant.used_at = self._now()
        if not self._user(grant)["IsActive"]:
            raise OAuthError("invalid_grant", "inactive user")
        return self._rotate(grant, form, base)

    def _is_idle(self, grant: Grant) -> bool:
        return self._now() - grant.used_at > self._idle_s()

    def _grant_of_refresh_token(self, token: str, client_id: str | None) -> Grant | None:
        """The grant that this refresh token belongs or belonged to."""
        for grant in self.grants:
            if grant.recognizes(token, client_id):
                return grant
        return None

    def _rotate(self, grant: Grant, form: Mapping[str, str], base: str) -> Json:
        answer = self._answer(grant, form, base)
        if self._org.spec.refresh_rotation:
            grant.rotate()
            answer["refresh_token"] = grant.refresh
        return answer

    def _answer(self, grant: Grant, form: Mapping[str, str], base: str) -> dict[str, Json]:
        """Start a session and build the token endpoint's response."""
        identity = self._identity_url(grant.user_id, base)
        issued = str(int(self._now() * 1000))
        return {
            "access_token": self._new_session(grant),
            "signature": _signature(form.get("client_secret", ""), identity + issued),
            "scope": " ".join(reversed(grant.scopes)),
            "instance_url": base,
            "id": identity,
            "token_type": "Bearer",
            "issued_at": issued,
        }


def _challenge(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _signature(secret: str, text: str) -> str:
    digest = hmac.digest(secret.encode(), text.encode(), hashlib.sha256)
    return base64.b64encode(digest).decode()


def _callback(query: Mapping[str, str], answer: Mapping[str, str]) -> str:
    """The redirect URL that carries the result of an authorize request."""
    result = urlencode({**answer, "state": query.get("state", "")})
    return _with_query(query["redirect_uri"], result)


def _with_query(url: str, query: str) -> str:
    """The URL with that query added to its own."""
    return f"{url}{'&' if '?' in url else '?'}{query}"


def _new_code() -> str:
    return f"aPrx{secrets.token_urlsafe(30)}=="


def _new_access_token(org_id: str) -> str:
    """A token that begins with the short id of its org."""
    return f"{org_id[:15]}!{secrets.token_urlsafe(60)}"


def _lifetime(kind: str, used_at: float, validity_s: int) -> dict[str, Json]:
    used = int(used_at)
    return {"token_type": kind, "iat": used, "nbf": used, "exp": used + validity_s}
