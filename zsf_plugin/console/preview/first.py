"""What a preview means for a workspace that rests for its first one: that it was seen, and what is
to be decided then.

The order of the first steps is the connection page's: a preview that comes before its turn begins
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.connect.resting import has_seen_preview, preview_seen
from zsf_plugin.console.connection.page import run_of
from zsf_plugin.console.visitors import Visitor
from zsf_plugin.errors import OutOfOrder
from zsf_plugin.model.link import Connection
from zsf_plugin.wiring.console import ConsoleApp


@dataclass(frozen=True, slots=True)
class First:
    """`started`: this was the preview that the workspace rested for. `waiting`: the entries to be
    decided on now, None where nothing is. `needs`: what comes before either."""

    started: bool = False
    waiting: int | None = None
    needs: str = ""


#: Nothing rests, or nobody has seen a preview yet.
NO_MATTER = First()


def first_preview(app: ConsoleApp, visitor: Visitor, *, seen: bool) -> First:
    """How far a resting workspace is; `seen`: somebody sees a preview beside the org now. Raises
    StoreUnavailable."""
    connection = app.store.connection(visitor.workspace)
    if connection is None or connection.state != "previewing":
        return NO_MATTER
    waiting = app.store.counts(visitor.workspace).pending
    # Where entries wait, seeing begins nothing by itself: deciding does, in its turn.
    counts = waiting > 0 or not _needs(app, connection)
    if (
        seen
        and counts
        and preview_seen(app.store, visitor.workspace, visitor.name, app.clock.now())
    ):
        app.wake(visitor.workspace)
        return First(started=True)
    needs = _needs(app, connection)
    if needs or not has_seen_preview(app.store, connection):
        return First(needs=needs)
    return First(waiting=waiting)


def _needs(app: ConsoleApp, connection: Connection) -> str:
    """What comes before the first preview, or once that was seen before deciding; "" where nothing
    does."""
    run = run_of(app, connection.workspace)
    try:
        if run is not None:
            run.check("waiting" if has_seen_preview(app.store, connection) else "preview")
    except OutOfOrder as error:
        return str(error)
    return ""
