"""A simulated day of one org: its entries arrive over eight hours, each drain sends what is there,
and calls count for 24 hours against the org's allocation (docs/allocation.md), which nobody else
uses."""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass, field

from zsf_plugin.model import Limits
from zsf_plugin.ports import Purpose
from zsf_plugin.sync.drain import BATCHES

_SHIPPED = Limits()
#: The shipped rate of an org's calls, and one that cannot use up 80 % of 150,000 in 24 hours.
CALLS_PER_S = (_SHIPPED.calls_per_second, 1.3)
#: As the jobs of `benchmarks`.
TOUCHPOINTS_A_PURCHASE = 3
WORKING_S = 8 * 3600.0
#: Salesforce's time for a call: assumed, orgs take tens to hundreds of milliseconds.
_CALL_S = 0.1
#: When a share that is used up is looked at again.
_CHECK_INTERVAL_S = 900.0
_WINDOW_MINUTES = 24 * 60
_LOOKUP, _COLLECTION = 200, 1_000
#: What a drain takes at once, of each kind.
_MAX_TOGETHER = {purpose: size for _, purpose, size in BATCHES}


def calls_of(purchases: int, touchpoints: int) -> int:
    """The calls of a drain in lead mode: people are looked up 200 in a call, and 1,000 records are
    written in one (docs/call-budget.md)."""
    lookups, writes = math.ceil(purchases / _LOOKUP), math.ceil(purchases / _COLLECTION)
    return lookups + writes + math.ceil(touchpoints / _COLLECTION)


@dataclass(frozen=True, slots=True)
class OrgDay:
    """An org's day: its entries, its allocation, its highest rate of calls, and how many entries a
    second a drain gets through."""

    entries: int
    allocation: int
    calls_per_s: float
    entries_per_s: float


@dataclass(frozen=True, slots=True)
class SimulatedDay:
    """The calls of a day, and how long an entry of each kind waited, in seconds."""

    calls: int
    longest_purchase_s: float
    longest_activity_s: float


@dataclass(slots=True)
class _Window:
    """Calls of the last 24 hours, by minute."""

    minutes: deque[tuple[int, int]] = field(default_factory=deque)
    used: int = 0

    def count(self, at: float, calls: int) -> None:
        minute = int(at // 60)
        if self.minutes and self.minutes[-1][0] == minute:
            calls_before = self.minutes.pop()[1]
            self.minutes.append((minute, calls_before + calls))
        else:
            self.minutes.append((minute, calls))
        self.used += calls

    def forget(self, at: float) -> None:
        while self.minutes and self.minutes[0][0] <= at // 60 - _WINDOW_MINUTES:
            self.used -= self.minutes.popleft()[1]


@dataclass(slots=True)
class _Queue:
    """Entries of one kind that wait, as how many arrived until when."""

    arrived: deque[tuple[float, int]] = field(default_factory=deque)
    waiting: int = 0
    longest_s: float = 0.0

    def add(self, since: float, entries: int) -> None:
        if entries:
            self.arrived.append((since, entries))
            self.waiting += entries

    def take(self, at: float, most: int) -> int:
        """Take the oldest ones, all that are done at that time."""
        taken = 0
        while self.arrived and taken < most:
            since, entries = self.arrived.popleft()
            some = min(entries, most - taken)
            if some < entries:
                self.arrived.appendleft((since, entries - some))
            taken += some
            self.longest_s = max(self.longest_s, at - since)
        self.waiting -= taken
        return taken


def simulate(day: OrgDay, seed: int) -> SimulatedDay:
    """A day after a quiet one, until its last entry is sent."""
    run = _Run(day, random.Random(seed))  # noqa: S311 - a simulation
    run.until_sent()
    return SimulatedDay(run.calls, run.purchases.longest_s, run.activities.longest_s)


class _Run:
    """An org's days, one drain after another."""

    def __init__(self, day: OrgDay, random_: random.Random) -> None:
        self.day, self.random = day, random_
        self.purchases, self.activities = _Queue(), _Queue()
        self.calls = 0
        self._window = _Window()
        self._at = 0.0
        self._checks: dict[Purpose, float] = {"purchases": 0.0, "activities": 0.0}

    def until_sent(self) -> None:
        """Go on until nothing waits after the working day."""
        while self._at < WORKING_S or self.purchases.waiting or self.activities.waiting:
            self._window.forget(self._at)
            purchases = self._may_send("purchases", _SHIPPED.api_share, self.purchases)
            activities = self._may_send("activities", _SHIPPED.activities_share, self.activities)
            if purchases or activities:
                self._drain(purchases, activities)
            elif self.purchases.waiting or self.activities.waiting:
                self._pass(_CHECK_INTERVAL_S)
            else:
                self._at += self.random.expovariate(self.day.entries / WORKING_S)
                if self._at < WORKING_S:
                    self._arrive(1, self._at)

    def _may_send(self, purpose: Purpose, share: float, queue: _Queue) -> int:
        """How many entries of a kind may be sent now: none while its share is used up."""
        if self._checks[purpose] > self._at:
            return 0
        if self._window.used >= share * self.day.allocation:
            self._checks[purpose] = self._at + _CHECK_INTERVAL_S
            return 0
        return min(queue.waiting, _MAX_TOGETHER[purpose])

    def _drain(self, purchases: int, activities: int) -> None:
        calls = calls_of(purchases, activities)
        self._window.count(self._at, calls)
        self.calls += calls
        calls_s = calls * max(_CALL_S, 1 / self.day.calls_per_s)
        self._pass(calls_s + (purchases + activities) / self.day.entries_per_s)
        self.purchases.take(self._at, purchases)
        self.activities.take(self._at, activities)

    def _pass(self, seconds: float) -> None:
        """Let time pass, in which entries arrive."""
        began = self._at
        self._at += seconds
        working_s = max(min(self._at, WORKING_S) - began, 0.0)
        self._arrive(self._rounded(working_s * self.day.entries / WORKING_S), began)

    def _arrive(self, entries: int, since: float) -> None:
        purchases = self._rounded(entries / (1 + TOUCHPOINTS_A_PURCHASE))
        self.purchases.add(since, purchases)
        self.activities.add(since, entries - purchases)

    def _rounded(self, number: float) -> int:
        """The number, rounded so that it is right on the average."""
        return int(number + self.random.random())
