"""Which request gets which fault: scripted faults in order, then random ones from chaos.

`kinds` defines what each kind does.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import cast

from zsf_plugin.emulator.documents import as_list, is_number, take_match, unknown
from zsf_plugin.emulator.errors import Json
from zsf_plugin.emulator.exchange import HttpRequest
from zsf_plugin.emulator.faults.fault import Fault
from zsf_plugin.emulator.faults.kinds import KINDS, FaultKind


class FaultScript:
    """Faults in the order they were added; the first that matches a request and is due applies.

    `released` is clear while a held fault is staged; held requests wait until `release`.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._injected = Counter[str]()
        self._late = 0
        self.released = threading.Event()
        self.released.set()

    def add(self, document: Mapping[str, Json]) -> None:
        """Append a fault from its JSON document. Raises ValueError."""
        fault = Fault.parse(document, _kind_of(document).status)
        with self._lock:
            self._faults.append(fault)
            if fault.held:
                self.released.clear()

    def clear(self) -> None:
        """Remove all faults, reset the counts, and release held requests."""
        with self._lock:
            self._faults.clear()
            self._injected.clear()
        self.release()

    def release(self) -> None:
        """Let held requests continue; nothing is held until another held fault is added."""
        self.released.set()

    def take(self, request: HttpRequest) -> Fault | None:
        """The fault for this request, counted down; None if no fault is due."""
        with self._lock:
            for fault in self._faults:
                if _can_hit(fault, request) and take_match(fault):
                    return fault
        return None

    def count(self, kind: str) -> None:
        """Count an injected fault of this kind."""
        with self._lock:
            self._injected[kind] += 1

    def count_late(self, change: int) -> None:
        """Change the number of requests waiting for a late commit."""
        with self._lock:
            self._late += change

    def summary(self) -> dict[str, Json]:
        """Per kind, how many were injected (`met`) and are still `staged`; and the number of
        requests waiting for a `late` commit."""
        with self._lock:
            staged = dict(+self._staged())
            return {"met": dict(self._injected), "staged": staged, "late": self._late}

    def _staged(self) -> Counter[str]:
        staged = Counter[str]()
        for fault in self._faults:
            staged[fault.kind] += fault.times
        return staged


#: The kinds that chaos draws from by default.
DEFAULT_KINDS: tuple[str, ...] = tuple(name for name, kind in KINDS.items() if kind.by_chance)
_DEFAULT_SHARE = 0.2
_DEFAULT_LATE_MS = 300
_MAX_DELAY_MS = 50
#: Chaos expires no session before this many requests: one that ends at once needs a person (§1.7).
_MIN_SESSION_REQUESTS = 3


class Chaos:
    """Injects random faults into a share of all API and token requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._number = 0
        self._seen = Counter[str]()
        self.stop()

    def start(self, document: Mapping[str, Json]) -> None:
        """Start over with `seed` (1), `share` (0.2), `kinds` (`DEFAULT_KINDS`) and `late_ms` (the
        longest delay of a late commit, 300).

        Raises ValueError.
        """
        share = _parse_share(document.get("share", _DEFAULT_SHARE))
        kinds = _parse_kinds(document.get("kinds", [*DEFAULT_KINDS]))
        with self._lock:
            self._seed = str(document.get("seed", 1))
            self._share, self._kinds = share, kinds
            self._late_ms = int(cast(int, document.get("late_ms", _DEFAULT_LATE_MS)))
            self._number = 0
            self._seen.clear()

    def stop(self) -> None:
        """Stop injecting random faults."""
        self.start({"share": 0.0})

    def draw(self, request: HttpRequest) -> Fault | None:
        """The fault for this request, drawn by seed and request number; or None."""
        if not (request.is_token or "/services/data/v" in request.path):
            return None
        with self._lock:
            self._number += 1
            self._seen[request.bearer] += 1
            chance = random.Random(f"{self._seed}/{self._number}")  # noqa: S311 - reproducible, not secret
            return self._fault(chance, request) if chance.random() < self._share else None

    def _fault(self, chance: random.Random, request: HttpRequest) -> Fault | None:
        kinds = [name for name in self._kinds if self._may_hit(name, request)]
        return self._random_fault(chance, chance.choice(kinds), request) if kinds else None

    def _may_hit(self, name: str, request: HttpRequest) -> bool:
        """Whether chaos may inject this kind into this request."""
        if name == "session_expired" and self._is_fresh(request):
            return False
        return KINDS[name].can_hit(request) and (KINDS[name].on_tokens or not request.is_token)

    def _is_fresh(self, request: HttpRequest) -> bool:
        return self._seen[request.bearer] <= _MIN_SESSION_REQUESTS

    def _random_fault(self, chance: random.Random, kind: str, request: HttpRequest) -> Fault:
        """A fault with random numbers, drawn in a fixed order so that a seed stays reproducible."""
        # A token request never commits: a rotated token that never arrives is lost.
        may_commit = KINDS[kind].may_commit and not request.is_token
        return Fault(
            kind,
            times=0,
            status=chance.choice((200, 500, 502) if kind == "html_page" else (400, 500, 503)),
            delay_ms=chance.randint(0, self._max_delay_ms(kind)),
            committed=may_commit and chance.random() < 0.5,
            sub=chance.randrange(1000),
        )

    def _max_delay_ms(self, kind: str) -> int:
        return {"late_commit": self._late_ms, "delay": _MAX_DELAY_MS}.get(kind, 0)


def _kind_of(document: Mapping[str, Json]) -> FaultKind:
    kind = KINDS.get(str(document.get("kind")))
    if kind is None:
        raise unknown("fault kind", document.get("kind"), KINDS)
    return kind


def _can_hit(fault: Fault, request: HttpRequest) -> bool:
    return fault.matches(request) and KINDS[fault.kind].can_hit(request)


def _parse_share(share: Json) -> float:
    if not is_number(share) or not 0 <= share <= 1:
        raise ValueError(f"share is {share!r}; it must be a number from 0 to 1")
    return float(share)


def _parse_kinds(kinds: Json) -> Sequence[str]:
    named = as_list(kinds)
    if not named or any(kind not in KINDS for kind in named):
        raise ValueError(f"kinds is {kinds!r}; it must list at least one of {', '.join(KINDS)}")
    return cast(Sequence[str], named)
