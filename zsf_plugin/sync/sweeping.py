"""Which workspaces a sweep of an engine wakes. Pure."""

from __future__ import annotations

from zlib import crc32

from zsf_plugin.sync.surveys import Survey
from zsf_plugin.sync.visits import KEEP_ALIVE_INTERVAL_S

#: Between two sweeps, in seconds: what nobody was woken for waits that long.
SWEEP_INTERVAL_S = 5.0
#: Between two looks at held entries, in seconds: their cause may be gone.
HELD_INTERVAL_S = 60.0


def workspaces_to_wake(survey: Survey, now: float) -> list[str]:
    """Those in which something is due, and of the others those whose turn it is: each has one in
    every interval, in a sweep of its own."""
    found = []
    for workspace in survey.workspaces:
        interval_s = HELD_INTERVAL_S if workspace in survey.held else KEEP_ALIVE_INTERVAL_S
        if workspace in survey.due or _has_turn(workspace, now, interval_s):
            found.append(workspace)
    return found


def _has_turn(workspace: str, now: float, interval_s: float) -> bool:
    sweeps = int(interval_s / SWEEP_INTERVAL_S)
    place = crc32(workspace.encode("utf-8", "surrogatepass"))
    return place % sweeps == int(now / SWEEP_INTERVAL_S) % sweeps
