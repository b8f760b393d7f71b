"""Faults on demand: which request is met by which mishap. Carried out by the server, which owns the socket."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from zsf_plugin.emulator.errors import Json

Kind = Literal["drop_before", "drop_after_commit", "reset_mid_body", "html_503", "status", "delay"]
KINDS: tuple[str, ...] = ("drop_before", "drop_after_commit", "reset_mid_body", "html_503", "status", "delay")


@dataclass(slots=True)
class Fault:
    """One mishap: it lets `after` matching requests pass, then meets `times` of them."""

    kind: Kind
    method: str
    path_contains: str
    times: int
    after: int
    status: int
    body: Json
    delay_ms: int

    @classmethod
    def of(cls, document: Mapping[str, Json]) -> Fault:
        """A fault of its JSON. Raises ValueError for an unknown kind."""
        kind = document.get("kind")
        if kind not in KINDS:
            raise ValueError(f"unknown kind of fault {kind!r}; known are {', '.join(KINDS)}")
        match = document.get("match")
        where = match if isinstance(match, dict) else {}
        return cls(
            kind=cast(Kind, kind),
            method=str(where.get("method", "")),
            path_contains=str(where.get("path_contains", "")),
            times=int(cast(int, document.get("times", 1))),
            after=int(cast(int, document.get("after", 0))),
            status=int(cast(int, document.get("status", 500))),
            body=document.get("body"),
            delay_ms=int(cast(int, document.get("delay_ms", 0))),
        )


class FaultScript:
    """Faults in the order they were given; the first that matches a request and is due meets it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Append a fault."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Forget them all."""
        with self._lock:
            self._faults.clear()

    def due(self, method: str, path: str) -> Fault | None:
        """The fault that meets this request, counted down; or None."""
        with self._lock:
            for fault in self._faults:
                if (fault.method and fault.method != method) or fault.path_contains not in path:
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                if fault.times > 0:
                    fault.times -= 1
                    return fault
        return None
