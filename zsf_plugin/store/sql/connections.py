"""Connections, their tokens (encrypted before they reach a statement), pauses, and rules: the
console's document and the last valid content of rule files, for a process that starts while a file
is invalid."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, replace

from zsf_plugin import model, ports
from zsf_plugin.errors import ConfigurationError
from zsf_plugin.ports import MAX_RULE_VERSIONS
from zsf_plugin.store.sql.database import RULES_OF, SqlConnection, StorePart, execute
from zsf_plugin.store.sql.history import add_line, add_version
from zsf_plugin.store.sql.moving import move, org_of
from zsf_plugin.store.sql.rows import row_id
from zsf_plugin.store.sql.sealed import Sealed
from zsf_plugin.store.sql.settling import SKIP_PENDING, SKIP_PENDING_UP_TO

_RULES = "SELECT name, document FROM rule_files WHERE folder = ?"
_DELETE_RULES = "DELETE FROM rule_files WHERE folder = ?"
_SAVE_RULES = "INSERT INTO rule_files (folder, name, document) VALUES (?, ?, ?)"
_ADD_RULE_VERSION = """
    INSERT INTO rule_file_versions (folder, version, documents, at)
    SELECT :folder, coalesce(max(version), 0) + 1, :documents, :at
    FROM rule_file_versions WHERE folder = :folder
"""
_FORGET_RULE_VERSIONS = f"""
    DELETE FROM rule_file_versions WHERE folder = :folder AND version <= (
        SELECT max(version) FROM rule_file_versions WHERE folder = :folder) - {MAX_RULE_VERSIONS}
"""
_RULE_VERSIONS = """
    SELECT documents FROM rule_file_versions
    WHERE folder = ? AND at <= ? ORDER BY version DESC LIMIT ?
"""

_CONNECTION = "SELECT * FROM connections WHERE workspace = ?"
# In the order of the fields of `Connection`.
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
_END_PREVIEW = (
    "UPDATE connections SET state = 'connected' WHERE workspace = ? AND connected_at "
    "= ? AND state = 'previewing'"
)
_PENDING = "SELECT count(*) FROM entries WHERE workspace = ? AND state = 'pending'"
_TOKENS = (
    "SELECT access, refresh, version, refreshed_at FROM tokens WHERE workspace = ? AND "
    "access IS NOT NULL"
)
# New tokens never reuse a version: a refresh that started with the old ones must not replace them.
_SAVE_TOKENS = """
    INSERT INTO tokens (workspace, access, refresh, version, refreshed_at, key)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (workspace) DO UPDATE SET access = excluded.access, refresh = excluded.refresh,
        version = CASE WHEN excluded.version > tokens.version THEN excluded.version
            ELSE tokens.version + 1 END, refreshed_at = excluded.refreshed_at,
        key = excluded.key
"""
_ROTATE = """
    UPDATE tokens SET access = ?, refresh = ?, version = version + 1, refreshed_at = ?
    WHERE workspace = ? AND version = ? AND access IS NOT NULL
"""
_FORGET_TOKENS = "UPDATE tokens SET access = NULL, refresh = NULL, key = NULL WHERE workspace = ?"
_KEY = "SELECT key FROM tokens WHERE workspace = ? AND key IS NOT NULL"
_RENEWAL = """
    SELECT CASE WHEN refresh IS NOT NULL THEN 'refresh_token' WHEN key IS NOT NULL THEN 'key' END
    FROM tokens WHERE workspace = ? AND access IS NOT NULL
"""
_MOVE = "UPDATE connections SET instance_url = ? WHERE workspace = ?"
_CHOOSE_VERSION = "UPDATE connections SET api_version = ? WHERE workspace = ? AND connected_at = ?"
_MOVE_LOGIN = "UPDATE connections SET login_url = ? WHERE workspace = ? AND connected_at = ?"
_PAUSED = "SELECT code, reason, since, until, org_id, error FROM pauses WHERE workspace = ?"
# In the order of the fields of `WorkspacePause`.
_PAUSE = """
    INSERT INTO pauses (workspace, code, reason, since, until, org_id, error)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (workspace) DO UPDATE SET code = excluded.code, reason = excluded.reason,
        since = excluded.since, until = excluded.until, org_id = excluded.org_id,
        error = excluded.error
"""
_RESUME = "DELETE FROM pauses WHERE workspace = ?"
_CONSOLE_RULE = "SELECT document, version FROM console_rules WHERE workspace = ?"
_NO_RULE = ("{}", 0)
_SAVE_CONSOLE_RULE = """
    INSERT INTO console_rules (workspace, document, version) VALUES (?, ?, ?)
    ON CONFLICT (workspace) DO UPDATE SET document = excluded.document, version = excluded.version
