"""Turns: which search asks the org for which results, so that each is asked for once at a time.
Asks nobody."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turn:
    """The names that one search has to ask for, and signals of the searches that ask for the
    others."""

    names: frozenset[str] = frozenset()
    others: Sequence[threading.Event] = ()


class Turns:
    """Who asks for what, in one process. All methods may be called by any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking: dict[str, threading.Event] = {}

    def take(self, names: Iterable[str]) -> Turn:
        """The turn of a search for these names; it has to be ended, whatever happens."""
        mine: set[str] = set()
        others: list[threading.Event] = []
        ended = threading.Event()
        with self._lock:
            for name in names:
                other = self._asking.setdefault(name, ended)
                if other is ended:
                    mine.add(name)
                elif other not in others:
                    others.append(other)
        return Turn(frozenset(mine), others)

    def end(self, turn: Turn) -> None:
        """Let others ask for what this turn asked for, and wake those who wait for it."""
        with self._lock:
            ended = [self._asking.pop(name) for name in turn.names]
        for event in ended:
            event.set()
