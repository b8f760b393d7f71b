"""OAuth as an org speaks it: authorize, token, refresh with rotation, revoke, identity
(salesforce-api.md §1).

State of sign-ins and grants lives here; pages are `sign_in`'s, sockets the server's.
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
from zsf_plugin.emulator.sign_in.credentials import (
    GRANT_TYPE,
    BadAssertion,
    Grant,
    new_refresh_token,
    same_secret,
    speaker,
)

_CODE_LIFE_S = 15 * 60
#: Approvals that one user can have of one app.
_MAX_APPROVALS = 5
_LOGIN_HOSTS = ("https://login.salesforce.com", "https://test.salesforce.com")


@dataclass(frozen=True, slots=True)
class _Code:
    user_id: str
    client_id: str
    redirect_uri: str
    challenge: str | None
    scopes: tuple[str, ...]
    made_at: float


class OAuthError(Exception):
    """A refusal of the token endpoint: `error` and `error_description` (§1.5)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.body: dict[str, Json] = {"error": error, "error_description": description}


class OAuth:
    """The grants of one org."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._codes: dict[str, _Code] = {}
        self.grants: list[Grant] = []
        self.keys: dict[str, str] = {}

    def check_authorize(self, query: Mapping[str, str]) -> None:
        """Refuse an authorize request that no page may follow."""
        if query.get("response_type") != "code":
            raise OAuthError("unsupported_response_type", "response type not supported")
        if not query.get("client_id"):
            raise OAuthError("invalid_client_id", "client identifier invalid")
        if not query.get("redirect_uri"):
            raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
        if query.get("code_challenge_method") != "S256" or not query.get("code_challenge"):
            raise OAuthError("invalid_request", "missing required code challenge")

    def allow(self, query: Mapping[str, str], user_id: str) -> str:
        """Where the browser goes once the user allowed the access."""
        code = f"aPrx{secrets.token_urlsafe(30)}=="
        challenge = query.get("code_challenge")
        scopes = tuple(query.get("scope", "refresh_token api id").split())
        self._codes[code] = _Code(
            user_id, query["client_id"], query["redirect_uri"], challenge, scopes, self._now()
        )
        return _with(query["redirect_uri"], {"code": code, "state": query.get("state", "")})

    def deny(self, query: Mapping[str, str]) -> str:
        """Where the browser goes once the user refused."""
        answer = {"error": "access_denied", "error_description": "end-user denied authorization"}
        return _with(query["redirect_uri"], {**answer, "state": query.get("state", "")})

    def token(self, form: Mapping[str, str], base: str) -> Json:
        """The token endpoint's answer. Raises OAuthError."""
        kinds = {
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
            GRANT_TYPE: self._by_assertion,
        }
        answer = kinds.get(form.get("grant_type", ""))
        if answer is None:
            raise OAuthError("unsupported_grant_type", "grant type not supported")
        return answer(form, base)

    def user_of(self, access: str) -> str | None:
        """The user an access token stands for, or None where it is dead. Its use lengthens the
        session (§1.3)."""
        grant = self._holder(access)
        if grant is None:
            return None
        grant.use(access, self._now())
        return grant.user_id

    def introspect(self, token: str) -> Json:
        """What a token is good for (§1.6)."""
        grant = self._by_refresh_token(token) or self._holder(token)
        if grant is None:
            return {"active": False}
        username = self._org.rows["User"][grant.user_id]["Username"]
        told: dict[str, Json] = {"active": True, "client_id": grant.client_id, "username": username}
        return {**told, "scope": " ".join(grant.scopes), **self._life(grant, token)}

    def _life(self, grant: Grant, token: str) -> dict[str, Json]:
        """Of which kind a grant's token is, and from when to when it lives."""
        if token in grant.access:
            kind, used, life_s = "access_token", int(grant.access[token]), self._session_s()
        else:
            kind, used, life_s = "refresh_token", int(grant.used_at), self._idle_s()
        return {"token_type": kind, "iat": used, "nbf": used, "exp": used + life_s}

    def _holder(self, access: str) -> Grant | None:
        """The grant whose living session has this access token."""
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
        for grant in list(self.grants):
            if grant.is_refreshed_by(token):
                self.grants.remove(grant)
                return
            if token in grant.access:
                del grant.access[token]
                return
        raise OAuthError("invalid_token", "token is not valid")

    def expire_sessions(self) -> None:
        """End every session; refresh tokens live on."""
        for grant in self.grants:
            grant.access.clear()

    def expire_session(self, access: str) -> None:
        """End one session, where it lives."""
        with self._org.lock:
            for grant in self.grants:
                grant.access.pop(access, None)

    def revoke_all(self) -> None:
        """End every approval."""
        with self._org.lock:
            self.grants.clear()

    def identity(self, user_id: str, base: str) -> Json:
        """What the identity URL and userinfo tell (§1.6)."""
        user = self._org.rows["User"][user_id]
        return {
            "id": f"{base}/id/{self._org.org_id}/{user_id}",
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

    def _by_code(self, form: Mapping[str, str], base: str) -> Json:
        """The first tokens of an approval; a refresh token where its scopes ask for one."""
        code = self._codes.pop(form.get("code", ""), None)
        if code is None:
            raise OAuthError("invalid_grant", "invalid authorization code")
        self._check_code(code, form)
        grant = self._new_grant(code.user_id, code.client_id, code.scopes)
        self._end_the_sixth(grant)
        answer = self._answer(grant, form, base)
        return {**answer, "refresh_token": grant.refresh} if grant.is_lasting else answer

    def _check_code(self, code: _Code, form: Mapping[str, str]) -> None:
        """Refuse a code that is too old, or that another app shows."""
        if self._now() - code.made_at > _CODE_LIFE_S:
            raise OAuthError("invalid_grant", "expired authorization code")
        if form.get("client_id") != code.client_id:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        if form.get("redirect_uri") != code.redirect_uri:
            raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
        proof = _challenge(form.get("code_verifier", ""))
        if code.challenge is not None and not same_secret(proof, code.challenge):
            raise OAuthError("invalid_grant", "invalid code verifier")

    def _by_assertion(self, form: Mapping[str, str], base: str) -> Json:
        """A session for whom an app's key speaks; no refresh token (§1.6)."""
        audiences = (base, *_LOGIN_HOSTS)
        assertion = form.get("assertion", "")
        try:
            client_id, username = speaker(assertion, self.keys, audiences, self._now())
        except BadAssertion as error:
            raise OAuthError("invalid_grant", str(error)) from error
        user = self._org.active_user(username)
        if user is None:
            raise OAuthError("invalid_grant", "user hasn't approved this consumer")
        grant = self._new_grant(str(user["Id"]), client_id, ("api", "id"))
        return self._answer(grant, form, base)

    def _new_grant(self, user_id: str, client_id: str, scopes: tuple[str, ...]) -> Grant:
        grant = Grant(user_id, client_id, new_refresh_token(), scopes, self._now())
        self.grants.append(grant)
        return grant

    def _end_the_sixth(self, newest: Grant) -> None:
        """A sixth approval of the same user and app silently ends the oldest (§1.2)."""
        owner = (newest.user_id, newest.client_id)
        same = [grant for grant in self.grants if (grant.user_id, grant.client_id) == owner]
        for grant in same[:-_MAX_APPROVALS]:
            self.grants.remove(grant)

    def _by_refresh(self, form: Mapping[str, str], base: str) -> Json:
        """A new session. A spent token ends the whole grant: it is treated as theft (§1.4)."""
        token = form.get("refresh_token", "")
        grant = self._shown_grant(token, form.get("client_id"))
        if grant is None:
            raise OAuthError("invalid_grant", "expired access/refresh token")
        if token in grant.spent or self._now() - grant.used_at > self._idle_s():
            self.grants.remove(grant)
            raise OAuthError("invalid_grant", "expired access/refresh token")
        grant.used_at = self._now()
        if not self._org.rows["User"][grant.user_id]["IsActive"]:
            raise OAuthError("invalid_grant", "inactive user")
        return self._rotate(grant, form, base)

    def _shown_grant(self, token: str, client_id: str | None) -> Grant | None:
        """The grant whose refresh token this is, or was."""
        for grant in self.grants:
            if grant.is_shown_by(token, client_id):
                return grant
        return None

    def _rotate(self, grant: Grant, form: Mapping[str, str], base: str) -> Json:
        answer = self._answer(grant, form, base)
        if not self._org.spec.refresh_rotation:
            return answer
        grant.rotate()
        return {**answer, "refresh_token": grant.refresh}

    def _answer(self, grant: Grant, form: Mapping[str, str], base: str) -> dict[str, Json]:
        """A new session of a grant, as the token endpoint tells it."""
        access = f"{self._org.org_id[:15]}!{secrets.token_urlsafe(60)}"
        grant.use(access, self._now())
        identity = f"{base}/id/{self._org.org_id}/{grant.user_id}"
        issued = str(int(self._now() * 1000))
        return {
            "access_token": access,
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


def _with(url: str, query: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
