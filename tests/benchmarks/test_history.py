"""A filled store is as one that was used: what the rows of growth and of the console read from."""

from __future__ import annotations

from benchmarks.fixtures import temporary_application
from benchmarks.org import ORG_ID
from zsf_plugin.ports import EntryFilter


def test_a_history_has_settled_entries_with_their_links_and_journal() -> None:
    with temporary_application(history=50) as app:
        counts = app.store.counts("default")
        newest, *others = app.store.page("default", EntryFilter(), limit=50).entries
        assert (counts.done, counts.pending, counts.held) == (50, 0, 0)
        assert (newest.kind, newest.state, len(others)) == ("purchase", "done", 49)
        assert app.store.links("default", ORG_ID, [("prospect", "h50"), ("touchpoint", "h49")])
        (line,) = app.store.journal("default", newest.id)
        assert (line.action, line.object) == ("create", "Lead")


def test_each_copy_is_its_own() -> None:
    for _ in range(2):
        with temporary_application(history=50) as app:
            app.intake.receive("on_prospect_purchased", {"event_id": "e1"})
            assert app.store.counts("default").held == 1
