"""Connections, their tokens (encrypted before they come near a statement), pauses, and the
console's rule document."""

from __future__ import annotations

from dataclasses import replace

from zsf_plugin.model import Connection, JsonObject, Reason, Step, Tokens
from zsf_plugin.ports import HistoryLine, Pause
from zsf_plugin.store.cipher import Cipher
from zsf_plugin.store.sqlite.database import Database, Part, Value
from zsf_plugin.store.sqlite.history import add_line
from zsf_plugin.store.sqlite.rows import (
    connection_of,
    document_of,
    encode,
    pause_of,
    reason_json,
    stored,
)
from zsf_plugin.store.sqlite.settling import SKIP_PENDING

_CONNECTION = "SELECT * FROM connections WHERE workspace = ?"
_SAVE_CONNECTION = """
    INSERT INTO connections (workspace, org_id, user_id, username, environment, login_url,
        instance_url, client_id,
                             is_sandbox, api_version, connected_at, state, reason, org_name,
                             connected_by)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (workspace) DO UPDATE SET org_id = excluded.org_id, user_id = excluded.user_id,
        username = excluded.username, environment = excluded.environment,
        login_url = excluded.login_url,
        instance_url = excluded.instance_url, client_id = excluded.client_id,
        is_sandbox = excluded.is_sandbox,
        api_version = excluded.api_version, connected_at = excluded.connected_at,
        state = excluded.state,
        reason = excluded.reason, org_name = excluded.org_name, connected_by = excluded.connected_by
"""
_FORGET_CONNECTION = "DELETE FROM connections WHERE workspace = ?"
_SIGN_IN = "SELECT state FROM connections WHERE workspace = ? AND connected_at = ?"
_ASK_TO_RECONNECT = (
    "UPDATE connections SET state = 'reconnect', reason = ? WHERE workspace "
    "= ? AND connected_at = ?"
)
_END_REST = (
    "UPDATE connections SET state = 'connected' WHERE workspace = ? AND connected_at "
    "= ? AND state = 'previewing'"
)
_PENDING = "SELECT count(*) FROM entries WHERE workspace = ? AND state = 'pending'"
_TOKENS = (
    "SELECT access, refresh, version, refreshed_at FROM tokens WHERE workspace = ? AND "
    "access IS NOT NULL"
)
# New tokens never take a version that was used before: a refresh begun with the old ones must not
# fit them.
_SAVE_TOKENS = """
    INSERT INTO tokens (workspace, access, refresh, version, refreshed_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (workspace) DO UPDATE SET access = excluded.access, refresh = excluded.refresh,
        version = max(excluded.version, version + 1), refreshed_at = excluded.refreshed_at
"""
_ROTATE = """
    UPDATE tokens SET access = ?, refresh = ?, version = version + 1, refreshed_at = ?
    WHERE workspace = ? AND version = ? AND access IS NOT NULL
"""
_FORGET_TOKENS = "UPDATE tokens SET access = NULL, refresh = NULL WHERE workspace = ?"
_MOVE = "UPDATE connections SET instance_url = ? WHERE workspace = ?"
_PAUSED = "SELECT code, reason, since, until FROM pauses WHERE workspace = ?"
_PAUSE = """
    INSERT INTO pauses (workspace, code, reason, since, until) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (workspace) DO UPDATE SET code = excluded.code, reason = excluded.reason,
        since = excluded.since,
        until = excluded.until
"""
_GO_ON = "DELETE FROM pauses WHERE workspace = ?"
_CONSOLE_RULE = "SELECT document, version FROM console_rules WHERE workspace = ?"
_SAVE_CONSOLE_RULE = """
    INSERT INTO console_rules (workspace, document, version) VALUES (?, ?, ?)
    ON CONFLICT (workspace) DO UPDATE SET document = excluded.document, version = excluded.version
"""


