"""When a lease is over: a holder that renews is alive, whatever any clock says; one that does not
loses its lease as soon as it has been seen unchanged for as long as a lease lives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.clock import FakeClock
from tests.sync.bench import LiveOwners
from zsf_plugin.errors import Fenced
from zsf_plugin.ports import Fence, HeldLease, Store
from zsf_plugin.sync.context import never
from zsf_plugin.sync.leases import (
    WATCH_INTERVAL_S,
    LeaseParts,
    OwnerName,
    Sightings,
    is_current,
    read_owner,
)

NAME, TTL_S = "org:1", 15.0
JUMPS = st.sampled_from([0.0, 3.0, -3.0, 3600.0, -3600.0, 86_400.0, -86_400.0, 3e8, -3e8])


@dataclass
class OneLease:
    """As much of a store as keeps one lease."""

    held: HeldLease | None = None
    epoch: int = 0
    checks: list[HeldLease] = field(default_factory=list)

    def acquire_lease(
        self,
        name: str,
        owner: str,
        now: float,
        *,
        ttl_s: float,
        is_over: Callable[[HeldLease], bool],
    ) -> Fence | None:
        if self.held is not None and not is_over(self.held):
            return None
        self.epoch += 1
        self.held = HeldLease(name, self.epoch, owner, now, now + ttl_s, 0)
        return Fence(name, self.epoch, owner)

    def lease(self, name: str) -> HeldLease | None:
        return self.held

    def renew_lease(self, fence: Fence, now: float, *, ttl_s: float) -> None:
        if self.held is None or self.held.epoch != fence.epoch:
            raise Fenced("taken")
        held = self.held
        self.held = HeldLease(
            held.name, held.epoch, held.owner, held.since, now + ttl_s, held.beats + 1
        )


class BeatingClock(FakeClock):
    """Another machine's holder renews its lease every five seconds, by a clock of its own."""

    def __init__(self, store: OneLease, ahead_s: float) -> None:
        super().__init__()
        self.store, self.ahead_s = store, ahead_s
        fence = store.acquire_lease(
            NAME, "far", self.now() + ahead_s, ttl_s=TTL_S, is_over=lambda _: True
        )
        assert fence is not None
        self.fence, self.next_beat = fence, 5.0
        self.started = self.monotonic()

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self.monotonic() - self.started >= self.next_beat:
            self.next_beat += 5.0
            self.store.renew_lease(self.fence, self.now() + self.ahead_s, ttl_s=TTL_S)


def parts(store: OneLease | Store, clock: FakeClock) -> LeaseParts:
    return LeaseParts(store, clock, LiveOwners(), Sightings())


@given(st.floats(-1e6, 1e6), st.floats(0, 30))
def test_no_skew_of_clocks_takes_the_lease_of_a_holder_that_renews(
    ahead_s: float, later_s: float
) -> None:
    store = OneLease()
    clock = BeatingClock(store, ahead_s)
    for _ in range(int(later_s / 0.5)):
        clock.sleep(0.5)
    fence, held = parts(store, clock).acquire(NAME, TTL_S, never)
    assert fence is None
    assert held is not None
    assert held.owner == "far"


@given(st.floats(-1e6, 1e6), st.lists(JUMPS, max_size=5))
def test_a_holder_that_does_not_renew_loses_its_lease_within_15_seconds_of_watching(
    ahead_s: float, jumps: list[float]
) -> None:
    store, clock = OneLease(), FakeClock()
    store.acquire_lease(NAME, "gone", clock.now() + ahead_s, ttl_s=TTL_S, is_over=lambda _: True)
    taker, began = parts(store, clock), clock.monotonic()
    fence = None
    while fence is None:
        fence, _ = taker.acquire(NAME, TTL_S, never)
        if fence is None:
            clock.sleep(WATCH_INTERVAL_S)
            if jumps:
                clock.set_by(jumps.pop())
        assert clock.monotonic() - began <= TTL_S + WATCH_INTERVAL_S
    assert fence.epoch == 2


@given(st.lists(JUMPS, min_size=1, max_size=8))
def test_no_jump_of_the_clock_takes_a_lease_from_a_holder_that_renews(jumps: list[float]) -> None:
    store, clock = OneLease(), FakeClock()
    fence = store.acquire_lease(NAME, "me", clock.now(), ttl_s=TTL_S, is_over=lambda _: True)
    assert fence is not None
    taker = parts(store, clock)
    for jump in jumps:
        clock.set_by(jump)
        assert taker.acquire(NAME, TTL_S, lambda: True)[0] is None
        clock.sleep(5.0)
        store.renew_lease(fence, clock.now(), ttl_s=TTL_S)


def test_a_lease_that_is_current_is_not_waited_for() -> None:
    store, clock = OneLease(), FakeClock()
    store.acquire_lease(NAME, "other", clock.now(), ttl_s=TTL_S, is_over=lambda _: True)
    before = clock.monotonic()
    fence, held = parts(store, clock).acquire(NAME, TTL_S, never)
    assert (fence, clock.monotonic()) == (None, before)
    assert held is not None
    assert held.owner == "other"


@pytest.mark.parametrize("ahead_s", [7200.0, -3600.0])
def test_who_is_to_stop_watches_no_lease(ahead_s: float) -> None:
    store, clock = OneLease(), FakeClock()
    store.acquire_lease(NAME, "x", clock.now() + ahead_s, ttl_s=TTL_S, is_over=lambda _: True)
    before = clock.monotonic()
    fence, _ = parts(store, clock).acquire(NAME, TTL_S, lambda: True)
    assert (fence, clock.monotonic()) == (None, before)


def test_a_lease_that_was_seen_unchanged_before_is_taken_at_once() -> None:
    store, clock = OneLease(), FakeClock()
    store.acquire_lease(NAME, "gone", clock.now(), ttl_s=TTL_S, is_over=lambda _: True)
    taker = parts(store, clock)
    assert taker.acquire(NAME, TTL_S, never)[0] is None
    clock.sleep(TTL_S)
    before = clock.monotonic()
    assert taker.acquire(NAME, TTL_S, never)[0] is not None
    assert clock.monotonic() == before


def test_the_lease_of_a_dead_owner_is_taken_at_once() -> None:
    class Dead(LiveOwners):
        def is_dead(self, owner: str) -> bool:
            return owner == "dead"

    store, clock = OneLease(), FakeClock()
    store.acquire_lease(NAME, "dead", clock.now(), ttl_s=TTL_S, is_over=lambda _: True)
    taker = LeaseParts(store, clock, Dead(), Sightings())
    assert taker.acquire(NAME, TTL_S, lambda: True)[0] is not None


@pytest.mark.parametrize(
    ("expires_in_s", "expected"), [(15.0, True), (0.1, True), (0.0, False), (15.1, False)]
)
def test_a_lease_is_current_for_as_long_as_it_lives(expires_in_s: float, expected: bool) -> None:
    lease = HeldLease(NAME, 1, "me", 0.0, 100.0 + expires_in_s, 0)
    assert is_current(lease, 100.0, TTL_S) is expected


def test_the_name_of_an_owner_is_read_back() -> None:
    name = OwnerName("web-1", "b", "pid:[4026531836]", 17, "99", "ab12")
    assert read_owner("web-1/b/pid:[4026531836]/17/99/ab12") == name


@pytest.mark.parametrize("name", ["", "me", "host/boot/17/99/ab", "h/b/n/x/9/t", "h/b/n/-1/9/t"])
def test_a_name_of_another_form_is_nobodys(name: str) -> None:
    assert read_owner(name) is None
