"""The contract of every store engine for undoing entries; part of `store_contract`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.contract.surveys_contract import arrived, connected, org_fence
from zsf_plugin.errors import Fenced
from zsf_plugin.model import Link, Tokens
from zsf_plugin.ports import (
    Fence,
    HistoryLine,
    JournalLine,
    SettledUndo,
    Settlement,
    Store,
    UndoLine,
)

_ORG = connected("w").org_id
_OTHER_ORG = "00D000000000099EAA"
_LEAD = "00Q000000000001AAA"


def _wrote(store: Store, event: str, workspace: str = "w", record: str = _LEAD) -> str:
    """An entry that is done, with a line of the journal and a link."""
    entry = store.accept(arrived(workspace, event)).entry_id
    line = JournalLine(entry, "Lead", record, "update", {"Title": None}, {"Title": event}, 10.0)
    link = Link("prospect", event, "Lead", record, {"Title": event})
    done = Settlement(entry, "done", links=(link,), journal=(line,))
    store.settle(org_fence(store), [done], 10.0)
    return entry


def _line(entry: str, state: str = "sent") -> UndoLine:
    return UndoLine(
        entry,
        "Lead",
        _LEAD,
        "restore",
        state,  # type: ignore[arg-type]
        {"Title": "Ünï \ud800"},
        {"Title": None},
        20.0,
        "Ada Ünï",
    )


class UndosContract:
    """The contract."""

    def test_what_is_about_to_be_undone_is_read_back_whole(self, store: Store) -> None:
        entry = _wrote(store, "e1")
        store.mark_undoing(org_fence(store), [_line(entry)])
        assert store.undo_lines("w", entry) == [_line(entry)]
        assert store.undo_lines("another", entry) == []

    def test_links_to_what_is_about_to_be_undone_are_doubted_whoever_has_them(
        self, store: Store
    ) -> None:
        entry, _ = _wrote(store, "e1"), _wrote(store, "e2", workspace="another")
        believed = Link("prospect", "e3", "Lead", _LEAD, {}, plan_digest="d", checked_at=5.0)
        other = replace(believed, host_id="e4", record_id="00Q000000000002AAA")
        done = Settlement(entry, "done", links=(believed, other))
        store.settle(org_fence(store), [done], 10.0)
        store.mark_undoing(org_fence(store), [_line(entry)])
        links = store.links("w", _ORG, [("prospect", "e3"), ("prospect", "e4")])
        doubted = links["prospect", "e3"]
        assert (doubted.plan_digest, doubted.checked_at) == ("", 0.0)
        assert links["prospect", "e4"] == other

    def test_how_it_went_takes_the_place_of_what_was_sent(self, store: Store) -> None:
        entry, other = _wrote(store, "e1"), _wrote(store, "e2")
        store.mark_undoing(org_fence(store), [_line(entry)])
        store.mark_undoing(org_fence(store), [_line(other)])
        store.settle_undo(org_fence(store), SettledUndo("w", entry, [_line(entry, "done")]))
        assert [line.state for line in store.undo_lines("w", entry)] == ["done"]
        assert [line.state for line in store.undo_lines("w", other)] == ["sent"]

    def test_entries_of_which_something_was_undone_are_known(self, store: Store) -> None:
        undone, untouched, refused = (_wrote(store, f"e{number}") for number in range(3))
        other = _wrote(store, "e9", "v")
        fence = org_fence(store)
        for entry, state in ((undone, "done"), (refused, "refused"), (other, "done")):
            workspace = "v" if entry == other else "w"
            store.settle_undo(fence, SettledUndo(workspace, entry, [_line(entry, state)]))
        assert store.undone_among("w", [undone, untouched, refused, other]) == {undone}
        assert store.undone_among("w", []) == set()

    def test_links_and_history_change_with_it(self, store: Store) -> None:
        first, second = _wrote(store, "e1"), _wrote(store, "e2")
        kept = Link("prospect", "e2", "Lead", _LEAD, {})
        note = HistoryLine(20.0, "undone", "Ada", {"entry": first})
        settled = SettledUndo("w", first, [], [kept], [("w", ("prospect", "e1"))], note)
        store.settle_undo(org_fence(store), settled)
        links = store.links("w", _ORG, [("prospect", "e1"), ("prospect", "e2")])
        assert links == {("prospect", "e2"): kept}
        assert store.history("w", codes=["undone"]) == [note]
        assert second

    def test_the_writes_to_a_record_are_those_of_every_entry_in_order(self, store: Store) -> None:
        first = _wrote(store, "e1")
        _wrote(store, "e2", record="00Q000000000002AAA")
        third = _wrote(store, "e3", workspace="another")
        writes = store.record_writes(_ORG[:15], {_LEAD})
        assert [line.entry_id for line in writes] == [first, third]
        assert store.record_writes(_OTHER_ORG, {_LEAD}) == []
        assert store.record_writes(_ORG, set()) == []

    def test_what_was_undone_of_a_record_is_known_for_every_entry(self, store: Store) -> None:
        first, second = _wrote(store, "e1"), _wrote(store, "e2")
        for entry in (second, first):
            store.settle_undo(org_fence(store), SettledUndo("w", entry, [_line(entry, "done")]))
        undos = store.record_undos(_ORG, {_LEAD})
        assert [line.entry_id for line in undos] == [second, first]

    def test_every_link_to_a_deleted_record_goes_whoever_has_it(self, store: Store) -> None:
        first, _ = _wrote(store, "e1"), _wrote(store, "e2", record="00Q000000000002AAA")
        _wrote(store, "e3", workspace="another")
        links = store.links_to(_ORG[:15], {_LEAD})
        assert sorted(links) == [("another", ("prospect", "e3")), ("w", ("prospect", "e1"))]
        assert store.links_to(_OTHER_ORG, {_LEAD}) == []
        assert store.links_to(_ORG, set()) == []
        store.settle_undo(org_fence(store), SettledUndo("w", first, [], drop_links=links))
        assert store.links_to(_ORG, {_LEAD}) == []
        assert store.links("w", _ORG, [("prospect", "e2")])

    def test_a_deleted_record_no_longer_counts_as_created(self, store: Store) -> None:
        entry = store.accept(arrived("w", "e1")).entry_id
        records = (_LEAD, "00Q000000000002AAA")
        lines = [JournalLine(entry, "Lead", one, "create", {}, {}, 10.0) for one in records]
        store.settle(org_fence(store), [Settlement(entry, "done", journal=tuple(lines))], 10.0)
        deletion = replace(_line(entry), action="delete")
        store.mark_undoing(org_fence(store), [deletion])
        assert len(store.created_since("w", _ORG, 0.0)) == 2
        done = SettledUndo("w", entry, [replace(deletion, state="done")])
        store.settle_undo(org_fence(store), done)
        assert [one.record_id for one in store.created_since("w", _ORG, 0.0)] == [records[1]]

    def test_nothing_is_stored_once_the_lease_is_anothers(self, store: Store) -> None:
        entry = _wrote(store, "e1")
        old = org_fence(store)
        stale = Fence(old.name, old.epoch - 1, old.owner)
        with pytest.raises(Fenced):
            store.mark_undoing(stale, [_line(entry)])
        settled = SettledUndo("w", entry, [_line(entry, "done")], [], [("w", ("prospect", "e1"))])
        with pytest.raises(Fenced):
            store.settle_undo(stale, settled)
        assert store.undo_lines("w", entry) == []
        assert store.links("w", _ORG, [("prospect", "e1")])

    def test_nothing_is_sent_to_an_org_that_the_workspace_has_left(self, store: Store) -> None:
        entry, won = _wrote(store, "e1"), org_fence(store)
        moved = replace(connected("w"), org_id=_OTHER_ORG)
        store.save_connection(moved, Tokens("access", "refresh"))
        with pytest.raises(Fenced):
            store.mark_undoing(won, [_line(entry)])

    def test_it_is_removed_with_its_entry(self, store: Store) -> None:
        entry, _ = _wrote(store, "e1"), _wrote(store, "e2")
        store.settle_undo(org_fence(store), SettledUndo("w", entry, [_line(entry, "done")]))
        assert store.purge("w", 1_000.0).done == 1
        assert store.undo_lines("w", entry) == []
