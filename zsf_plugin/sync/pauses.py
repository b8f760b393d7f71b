"""Marking a connection that cannot go on without a person. Whoever meets the error says so, drains and badges alike."""

from __future__ import annotations

from dataclasses import replace

from zsf_plugin.errors import ReconnectRequired
from zsf_plugin.model.link import Connection
from zsf_plugin.ports.store import HistoryLine, Store


def ask_to_reconnect(store: Store, connection: Connection, error: ReconnectRequired, now: float) -> None:
    """Mark the connection, unless a person has signed in anew meanwhile; read afresh, as its address may move."""
    stands = store.connection(connection.workspace)
    if stands is None or stands.connected_at != connection.connected_at:
        return
    store.save_connection(replace(stands, state="reconnect", reason=error.reason))
    if stands.state != "reconnect":
        store.note(connection.workspace, HistoryLine(now, "sign_in_ended", detail={"reason": error.reason}))
