"""Reads the measured figures from the table of docs/performance.md. Measures nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ROW = re.compile(r"^\| ([a-z][\w-]+) \| .* \| ([^|]+) \| [^|]+ \|(?: [^|]* \|){5}$", re.MULTILINE)
#: The workspaces of the row `idle-workspaces`.
IDLE_WORKSPACES = 1_000
_UNITS = {"µs": 1e-6, "ms": 1e-3, "s": 1.0, "B": 1.0}


@dataclass(frozen=True, slots=True)
class MeasuredFigures:
    """Figures of PostgreSQL, each from the row of its name. Processor times (seconds) are those of
    plugin and server together."""

    hook_s: float  # engine-hook-processor
    entry_s: float  # engine-processor
    bytes_an_entry: float  # engine-bytes
    idle_s_a_minute: float  # idle-workspaces: of IDLE_WORKSPACES


def figures_of(page: str) -> MeasuredFigures:
    """The figures of that page."""
    shown = dict(_ROW.findall(page))
    return MeasuredFigures(
        _number(shown["engine-hook-processor"]),
        _number(shown["engine-processor"]),
        _number(shown["engine-bytes"]),
        _number(shown["idle-workspaces"]),
    )


def _number(text: str) -> float:
    """`412 µs` in seconds, `1,234 B` in bytes."""
    found = re.fullmatch(r"([\d.,]+) ?(\D*)", text.strip())
    if found is None:
        raise ValueError(f"not a figure: {text}")
    return float(found[1].replace(",", "")) * _UNITS[found[2]]
