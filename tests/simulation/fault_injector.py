"""Decides where faults are injected: at one chosen step of one process, or at random."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from tests.simulation.scheduler import CANNOT_STALL, Fault, Process, StepKind


@dataclass(frozen=True, slots=True)
class ProcessFaults:
    """Probabilities per step, and the maximum stall in seconds; a lease lasts 15. `lost_commit`: per
    commit that a server is asked for."""

    kill: float = 0.0
    fail: float = 0.0
    stall: float = 0.0
    max_stall_s: float = 60.0
    lost_commit: float = 0.0


#: So much likelier is a process to die during a call than at a step of its own: it takes longer. And
#: calls to the login are few.
KILLS_BY_KIND: Mapping[StepKind, int] = {"org": 4, "login": 20}

NO_PROCESS_FAULTS = ProcessFaults()


class RandomFaults:
    """Injects random faults into any process until `over` is set."""

    def __init__(self, rng: Random, process_faults: ProcessFaults) -> None:
        self._rng = rng
        self._odds = process_faults
        self.over = False

    def fault_at(self, process: Process, kind: StepKind) -> Fault | None:
        if self.over:
            return None
        process_faults, drawn = self._odds, self._rng.random()
        kill = process_faults.kill * KILLS_BY_KIND.get(kind, 1)
        if drawn < kill:
            return Fault("kill")
        if drawn < kill + process_faults.fail:
            return Fault("fail") if kind != "sleep" else None
        drawn -= kill + process_faults.fail
        if kind == "commit":
            return Fault("lost commit") if drawn < process_faults.lost_commit else None
        if drawn < process_faults.stall and kind not in CANNOT_STALL:
            return Fault("stall", 1.0 + self._rng.random() * process_faults.max_stall_s)
        return None


class SingleFault:
    """Injects one fault at the Nth step of the named process. `kinds` lists its steps up to then."""

    def __init__(self, name: str, at: int = 0, fault: Fault | None = None) -> None:
        self._name = name
        self._at = at
        self._blow = fault
        self.over = False
        self.injected = False
        self.kinds: list[StepKind] = []

    def fault_at(self, process: Process, kind: StepKind) -> Fault | None:
        if self.over or self.injected or process.name != self._name:
            return None
        self.kinds.append(kind)
        if process.steps != self._at:
            return None
        self.injected = True
        return self._blow
