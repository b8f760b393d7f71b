"""A fault on demand as data: its kind, which requests it is about, and the numbers of its JSON.

What each kind does is `kinds`'; which request is met is `script`'s and `chaos`'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zsf_plugin.emulator.documents import Document
from zsf_plugin.emulator.errors import Json
from zsf_plugin.emulator.wire import HttpRequest


@dataclass(slots=True)
class Fault:
    """One fault: it lets `after` matching requests pass, then is injected into `times` of them.

    `delay_ms` waits before the answer (`delay`), or before the org acts at last (`late_commit`);
    `hang_ms` keeps that one's connection open so long without a word. `held`: instead of
    `delay_ms`, until the faults are released. `committed`: the org acts although an error is
    answered. `sub` is the place of the write that fails in its request, counted among its writes
    (for `sub_failure`: among all subrequests).
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
    held: bool = False
    committed: bool = False
    sub: int = 0

    def is_about(self, request: HttpRequest) -> bool:
        """Whether the request is one of those that its `match` names."""
        if self.method and self.method != request.method:
            return False
        return self.path_contains in request.path


def parse_fault(document: Mapping[str, Json], default_status: Mapping[str, int]) -> Fault:
    """A fault of its JSON; `default_status` has an entry for each known kind.

    Raises ValueError for an unknown kind, or a number that is none.
    """
    given = Document(document)
    kind = given.text("kind")
    if kind not in default_status:
        known = ", ".join(default_status)
        raise ValueError(f"unknown kind of fault {document.get('kind')!r}; known are {known}")
    match = given.nested("match")
    return Fault(
        kind=kind,
        method=match.text("method"),
        path_contains=match.text("path_contains"),
        times=given.count("times", 1),
        after=given.count("after"),
        status=given.count("status", default_status[kind]),
        body=document.get("body"),
        delay_ms=given.count("delay_ms"),
        hang_ms=given.count("hang_ms"),
        held=document.get("held") is True,
        committed=document.get("committed") is True,
        sub=given.count("sub"),
    )
