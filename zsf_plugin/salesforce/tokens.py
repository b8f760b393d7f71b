"""Refreshing a token: once at a time across threads and processes, stored before it is used
(salesforce-api.md §1.4).

Presenting a rotated token again costs the whole grant, so a refresh whose answer was lost is not
repeated here: the caller backs off, and the next refresh first looks at what is stored by then.
Never parses a token.
"""

from __future__ import annotations

import logging
import threading
from typing import Protocol

from zsf_plugin.errors import (
    ConfigurationError,
    Fenced,
    OutcomeUnknown,
    ReconnectRequired,
    Unavailable,
)
from zsf_plugin.model import Connection, Tokens
from zsf_plugin.ports import Clock, Fence, Store
from zsf_plugin.salesforce.http import Http
from zsf_plugin.salesforce.ids import same_id
from zsf_plugin.salesforce.oauth import TokenAnswer, TokenBusy, refresh_form, token_call
from zsf_plugin.sync.availability import ask_to_reconnect

_log = logging.getLogger("zsf_plugin.salesforce")

#: Longer than one token call can take, so that a living refresher is never overtaken.
_LEASE_S = 150.0
_POLL_S = 0.05
#: "Already being processed" is over after a second or two (§1.4).
_BUSY_S = 1.5
_TRIES = 3
_LOST_S = 30.0
_OPERATOR_S = 300.0


class LeaseOwners(Protocol):
    """Names lease owners, and tells whether one is gone."""

    def new_owner(self) -> str:
        """A name no other holder has."""
        ...

    def is_dead(self, owner: str) -> bool:
        """Whether that holder was a process of this machine and is gone."""
        ...


class Refresher:
    """Refreshes one workspace's tokens."""

    def __init__(
        self,
        workspace: str,
        store: Store,
        clock: Clock,
        http: Http,
        client_secret: str | None,
        owners: LeaseOwners,
    ) -> None:
        self._workspace = workspace
        self._store = store
        self._clock = clock
        self._http = http
        self._client_secret = client_secret
        self._owners = owners
        self._turn = threading.Lock()

    def refresh(self, stale: Tokens) -> Tokens:
        """Tokens other than `stale`: those another refresher (or a new sign-in) brought meanwhile,
        or fresh ones.

        Raises ReconnectRequired where a person must sign in again (the connection says so from then
        on), Unavailable where Salesforce could not answer or our app's registration is wrong.
        """
        with self._turn:  # threads of this process wait here, other processes at the lease
            deadline = self._clock.now() + _LEASE_S
            while self._clock.now() < deadline:
                newer = self._newer(stale)
                if newer is not None:
                    return newer
                fence = self._acquire_lease()
                if fence is not None:
                    return self._refresh_alone(fence, stale)
                self._clock.sleep(_POLL_S)
        raise Unavailable("refresh_here", _BUSY_S)

    def _acquire_lease(self) -> Fence | None:
        return self._store.acquire_lease(
            f"refresh:{self._workspace}",
            self._owners.new_owner(),
            self._clock.now(),
            ttl_s=_LEASE_S,
            is_dead=self._owners.is_dead,
        )

    def _refresh_alone(self, fence: Fence, stale: Tokens) -> Tokens:
        try:
            return self._newer(stale) or self._fetch(fence, stale)
        finally:
            self._store.release_lease(fence)

    def _newer(self, stale: Tokens) -> Tokens | None:
        """The stored tokens where they are others than `stale`, or None."""
        now = self._store.tokens(self._workspace)
        if now is None or (now.version, now.access) == (stale.version, stale.access):
            return None
        return now

    def _fetch(self, fence: Fence, stale: Tokens) -> Tokens:
        """Fresh tokens from the login, tried again while it serves another process."""
        connection = self._store.connection(self._workspace)
        if connection is None:
            raise ReconnectRequired("not_connected")
        if stale.refresh is None:
            raise self._end_sign_in(connection, ReconnectRequired("no_refresh"))
        for _ in range(_TRIES):
            try:
                answer = self._present(fence, connection, stale.refresh)
            except TokenBusy:
                self._clock.sleep(_BUSY_S)
                newer = self._newer(stale)
            except ReconnectRequired as error:
                # somebody may have signed in again meanwhile: what ended was the old grant
                newer = self._newer(stale)
                if newer is None:
                    raise self._end_sign_in(connection, error) from error
            else:
                return self._store_tokens(connection, stale, answer)
            if newer is not None:
                return newer
        raise Unavailable("refresh_there", _BUSY_S)

    def _present(self, fence: Fence, connection: Connection, refresh: str) -> TokenAnswer:
        """Present the refresh token, if it is still our turn: who slept past its lease may hold one
        that was rotated meanwhile, and presenting that would cost the whole grant."""
        form = refresh_form(connection.client_id, self._client_secret, refresh)
        self._check_turn(fence)
        try:
            return token_call(self._http, connection.login_url, form, self._client_secret)
        except OutcomeUnknown as error:
            raise Unavailable("refresh_lost", _LOST_S) from error
        except ConfigurationError as error:
            # The grant lives; an operator corrects our app.
            raise Unavailable("our_app", _OPERATOR_S, {"findings": str(error)}) from error

    def _check_turn(self, fence: Fence) -> None:
        """Raise TokenBusy where the lease is another's by now."""
        try:
            self._store.renew_lease(fence, self._clock.now(), ttl_s=_LEASE_S)
        except Fenced as error:
            raise TokenBusy from error

    def _store_tokens(self, connection: Connection, stale: Tokens, answer: TokenAnswer) -> Tokens:
        """Pin the org, then store, then use."""
        self._check_org(connection, answer.org_id)
        refresh = answer.refresh or stale.refresh
        fresh = Tokens(answer.access, refresh, stale.version + 1, self._clock.now())
        is_stored = self._store.rotate_tokens(
            self._workspace, fresh, instance_url=answer.instance_url, expected_version=stale.version
        )
        _log.info("refreshed the sign-in of workspace %s", self._workspace)
        return fresh if is_stored else (self._newer(stale) or fresh)

    def _check_org(self, connection: Connection, org_id: str) -> None:
        """Raise ReconnectRequired where the tokens are for another org."""
        if not same_id(org_id, connection.org_id):
            error = ReconnectRequired("org_changed", {"org": org_id})
            raise self._end_sign_in(connection, error)

    def _end_sign_in(self, connection: Connection, error: ReconnectRequired) -> ReconnectRequired:
        """Note on the connection that a person is needed, and give the error to raise."""
        ask_to_reconnect(self._store, connection, error, self._clock.now())
        _log.warning("the sign-in of workspace %s ended (%s)", self._workspace, error.code)
        return error
