"""Held entries, by cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zsf_plugin.model import Cause


@dataclass(frozen=True, slots=True)
class HeldGroup:
    """The held entries of one cause: their number, since when the first is held, and when the last
    one was."""

    cause: Cause
    entries: int
    since: float
    latest: float = 0.0
