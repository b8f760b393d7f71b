"""The first preview of a workspace connected in the console. Nothing is sent until someone has seen
a preview, decided what happens to the waiting entries, and started the sync.

Works on the store alone; waking a drain afterwards is the caller's job.
"""

from __future__ import annotations

from typing import Literal

from zsf_plugin.errors import OutOfOrder
from zsf_plugin.model import Connection, Step
from zsf_plugin.ports import HistoryLine, Store

Waiting = Literal["send", "skip"]

#: The history code of each decision, and the reason its entries are skipped.
_ENDS: dict[Waiting, tuple[str, Step | None]] = {
    "send": ("waiting_sent", None),
    "skip": ("waiting_skipped", Step("skipped_at_preview")),
}
#: History codes that start or end the wait for a first preview.
_BOUNDS = ("connected", "waiting_sent", "waiting_skipped")


def preview_seen(store: Store, workspace: str, by: str | None, now: float) -> None:
    """Record that a person saw a preview of the current connection; later calls change nothing.
    Starts nothing, even if nothing waits: `decide` does, at a person's click."""
    connection = previewing_connection(store, workspace)
    if connection is not None and not has_seen_preview(store, connection):
        store.add_history(workspace, HistoryLine(now, "previewed", by))


def previewing_connection(store: Store, workspace: str) -> Connection | None:
    """The workspace's connection while it waits for a first preview."""
    connection = store.connection(workspace)
    is_previewing = connection is not None and connection.state == "previewing"
    return connection if is_previewing else None


def has_seen_preview(store: Store, connection: Connection) -> bool:
    """Whether someone has seen a preview since this connection was made."""
    last = last_line(store, connection.workspace, "previewed")
    return last is not None and last.at >= connection.connected_at


def last_line(store: Store, workspace: str, *codes: str) -> HistoryLine | None:
    """The newest line of history with one of these codes."""
    return next(iter(store.history(workspace, codes=codes, limit=1)), None)


def decide(
    store: Store,
    workspace: str,
    waiting: Waiting,
    by: str | None,
    now: float,
    up_to: str | None = None,
) -> int:
    """Send or skip the waiting entries, start syncing, and return their number. The caller wakes a
    drain. What came after the entry `up_to` was not decided on: it is sent.

    Raises OutOfOrder if no first preview is due, or none was seen yet.
    """
    connection = previewing_connection(store, workspace)
    if connection is None:
        raise _decided_already(store, workspace)
    if not has_seen_preview(store, connection):
        raise OutOfOrder("no_preview")
    code, skip_reason = _ENDS[waiting]
    line = HistoryLine(now, code, by)
    entries = store.end_preview(
        workspace, connection.connected_at, line, skip_reason=skip_reason, skip_up_to=up_to
    )
    if entries is None:
        raise _decided_already(store, workspace)
    return entries


def starts_with_preview(store: Store, known: Connection | None) -> bool:
    """Whether a connection made in the console now waits for a first preview: the first one, the
    first after a disconnect, and one that replaces a connection still waiting for its preview."""
    if known is None or known.state == "previewing":
        return True
    return known.state == "reconnect" and _is_beginning(last_line(store, known.workspace, *_BOUNDS))


def _is_beginning(line: HistoryLine | None) -> bool:
    """Whether this history line started a wait for a first preview."""
    return line is not None and line.code == "connected" and bool(line.detail.get("rests"))


def _decided_already(store: Store, workspace: str) -> OutOfOrder:
    """The reason nothing is left to decide: someone else decided first, or in another window."""
    connection = store.connection(workspace)
    if connection is None:
        return OutOfOrder("not_connected")
    if connection.state == "previewing":
        return OutOfOrder("signed_in_again")
    last = last_line(store, workspace, "waiting_sent", "waiting_skipped")
    if last is None:
        return OutOfOrder("no_rest")
    return OutOfOrder(last.code, {"by": last.by})
