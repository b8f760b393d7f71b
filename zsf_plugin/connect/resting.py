"""The rest of a workspace connected in the console: it ends once a preview was seen and what waits
was decided on.

Works on the store alone. Who ends a rest wakes a drain; that is not done here.
"""

from __future__ import annotations

from typing import Literal

from zsf_plugin.errors import OutOfOrder
from zsf_plugin.model import Connection, Step
from zsf_plugin.ports import HistoryLine, Store

Waiting = Literal["send", "skip"]

#: What is noted of each decision, and why entries are skipped by it.
_ENDS: dict[Waiting, tuple[str, Step | None]] = {
    "send": ("waiting_sent", None),
    "skip": ("waiting_skipped", Step("skipped_at_preview")),
}
#: What begins a rest, and what ends one.
_BOUNDS = ("connected", "waiting_sent", "waiting_skipped")


def preview_seen(store: Store, workspace: str, by: str | None, now: float) -> bool:
    """Note that a person saw a preview of the connection that stands now; only the first time
    changes anything.

    True where that ended the rest, as nothing waited: the caller wakes a drain then.
    """
    connection = _resting(store, workspace)
    if connection is None:
        return False
    if not has_seen_preview(store, connection):
        store.note(workspace, HistoryLine(now, "previewed", by))
    if store.counts(workspace).pending:
        return False
    line = HistoryLine(now, "waiting_sent", by)
    return store.end_rest(workspace, connection.connected_at, line) is not None


def _resting(store: Store, workspace: str) -> Connection | None:
    """The workspace's connection, where it rests."""
    connection = store.connection(workspace)
    is_resting = connection is not None and connection.state == "previewing"
    return connection if is_resting else None


def has_seen_preview(store: Store, connection: Connection) -> bool:
    """Whether somebody saw a preview since this connection was made."""
    last = last_line(store, connection.workspace, "previewed")
    return last is not None and last.at >= connection.connected_at


def last_line(store: Store, workspace: str, *codes: str) -> HistoryLine | None:
    """The newest line of history with one of these codes."""
    return next(iter(store.history(workspace, codes=codes, limit=1)), None)


def decide(store: Store, workspace: str, waiting: Waiting, by: str | None, now: float) -> int:
    """Send or skip what waits, and end the rest. How many entries that are. The caller wakes a
    drain.

    Raises OutOfOrder where nothing rests, or before a preview was seen.
    """
    connection = _resting(store, workspace)
    if connection is None:
        raise _decided_already(store, workspace)
    if not has_seen_preview(store, connection):
        raise OutOfOrder("no_preview")
    code, skip_reason = _ENDS[waiting]
    line = HistoryLine(now, code, by)
    entries = store.end_rest(workspace, connection.connected_at, line, skip_reason=skip_reason)
    if entries is None:
        raise _decided_already(store, workspace)
    return entries


def rests_anew(store: Store, known: Connection | None) -> bool:
    """Whether a connection that is made in the console now begins with a rest: a first one does, or
    the first after a disconnect; and so does one that stands for a connection whose rest had not
    ended."""
    if known is None or known.state == "previewing":
        return True
    return known.state == "reconnect" and _is_beginning(last_line(store, known.workspace, *_BOUNDS))


def _is_beginning(line: HistoryLine | None) -> bool:
    """Whether that is a line which began a rest."""
    return line is not None and line.code == "connected" and bool(line.detail.get("rests"))


def _decided_already(store: Store, workspace: str) -> OutOfOrder:
    """Somebody may have been faster, in another window."""
    connection = store.connection(workspace)
    if connection is None:
        return OutOfOrder("not_connected")
    if connection.state == "previewing":
        return OutOfOrder("signed_in_again")
    last = last_line(store, workspace, "waiting_sent", "waiting_skipped")
    if last is None:
        return OutOfOrder("no_rest")
    return OutOfOrder(last.code, {"by": last.by})
