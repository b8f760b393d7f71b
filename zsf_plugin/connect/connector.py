"""Turns a sign-in into a connection: login addresses, app, the check of the org, stored tokens, and
what happens to the waiting entries."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from zsf_plugin.connect.orgs import FormerOrg, former_org
from zsf_plugin.connect.previewing import Waiting, starts_with_preview
from zsf_plugin.errors import OtherOrg, ReconnectRequired, ZsfError
from zsf_plugin.model import (
    Connection,
    Environment,
    Json,
    Step,
    Tokens,
    is_loopback,
    is_same_org,
)
from zsf_plugin.ports import (
    Clock,
    HistoryLine,
    Login,
    PendingSignIn,
    RenewalFault,
    SignInResult,
    Store,
)

#: The client id for an emulator, which accepts any.
EMULATOR_CLIENT_ID = "zsf-rehearsal"


@dataclass(frozen=True, slots=True)
class ConnectResult:
    """The result of a sign-in: the connection, the org's name, and the number of entries that were
    waiting and of those that were skipped. `lacks` as in `SignInResult`; `former` is the org
    before, if that was another."""

    connection: Connection
    org_name: str
    waiting: int
    skipped: int
    lacks: RenewalFault | None = None
    former: FormerOrg | None = None


@dataclass(frozen=True, slots=True)
class Connector:
    """Connects and disconnects workspaces."""

    store: Store
    login: Login
    clock: Clock

    def finish(
        self,
        workspace: str,
        grant: SignInResult,
        sign_in: PendingSignIn,
        environment: Environment,
        waiting: Waiting,
        by: str | None = None,
    ) -> ConnectResult:
        """Store a grant, and send or skip the waiting entries; `by` is the name of the person who
        connects, if known.

        Raises OtherOrg if the workspace belongs to another org; the grant is revoked then.
        """
        connection = self._build(workspace, grant, sign_in, environment, by)
        former = self._save(connection, grant)
        pending = self.store.counts(workspace).pending
        skipped = self._skip(workspace) if waiting == "skip" else 0
        return ConnectResult(connection, grant.org_name, pending, skipped, grant.lacks, former)

    def _skip(self, workspace: str) -> int:
        return self.store.skip(workspace, Step("skipped_at_connect"), self.clock.now())

    def finish_with_preview(
        self,
        workspace: str,
        grant: SignInResult,
        sign_in: PendingSignIn,
        environment: Environment,
        *,
        sandbox: bool,
        by: str | None,
    ) -> ConnectResult:
        """Store a grant that the person `by` made in the console. A first connection sends nothing
        until a preview was seen; signing in again continues as before. `sandbox` is the kind of
        org that was chosen.

        Raises OtherOrg as `finish`; ReconnectRequired (`not_a_sandbox`, `not_live`) for the other
        kind. The grant is revoked then.
        """
        connection = self._build(workspace, grant, sign_in, environment, by)
        if connection.is_sandbox != sandbox:
            self._discard(connection, grant.tokens)
            raise ReconnectRequired("not_a_sandbox" if sandbox else "not_live")
        if starts_with_preview(self.store, self.store.connection(workspace)):
            connection = replace(connection, state="previewing")
        former = self._save(connection, grant)
        waiting = self.store.counts(workspace).pending
        return ConnectResult(connection, grant.org_name, waiting, 0, grant.lacks, former)

    def disconnect(self, workspace: str, by: str | None = None) -> tuple[Connection, bool] | None:
        """Revoke the grant and delete the connection; entries, and the links to the org's records,
        stay. `by` as in `finish`.

        Returns None if there is none, else the connection and whether Salesforce confirmed.
        """
        connection = self.store.connection(workspace)
        if connection is None:
            return None
        revoked = self._revoke(connection)
        line = _line("disconnected", connection, self.clock.now(), by, revoked=revoked)
        self.store.forget_connection(workspace, line=line)
        return connection, revoked

    def _revoke(self, connection: Connection) -> bool:
        """Revoke the grant if possible: disconnecting must work without Salesforce or the right
        key."""
        try:
            tokens = self.store.tokens(connection.workspace)
            if tokens is not None:
                self.login.revoke(connection, tokens)
        except ZsfError:
            return False
        return True

    def _build(
        self,
        workspace: str,
        grant: SignInResult,
        sign_in: PendingSignIn,
        environment: Environment,
        by: str | None,
    ) -> Connection:
        return Connection(
            workspace=workspace,
            org_id=grant.org_id,
            user_id=grant.user_id,
            username=grant.username,
            environment=environment,
            login_url=sign_in.login_url,
            instance_url=grant.instance_url,
            client_id=sign_in.client_id,
            is_sandbox=grant.is_sandbox,
            api_version=grant.api_version,
            connected_at=self.clock.now(),
            org_name=grant.org_name,
            connected_by=by,
        )

    def _save(self, connection: Connection, grant: SignInResult) -> FormerOrg | None:
        """Store the connection with its tokens and a line of history; returns the org before, if
        that was another. Raises OtherOrg."""
        former = former_org(self.store, connection.workspace, connection.org_id)
        known = self.store.connection(connection.workspace)
        if known is not None:
            self._check_org(known, connection, grant)
        line = _connected_line(connection, is_new=known is None)
        self.store.save_connection(connection, grant.tokens, key=grant.key, line=line)
        self.store.pause(connection.workspace, None)
        return former

    def _check_org(self, known: Connection, connection: Connection, grant: SignInResult) -> None:
        """Raise OtherOrg if the grant is for another org; the first 15 characters of ids decide."""
        if not is_same_org(known.org_id, connection.org_id):
            self._discard(connection, grant.tokens)
            raise OtherOrg(known.org_id, connection.org_id)

    def _discard(self, connection: Connection, tokens: Tokens) -> None:
        """Revoke a grant that is not stored. If that fails, no one has its tokens."""
        with suppress(ZsfError):
            self.login.revoke(connection, tokens)


def _line(
    code: str, connection: Connection, at: float, by: str | None, **more: Json
) -> HistoryLine:
    return HistoryLine(
        at,
        code,
        by,
        {
            "org_id": connection.org_id,
            "org_name": connection.org_name,
            "username": connection.username,
            "client_id": connection.client_id,
            **more,
        },
    )


def _connected_line(connection: Connection, *, is_new: bool) -> HistoryLine:
    """The history line of a connection; one that waits for a first preview counts as new."""
    previewing = connection.state == "previewing"
    code = "connected" if is_new or previewing else "reconnected"
    at, by = connection.connected_at, connection.connected_by
    return _line(code, connection, at, by, rests=previewing)


def is_emulator(login_url: str) -> bool:
    """Whether the login is an emulator on this machine."""
    return is_loopback(urlsplit(login_url).hostname or "")


def client_id_for(login_url: str, *known: str | None) -> str | None:
    """The client id to sign in with: the first that is known, else the emulator's; None if a real
    login has none."""
    named = next((one for one in known if one), None)
    return named or (EMULATOR_CLIENT_ID if is_emulator(login_url) else None)
