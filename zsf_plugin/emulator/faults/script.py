"""The faults that were asked for, in order: which request each is injected into, and how many were.

What a kind does is `kinds`'; which request chance chooses is `chaos`'.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping

from zsf_plugin.emulator.countdown import is_due
from zsf_plugin.emulator.errors import Json
from zsf_plugin.emulator.faults.fault import Fault, parse_fault
from zsf_plugin.emulator.faults.kinds import KINDS
from zsf_plugin.emulator.wire import HttpRequest

_DEFAULT_STATUS = {name: kind.status for name, kind in KINDS.items()}


class FaultScript:
    """Faults in the order they were given; the first that matches a request and is due hits it.

    `released` is clear while a held fault is staged: until `release`, what is held waits for it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._injected: Counter[str] = Counter()
        self._late = 0
        self.released = threading.Event()
        self.released.set()

    def add(self, document: Mapping[str, Json]) -> None:
        """Append the fault of a JSON document. Raises ValueError."""
        fault = parse_fault(document, _DEFAULT_STATUS)
        with self._lock:
            self._faults.append(fault)
            if fault.held:
                self.released.clear()

    def clear(self) -> None:
        """Forget them all, and how many were injected; what is held goes on."""
        with self._lock:
            self._faults.clear()
            self._injected.clear()
        self.release()

    def release(self) -> None:
        """Let what is held go on, and what would be held until another held fault is added."""
        self.released.set()

    def due(self, request: HttpRequest) -> Fault | None:
        """The fault of this request, counted down; or None."""
        with self._lock:
            for fault in self._faults:
                matches = fault.is_about(request) and KINDS[fault.kind].can_hit(request)
                if matches and is_due(fault):
                    return fault
        return None

    def count(self, kind: str) -> None:
        """One more of that kind was injected."""
        with self._lock:
            self._injected[kind] += 1

    def count_late(self, change: int) -> None:
        """So many more (or fewer) requests wait to be done late."""
        with self._lock:
            self._late += change

    def summary(self) -> dict[str, Json]:
        """By kind, how many were injected (`met`) and are still `staged`; and how many requests are
        yet to be done `late`."""
        with self._lock:
            staged: Counter[str] = Counter()
            for fault in self._faults:
                staged[fault.kind] += fault.times
            return {"met": dict(self._injected), "staged": dict(+staged), "late": self._late}
