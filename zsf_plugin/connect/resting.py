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
    connection = store.connection(workspace)
    if connection is None or connection.state != "previewing":
        return False
    if not has_seen_preview(store, connection):
        store.note(workspace, HistoryLine(now, "previewed", by))
    if store.counts(workspace).pending:
        return False
    line = HistoryLine(now, "waiting_sent", by)
    return store.end_rest(workspace, connection.connected_at, line) is not None


def has_seen_preview(store: Store, connection: Connection) -> bool:
    """Whether somebody saw a preview since this connection was made."""
    lines = store.history(connection.workspace, codes=("previewed",), limit=1)
    return any(line.at >= connection.connected_at for line in lines)


def decide(store: Store, workspace: str, waiting: Waiting, by: str | None, now: float) -> int:
    """Send or skip what waits, and end the rest. How many entries that are. The caller wakes a
    drain.

    Raises OutOfOrder where nothing rests, or before a preview was seen.
    """
    connection = store.connection(workspace)
    if connection is None or connection.state != "previewing":
        raise OutOfOrder(_decided_already(store, workspace))
    if not has_seen_preview(store, connection):
        raise OutOfOrder("See the first preview before you decide on the entries that wait.")
    code, skip_reason = _ENDS[waiting]
    line = HistoryLine(now, code, by)
    entries = store.end_rest(workspace, connection.connected_at, line, skip_reason=skip_reason)
    if entries is None:
        raise OutOfOrder(_decided_already(store, workspace))
    return entries


def rests_anew(store: Store, known: Connection | None) -> bool:
    """Whether a connection that is made in the console now begins with a rest: a first one does, or
    the first after a disconnect; and so does one that stands for a connection whose rest had not
    ended."""
    if known is None or known.state == "previewing":
        return True
    last = store.history(known.workspace, codes=_BOUNDS, limit=1)
    return known.state == "reconnect" and any(
        line.code == "connected" and line.detail.get("rests") for line in last
    )


def _decided_already(store: Store, workspace: str) -> str:
    """Somebody may have been faster, in another window."""
    connection = store.connection(workspace)
    if connection is None:
        return "There is nothing to decide on: this workspace is not connected."
    if connection.state == "previewing":
        return "Somebody signed in anew meanwhile: nothing was sent or skipped. Decide once more."
    last = next(
        iter(store.history(workspace, codes=("waiting_sent", "waiting_skipped"), limit=1)), None
    )
    if last is None:
        return "There is nothing to decide on: this workspace does not rest for a first preview."
    what = "sent" if last.code == "waiting_sent" else "skipped"
    return (
        f"It was decided already, by {last.by or 'somebody'}: the entries that waited were {what}."
    )
