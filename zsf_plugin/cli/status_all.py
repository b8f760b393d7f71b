"""`zsf status --all`: every workspace in one table, the one in the worst state first."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from zsf_plugin.cli.common import CommandApp, Report
from zsf_plugin.cli.output import counted, pairs, show_unreadable, size_in_words, table, utc_time
from zsf_plugin.cli.streams import say
from zsf_plugin.wiring.overview import Overview, pause_code

if TYPE_CHECKING:
    from zsf_plugin.ports import WorkspaceOverview

_COLUMNS = ("workspace", "oldest waiting", "# waiting", "# held", "paused", "until", "org")
_NONE = "-"


def _gather(app: CommandApp, _: argparse.Namespace) -> Overview:
    return app.operations.overview()


def _needs_a_person(overview: Overview) -> bool:
    """Whether nothing can be sent until someone restores a key, or corrects the network."""
    return bool(overview.unreadable) or overview.network_fault is not None


def _show(overview: Overview) -> None:
    show_unreadable(overview.unreadable)
    if overview.short_key is not None:
        pairs([("do", overview.short_key)], title="Secret key")
    if overview.network_fault is not None:
        pairs([("why", str(overview.network_fault))], title="Network")
    if overview.workspaces:
        table(_COLUMNS, map(_row, overview.workspaces), title="Workspaces")
    totals, size = overview.totals(), size_in_words(overview.size)
    say(
        f"{counted(totals['workspaces'], 'workspace', 'workspaces')}, {totals['paused']} paused; "
        f"waiting {totals['pending'] + totals['writing']}, held {totals['held']}, "
        f"done {totals['done']}, skipped {totals['skipped']}; database {size}"
    )


def _row(one: WorkspaceOverview) -> tuple[str, ...]:
    return (
        one.workspace,
        utc_time(one.waiting_since),
        str(one.counts.waiting),
        str(one.counts.held),
        pause_code(one) or _NONE,
        utc_time(one.paused_until),
        one.org_id or _NONE,
    )


run = Report(_gather, Overview.as_json, _show, _needs_a_person, creates=True)
