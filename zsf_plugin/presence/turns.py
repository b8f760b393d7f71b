"""Turns: which search asks the org for which results, so that each is asked for once at a time.
Asks nobody."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from zsf_plugin.model import Why


@dataclass(frozen=True, slots=True, eq=False)
class Asking:
    """A search that asks the org. Once it has `ended`, `reasons` says by name why results are still
    unknown."""

    ended: threading.Event = field(default_factory=threading.Event)
    reasons: dict[str, Why] = field(default_factory=dict)

    def end(self, reasons: Mapping[str, Why]) -> None:
        """Wake those who wait for it."""
        self.reasons.update(reasons)
        self.ended.set()


@dataclass(frozen=True, slots=True)
class Turn:
    """The names that one search has to ask for, and the searches that ask for the others."""

    names: frozenset[str] = frozenset()
    others: Sequence[Asking] = ()


class Turns:
    """Who asks for what, in one process. All methods may be called by any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking: dict[str, Asking] = {}

    def take(self, names: Iterable[str]) -> Turn:
        """The turn of a search for these names; it has to be ended, whatever happens."""
        asking = Asking()
        with self._lock:
            owners = {name: self._asking.setdefault(name, asking) for name in names}
        return _turn(asking, owners)

    def end(self, turn: Turn, reasons: Mapping[str, Why]) -> None:
        """Let others ask for what this turn asked for, and wake those who wait for it; `reasons`
        says by name why results are still unknown."""
        with self._lock:
            for name in turn.names:
                self._asking.pop(name).end(reasons)


def _turn(mine: Asking, owners: Mapping[str, Asking]) -> Turn:
    """The turn of one search, by which search asks for each name."""
    return Turn(
        frozenset(name for name, owner in owners.items() if owner is mine),
        _others(mine, owners),
    )


def _others(mine: Asking, owners: Mapping[str, Asking]) -> tuple[Asking, ...]:
    """The other searches, each once."""
    return tuple(dict.fromkeys(owner for owner in owners.values() if owner is not mine))
