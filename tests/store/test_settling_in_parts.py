"""A drain stores what became of its entries in parts, so that no hook waits for long. A part has all
that belongs to its entries, and what ends a drain between two parts loses and doubles nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.contract.store_contract import ORG, fence, held, lease, new
from zsf_plugin.errors import Fenced
from zsf_plugin.model import PERSON_MISSING, Link, Step
from zsf_plugin.ports import EntryCounts, JournalLine, Settlement
from zsf_plugin.store import Cipher
from zsf_plugin.store.sql import settling
from zsf_plugin.store.sql.entry_settling import ReadySettlement
from zsf_plugin.store.sql.rows import Columns
from zsf_plugin.store.sqlite import SqliteStore
from zsf_plugin.store.sqlite.group_commit import _Queued


class Killed(BaseException):
    """The end of a drain, wherever it was."""


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqliteStore]:
    monkeypatch.setattr(settling, "MAX_TOGETHER", 2)
    store = SqliteStore(tmp_path / "zsf.sqlite3", Cipher("a secret", "this test"))
    yield store
    store.close()


def settlements_of(store: SqliteStore, count: int) -> list[Settlement]:
    """Entries that created a record each, with its link and its line in the journal."""
    made = []
    for number in range(count):
        entry_id = store.accept(new(f"e{number}", lane=f"p{number}")).entry_id
        link = Link("prospect", f"p{number}", "Lead", f"00Q{number}", {})
        line = JournalLine(entry_id, "Lead", f"00Q{number}", "create", {}, {}, 200.0)
        made.append(Settlement(entry_id, "done", links=(link,), journal=(line,)))
    return made


def whole(store: SqliteStore, one: Settlement) -> bool:
    """Whether an entry is settled with link and journal; nothing of it may be if it is not."""
    entry = store.entry("w", one.entry_id)
    assert entry is not None
    link, lines = store.links("w", ORG, [one.links[0].key]), store.journal("w", one.entry_id)
    assert (len(link), len(lines)) == ((1, 1) if entry.state == "done" else (0, 0))
    return entry.state == "done"


@pytest.mark.parametrize("killed_at", range(5))
def test_a_kill_between_two_parts_leaves_whole_entries_and_the_others_as_they_were(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, killed_at: int
) -> None:
    settlements, settle_together = settlements_of(store, 5), settling.settle_together
    won = fence(store)
    store.mark_writing(won, [one.entry_id for one in settlements], 150.0, creating={})

    def killed(connection: Any, ready: Sequence[ReadySettlement], *more: Any, **named: Any) -> Any:
        for position, one in enumerate(ready):
            if one.settlement is settlements[killed_at]:
                settle_together(connection, ready[:position], *more, **named)
                raise Killed
        return settle_together(connection, ready, *more, **named)

    with monkeypatch.context() as patch:
        patch.setattr(settling, "settle_together", killed)
        with pytest.raises(Killed):
            store.settle(won, settlements, 200.0)
    stored = [one for one in settlements if whole(store, one)]
    assert stored == settlements[: killed_at // 2 * 2]
    assert store.counts("w") == EntryCounts(writing=5 - len(stored), done=len(stored))
    store.settle(won, settlements[len(stored) :], 201.0)
    assert all(whole(store, one) for one in settlements)


def test_a_lease_that_is_lost_between_two_parts_keeps_the_first_and_stores_no_other(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    settlements, won = settlements_of(store, 3), fence(store)
    require_lease, parts = settling.require_lease, list[int]()

    def require(connection: Any, fence: Any, rows: Sequence[int | None]) -> tuple[str, bool]:
        parts.append(len(rows))
        if len(parts) == 2:
            connection.execute("UPDATE leases SET epoch = epoch + 1")
        return require_lease(connection, fence, rows)

    monkeypatch.setattr(settling, "require_lease", require)
    with pytest.raises(Fenced):
        store.settle(won, settlements, 200.0)
    assert parts == [2, 1]
    assert [whole(store, one) for one in settlements] == [True, True, False]


def test_no_part_is_stored_under_an_old_epoch(store: SqliteStore) -> None:
    settlements, old = settlements_of(store, 3), fence(store)
    assert lease(store, "another", dead=True) is not None
    with pytest.raises(Fenced):
        store.settle(old, settlements, 200.0)
    assert not any(whole(store, one) for one in settlements)


def test_a_touchpoint_that_is_held_in_a_later_part_than_its_persons_link_is_released(
    store: SqliteStore,
) -> None:
    linked = settlements_of(store, 4)
    waiting = store.accept(new("t1", kind="touchpoint", lane="p0")).entry_id
    other = store.accept(new("t2", kind="touchpoint", lane="p9")).entry_id
    still = [Settlement(one, "held", cause=held(PERSON_MISSING)) for one in (waiting, other)]
    assert store.settle(fence(store), [*linked, *still], 300.0) == 1
    states = [entry.state for one in (waiting, other) if (entry := store.entry("w", one))]
    assert states == ["pending", "held"]


def test_a_hook_that_waits_is_let_in_after_a_few_entries(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "MAX_TOGETHER", 50)
    settlements, done = settlements_of(store, 20), list[int]()

    def write(rows: Sequence[Columns]) -> Sequence[int | None]:
        done.append(store.counts("w").done)
        return [None for _ in rows]

    won = fence(store)
    store._database.pool.inserts.waiting.append(_Queued((), write))
    store.settle(won, settlements, 200.0)
    assert done == [settling.MIN_TOGETHER]
    assert store.counts("w").done == 20


def test_entries_are_marked_in_parts_too(store: SqliteStore) -> None:
    ids = [one.entry_id for one in settlements_of(store, 5)]
    store.mark_writing(fence(store), ids, 150.0, creating={one: {"Lead"} for one in ids})
    entries = [entry for one in ids if (entry := store.entry("w", one))]
    assert [(entry.state, entry.sent_at, entry.sent_as) for entry in entries] == [
        ("writing", 150.0, ("Lead",))
    ] * 5


@pytest.mark.parametrize(
    "begins", ["UPDATE entries SET state = 'done'", "INSERT INTO links", "INSERT INTO journal"]
)
def test_done_entries_are_settled_by_one_statement_of_each_kind_for_several(
    store: SqliteStore, begins: str
) -> None:
    settlements, won, seen = settlements_of(store, 2), fence(store), list[str]()
    with store._database.reading() as connection:
        connection.set_trace_callback(seen.append)
    store.settle(won, settlements, 200.0)
    with store._database.reading() as connection:
        connection.set_trace_callback(None)
    # SQLite names the statement again for each trigger that it runs
    assert len({text for text in seen if text.lstrip().startswith(begins)}) == 1
    assert all(whole(store, one) for one in settlements)


def test_of_several_settlements_with_one_link_the_last_decides(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "MAX_TOGETHER", 50)
    ids = [store.accept(new(f"e{number}", lane=f"p{number}")).entry_id for number in range(3)]
    first, last = (Link("company", "c", "Account", record, {}) for record in ("0011", "0012"))
    linked, dropped = Settlement(ids[0], "done", links=(first,)), (first.key,)
    store.settle(fence(store), [linked, Settlement(ids[1], "done", drop_links=dropped)], 200.0)
    assert store.links("w", ORG, [first.key]) == {}
    fresh = Settlement(ids[2], "done", links=(last,), drop_links=dropped)
    store.settle(fence(store), [linked, Settlement(ids[1], "held", drop_links=dropped), fresh], 2e2)
    assert store.links("w", ORG, [first.key]) == {first.key: last}


def test_each_end_is_stored_as_it_is_beside_others(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "MAX_TOGETHER", 50)
    ids = [store.accept(new(f"e{number}", lane=f"p{number}")).entry_id for number in range(5)]
    steps = (Step("left_out", "Lead", "Na\x00me\ud800", {"text": "\x00 '\"\\ \ud800"}),)
    ends = [
        Settlement(ids[0], "done", steps[0], steps=steps),
        Settlement(ids[1], "held", cause=held("A"), steps=steps),
        Settlement(ids[2], "pending", not_before=300.1),
        Settlement(ids[3], "writing", not_before=300.1, count_attempt=True, sent_at=199.9),
        Settlement(ids[4], "done", count_attempt=True, not_before=0.1),
    ]
    store.settle(fence(store), ends, 200.0)
    found = [entry for one in ids if (entry := store.entry("w", one))]
    assert [entry.state for entry in found] == ["done", "held", "pending", "writing", "done"]
    assert [entry.reason for entry in found] == [steps[0], None, None, None, None]
    assert [entry.steps for entry in found] == [steps, steps, (), (), ()]
    assert [entry.not_before for entry in found] == [0, 0, 300.1, 300.1, 0.1]
    assert [entry.attempts for entry in found] == [0, 0, 0, 1, 1]
    assert [entry.settled_at for entry in found] == [200.0, 200.0, None, None, 200.0]
