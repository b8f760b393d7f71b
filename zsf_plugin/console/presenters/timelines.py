"""Which prospects have a page with everything that happened to them. Reads only."""

from __future__ import annotations

from zsf_plugin.console.labels import has_url
from zsf_plugin.ports import EntryFilter
from zsf_plugin.wiring.apps import ConsoleApp


def has_timeline(app: ConsoleApp, workspace: str, prospect_id: str) -> bool:
    """Whether there is a page of that prospect. Raises StoreUnavailable."""
    wanted = EntryFilter(lane=prospect_id)
    return has_url(prospect_id) and bool(app.store.page(workspace, wanted, limit=1).entries)
