"""Refreshing a token: once at a time across threads and processes, stored before it is used (salesforce-api.md §1.4).

Presenting a rotated token again costs the whole grant, so a refresh whose answer was lost is never blindly repeated.
"""

from __future__ import annotations

from dataclasses import replace

from zsf_plugin.errors import OutcomeUnknown, ReconnectRequired, Unavailable
from zsf_plugin.model.link import Connection, Tokens
from zsf_plugin.ports.clock import Clock
from zsf_plugin.ports.store import Fence, Store
from zsf_plugin.salesforce.http import Http
from zsf_plugin.salesforce.oauth import TokenAnswer, TokenBusy, refresh_form, token_call
from zsf_plugin.salesforce.owner import Owner

_LEASE_S = 150.0
_POLL_S = 0.05
_BUSY_S = 1.5
_TRIES = 3


class Refresher:
    """Refreshes one workspace's tokens."""

    def __init__(
        self, workspace: str, store: Store, clock: Clock, http: Http, client_secret: str | None, owner: Owner
    ) -> None:
        self._workspace = workspace
        self._store = store
        self._clock = clock
        self._http = http
        self._client_secret = client_secret
        self._owner = owner

    def refresh(self, stale: Tokens) -> Tokens:
        """Tokens newer than `stale`: those another refresher got meanwhile, or fresh ones.

        Raises ReconnectRequired where a person must sign in again, Unavailable where Salesforce could not answer.
        """
        deadline = self._clock.now() + _LEASE_S
        while self._clock.now() < deadline:
            fence = self._store.acquire(
                f"refresh:{self._workspace}",
                self._owner.new_owner(),
                self._clock.now(),
                ttl_s=_LEASE_S,
                is_dead=self._owner.is_dead,
            )
            if fence is not None:
                return self._alone(fence, stale)
            self._clock.sleep(_POLL_S)
            newer = self._newer(stale)
            if newer is not None:
                return newer
        raise Unavailable("another process is refreshing the sign-in", _BUSY_S)

    def _alone(self, fence: Fence, stale: Tokens) -> Tokens:
        try:
            return self._newer(stale) or self._fetched(stale)
        finally:
            self._store.give_back(fence)

    def _newer(self, stale: Tokens) -> Tokens | None:
        now = self._store.tokens(self._workspace)
        return now if now is not None and now.version > stale.version else None

    def _fetched(self, stale: Tokens) -> Tokens:
        connection = self._store.connection(self._workspace)
        if connection is None or stale.refresh is None:
            raise self._ended(connection, "no refresh token is stored: sign in again with `zsf connect`")
        form = refresh_form(connection.client_id, self._client_secret, stale.refresh)
        for _ in range(_TRIES):
            try:
                answer = token_call(self._http, connection.login_url, form, self._client_secret)
            except TokenBusy:
                self._clock.sleep(_BUSY_S)
                newer = self._newer(stale)
                if newer is not None:
                    return newer
                continue
            except OutcomeUnknown as error:
                raise Unavailable("the answer to a token refresh was lost", _BUSY_S) from error
            except ReconnectRequired as error:
                raise self._ended(connection, error.reason) from error
            return self._kept(connection, stale, answer)
        raise Unavailable("Salesforce is refreshing the sign-in for another process", _BUSY_S)

    def _kept(self, connection: Connection, stale: Tokens, answer: TokenAnswer) -> Tokens:
        """Pin the org, then store, then use."""
        if answer.org_id[:15] != connection.org_id[:15]:
            words = f"the sign-in now answers for another org ({answer.org_id}); disconnect first to move for good"
            raise self._ended(connection, words)
        fresh = Tokens(answer.access, answer.refresh or stale.refresh, stale.version + 1, self._clock.now())
        kept = self._store.rotate(
            self._workspace, fresh, instance_url=answer.instance_url, expected_version=stale.version
        )
        return fresh if kept else (self._newer(stale) or fresh)

    def _ended(self, connection: Connection | None, reason: str) -> ReconnectRequired:
        if connection is not None:
            self._store.save_connection(replace(connection, state="reconnect", reason=reason))
        return ReconnectRequired(reason)
