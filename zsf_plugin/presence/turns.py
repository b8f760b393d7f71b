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
        mine: set[str] = set()
        others: list[Asking] = []
        asking = Asking()
        with self._lock:
            for name in names:
                other = self._asking.setdefault(name, asking)
                if other is asking:
                    mine.add(name)
                elif other not in others:
                    others.append(other)
        return Turn(frozenset(mine), others)

    def end(self, turn: Turn, reasons: Mapping[str, Why]) -> None:
        """Let others ask for what this turn asked for, and wake those who wait for it; `reasons`
        says by name why results are still unknown."""
        with self._lock:
            ended = [self._asking.pop(name) for name in turn.names]
        for asking in ended:
            asking.reasons.update(reasons)
            asking.ended.set()
