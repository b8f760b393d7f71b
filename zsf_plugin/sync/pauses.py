"""Marking a connection that cannot go on without a person. Whoever meets the error says so, drains and badges alike."""

from __future__ import annotations

from zsf_plugin.errors import ReconnectRequired
from zsf_plugin.model.link import Connection
from zsf_plugin.ports.store import HistoryLine, Store


def ask_to_reconnect(store: Store, connection: Connection, error: ReconnectRequired, now: float) -> None:
    """Mark the connection, unless a person has signed in anew meanwhile; the history tells of it once."""
    line = HistoryLine(now, "sign_in_ended", detail={"code": error.code, "reason": error.reason})
    store.ask_to_reconnect(connection, error.reason, line)
