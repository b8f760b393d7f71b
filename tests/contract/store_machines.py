"""Store guarantees that say always or never, tested in any order of steps. Independent of the
engine, which `fresh` returns. `LeaseMachine` has several owners compete for one name;
`OutboxMachine` keeps a plain dictionary beside the outbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from zsf_plugin.errors import Fenced
from zsf_plugin.model import PERSON_MISSING, Cause, Link, State, Step
from zsf_plugin.ports import ORG_LEASE, Fence, NewEntry, Settlement, Store

TTL_S = 15.0
LEASE = ORG_LEASE + "00D000000000001EAA"
OWNERS = st.sampled_from(["ada", "bob", "cyd"])
EVENTS = st.integers(0, 5).map(str)
REFUSED = Cause("REFUSED")
WAITING = Cause(PERSON_MISSING)


class LeaseMachine(RuleBasedStateMachine):
    """One name, three owners, clocks that are set at will: at most one fence is valid at any time,
    and no clock ends it."""

    def __init__(self, fresh: Callable[[], Store]) -> None:
        super().__init__()
        self.store = fresh()
        self.now = 0.0
        self.fences: list[Fence] = []
        self.good: Fence | None = None

    @rule(owner=OWNERS, dead=st.booleans())
    def acquire_lease(self, owner: str, dead: bool) -> None:
        free = self.good is None or self.good.owner == owner or dead
        won = self.store.acquire_lease(LEASE, owner, self.now, ttl_s=TTL_S, is_over=lambda _: dead)
        assert (won is not None) == free
        if won is not None:
            assert all(won.epoch > fence.epoch for fence in self.fences)
            self.good = won
            self.fences.append(won)

    @rule(seconds=st.sampled_from([1.0, 14.0, 15.0, 16.0, 86_400.0, -86_400.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(data=st.data())
    def renew_lease(self, data: st.DataObject) -> None:
        if not self.fences:
            return
        fence = data.draw(st.sampled_from(self.fences))
        if fence == self.good:
            before = self.store.lease(LEASE)
            self.store.renew_lease(fence, self.now, ttl_s=TTL_S)
            assert self.store.lease(LEASE) != before
        else:
            with pytest.raises(Fenced):
                self.store.renew_lease(fence, self.now, ttl_s=TTL_S)

    @rule(data=st.data())
    def release_lease(self, data: st.DataObject) -> None:
        if self.fences:
            fence = data.draw(st.sampled_from(self.fences))
            self.store.release_lease(fence)
            self.good = None if fence == self.good else self.good

    @invariant()
    def only_the_good_fence_settles(self) -> None:
        for fence in self.fences:
            if fence == self.good:
                self.store.settle(fence, [], self.now)
            else:
                with pytest.raises(Fenced):
                    self.store.settle(fence, [], self.now)

    def teardown(self) -> None:
        self.store.close()


class OutboxMachine(RuleBasedStateMachine):
    """Six events that arrive repeatedly, and everything that can happen to an entry, beside a
    simple model of it."""

    def __init__(self, fresh: Callable[[], Store]) -> None:
        super().__init__()
        self.store = fresh()
        self.ids: dict[str, str] = {}
        self.states: dict[str, State] = {}
        self.causes: dict[str, Cause] = {}

    def fence(self) -> Fence:
        won = self.store.acquire_lease(LEASE, "me", 0.0, ttl_s=TTL_S, is_over=lambda _: False)
        assert won is not None
        return won

    def settle(
        self, event_id: str, state: State, cause: Cause | None = None, link: bool = False
    ) -> int:
        links = (Link("prospect", event_id, "Lead", "00Q", {}),) if link else ()
        return self.store.settle(
            self.fence(), [Settlement(self.ids[event_id], state, cause=cause, links=links)], 5.0
        )

    @rule(event_id=EVENTS, digest=st.sampled_from(["a", "b"]))
    def accept(self, event_id: str, digest: str) -> None:
        new = NewEntry(
            "w", event_id, "purchase", event_id, "pending", digest, {}, "2026-11-01T10:00:00Z", 1.0
        )
        accepted = self.store.accept(new)
        assert accepted.duplicate == (event_id in self.ids)
        assert accepted.entry_id == self.ids.setdefault(event_id, accepted.entry_id)
        assert accepted.state == self.states.setdefault(event_id, "pending")

    @rule(event_id=EVENTS, cause=st.sampled_from([REFUSED, WAITING]))
    def hold(self, event_id: str, cause: Cause) -> None:
        if self.states.get(event_id) in ("pending", "writing"):
            self.settle(event_id, "held", cause)
            self.states[event_id], self.causes[event_id] = "held", cause

    @rule(event_id=EVENTS, link=st.booleans())
    def write(self, event_id: str, link: bool) -> None:
        if self.states.get(event_id) in ("pending", "writing"):
            self.settle(event_id, "done", link=link)
            self.states[event_id] = "done"

    @rule(event_id=EVENTS)
    def mark_writing(self, event_id: str) -> None:
        if event_id in self.ids:
            self.store.mark_writing(self.fence(), [self.ids[event_id]], 4.0, creating={})
            if self.states[event_id] == "pending":
                self.states[event_id] = "writing"

    @rule(event_id=EVENTS)
    def put_back(self, event_id: str) -> None:
        if event_id in self.ids:
            self.settle(event_id, "pending")
            if self.states[event_id] == "writing":
                self.states[event_id] = "pending"

    @rule(cause=st.sampled_from([None, REFUSED, WAITING]))
    def release(self, cause: Cause | None) -> None:
        freed = [
            event_id
            for event_id, state in self.states.items()
            if state == "held" and cause in (None, self.causes[event_id])
        ]
        assert self.store.release("w", cause=cause.code if cause else None) == len(freed)
        self.states |= dict.fromkeys(freed, "pending")

    @rule(event_id=EVENTS)
    def skip(self, event_id: str) -> None:
        if event_id in self.ids:
            ended = self.states[event_id] in ("pending", "held")
            assert (
                self.store.skip("w", Step("dropped"), 6.0, entry_ids=[self.ids[event_id]]) == ended
            )
            self.states[event_id] = "skipped" if ended else self.states[event_id]

    @invariant()
    def all_views_agree(self) -> None:
        expected = Counter(self.states.values())
        assert {state: n for state, n in asdict(self.store.counts("w")).items() if n} == expected
        assert {
            entry.event.event_id: entry.state for entry in self.store.entries("w")
        } == self.states
        assert sum(group.entries for group in self.store.held_groups("w")) == expected["held"]
        waiting = {
            event_id for event_id, state in self.states.items() if state in ("pending", "writing")
        }
        writing = {event_id for event_id in waiting if self.states[event_id] == "writing"}
        assert {entry.event.event_id for entry in self.store.due("w", "purchase", 9, 9.0)} == (
            writing or waiting
        )
        assert (self.store.next_due("w") is not None) == bool(waiting)

    def teardown(self) -> None:
        self.store.close()
