"""A population of orgs on several databases: how even hashes and a directory spread it, and what
moves when a database is added. An org is never split: its workspaces share a lease, a budget and a
rate of calls, which are rows of one database."""

from __future__ import annotations

import hashlib
import heapq
import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

#: Assumed: entries a day of an org are log-normal, and some orgs have several workspaces.
_ORGS = 2_000
_MEDIAN_ENTRIES, _SIGMA = 200.0, 1.5
_SHARED_PERCENT, _MAX_WORKSPACES = 15, 5


@dataclass(frozen=True, slots=True)
class Population:
    """The entries a day of each org, and the number of its workspaces."""

    orgs: tuple[int, ...]
    workspaces_of: tuple[int, ...]

    @property
    def workspaces(self) -> int:
        """Of all orgs."""
        return sum(self.workspaces_of)

    @property
    def entries(self) -> int:
        """A day, of all orgs."""
        return sum(self.orgs)

    @property
    def median(self) -> int:
        """The entries a day of the middle org."""
        return round(statistics.median(self.orgs))

    @property
    def shared(self) -> int:
        """The number of orgs with several workspaces."""
        return sum(count > 1 for count in self.workspaces_of)


@dataclass(frozen=True, slots=True)
class ShardSpread:
    """How even a number of shards is, and what moves when another is added (shares of the orgs)."""

    busiest_by_hash: float
    busiest_by_directory: float
    moved_by_modulo: float
    moved_by_rendezvous: float


def population(seed: int) -> Population:
    """The simulated population."""
    random_ = random.Random(seed)  # noqa: S311 - a simulation
    orgs, workspaces_of = [], []
    for _ in range(_ORGS):
        orgs.append(max(1, round(_MEDIAN_ENTRIES * random_.lognormvariate(0.0, _SIGMA))))
        is_shared = random_.randrange(100) < _SHARED_PERCENT
        workspaces_of.append(random_.randint(2, _MAX_WORKSPACES) if is_shared else 1)
    return Population(tuple(orgs), tuple(workspaces_of))


def spread_over(found: Population, shards: int) -> ShardSpread:
    """That population on that number of shards."""
    names = [f"org-{number}" for number in range(len(found.orgs))]
    by_modulo = [_by_modulo(name, shards) for name in names]
    by_rendezvous = [_by_rendezvous(name, shards) for name in names]
    return ShardSpread(
        _busiest(found.orgs, by_rendezvous, shards),
        _busiest(found.orgs, _by_directory(found.orgs, shards), shards),
        _moved(names, by_modulo, lambda name: _by_modulo(name, shards + 1)),
        _moved(names, by_rendezvous, lambda name: _by_rendezvous(name, shards + 1)),
    )


def cut_apart(found: Population, shards: int) -> int:
    """How many orgs would have workspaces on several shards if those were hashed by name."""
    number = 0
    for org, workspaces in enumerate(found.workspaces_of):
        places = {_by_modulo(f"workspace-{org}-{one}", shards) for one in range(workspaces)}
        number += len(places) > 1
    return number


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


def _by_modulo(name: str, shards: int) -> int:
    return _hash(name) % shards


def _by_rendezvous(name: str, shards: int) -> int:
    return max(range(shards), key=lambda shard: _hash(f"{shard}/{name}"))


def _by_directory(orgs: Sequence[int], shards: int) -> list[int]:
    """Each new org goes to the shard with the fewest entries a day so far, and stays."""
    loads = [(0, shard) for shard in range(shards)]
    places = []
    for entries in orgs:
        load, shard = heapq.heappop(loads)
        places.append(shard)
        heapq.heappush(loads, (load + entries, shard))
    return places


def _busiest(orgs: Sequence[int], places: Sequence[int], shards: int) -> float:
    """The load of the busiest shard, as a multiple of the mean."""
    loads = [0] * shards
    for entries, shard in zip(orgs, places, strict=True):
        loads[shard] += entries
    return max(loads) * shards / sum(orgs)


def _moved(names: Sequence[str], places: Sequence[int], later: Callable[[str], int]) -> float:
    """The share of orgs that are elsewhere later."""
    moved = sum(later(name) != shard for name, shard in zip(names, places, strict=True))
    return moved / len(names)
