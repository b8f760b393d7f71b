"""The contract of every store engine for removing what ended long ago; part of `store_contract`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.contract.surveys_contract import arrived, connected, org_fence
from zsf_plugin.errors import RulesChanged
from zsf_plugin.model import OUTCOME_UNCLEAR, Cause, Link, Step, Tokens
from zsf_plugin.ports import (
    EntryCounts,
    HistoryLine,
    JournalLine,
    PurgedPart,
    Settlement,
    Store,
)

_ORG = connected("w").org_id
_OLD = 1_000.0
_AFTER = 2_000.0


def _feed(store: Store, count: int, workspace: str = "w") -> list[str]:
    entries = [arrived(workspace, f"e{number}") for number in range(count)]
    return [result.entry_id for result in store.accept_all(entries)]


def _end(store: Store, ids: Sequence[str], now: float = _OLD) -> None:
    """End them as done, each with a link and a line of the journal."""
    ends = []
    for one in ids:
        line = JournalLine(one, "Lead", f"00Q{one}", "create", {}, {"LastName": "Doe"}, now)
        link = Link("prospect", one, "Lead", f"00Q{one}", {})
        ends.append(Settlement(one, "done", links=(link,), journal=(line,)))
    store.settle(org_fence(store), ends, now)


def _purge(store: Store, before: float = _AFTER, *, dry_run: bool = False) -> PurgedPart:
    """All parts of a purge; returns their sum."""
    done, skipped, journal, history, after = 0, 0, 0, 0, ""
    while True:
        part = store.purge("w", before, after=after, dry_run=dry_run)
        done, skipped, journal = done + part.done, skipped + part.skipped, journal + part.journal
        history += part.history
        if part.after is None:
            return PurgedPart(done, skipped, journal, history)
        after = part.after


def _states(store: Store) -> set[str]:
    return {entry.state for entry in store.entries("w")}


class PurgingContract:
    """The contract."""

    def test_what_ended_long_ago_is_removed_with_its_journal_and_its_links_stay(
        self, store: Store
    ) -> None:
        ids = _feed(store, 230)
        _end(store, ids)
        store.accept(replace(arrived("w", "last", state="skipped"), received_at=_AFTER + 1))
        expected = PurgedPart(done=230, journal=230)
        assert _purge(store, dry_run=True) == expected
        assert store.counts("w") == EntryCounts(done=230, skipped=1)
        assert _purge(store) == expected
        assert store.counts("w") == EntryCounts(skipped=1)
        assert store.entry("w", ids[0]) is None
        assert list(store.journal("w", ids[0])) == []
        assert len(store.links("w", _ORG, [("prospect", one) for one in ids])) == 230
        assert _purge(store) == PurgedPart()

    def test_what_has_not_ended_or_ended_lately_stays(self, store: Store) -> None:
        waiting, writing, held, late, old, _ = _feed(store, 6)
        _end(store, [old])
        _end(store, [late], _AFTER)
        ends = [Settlement(writing, "writing"), Settlement(held, "held", cause=Cause("A", "Lead"))]
        store.settle(org_fence(store), ends, _OLD)
        assert _purge(store) == PurgedPart(done=1, journal=1)
        assert store.entry("w", waiting) is not None
        assert _states(store) == {"pending", "writing", "held", "done"}
        assert store.counts("w") == EntryCounts(2, 1, 1, 1, 0)

    def test_an_entry_that_came_out_of_order_does_not_keep_the_others(self, store: Store) -> None:
        ahead = replace(arrived("w", "ahead", state="skipped"), received_at=1e9)
        store.accept(ahead)
        _end(store, _feed(store, 3))
        store.accept(arrived("w", "newest"))
        assert _purge(store).done == 3
        assert store.counts("w").skipped == 1

    def test_the_newest_entry_of_all_stays_so_that_no_id_is_given_twice(self, store: Store) -> None:
        ids = _feed(store, 3)
        _end(store, ids)
        assert _purge(store).done == 2
        again = store.accept(arrived("w", "e0")).entry_id
        assert int(again[1:]) > max(int(one[1:]) for one in ids)

    def test_what_was_dropped_in_doubt_still_holds_back_its_lane(self, store: Store) -> None:
        store.save_connection(connected("w"), Tokens("access", "refresh"))
        doubt, _ = _feed(store, 2)
        in_doubt = Settlement(doubt, "held", cause=Cause(OUTCOME_UNCLEAR, "Lead"))
        store.settle(org_fence(store), [in_doubt], _OLD)
        store.skip("w", Step("DROPPED"), _OLD, entry_ids=[doubt])
        assert _purge(store) == PurgedPart()
        assert store.lanes_in_doubt("w", _ORG, ["e0"]) == {"e0"}

    def test_what_is_in_doubt_in_another_org_stays(self, store: Store) -> None:
        store.save_connection(connected("w"), Tokens("access", "refresh"))
        doubt, _ = _feed(store, 2)
        fence = org_fence(store)
        store.mark_writing(fence, [doubt], _OLD, creating={doubt: ["Lead"]})
        other = replace(connected("w", "00D000000000002EAA"), connected_at=8.0)
        store.save_connection(other, Tokens("access", "refresh"))
        store.skip("w", Step("DROPPED"), _OLD, entry_ids=[doubt])
        assert _purge(store) == PurgedPart()
        assert len(store.in_doubt_elsewhere(_ORG, "other")) == 1

    def test_an_event_of_a_removed_entry_is_a_new_one(self, store: Store) -> None:
        first, _ = _feed(store, 2)
        _end(store, [first])
        assert store.accept(replace(arrived("w", "e0"), digest="other")).conflict
        assert len(store.conflicts("w")) == 1
        _purge(store)
        assert list(store.conflicts("w")) == []
        again = store.accept(replace(arrived("w", "e0"), digest="other"))
        assert (again.duplicate, again.conflict, again.state) == (False, False, "pending")

    @pytest.mark.parametrize("together", [False, True])
    def test_an_original_that_is_removed_as_its_duplicate_comes_is_no_error(
        self, store: Store, together: bool
    ) -> None:
        """Between the insert that finds the event known and the read of its entry."""
        first, _ = _feed(store, 2)
        _end(store, [first])
        database = store._database  # type: ignore[attr-defined]
        insert, insert_all = database.insert, database.insert_all

        def insert_then_remove(entry: object) -> object:
            inserted = insert(entry)
            database.insert = insert
            _purge(store)
            return inserted

        def lose(connection: object, entries: Sequence[object]) -> object:
            connection.execute("DELETE FROM journal")  # type: ignore[attr-defined]
            row_ids = insert_all(connection, entries)
            connection.execute("DELETE FROM entries WHERE event_id = 'e0'")  # type: ignore[attr-defined]
            return row_ids

        database.insert = insert_then_remove
        if together:
            database.insert_all = lose
        event = arrived("w", "e0")
        with pytest.raises(RulesChanged):  # and the intake stores it again
            store.accept_all([event]) if together else store.accept(event)
        database.insert, database.insert_all = insert, insert_all
        assert store.accept(arrived("w", "e0")).duplicate is together

    def test_old_versions_of_the_consoles_rules_go_but_for_the_last_ones(
        self, store: Store
    ) -> None:
        for number in range(60):
            line = HistoryLine(float(number), f"code {number}", "Ada")
            store.save_console_rule("w", {"name": f"{number}"}, expected_version=number, line=line)
        store.save_console_rule("other", {}, expected_version=0, line=HistoryLine(0.0, "mode"))
        assert _purge(store, 5.0, dry_run=True).history == 5
        assert _purge(store, 5.0).history == 5
        assert _purge(store).history == 5
        left = store.console_rule_versions("w", limit=100)
        assert [one.version for one in left] == list(range(60, 10, -1))
        assert len(store.console_rule_versions("other")) == 1

    def test_old_history_goes_but_for_the_last_lines_of_each_code(self, store: Store) -> None:
        for number in range(60):
            store.add_history("w", HistoryLine(float(number), "switch"))
        store.add_history("w", HistoryLine(0.0, "connected"))
        store.add_history("other", HistoryLine(0.0, "switch"))
        assert _purge(store, 5.0, dry_run=True).history == 5
        assert _purge(store, 5.0).history == 5
        assert _purge(store).history == 5
        assert len(store.history("w", codes=["switch"], limit=100)) == 50
        assert len(store.history("w", codes=["connected"])) == 1
        assert len(store.history("other")) == 1