"""


class Connections(Sealed):
    """A workspace's connection, tokens, pause and console rule."""

    def connection(self, workspace: str) -> model.Connection | None:
        """The workspace's connection, in any state, or None."""
        row = self._database.row(_CONNECTION, workspace)
        if row is None:
            return None
        values = dict(row)
        reason = values["reason"] and model.ReconnectReason(*json.loads(values["reason"]))
        return model.Connection(
            **{**values, "is_sandbox": bool(row["is_sandbox"]), "reason": reason}
        )

    def save_connection(
        self,
        connection: model.Connection,
        tokens: model.Tokens | None = None,
        *,
        key: model.SignInKey | None = None,
        line: ports.HistoryLine | None = None,
    ) -> None:
        """Create or replace the connection; without `tokens`, the stored ones and their key stay.

        Tokens that replace others get a higher version, even if `tokens.version` is lower. Entries
        that are in doubt in another org become pending (`moving`).
        """
        org_id = model.long_id(connection.org_id) or connection.org_id
        connection, workspace = replace(connection, org_id=org_id), connection.workspace
        with self._database.writing(workspace) as database:
            execute(database, _SAVE_CONNECTION, *astuple(connection))
            move(database, connection)
            if tokens is not None:
                sealed = (*self._sealed(tokens), self._sealed_key(key))
                execute(database, _SAVE_TOKENS, workspace, *sealed)
            if line is not None:
                add_line(database, workspace, line)

    def forget_connection(self, workspace: str, *, line: ports.HistoryLine | None = None) -> None:
        """Remove the connection, its tokens and its key. Entries, links and history stay."""
        with self._database.writing(workspace) as connection:
            execute(connection, _FORGET_CONNECTION, workspace)
            execute(connection, _FORGET_TOKENS, workspace)
            if line is not None:
                add_line(connection, workspace, line)

    def ask_to_reconnect(
        self, connection: model.Connection, reason: model.ReconnectReason, line: ports.HistoryLine
    ) -> None:
        """Mark the connection, unless someone has signed in again since; the line is added with the
        first mark only."""
        key = (connection.workspace, connection.connected_at)
        with self._database.writing(connection.workspace) as database:
            row = execute(database, _SIGN_IN, *key).fetchone()
            if row is None:
                return
            execute(database, _ASK_TO_RECONNECT, reason, *key)
            if row["state"] != "reconnect":
                add_line(database, connection.workspace, line)

    def end_preview(
        self,
        workspace: str,
        connected_at: float,
        line: ports.HistoryLine,
        *,
        skip_reason: model.Step | None = None,
        skip_up_to: str | None = None,
    ) -> int | None:
        """Start syncing for that connection, add the line and, with `skip_reason`, skip what is
        pending, up to the entry `skip_up_to` if one is given. Returns the number of entries that
        were pending, or were skipped; None, with nothing changed, if the connection is another one
        or no longer previewing."""
        with self._database.writing(workspace) as database:
            if not execute(database, _END_PREVIEW, workspace, connected_at).rowcount:
                return None
            entries: int = execute(database, _PENDING, workspace).fetchone()[0]
            if skip_reason is not None:
                ending = {"workspace": workspace, "reason": skip_reason, "now": line.at}
                entries = _skip(database, ending, skip_up_to)
            counted = replace(line, detail={**line.detail, "entries": entries})
            add_line(database, workspace, counted)
        return entries

    def tokens(self, workspace: str) -> model.Tokens | None:
        """The decrypted tokens, or None. Raises ConfigurationError if the secret key does not
        fit."""
        row = self._database.row(_TOKENS, workspace)
        while row is not None:
            access, refresh, version, refreshed_at = row
            try:
                refresh = refresh and self._cipher.decrypt(refresh)
                return model.Tokens(self._cipher.decrypt(access), refresh, version, refreshed_at)
            except ConfigurationError:
                before, row = row, self._database.row(_TOKENS, workspace)
                if row == before:  # else it was sealed again with another key
                    raise
        return None

    def sign_in_key(self, workspace: str) -> model.SignInKey | None:
        """The decrypted key, or None. Raises ConfigurationError if the secret key does not fit."""
        row = self._database.row(_KEY, workspace)
        return model.SignInKey(**json.loads(self._cipher.decrypt(row["key"]))) if row else None

    def renewal(self, workspace: str) -> model.Renewal | None:
        """What renews the connection's session, or None."""
        row = self._database.row(_RENEWAL, workspace)
        renewal: model.Renewal | None = row[0] if row else None
        return renewal

    def rotate_tokens(
        self, workspace: str, tokens: model.Tokens, *, instance_url: str, expected_version: int
    ) -> bool:
        """Store refreshed tokens and the instance URL; False, with nothing changed, if another
        process was faster."""
        with self._database.writing(workspace) as connection:
            access, refresh, _, refreshed_at = self._sealed(tokens)
            values = (access, refresh, refreshed_at, workspace, expected_version)
            if not execute(connection, _ROTATE, *values).rowcount:
                return False
            execute(connection, _MOVE, instance_url, workspace)
        return True

    def move_login(self, connection: model.Connection, login_url: str) -> None:
        """Sign in at that address from now on, unless someone has signed in again since."""
        self._change(_MOVE_LOGIN, connection, login_url)

    def choose_api_version(self, connection: model.Connection, version: str) -> None:
        """Use that API version from now on, unless someone has signed in again since."""
        self._change(_CHOOSE_VERSION, connection, version)

    def _change(self, statement: str, connection: model.Connection, value: str) -> None:
        """Change one value of a connection, if it is still the one of that sign-in."""
        with self._database.writing(connection.workspace) as database:
            execute(database, statement, value, connection.workspace, connection.connected_at)

    def pause(self, workspace: str, pause: ports.WorkspacePause | None) -> None:
        """Pause the workspace for this reason, or resume it (None). What pauses another org than
        the connected one is left out."""
        with self._database.writing(workspace) as connection:
            if pause is None:
                execute(connection, _RESUME, workspace)
            elif not _is_of_other_org(connection, workspace, pause):
                execute(connection, _PAUSE, workspace, *astuple(pause))

    def paused(self, workspace: str) -> ports.WorkspacePause | None:
        """Why the workspace is paused, or None; not by a pause of another org."""
        with self._database.reading() as connection:
            row = execute(connection, _PAUSED, workspace).fetchone()
            pause = ports.WorkspacePause(*row) if row else None
            if pause is None or _is_of_other_org(connection, workspace, pause):
                return None
            return pause

    def console_rule(self, workspace: str) -> tuple[model.JsonObject, int]:
        """The console's rule document and its version; ({}, 0) if none was saved."""
        document, version = self._database.row(_CONSOLE_RULE, workspace) or _NO_RULE
        return json.loads(document), version

    def save_console_rule(
        self,
        workspace: str,
        document: model.JsonObject,
        *,
        expected_version: int,
        line: ports.HistoryLine | None = None,
    ) -> bool:
        """Save the document as version `expected_version` + 1, with the line; False, with nothing
        changed, if someone else was faster."""
        with self._database.writing(RULES_OF + workspace) as connection:
            row = execute(connection, _CONSOLE_RULE, workspace).fetchone()
            if (row["version"] if row else 0) != expected_version:
                return False
            version = expected_version + 1
            execute(connection, _SAVE_CONSOLE_RULE, workspace, document, version)
            add_version(connection, workspace, version, document, line)
        return True

    def _sealed_key(self, key: model.SignInKey | None) -> bytes | None:
        return None if key is None else self._cipher.encrypt(json.dumps(asdict(key)))

    def _sealed(self, tokens: model.Tokens) -> tuple[bytes, bytes | None, int, float]:
        """The tokens' columns: encrypted access and refresh token, version, time. Within the
        transaction that stores them: no key may be replaced in between."""
        access = self._cipher.encrypt(tokens.access)
        refresh = None if tokens.refresh is None else self._cipher.encrypt(tokens.refresh)
        return access, refresh, tokens.version, tokens.refreshed_at


