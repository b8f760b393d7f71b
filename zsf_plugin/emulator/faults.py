"""Faults on demand: which request is met by which mishap, and how many were met. Carried out by the
server.

What a staged answer says is `staging`'s; which request chance chooses is `chaos`'s.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from zsf_plugin.emulator.errors import Json
from zsf_plugin.emulator.staging import is_write, writes_in

#: The connection breaks, or what comes is no answer of the API. The org is not asked at all …
UNASKED = ("drop_before", "html_503", "html_page", "status")
#: … or it did as it was told, and nobody learns of it; `late_commit` does so when the client has
#: given up.
UNHEARD = ("drop_after_commit", "late_commit", "reset_mid_body", "truncated_json")
#: The org answers: slowly, that the session or the approval has just ended, that a limit is
#: reached.
ORG = ("delay", "session_expired", "grant_revoked", "daily_limit", "concurrent_limit")
#: One write is refused while the others of its request are done.
ROWS = ("lock_row", "duplicate_detected", "sub_failure", "null_reference")
#: Of the token endpoint alone (§1.4).
TOKEN = ("token_busy", "rotation_lost")
KINDS: tuple[str, ...] = (*UNASKED, *UNHEARD, *ORG, *ROWS, *TOKEN)

_STATUS = {"html_page": 502, "status": 500, "sub_failure": 500}


@dataclass(frozen=True, slots=True)
class Met:
    """A request as faults see it; `bearer` is the session's token."""

    method: str
    path: str
    body: Json
    bearer: str = ""

    @property
    def is_token(self) -> bool:
        """Whether it is a call of the token endpoint."""
        return "/oauth2/token" in self.path


@dataclass(slots=True)
class Fault:
    """One mishap: it lets `after` matching requests pass, then meets `times` of them.

    `delay_ms` waits before the answer (`delay`), or before the org acts at last (`late_commit`);
    `hang_ms` keeps that one's connection open so long without a word. `committed`: the org acts
    although an error is answered. `sub` is the place of the write that fails in its request,
    counted among its writes (for `sub_failure`: among all subrequests).
    """

    kind: str
    method: str = ""
    path_contains: str = ""
    times: int = 1
    after: int = 0
    status: int = 0
    body: Json = None
    delay_ms: int = 0
    hang_ms: int = 0
    committed: bool = False
    sub: int = 0

    @classmethod
    def of(cls, document: Mapping[str, Json]) -> Fault:
        """A fault of its JSON. Raises ValueError for an unknown kind, or a number that is none."""
        kind = document.get("kind")
        if kind not in KINDS:
            raise ValueError(f"unknown kind of fault {kind!r}; known are {', '.join(KINDS)}")
        match = document.get("match")
        where = match if isinstance(match, dict) else {}
        numbers = {
            name: _whole(document, name)
            for name in ("times", "after", "delay_ms", "hang_ms", "sub")
            if name in document
        }
        fault = cls(
            kind=str(kind),
            method=str(where.get("method", "")),
            path_contains=str(where.get("path_contains", "")),
            body=document.get("body"),
            committed=document.get("committed") is True,
            **numbers,
        )
        fault.status = (
            _whole(document, "status") if "status" in document else _STATUS.get(fault.kind, 0)
        )
        return fault

    def fits(self, met: Met) -> bool:
        """Whether it is about this request, and could happen to it."""
        named = (not self.method or self.method == met.method) and self.path_contains in met.path
        return named and could_meet(self.kind, met)


def could_meet(kind: str, met: Met) -> bool:
    """Whether a request could meet such a mishap at all: only a write meets a locked row."""
    if kind in TOKEN:
        return met.is_token
    if kind == "sub_failure":
        return (
            "/composite" in met.path
            and isinstance(met.body, dict)
            and "compositeRequest" in met.body
        )
    if kind in ROWS:
        return (
            bool(writes_in(met.body))
            if "/composite" in met.path
            else is_write(met.method, met.path)
        )
    return True


class FaultScript:
    """Faults in the order they were given; the first that matches a request and is due meets it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._met: Counter[str] = Counter()
        self._late = 0

    def add(self, fault: Fault) -> None:
        """Append a fault."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Forget them all, and how many were met."""
        with self._lock:
            self._faults.clear()
            self._met.clear()

    def due(self, met: Met) -> Fault | None:
        """The fault that meets this request, counted down; or None."""
        with self._lock:
            for fault in self._faults:
                if not fault.fits(met):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                if fault.times > 0:
                    fault.times -= 1
                    return fault
        return None

    def count(self, kind: str) -> None:
        """One more of that kind was met."""
        with self._lock:
            self._met[kind] += 1

    def late(self, change: int) -> None:
        """So many more (or fewer) requests wait to be done late."""
        with self._lock:
            self._late += change

    def told(self) -> dict[str, Json]:
        """How many of each kind were met, are still staged, and how many requests are yet to be
        done late."""
        with self._lock:
            staged = Counter({fault.kind: 0 for fault in self._faults})
            for fault in self._faults:
                staged[fault.kind] += fault.times
            return {"met": dict(self._met), "staged": dict(+staged), "late": self._late}


def _whole(document: Mapping[str, Json], name: str) -> int:
    value = document[name]
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{name} is {value!r}; it must be a whole number from 0")
    return value
