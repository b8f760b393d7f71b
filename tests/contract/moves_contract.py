"""The contract of every store engine for workspaces that move to another org; part of
`store_contract`. What is known of an org's records stays with the org."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pytest

from zsf_plugin.errors import Fenced
from zsf_plugin.model import OUTCOME_UNCLEAR, Cause, Connection, Link, Step, Tokens
from zsf_plugin.ports import (
    ORG_LEASE,
    WITH_ID,
    Entry,
    Fence,
    JournalLine,
    Moment,
    NewEntry,
    Settlement,
    Store,
    WorkspacePause,
)

OLD, NEW = "00D000000000001EAA", "00D000000000002EAA"
_LINK = Link("prospect", "p1", "Lead", "00Q1", {"LastName": "Byron"}, "digest", 190.0)
_DOUBT = Cause(OUTCOME_UNCLEAR, "Lead")


def of_org(store: Store, org_id: str, owner: str = "me") -> Fence:
    """The org's lease."""
    name = ORG_LEASE + org_id
    won = store.acquire_lease(name, owner, 0.0, ttl_s=900, is_over=lambda _: False)
    assert won is not None
    return won


def connect(store: Store, org_id: str, workspace: str = "w") -> None:
    """Connect the workspace to the org."""
    made = Connection(
        workspace, org_id, "005", "admin", "custom", "http://l", "http://i", "c", False, "68.0", 5.0
    )
    store.save_connection(made, Tokens("a", "r"))


def move(store: Store, org_id: str) -> None:
    """Disconnect the workspace, and connect it to the org."""
    store.forget_connection("w")
    connect(store, org_id)