class Connections(Part):
    """What belongs to a workspace beside its entries."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        super().__init__(database)
        self._cipher = cipher

    def connection(self, workspace: str) -> Connection | None:
        """The workspace's connection, in whatever state, or None."""
        with self._database.reading() as connection:
            row = connection.execute(_CONNECTION, (stored(workspace),)).fetchone()
        return connection_of(row) if row else None

    def save_connection(
        self,
        connection: Connection,
        tokens: Tokens | None = None,
        *,
        line: HistoryLine | None = None,
    ) -> None:
        """Create or replace the connection; without `tokens`, those that were stored stay.

        Tokens that replace others get a version above theirs, even where `tokens.version` is lower.
        """
        key = stored(connection.workspace)
        token_values: tuple[Value, ...] | None = None
        if tokens is not None:
            token_values = (key, *self._sealed(tokens), tokens.version, tokens.refreshed_at)
        with self._database.writing() as database:
            database.execute(_SAVE_CONNECTION, _connection_values(connection))
            if token_values is not None:
                database.execute(_SAVE_TOKENS, token_values)
            if line is not None:
                add_line(database, key, line)

    def forget_connection(self, workspace: str, *, line: HistoryLine | None = None) -> None:
        """Remove connection and tokens. Entries, links and history stay."""
        key = stored(workspace)
        with self._database.writing() as connection:
            connection.execute(_FORGET_CONNECTION, (key,))
            connection.execute(_FORGET_TOKENS, (key,))
            if line is not None:
                add_line(connection, key, line)

    def ask_to_reconnect(self, connection: Connection, reason: Reason, line: HistoryLine) -> None:
        """Mark the connection, unless a person has signed in anew since; the line is added with the
        first mark."""
        key = (stored(connection.workspace), connection.connected_at)
        with self._database.writing() as database:
            row = database.execute(_SIGN_IN, key).fetchone()
            if row is None:
                return
            database.execute(_ASK_TO_RECONNECT, (encode([reason.code, dict(reason.data)]), *key))
            if row["state"] != "reconnect":
                add_line(database, key[0], line)

    def end_rest(
        self,
        workspace: str,
        connected_at: float,
        line: HistoryLine,
        *,
        skip_reason: Step | None = None,
    ) -> int | None:
        """End the rest of that connection with the line and, with `skip_reason`, skip what is
        pending: how many that was; None, and nothing, where another connection stands or nothing
        rests."""
        key = stored(workspace)
        with self._database.writing() as database:
            if not database.execute(_END_REST, (key, connected_at)).rowcount:
                return None
            entries: int = database.execute(_PENDING, (key,)).fetchone()[0]
            if skip_reason is not None:
                reason = reason_json(skip_reason)
                values = {"workspace": key, "reason": reason, "now": line.at}
                database.execute(SKIP_PENDING, values)
            add_line(database, key, replace(line, detail={**line.detail, "entries": entries}))
        return entries

    def tokens(self, workspace: str) -> Tokens | None:
        """The tokens, decrypted, or None. Raises ConfigurationError where the secret key does not
        fit."""
        with self._database.reading() as connection:
            row = connection.execute(_TOKENS, (stored(workspace),)).fetchone()
        if row is None:
            return None
        refresh = row["refresh"]
        return Tokens(
            access=self._cipher.decrypt(row["access"]),
            refresh=None if refresh is None else self._cipher.decrypt(refresh),
            version=row["version"],
            refreshed_at=row["refreshed_at"],
        )

    def rotate(
        self, workspace: str, tokens: Tokens, *, instance_url: str, expected_version: int
    ) -> bool:
        """Store refreshed tokens and the instance URL where nobody was faster; False, and nothing,
        where so."""
        access, refresh = self._sealed(tokens)
        key = stored(workspace)
        with self._database.writing() as connection:
            values = (access, refresh, tokens.refreshed_at, key, expected_version)
            if not connection.execute(_ROTATE, values).rowcount:
                return False
            connection.execute(_MOVE, (stored(instance_url), key))
        return True

    def pause(self, workspace: str, pause: Pause | None) -> None:
        """Set why the workspace rests, or None to go on."""
        key = stored(workspace)
        with self._database.writing() as connection:
            if pause is None:
                connection.execute(_GO_ON, (key,))
            else:
                values = (key, stored(pause.code), stored(pause.reason), pause.since, pause.until)
                connection.execute(_PAUSE, values)

    def paused(self, workspace: str) -> Pause | None:
        """Why the workspace rests, or None."""
        with self._database.reading() as connection:
            row = connection.execute(_PAUSED, (stored(workspace),)).fetchone()
        return pause_of(row) if row else None

    def console_rule(self, workspace: str) -> tuple[JsonObject, int]:
        """The console's rule document and its version; ({}, 0) where none was saved."""
        with self._database.reading() as connection:
            row = connection.execute(_CONSOLE_RULE, (stored(workspace),)).fetchone()
        return (document_of(row["document"]), row["version"]) if row else ({}, 0)

    def save_console_rule(
        self,
        workspace: str,
        document: JsonObject,
        *,
        expected_version: int,
        line: HistoryLine | None = None,
    ) -> bool:
        """Save the document as version `expected_version` + 1, and the line with it, where nobody
        was faster; False, and nothing, where so."""
        key = stored(workspace)
        with self._database.writing() as connection:
            row = connection.execute(_CONSOLE_RULE, (key,)).fetchone()
            if (row["version"] if row else 0) != expected_version:
                return False
            connection.execute(_SAVE_CONSOLE_RULE, (key, encode(document), expected_version + 1))
            if line is not None:
                add_line(connection, key, line)
        return True

    def _sealed(self, tokens: Tokens) -> tuple[bytes, bytes | None]:
        refresh = None if tokens.refresh is None else self._cipher.encrypt(tokens.refresh)
        return self._cipher.encrypt(tokens.access), refresh


def _connection_values(connection: Connection) -> tuple[Value, ...]:
    reason = connection.reason
    return (
        stored(connection.workspace),
        stored(connection.org_id),
        stored(connection.user_id),
        stored(connection.username),
        connection.environment,
        stored(connection.login_url),
        stored(connection.instance_url),
        stored(connection.client_id),
        connection.is_sandbox,
        stored(connection.api_version),
        connection.connected_at,
        connection.state,
        None if reason is None else encode([reason.code, dict(reason.data)]),
        stored(connection.org_name),
        stored(connection.connected_by),
    )
