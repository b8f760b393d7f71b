"""A finding: one thing that is wrong with a rule file, with its place, in one line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Where and what. `line` is 1-based, None where unknown; `pointer` is a JSON pointer into the
    rule."""

    file: str
    line: int | None
    pointer: str
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return (
            f"{place}: {self.pointer}: {self.message}"
            if self.pointer
            else f"{place}: {self.message}"
        )