def _is_of_other_org(database: SqlConnection, workspace: str, pause: ports.WorkspacePause) -> bool:
    """Whether the pause is of another org than the one that the workspace is connected to."""
    connected = org_of(database, workspace)
    if connected is None or not pause.org_id:
        return False
    return not model.is_same_org(connected, pause.org_id)


class RuleFiles(StorePart):
    """The last valid content of rule files."""

    def last_valid_rules(self, folder: str) -> Mapping[str, model.JsonObject]:
        """The stored documents of a folder's rule files, by file name."""
        rows = self._database.rows(_RULES, folder)
        return {name: json.loads(document) for name, document in rows}

    def save_valid_rules(
        self, folder: str, documents: Mapping[str, model.JsonObject], at: float
    ) -> None:
        """Replace the folder's stored documents with these, in one transaction."""
        with self._database.writing(folder) as connection:
            execute(connection, _DELETE_RULES, folder)
            for name, document in documents.items():
                execute(connection, _SAVE_RULES, folder, name, document)
            every = dict(documents)
            execute(connection, _ADD_RULE_VERSION, folder=folder, documents=every, at=at)
            execute(connection, _FORGET_RULE_VERSIONS, folder=folder)

    def rule_file_versions(
        self, folder: str, until: float, limit: int
    ) -> Sequence[Mapping[str, model.JsonObject]]:
        """The documents by file name, of each version stored until then, newest first."""
        rows = self._database.rows(_RULE_VERSIONS, folder, until, limit)
        return [json.loads(documents) for (documents,) in rows]


def _skip(database: SqlConnection, ending: Mapping[str, object], up_to: str | None) -> int:
    """Skip what is pending; the number."""
    if up_to is None:
        return execute(database, SKIP_PENDING, **ending).rowcount
    return execute(database, SKIP_PENDING_UP_TO, last=row_id(up_to) or 0, **ending).rowcount
