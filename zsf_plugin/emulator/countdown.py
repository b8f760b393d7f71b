"""How a fault or a refusal that matches is counted down: some pass, so many are hit."""

from __future__ import annotations

from typing import Protocol


class Counted(Protocol):
    """Lets `after` matches pass, then hits `times` of them."""

    after: int
    times: int


def is_due(counted: Counted) -> bool:
    """Whether the match at hand is hit; counts it."""
    if counted.after > 0:
        counted.after -= 1
        return False
    if counted.times > 0:
        counted.times -= 1
        return True
    return False
