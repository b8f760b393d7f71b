"""What every store fulfils about two clocks: when a create in doubt was sent, by ours and by the
org's, and what a clock of ours that was ahead has left behind."""

from __future__ import annotations

import pytest

from tests.contract.moves_contract import NEW, OLD, MovesContract, connect, move, of_org
from zsf_plugin.errors import Fenced
from zsf_plugin.model import Cause
from zsf_plugin.ports import MAX_CLOCK_SKEW_S, Moment, NewEntry, Settlement, Store

#: No entry waits until later than this, in these tests.
LATEST = 1660.0
NOW = 1000.0
AHEAD = NOW + 86_400.0
#: What the org says when it is `NOW` by our clock.
NOW_AT_ORG = 120.0


class ClocksContract(MovesContract):
    """The contract. A subclass has the fixture `store`."""

    def sent_at(self, store: Store, event_id: str, at: float, at_org: float | None = None) -> str:
        """A purchase whose create was sent then; its outcome is unknown."""
        entry_id = self.bought(store, event_id, lane=event_id)
        store.mark_writing(
            of_org(store, OLD), [entry_id], at, creating={entry_id: ["Lead"]}, sent_at_org=at_org
        )
        return entry_id

    def touched(self, store: Store) -> str:
        """A new touchpoint's entry."""
        new = NewEntry("w", "t1", "touchpoint", "p1", "pending", "d", {}, "2026-11-01", 100.0)
        return store.accept(new).entry_id

    def test_a_create_is_marked_with_the_time_of_both_clocks(self, store: Store) -> None:
        connect(store, OLD)
        entry_id = self.sent_at(store, "e1", 150.0, 99.0)
        assert self.at(store, entry_id).sent == Moment(150.0, 99.0)
        assert store.in_doubt_elsewhere(OLD, "another") == [Moment(150.0, 99.0)]

    @pytest.mark.parametrize("again", [Moment(170.0, 119.0), Moment(170.0)])
    def test_a_later_try_replaces_both_times(self, store: Store, again: Moment) -> None:
        connect(store, OLD)
        entry_id = self.sent_at(store, "e1", 150.0, 99.0)
        lost = Settlement(entry_id, "writing", sent_at=again.at, sent_at_org=again.at_org)
        store.settle(of_org(store, OLD), [lost], 200.0)
        assert self.at(store, entry_id).sent == again

    def test_both_times_are_kept_while_an_entry_waits_and_forgotten_when_it_ends(
        self, store: Store
    ) -> None:
        connect(store, OLD)
        entry_id = self.sent_at(store, "e1", 150.0, 99.0)
        own = of_org(store, OLD)
        store.settle(own, [Settlement(entry_id, "writing", not_before=700.0)], 200.0)
        assert self.at(store, entry_id).sent == Moment(150.0, 99.0)
        store.settle(own, [Settlement(entry_id, "held", cause=Cause("VALUE"))], 700.0)
        held = self.at(store, entry_id)
        assert (held.sent, held.sent_at_org) == (None, None)

    def test_both_times_go_with_a_move_and_come_back(self, store: Store) -> None:
        connect(store, OLD)
        entry_id = self.sent_at(store, "e1", 150.0, 99.0)
        move(store, NEW)
        moved = self.at(store, entry_id)
        assert (moved.sent, moved.sent_at_org) == (None, None)
        assert store.in_doubt_elsewhere(OLD, "w") == [Moment(150.0, 99.0)]
        move(store, OLD)
        assert self.at(store, entry_id).sent == Moment(150.0, 99.0)

    def test_an_answer_lost_after_a_move_replaces_both_times(self, store: Store) -> None:
        connect(store, OLD)
        entry_id = self.sent_at(store, "e1", 150.0, 99.0)
        old = of_org(store, OLD)
        move(store, NEW)
        for settlement, then in (
            (Settlement(entry_id, "writing"), Moment(150.0, 99.0)),
            (Settlement(entry_id, "writing", sent_at=180.0), Moment(180.0)),
        ):
            with pytest.raises(Fenced):
                store.settle(old, [settlement], 200.0)
            assert store.in_doubt_elsewhere(OLD, "w") == [then]

    def test_each_moment_of_creates_in_doubt_is_reported_once(self, store: Store) -> None:
        connect(store, OLD)
        for event_id, sent in (("e1", 170.0), ("e2", 150.0), ("e3", 170.0)):
            self.sent_at(store, event_id, sent, sent - 51.0)
        found = store.in_doubt_elsewhere(OLD, "another")
        assert len(found) == 2
        assert set(found) == {Moment(150.0, 99.0), Moment(170.0, 119.0)}

    @pytest.mark.parametrize("place", ["own", "another workspace", "left behind"])
    def test_a_create_that_was_sent_ahead_of_now_counts_as_sent_now(
        self, store: Store, place: str
    ) -> None:
        connect(store, OLD)
        self.sent_at(store, "e1", AHEAD)
        workspace = "w" if place == "own" else "another"
        if place == "left behind":
            move(store, NEW)
        own = of_org(store, OLD)
        assert store.forget_times_ahead(own, workspace, Moment(NOW, NOW_AT_ORG), LATEST) == 0
        assert store.in_doubt_elsewhere(OLD, "any") == [Moment(NOW)]

    @pytest.mark.parametrize(
        "sent", [Moment(AHEAD, 99.0), Moment(NOW + MAX_CLOCK_SKEW_S), Moment(NOW - 1)]
    )
    def test_a_create_keeps_its_time_if_the_orgs_is_known_or_clocks_may_differ_so(
        self, store: Store, sent: Moment
    ) -> None:
        connect(store, OLD)
        self.sent_at(store, "e1", sent.at, sent.at_org)
        self.sent_at(store, "e2", AHEAD)
        store.forget_times_ahead(of_org(store, OLD), "w", Moment(NOW, NOW_AT_ORG), LATEST)
        assert set(store.in_doubt_elsewhere(OLD, "any")) == {sent, Moment(NOW)}

    def test_a_create_that_was_sent_ahead_of_now_counts_as_sent_now_without_a_date_of_the_org(
        self, store: Store
    ) -> None:
        connect(store, OLD)
        self.sent_at(store, "e1", AHEAD, 99.0)
        self.sent_at(store, "e2", NOW - 1, 98.0)
        assert store.forget_times_ahead(of_org(store, OLD), "w", Moment(NOW), LATEST) == 0
        found = store.in_doubt_elsewhere(OLD, "any")
        assert set(found) == {Moment(NOW, 99.0), Moment(NOW - 1, 98.0)}

    def test_a_touchpoint_that_was_sent_ahead_of_now_counts_as_sent_now(self, store: Store) -> None:
        connect(store, OLD)
        entry_id = self.touched(store)
        own = of_org(store, OLD)
        store.mark_writing(own, [entry_id], AHEAD, creating={entry_id: ["Task"]})
        store.forget_times_ahead(own, "w", Moment(NOW, NOW_AT_ORG), LATEST)
        assert self.at(store, entry_id).sent == Moment(NOW)

    def test_what_is_in_doubt_in_another_org_stays_as_it_is(self, store: Store) -> None:
        connect(store, OLD)
        self.sent_at(store, "e1", AHEAD)
        store.forget_times_ahead(of_org(store, NEW), "another", Moment(NOW, NOW_AT_ORG), LATEST)
        assert store.in_doubt_elsewhere(OLD, "any") == [Moment(AHEAD)]

    def test_only_the_holder_of_the_lease_undoes_what_a_clock_ahead_has_stored(
        self, store: Store
    ) -> None:
        connect(store, OLD)
        self.sent_at(store, "e1", AHEAD)
        own = of_org(store, OLD)
        store.release_lease(own)
        of_org(store, OLD, owner="another")
        with pytest.raises(Fenced):
            store.forget_times_ahead(own, "w", Moment(NOW, NOW_AT_ORG), LATEST)
        assert store.in_doubt_elsewhere(OLD, "any") == [Moment(AHEAD)]
