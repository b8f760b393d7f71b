"""Marking a connection that cannot go on without a person. Whoever meets the error says so, drains and badges alike."""

from __future__ import annotations

from dataclasses import replace

from zsf_plugin.errors import ReconnectRequired
from zsf_plugin.model.link import Connection
from zsf_plugin.ports.store import Store


def ask_to_reconnect(store: Store, connection: Connection, error: ReconnectRequired) -> None:
    """Mark the connection, unless a person has signed in anew meanwhile; read afresh, as its address may move."""
    now = store.connection(connection.workspace)
    if now is not None and now.connected_at == connection.connected_at:
        store.save_connection(replace(now, state="reconnect", reason=error.reason))
