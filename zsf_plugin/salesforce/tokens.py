"""Refreshes tokens: one refresh at a time across threads and processes, stored before use
(salesforce-api.md §1.4).

Using a rotated refresh token again revokes the whole grant, so a refresh whose answer was lost is
not repeated here: the caller backs off, and the next refresh first reads the store. Never parses a
token.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from zsf_plugin.errors import (
    AppRefused,
    ConfigurationError,
    Fenced,
    Log,
    MissingExtra,
    OutcomeUnknown,
    ReconnectRequired,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model import Connection, SignInKey, Tokens
from zsf_plugin.ports import REFRESH_LEASE, REFRESH_LEASE_S, Clock, Fence
from zsf_plugin.salesforce import addresses, identity, ids, key_grants
from zsf_plugin.salesforce.http import Http
from zsf_plugin.salesforce.oauth import (
    TokenAnswer,
    TokenBusy,
    at_first_login,
    refresh_form,
    token_call,
)
from zsf_plugin.sync.availability import ask_to_reconnect
from zsf_plugin.sync.leases import LeaseParts, Owners, Sightings

if TYPE_CHECKING:
    from zsf_plugin.ports import Store

_log = Log("zsf_plugin.salesforce")

#: A little longer than a lease lives: then a holder that died elsewhere was seen not to renew it.
_MAX_WAIT_S = REFRESH_LEASE_S + 5.0
_POLL_INTERVAL_S = 0.05
#: "Already being processed" passes after a second or two (§1.4).
_BUSY_DELAY_S = 1.5
_MAX_ATTEMPTS = 3
_RETRY_DELAY_S = 30.0
_APP_RETRY_DELAY_S = 300.0


class Refresher:
    """Refreshes one workspace's tokens."""

    def __init__(
        self,
        workspace: str,
        store: Store,
        clock: Clock,
        http: Http,
        client_secret: str | None,
        owners: Owners,
    ) -> None:
        self._workspace = workspace
        self._store = store
        self._clock = clock
        self._http = http
        self._client_secret = client_secret
        self._leases = LeaseParts(store, clock, owners, Sightings())
        self._turn = threading.Lock()

    def refresh(self, stale: Tokens, *, waits: bool = True) -> Tokens:
        """Return tokens newer than `stale`: those that another process or a new sign-in stored, or
        freshly requested ones. `waits` for another refresh of the workspace, unless `stale` are
        still of use.

        Raises ReconnectRequired if a person must sign in again (which is then stored with the
        connection), Unavailable if Salesforce could not answer, our app's registration is wrong, or
        another refresh does not end.
        """
        # threads of this process wait here, other processes at the lease
        if not self._turn.acquire(blocking=waits):
            raise Unavailable("refresh_here", _BUSY_DELAY_S)
        try:
            return self._refresh_within(_MAX_WAIT_S if waits else 0.0, stale)
        finally:
            self._turn.release()

    def _refresh_within(self, wait_s: float, stale: Tokens) -> Tokens:
        """As `refresh`; waits so long for another process."""
        deadline = self._clock.monotonic() + wait_s
        while True:
            newer = self._newer(stale)
            if newer is not None:
                return newer
            fence = self._acquire_lease()
            if fence is not None:
                return self._refresh_alone(fence, stale)
            if self._clock.monotonic() >= deadline:
                raise Unavailable("refresh_here", _BUSY_DELAY_S)
            self._clock.sleep(_POLL_INTERVAL_S)

    def _acquire_lease(self) -> Fence | None:
        """The lease of this workspace's refresh; None if another has it, for which `refresh`
        waits: it may store tokens any moment."""
        name = REFRESH_LEASE + self._workspace
        fence, _ = self._leases.acquire(name, REFRESH_LEASE_S, stopping=lambda: True)
        return fence

    def _refresh_alone(self, fence: Fence, stale: Tokens) -> Tokens:
        try:
            return self._newer(stale) or self._fetch(fence, stale)
        finally:
            self._store.release_lease(fence)

    def _newer(self, stale: Tokens) -> Tokens | None:
        """The stored tokens, or None if they are still `stale`."""
        now = self._store.tokens(self._workspace)
        if now is None or (now.version, now.access) == (stale.version, stale.access):
            return None
        return now

    def _fetch(self, fence: Fence, stale: Tokens) -> Tokens:
        """Fresh tokens from Salesforce, tried again while it refreshes for another process."""
        connection = self._store.connection(self._workspace)
        if connection is None:
            raise ReconnectRequired("not_connected")
        key = self._store.sign_in_key(self._workspace) if stale.refresh is None else None
        if stale.refresh is None and key is None:
            raise self._end_sign_in(connection, ReconnectRequired("no_refresh"))
        for _ in range(_MAX_ATTEMPTS):
            try:
                answer = self._request_tokens(fence, connection, stale.refresh, key)
            except TokenBusy:
                self._clock.sleep(_BUSY_DELAY_S)
                newer = self._newer(stale)
            except ReconnectRequired as error:
                # someone may have signed in again meanwhile: then only the old grant ended
                newer = self._newer(stale)
                if newer is None:
                    raise self._end_sign_in(connection, error) from error
            else:
                return self._store_tokens(connection, stale, answer)
            if newer is not None:
                return newer
        raise Unavailable("refresh_there", _BUSY_DELAY_S)

    def _request_tokens(
        self, fence: Fence, connection: Connection, refresh: str | None, key: SignInKey | None
    ) -> TokenAnswer:
        """Send the refresh token, or what the key signs for that login address, if we still hold
        the lease: after that the token may have been rotated, and sending it would revoke the whole
        grant."""

        def call(base: str) -> TokenAnswer:
            self._check_lease(fence)
            now = self._clock.now()
            if key is not None:
                form = key_grants.key_form(base, connection.client_id, key, now)
            else:
                form = refresh_form(connection.client_id, self._client_secret, refresh or "")
            return token_call(self._http, base, form, self._client_secret, now)

        try:
            answer = at_first_login(connection, call)
            # a key leads to the org of its user, which must be known before it is trusted
            return answer if key is None else identity.identified(self._http, answer)
        except OutcomeUnknown as error:
            raise Unavailable("refresh_lost", _RETRY_DELAY_S) from error
        except (ConfigurationError, MissingExtra) as error:
            other = self._with_configured_secret(key, error)
            if other is not None:
                return self._request_tokens(fence, connection, refresh, other)
            # The grant is still valid; an operator must correct our app.
            raise Unavailable("our_app", _APP_RETRY_DELAY_S, {"findings": str(error)}) from error

    def _check_lease(self, fence: Fence) -> None:
        """Raise TokenBusy if another process holds the lease now."""
        try:
            self._store.renew_lease(fence, self._clock.now(), ttl_s=REFRESH_LEASE_S)
        except Fenced as error:
            raise TokenBusy from error

    def _with_configured_secret(self, key: SignInKey | None, error: ZsfError) -> SignInKey | None:
        """The app's key with the secret of the settings, if Salesforce refused the stored one: the
        app has got another since. None if that changes nothing.

        The stored one comes first: each workspace may have an app of its own.
        """
        is_secret = isinstance(error, AppRefused) and error.code == "consumer_secret"
        if not is_secret or key is None or key.kind != "client_credentials":
            return None
        if not self._client_secret or self._client_secret == key.secret:
            return None
        return SignInKey("client_credentials", self._client_secret)

    def _store_tokens(self, connection: Connection, stale: Tokens, answer: TokenAnswer) -> Tokens:
        """Check the org, then store the tokens, then return them."""
        self._check_org(connection, answer.org_id)
        refresh = answer.refresh or stale.refresh
        fresh = Tokens(answer.access, refresh, stale.version + 1, self._clock.now())
        instance_url = answer.instance_url or connection.instance_url
        is_stored = self._store.rotate_tokens(
            self._workspace, fresh, instance_url=instance_url, expected_version=stale.version
        )
        _log.info("refreshed the sign-in of workspace %s", self._workspace)
        self._note_login(connection, answer)
        return fresh if is_stored else (self._newer(stale) or fresh)

    def _note_login(self, connection: Connection, answer: TokenAnswer) -> None:
        """Store the org's address as its login address, where that was an own one and has moved: a
        person who signs in again is led there, and later refreshes go there first."""
        has_moved = answer.base != addresses.trusted_base(connection.login_url)
        if has_moved and connection.environment == "custom":
            self._store.move_login(connection, answer.instance_url or connection.instance_url)

    def _check_org(self, connection: Connection, org_id: str) -> None:
        """Raise ReconnectRequired if the tokens are for another org; a refresh token's need not
        name theirs."""
        if org_id and not ids.same_id(org_id, connection.org_id):
            error = ReconnectRequired("org_changed", {"org": org_id})
            raise self._end_sign_in(connection, error)

    def _end_sign_in(self, connection: Connection, error: ReconnectRequired) -> ReconnectRequired:
        """Store with the connection that a person is needed, and return the error to raise."""
        ask_to_reconnect(self._store, connection, error, self._clock.now())
        _log.warning("the sign-in of workspace %s ended (%s)", self._workspace, error.code)
        return error
