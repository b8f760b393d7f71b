"""When a lease is over, and how one is taken. Says nothing about what a lease protects.

A holder that renews its lease is alive, whatever its clock says and whether or not its process can
be seen from here: it may run in another container or on another machine. So a lease is over if its
holder is known to be dead, or if this process, by a clock that nobody sets, has seen it unchanged
for as long as a lease lives. Times that were stored are believed in one way only: a lease that is
current by our clock is not waited for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from zsf_plugin.ports import Clock, Fence, HeldLease, Store

#: While a lease that is not current may still be renewed, it is read again this often.
WATCH_INTERVAL_S = 0.5


class Owners(Protocol):
    """Names lease owners, and knows which are dead."""

    def new_owner(self) -> str:
        """A unique name that says machine and process."""
        ...

    def is_dead(self, owner: str) -> bool:
        """Whether that owner was certainly a process that this one could see, and is gone."""
        ...


@dataclass(frozen=True, slots=True)
class OwnerName:
    """The name of a lease's owner. `boot` identifies the running kernel and `namespace` the process
    ids that `pid` is one of; `started` tells it from a later process with the same id. "-" is what
    is not known."""

    machine: str
    boot: str
    namespace: str
    pid: int
    started: str
    token: str

    def __str__(self) -> str:
        machine = self.machine.replace("/", "_")
        parts = (machine, self.boot, self.namespace, str(self.pid), self.started, self.token)
        return "/".join(parts)


def read_owner(name: str) -> OwnerName | None:
    """The parts of a name; None for one of another form, as older versions wrote it."""
    parts = name.split("/")
    if len(parts) != 6 or not parts[3].isdecimal():
        return None
    machine, boot, namespace, pid, started, token = parts
    return OwnerName(machine, boot, namespace, int(pid), started, token)


@dataclass(slots=True, eq=False)
class Sightings:
    """Since when this process has seen each lease as it is. Thread-safe."""

    _seen: dict[str, tuple[HeldLease, float]] = field(default_factory=dict)

    def unbeaten_s(self, lease: HeldLease, now: float) -> float:
        """For how many seconds the lease has not been renewed, as far as this process has seen;
        `now` is of a monotonic clock."""
        seen, since = self._seen.get(lease.name, (lease, now))
        if seen != lease:
            since = now
        self._seen[lease.name] = (lease, since)
        return now - since


@dataclass(frozen=True, slots=True)
class LeaseParts:
    """What a process takes leases with."""

    store: Store
    clock: Clock
    owners: Owners
    sightings: Sightings

    def try_acquire(self, name: str, ttl_s: float) -> Fence | None:
        """Take the lease if it is free or over; else None, at once."""

        def is_over(lease: HeldLease) -> bool:
            if self.owners.is_dead(lease.owner):
                return True
            return self.sightings.unbeaten_s(lease, self.clock.monotonic()) >= ttl_s

        owner, now = self.owners.new_owner(), self.clock.now()
        return self.store.acquire_lease(name, owner, now, ttl_s=ttl_s, is_over=is_over)

    def acquire(
        self, name: str, ttl_s: float, stopping: Callable[[], bool]
    ) -> tuple[Fence | None, HeldLease | None]:
        """Take the lease, or say who holds it (neither: somebody took and released it meanwhile).

        A lease that is current by our clock is left alone at once. Of any other the clock does not
        tell whether it is over or its holder's clock is wrong: it is watched until it is renewed,
        or for `ttl_s`.
        """
        first = self.store.lease(name)
        while True:
            fence = self.try_acquire(name, ttl_s)
            held = None if fence is not None else self.store.lease(name)
            if held is None or held != first or is_current(held, self.clock.now(), ttl_s):
                return fence, held
            if stopping():
                return None, held
            self.clock.sleep(WATCH_INTERVAL_S)


def is_current(lease: HeldLease, now: float, ttl_s: float) -> bool:
    """Whether the lease was renewed within `ttl_s`, if its holder's clock is right."""
    return 0 < lease.expires_at - now <= ttl_s
