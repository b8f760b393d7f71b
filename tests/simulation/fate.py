"""Where misfortune strikes: at one chosen step of one process, or anywhere by chance. Never what it
does to whom."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from tests.simulation.scheduler import Blow, Kind, Process


@dataclass(frozen=True, slots=True)
class Odds:
    """Chances per step. A stall lasts up to so many seconds; a lease lives 15."""

    kill: float = 0.0
    fail: float = 0.0
    stall: float = 0.0
    longest_stall_s: float = 60.0


NONE = Odds()


class Chance:
    """Anything may happen to anybody, until it is over."""

    def __init__(self, rng: Random, odds: Odds) -> None:
        self._rng = rng
        self._odds = odds
        self.over = False

    def blow(self, process: Process, kind: Kind) -> Blow | None:
        if self.over:
            return None
        odds, drawn = self._odds, self._rng.random()
        if drawn < odds.kill:
            return Blow("kill")
        if drawn < odds.kill + odds.fail:
            return Blow("fail") if kind != "sleep" else None
        if drawn < odds.kill + odds.fail + odds.stall and kind not in ("statement", "instant"):
            return Blow("stall", 1.0 + self._rng.random() * odds.longest_stall_s)
        return None


class OneBlow:
    """One blow at the Nth step of the process of that name, and nothing else. `kinds` are its steps
    until then."""

    def __init__(self, name: str, at: int = 0, blow: Blow | None = None) -> None:
        self._name = name
        self._at = at
        self._blow = blow
        self.over = False
        self.struck = False
        self.kinds: list[Kind] = []

    def blow(self, process: Process, kind: Kind) -> Blow | None:
        if self.over or self.struck or process.name != self._name:
            return None
        self.kinds.append(kind)
        if process.steps != self._at:
            return None
        self.struck = True
        return self._blow
