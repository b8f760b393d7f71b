"""The contract of every store engine for the store as a whole; part of `store_contract`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.contract.surveys_contract import arrived, connected, org_fence
from zsf_plugin.model import Tokens
from zsf_plugin.ports import EntryCounts, Settlement, Store, WorkspaceOverview, WorkspacePause

_NOW = 1000.0
_TOKENS = Tokens("access", "refresh")


class UpkeepContract:
    """The contract."""

    def test_every_workspace_is_seen_with_what_waits_and_what_stops_it(self, store: Store) -> None:
        first = replace(arrived("b", "e1", "touchpoint"), received_at=50.0)
        for entry in (first, arrived("b", "e2"), arrived("b", "e3", state="held")):
            store.accept(entry)
        for event_id in ("e1", "e2"):
            store.accept(arrived("alone", event_id, state="skipped"))
        for name in ("b", "idle"):
            store.save_connection(connected(name), _TOKENS)
        store.pause("b", WorkspacePause("quota", "", 900.0, 1060.0))
        store.pause("idle", WorkspacePause("quota", "", 900.0, 990.0))
        org_id = connected("b").org_id
        assert list(store.overviews(_NOW)) == [
            WorkspaceOverview("alone", EntryCounts(skipped=2), None, None, None, None, None),
            WorkspaceOverview(
                "b", EntryCounts(pending=2, held=1), 50.0, "connected", org_id, "quota", 1060.0
            ),
            WorkspaceOverview("idle", EntryCounts(), None, "connected", org_id, None, None),
        ]

    def test_the_overview_counts_as_each_workspace_does(self, store: Store) -> None:
        for name in ("a", "b"):
            store.save_connection(connected(name), _TOKENS)
            ids = [store.accept(arrived(name, f"e{number}")).entry_id for number in range(4)]
            ends = [Settlement(ids[0], "done"), Settlement(ids[1], "writing")]
            store.settle(org_fence(store), ends, _NOW)
        for one in store.overviews(_NOW):
            assert one.counts == store.counts(one.workspace) == EntryCounts(2, 1, 0, 1, 0)

    def test_what_is_due_has_been_so_since_it_came_or_its_wait_ended(self, store: Store) -> None:
        assert store.due_since(_NOW) is None
        for name in ("late", "waited", "waits"):
            store.save_connection(connected(name), _TOKENS)
        store.accept(replace(arrived("late"), received_at=700.0))
        for name, until in (("waited", 600.0), ("waits", 1060.0)):
            entry = store.accept(replace(arrived(name), received_at=100.0)).entry_id
            again = Settlement(entry, "pending", not_before=until)
            store.settle(org_fence(store), [again], _NOW)
        assert store.due_since(_NOW) == 600.0
        assert store.due_since(1060.0) == 600.0
        store.pause("waited", WorkspacePause("quota", "", 900.0, None))
        assert store.due_since(_NOW) == 700.0

    @pytest.mark.parametrize("state", ["reconnect", "previewing", None])
    def test_what_waits_for_a_person_is_not_due(self, store: Store, state: str | None) -> None:
        store.accept(arrived("w"))
        if state is not None:
            connection = replace(connected("w"), state=state)  # type: ignore[arg-type]
            store.save_connection(connection, _TOKENS)
        assert store.due_since(_NOW) is None

    def test_what_waits_behind_a_write_in_doubt_is_not_due(self, store: Store) -> None:
        store.save_connection(connected("w"), _TOKENS)
        doubt = store.accept(arrived("w")).entry_id
        store.accept(arrived("w", "e2"))
        store.settle(org_fence(store), [Settlement(doubt, "writing", not_before=1600.0)], _NOW)
        assert store.due_since(_NOW) is None

    def test_a_store_that_answers_passes_the_check_and_says_its_size(self, store: Store) -> None:
        store.check()
        size = store.size()
        assert size.total > 10_000
        assert size.free is None or 0 <= size.free < size.total
