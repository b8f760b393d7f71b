"""From a grant to a connection: pinned to its org, kept with its tokens; what waited is sent or skipped."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from zsf_plugin.errors import ReconnectRequired, ZsfError
from zsf_plugin.model.json import Json
from zsf_plugin.model.link import Connection, Environment, Tokens
from zsf_plugin.ports.clock import Clock
from zsf_plugin.ports.login import Grant, Login, SignIn
from zsf_plugin.ports.store import HistoryLine, Store

SKIPPED_AT_CONNECT = "it waited for the first connection, and was skipped by choice then"


@dataclass(frozen=True, slots=True)
class Connected:
    """A finished sign-in: the connection, the org's name, how many entries waited and how many of them were skipped."""

    connection: Connection
    org_name: str
    waiting: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Connector:
    """Connects and disconnects workspaces."""

    store: Store
    login: Login
    clock: Clock

    def finish(
        self,
        workspace: str,
        grant: Grant,
        sign_in: SignIn,
        environment: Environment,
        waiting: Literal["send", "skip"],
        by: str | None = None,
    ) -> Connected:
        """Keep a grant; `by` is the name of the person who connects, where known.

        Raises ReconnectRequired(`other_org`) where the workspace belongs to another org; the grant is given back then.
        """
        connection = Connection(
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
        known = self.store.connection(workspace)
        self._refuse_other_org(known, connection, grant.tokens)
        line = _line("connected" if known is None else "reconnected", connection, connection.connected_at, by)
        self.store.save_connection(connection, grant.tokens, line=line)
        self.store.pause(workspace, None)
        pending = self.store.counts(workspace).pending
        skipped = self.store.skip(workspace, SKIPPED_AT_CONNECT, self.clock.now()) if waiting == "skip" else 0
        return Connected(connection, grant.org_name, pending, skipped)

    def disconnect(self, workspace: str, by: str | None = None) -> tuple[Connection, bool] | None:
        """End the grant and forget the connection; entries and links stay. `by` as for `finish`.

        None where there is none; else the connection, and whether Salesforce confirmed the end.
        """
        connection = self.store.connection(workspace)
        if connection is None:
            return None
        revoked = self._revoke(connection)
        line = _line("disconnected", connection, self.clock.now(), by, revoked=revoked)
        self.store.forget_connection(workspace, line=line)
        return connection, revoked

    def _revoke(self, connection: Connection) -> bool:
        """Forgetting must work without Salesforce, and without a key that fits."""
        try:
            tokens = self.store.tokens(connection.workspace)
            if tokens is not None:
                self.login.revoke(connection, tokens)
        except ZsfError:
            return False
        return True

    def _refuse_other_org(self, known: Connection | None, connection: Connection, tokens: Tokens) -> None:
        if known is not None and known.org_id[:15] != connection.org_id[:15]:
            with suppress(ZsfError):  # an access that nobody keeps should not live on; if it does, nobody has it
                self.login.revoke(connection, tokens)
            words = f"this workspace belongs to org {known.org_id}, and you signed in to {connection.org_id}"
            raise ReconnectRequired(
                f"{words}: sign in to the first, or run `zsf disconnect` to move for good", "other_org"
            )


def _line(code: str, connection: Connection, at: float, by: str | None, **more: Json) -> HistoryLine:
    detail = {"org_id": connection.org_id, "org_name": connection.org_name, "username": connection.username}
    return HistoryLine(at, code, by, {**detail, **more})
