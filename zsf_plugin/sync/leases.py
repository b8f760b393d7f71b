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
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
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
    """The name of a lease's owner, written with slashes between the parts. `boot` identifies the
    running kernel and `namespace` the process ids that `pid` is one of; `started` sets it apart
    from a later process with the same id. "-" is what is not known."""

    machine: str
    boot: str
    namespace: str
    pid: int
    started: str
    token: str


def read_owner(name: str) -> OwnerName | None:
    """The parts of a name; None for one of another form, as older versions wrote it."""
    parts = name.split("/")
    if len(parts) != 6 or not parts[3].isdecimal():
        return None
    machine, boot, namespace, pid, started, token = parts
    return OwnerName(machine, boot, namespace, int(pid), started, token)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lease, for people: the machine and process (None: not known), since when, and
    when it was last renewed, in seconds since 1970 by the holder's clock. `is_dead`: its process is
    known to have ended, so whoever comes next takes over."""

    machine: str
    pid: int | None
    since: float | None
    renewed_at: float
    is_dead: bool = False


def holder_of(lease: HeldLease, ttl_s: float, owners: Owners) -> Holder:
    """Who holds that lease, which lives that long without a renewal."""
    name = read_owner(lease.owner)
    machine = name.machine if name is not None else lease.owner.partition("/")[0]
    pid = name.pid if name is not None else None
    since, renewed_at = lease.since or None, lease.expires_at - ttl_s
    return Holder(machine, pid, since, renewed_at, owners.is_dead(lease.owner))


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

    def acquire(
        self, name: str, ttl_s: float, stopping: Callable[[], bool]
    ) -> tuple[Fence | None, HeldLease | None]:
        """Take the lease, or find who holds it (neither: another took and released it meanwhile).

        A lease that is current by our clock is left alone at once. Of any other the clock does not
        say whether it is over or its holder's clock is wrong: it is watched until it is renewed,
        or for `ttl_s`, or until `stopping`.
        """

        def is_over(lease: HeldLease) -> bool:
            if self.owners.is_dead(lease.owner):
                return True
            return self.sightings.unbeaten_s(lease, self.clock.monotonic()) >= ttl_s

        owner, first = self.owners.new_owner(), None
        while True:
            now = self.clock.now()
            fence = self.store.acquire_lease(name, owner, now, ttl_s=ttl_s, is_over=is_over)
            if fence is not None:
                return fence, None
            held = self.store.lease(name)
            first = first or held
            if held is None or held != first or is_current(held, now, ttl_s) or stopping():
                return None, held
            self.clock.sleep(WATCH_INTERVAL_S)


def is_current(lease: HeldLease, now: float, ttl_s: float) -> bool:
    """Whether the lease was renewed within `ttl_s`, if its holder's clock is right."""
    return 0 < lease.expires_at - now <= ttl_s
