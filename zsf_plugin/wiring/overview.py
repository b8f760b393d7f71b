"""What `zsf status --all` reports about every workspace at once, with the same few statements
however many there are."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from zsf_plugin.wiring.status import database_json, network_json, secret_key_json

if TYPE_CHECKING:
    from zsf_plugin.errors import NotSent
    from zsf_plugin.model import JsonObject
    from zsf_plugin.ports import Store, StoreSize, WorkspaceOverview


@dataclass(frozen=True, slots=True)
class Overview:
    """Every workspace, the one in the worst state first. The rest is as in `WorkspaceStatus`."""

    workspaces: tuple[WorkspaceOverview, ...]
    size: StoreSize
    unreadable: tuple[str, ...] = ()
    network_fault: NotSent | None = None
    short_key: str | None = None

    def totals(self) -> dict[str, int]:
        """The number of workspaces, of those that are paused, and of entries by state."""
        totals = {"workspaces": len(self.workspaces), "paused": 0}
        totals |= dict.fromkeys(_STATES, 0)
        for one in self.workspaces:
            totals["paused"] += pause_code(one) is not None
            for state in _STATES:
                totals[state] += getattr(one.counts, state)
        return totals

    def as_json(self) -> JsonObject:
        """The document of `zsf status --all --json`."""
        return {
            "workspaces": [_workspace_json(one) for one in self.workspaces],
            "totals": {**self.totals()},
            "secret_key": secret_key_json(self.unreadable, self.short_key),
            "network": network_json(self.network_fault),
            "database": database_json(self.size),
        }


_STATES = ("pending", "writing", "held", "done", "skipped")


def pause_code(one: WorkspaceOverview) -> str | None:
    """Why a workspace sends nothing, as in its status; None if it may send."""
    if one.state is None:
        return "not_connected"
    return one.state if one.state != "connected" else one.pause


def overview_of(store: Store, now: float) -> Overview:
    """Every workspace at that time. Raises StoreUnavailable."""
    workspaces = sorted(store.overviews(now), key=_by_need)
    return Overview(tuple(workspaces), store.size(), tuple(store.unreadable_tokens()))


def _by_need(one: WorkspaceOverview) -> tuple[float, int, bool, str]:
    """First those in which an entry has waited for longest, then those with most held, then those
    that are paused."""
    since = inf if one.waiting_since is None else one.waiting_since
    return since, -one.counts.held, pause_code(one) is None, one.workspace


def _workspace_json(one: WorkspaceOverview) -> JsonObject:
    return {
        "workspace": one.workspace,
        **{state: getattr(one.counts, state) for state in _STATES},
        "waiting_since": one.waiting_since,
        "paused": {"code": pause_code(one), "until": one.paused_until},
        "connection": {"state": one.state or "not_connected", "org_id": one.org_id},
    }
