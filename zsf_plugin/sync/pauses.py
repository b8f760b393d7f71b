"""What is about the whole org, kept by whoever meets it: a connection that needs a person, a day
that is used up."""

from __future__ import annotations

from zsf_plugin.errors import QuotaReached, ReconnectRequired
from zsf_plugin.model.link import Connection
from zsf_plugin.ports.store import HistoryLine, Pause, Store
from zsf_plugin.sync.allocation import note_exhausted


def ask_to_reconnect(
    store: Store, connection: Connection, error: ReconnectRequired, now: float
) -> None:
    """Mark the connection, unless a person has signed in anew meanwhile; the history tells of it
    once."""
    line = HistoryLine(now, "sign_in_ended", detail={"code": error.code, "reason": error.reason})
    store.ask_to_reconnect(connection, error.reason, line)


def rest_for_the_day(store: Store, connection: Connection, error: QuotaReached, now: float) -> None:
    """The org refuses everybody: this workspace rests, and its siblings by what is kept of the
    org."""
    note_exhausted(store, connection, now)
    store.pause(connection.workspace, Pause("quota", str(error), now, now + error.retry_after_s))