class MovesContract:
    """The contract. A subclass has the fixture `store`."""

    def bought(self, store: Store, event_id: str = "e1", lane: str = "p1") -> str:
        """A new purchase's entry."""
        new = NewEntry(
            "w", event_id, "purchase", lane, "pending", "d", {"n": 1}, "2026-11-01T10:00:00Z", 100.0
        )
        return store.accept(new).entry_id

    def sent(self, store: Store, org_id: str = OLD, names: Collection[str] = ("Lead",)) -> str:
        """A purchase whose create was sent to the org at 150."""
        entry_id = self.bought(store)
        store.mark_writing(of_org(store, org_id), [entry_id], 150.0, creating={entry_id: names})
        return entry_id

    def at(self, store: Store, entry_id: str) -> Entry:
        entry = store.entry("w", entry_id)
        assert entry is not None
        return entry

    def test_links_and_journal_belong_to_the_org_that_they_were_stored_for(
        self, store: Store
    ) -> None:
        connect(store, OLD)
        entry_id = self.bought(store)
        line = JournalLine(entry_id, "Lead", "00Q1", "create", {}, {"LastName": "Byron"}, 200.0)
        store.settle(
            of_org(store, OLD), [Settlement(entry_id, "done", links=(_LINK,), journal=(line,))], 2e2
        )
        move(store, NEW)
        assert store.links("w", NEW, [_LINK.key]) == {}
        assert store.links("w", "", [_LINK.key]) == {}
        assert list(store.created_since("w", NEW, 0.0)) == []
        there = replace(_LINK, record_id="00Q9")
        store.settle(of_org(store, NEW), [Settlement(entry_id, "done", links=(there,))], 300.0)
        store.settle(
            of_org(store, NEW), [Settlement(entry_id, "done", drop_links=(("company", "c"),))], 3e2
        )
        assert store.links("w", NEW, [_LINK.key]) == {_LINK.key: there}
        assert store.links("w", OLD, [_LINK.key]) == {_LINK.key: _LINK}
        assert [one.org_id for one in store.created_since("w", OLD, 0.0)] == [OLD]
        assert [one.org_id for one in store.journal("w", entry_id)] == [OLD]
        assert self.at(store, entry_id).org_id == NEW

    def test_a_dropped_link_is_kept_in_other_orgs(self, store: Store) -> None:
        entry_id = self.bought(store)
        for org_id in (OLD, NEW):
            done = Settlement(entry_id, "done", links=(_LINK,))
            store.settle(of_org(store, org_id), [done], 200.0)
        dropped = Settlement(entry_id, "done", drop_links=(_LINK.key,))
        store.settle(of_org(store, NEW), [dropped], 300.0)
        assert store.links("w", NEW, [_LINK.key]) == {}
        assert store.links("w", OLD, [_LINK.key]) == {_LINK.key: _LINK}

    def test_a_task_is_linked_in_one_org_only(self, store: Store) -> None:
        task = Link("touchpoint", "t1", "Task", "00T1", {})
        done = Settlement(self.bought(store), "done", links=(task,))
        store.settle(of_org(store, OLD), [done], 200.0)
        assert store.linked_records(OLD, "Task", ["00T1"]) == {"00T1"}
        assert store.linked_records(NEW, "Task", ["00T1"]) == frozenset()

    def test_a_write_in_doubt_is_decided_again_elsewhere_and_known_where_it_was_sent(
        self, store: Store
    ) -> None:
        connect(store, OLD)
        entry_id = self.sent(store)
        store.settle(
            of_org(store, OLD),
            [Settlement(entry_id, "writing", not_before=700.0, count_attempt=True)],
            160.0,
        )
        move(store, NEW)
        moved = self.at(store, entry_id)
        assert (moved.state, moved.sent_at, moved.sent_as, moved.attempts, moved.not_before) == (
            "pending",
            None,
            (),
            0,
            0.0,
        )
        assert store.in_doubt_elsewhere(OLD, "another") == [Moment(150.0)]
        assert store.in_doubt_elsewhere(NEW, "another") == []
        assert store.lanes_in_doubt("w", OLD, ["p1", "p2"]) == {"p1"}
        assert store.lanes_in_doubt("w", NEW, ["p1", "p2"]) == frozenset()
        move(store, OLD)
        back = self.at(store, entry_id)
        assert (back.state, back.sent_at, back.sent_as, back.attempts) == (
            "writing",
            150.0,
            ("Lead",),
            1,
        )
        assert store.in_doubt_elsewhere(OLD, "w") == []
        assert store.lanes_in_doubt("w", OLD, ["p1"]) == frozenset()

    def test_a_write_left_in_doubt_stays_so_after_its_entry_was_done_elsewhere(
        self, store: Store
    ) -> None:
        connect(store, OLD)
        entry_id = self.sent(store)
        move(store, NEW)
        store.settle(of_org(store, NEW), [Settlement(entry_id, "done")], 200.0)
        move(store, OLD)
        assert self.at(store, entry_id).state == "done"
        assert store.in_doubt_elsewhere(OLD, "w") == [Moment(150.0)]
        assert store.lanes_in_doubt("w", OLD, ["p1"]) == {"p1"}

    def test_a_create_with_our_unique_id_that_was_left_in_doubt_puts_no_lane_in_doubt(
        self, store: Store
    ) -> None:
        connect(store, OLD)
        self.sent(store, names=("Lead" + WITH_ID, "Account" + WITH_ID))
        move(store, NEW)
        assert store.lanes_in_doubt("w", OLD, ["p1"]) == frozenset()
        assert store.in_doubt_elsewhere(OLD, "another") == [Moment(150.0)]

    def test_an_entry_held_elsewhere_is_looked_up_first_once_it_is_released_back_here(
        self, store: Store
    ) -> None:
        connect(store, OLD)
        entry_id = self.sent(store)
        move(store, NEW)
        store.settle(
            of_org(store, NEW), [Settlement(entry_id, "held", cause=Cause("VALUE"))], 200.0
        )
        move(store, OLD)
        assert self.at(store, entry_id).state == "held"
        assert store.release("w", entry_ids=[entry_id]) == 1
        back = self.at(store, entry_id)
        assert (back.state, back.sent_at, back.sent_as) == ("writing", 150.0, ("Lead",))

    def test_an_entry_held_in_doubt_is_not_held_in_another_org(self, store: Store) -> None:
        connect(store, OLD)
        entry_id = self.sent(store)
        store.settle(of_org(store, OLD), [Settlement(entry_id, "held", cause=_DOUBT)], 160.0)
        connect(store, OLD)
        assert self.at(store, entry_id).state == "held"
        assert store.lanes_in_doubt("w", NEW, ["p1"]) == frozenset()
        move(store, NEW)
        assert (self.at(store, entry_id).state, self.at(store, entry_id).cause) == ("pending", None)
        assert store.lanes_in_doubt("w", OLD, ["p1"]) == {"p1"}
        move(store, OLD)
        back = self.at(store, entry_id)
        assert (back.state, back.sent_at, back.sent_as) == ("writing", 160.0, ())

    def test_one_dropped_in_doubt_counts_in_its_org_only(self, store: Store) -> None:
        connect(store, OLD)
        entry_id = self.sent(store)
        store.settle(of_org(store, OLD), [Settlement(entry_id, "held", cause=_DOUBT)], 160.0)
        store.skip("w", Step("dropped"), 170.0, entry_ids=[entry_id])
        move(store, NEW)
        assert self.at(store, entry_id).state == "skipped"
        assert store.lanes_in_doubt("w", NEW, ["p1"]) == frozenset()
        assert store.lanes_in_doubt("w", OLD, ["p1"]) == {"p1"}

    def test_a_person_who_releases_an_entry_in_doubt_vouches_for_what_was_left_there(
        self, store: Store
    ) -> None:
        connect(store, OLD)
        first = self.sent(store)
        move(store, NEW)
        store.settle(of_org(store, NEW), [Settlement(first, "done")], 200.0)
        move(store, OLD)
        again = self.bought(store, "again")
        store.settle(of_org(store, OLD), [Settlement(again, "held", cause=_DOUBT)], 300.0)
        store.release("w", entry_ids=[again], now=400.0)
        assert store.lanes_in_doubt("w", OLD, ["p1"]) == frozenset()

    def test_connecting_to_the_same_org_again_changes_no_entry(self, store: Store) -> None:
        connect(store, OLD)
        ids = [self.sent(store), self.bought(store, "e2", "p2"), self.bought(store, "e3", "p3")]
        waiting = Settlement(ids[1], "pending", not_before=900.0)
        refused = Settlement(ids[2], "held", cause=Cause("VALUE"))
        store.settle(of_org(store, OLD), [waiting, refused], 200.0)
        before = [self.at(store, one) for one in ids]
        move(store, OLD[:15])
        assert [self.at(store, one) for one in ids] == before
        stored = store.connection("w")
        assert stored is not None
        assert stored.org_id == OLD

    def test_what_waited_because_of_the_old_org_is_due_at_once_in_the_new_one(
        self, store: Store
    ) -> None:
        connect(store, OLD)
        entry_id = self.bought(store)
        waiting = Settlement(entry_id, "pending", not_before=900.0, count_attempt=True)
        store.settle(of_org(store, OLD), [waiting], 200.0)
        move(store, NEW)
        assert (self.at(store, entry_id).not_before, self.at(store, entry_id).attempts) == (0.0, 0)

    def test_nothing_more_is_marked_for_an_org_that_the_workspace_left(self, store: Store) -> None:
        connect(store, OLD)
        entry_id, old = self.bought(store), of_org(store, OLD)
        move(store, NEW)
        with pytest.raises(Fenced):
            store.mark_writing(old, [entry_id], 150.0, creating={entry_id: {"Lead"}})
        assert self.at(store, entry_id).state == "pending"

    def test_a_drain_that_sent_to_the_old_org_stores_what_it_learnt_there(
        self, store: Store
    ) -> None:
        connect(store, OLD)
        entry_id, untouched = self.sent(store), self.bought(store, "e2", "p2")
        old = of_org(store, OLD)
        move(store, NEW)
        line = JournalLine(entry_id, "Lead", "00Q1", "create", {}, {}, 200.0)
        settlements = [
            Settlement(entry_id, "done", links=(_LINK,), journal=(line,)),
            Settlement(untouched, "held", cause=Cause("VALUE")),
        ]
        with pytest.raises(Fenced):
            store.settle(old, settlements, 200.0)
        assert (self.at(store, entry_id).state, self.at(store, entry_id).org_id) == ("done", OLD)
        assert self.at(store, untouched).state == "pending"
        assert store.links("w", OLD, [_LINK.key]) == {_LINK.key: _LINK}
        assert [one.record_id for one in store.created_since("w", OLD, 0.0)] == ["00Q1"]
        assert store.in_doubt_elsewhere(OLD, "w") == []

    @pytest.mark.parametrize(("state", "in_doubt"), [("pending", []), ("writing", [Moment(180.0)])])
    def test_what_the_old_org_refused_or_did_not_answer_leaves_the_entry_to_the_new_one(
        self, store: Store, state: str, in_doubt: list[Moment]
    ) -> None:
        connect(store, OLD)
        entry_id, old = self.sent(store), of_org(store, OLD)
        move(store, NEW)
        ended = (
            Settlement(entry_id, "writing", sent_at=180.0, count_attempt=True, not_before=900.0)
            if state == "writing"
            else Settlement(entry_id, "pending")
        )
        with pytest.raises(Fenced):
            store.settle(old, [ended], 200.0)
        assert (self.at(store, entry_id).state, self.at(store, entry_id).not_before) == (
            "pending",
            0.0,
        )
        assert store.in_doubt_elsewhere(OLD, "w") == in_doubt

    def test_a_late_answer_of_the_old_org_does_not_end_what_the_new_one_is_writing(
        self, store: Store
    ) -> None:
        connect(store, OLD)
        entry_id, old = self.sent(store), of_org(store, OLD)
        move(store, NEW)
        store.mark_writing(of_org(store, NEW), [entry_id], 170.0, creating={entry_id: {"Lead"}})
        with pytest.raises(Fenced):
            store.settle(old, [Settlement(entry_id, "done", links=(_LINK,))], 200.0)
        now = self.at(store, entry_id)
        assert (now.state, now.org_id, now.sent_at) == ("writing", NEW, 170.0)

    def test_a_write_in_doubt_of_a_disconnected_workspace_still_counts_in_its_org(
        self, store: Store
    ) -> None:
        connect(store, OLD)
        self.sent(store)
        store.forget_connection("w")
        assert store.in_doubt_elsewhere(OLD, "another") == [Moment(150.0)]

    def test_one_of_two_workspaces_of_an_org_moves_and_the_other_keeps_all(
        self, store: Store
    ) -> None:
        for workspace in ("w", "v"):
            connect(store, OLD, workspace)
        other = store.accept(
            NewEntry("v", "e1", "purchase", "p1", "pending", "d", {}, "2026-11-01T10:00:00Z", 1.0)
        ).entry_id
        old = of_org(store, OLD)
        store.settle(old, [Settlement(other, "writing", sent_at=140.0, links=(_LINK,))], 150.0)
        move(store, NEW)
        entry = store.entry("v", other)
        assert entry is not None
        assert entry.state == "writing"
        assert store.links("v", OLD, [_LINK.key]) == {_LINK.key: _LINK}
        store.settle(old, [Settlement(other, "done")], 200.0)
        assert store.counts("v").done == 1

    def test_a_pause_ends_with_the_move_and_cannot_follow_it(self, store: Store) -> None:
        connect(store, OLD)
        quota = WorkspacePause("quota", "", 100.0, 900.0, OLD)
        store.pause("w", quota)
        assert store.paused("w") == quota
        move(store, NEW)
        assert store.paused("w") is None
        store.pause("w", quota)
        assert store.paused("w") is None
        here = replace(quota, org_id=NEW, code="unavailable")
        store.pause("w", here)
        store.pause("w", quota)
        assert store.paused("w") == here

    def test_a_choice_made_in_the_old_org_is_not_stored_for_the_new_one(self, store: Store) -> None:
        connect(store, OLD)
        entry_id = self.bought(store)
        store.settle(of_org(store, OLD), [Settlement(entry_id, "held", cause=Cause("A"))], 200.0)
        move(store, NEW)
        assert store.choose("w", entry_id, OLD, _LINK, 300.0) == 0
        assert store.links("w", OLD, [_LINK.key]) == store.links("w", NEW, [_LINK.key]) == {}
        assert store.choose("w", entry_id, NEW, _LINK, 300.0) == 1
        assert store.links("w", NEW, [_LINK.key]) == {_LINK.key: _LINK}
