"""JSON documents from outside, read value by value, and the countdown of what they stage.

What a value means is its reader's (fields of a spec, faults, refusals); a missing one is blank,
zero or false.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from zsf_plugin.emulator.errors import Json


def as_object(value: Json) -> Mapping[str, Json]:
    """The object that a value is; an empty one for what is none."""
    return value if isinstance(value, dict) else {}


def as_list(value: Json) -> list[Json]:
    """The list that a value is; an empty one for what is none."""
    return value if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON object."""

    values: Mapping[str, Json]

    def text(self, name: str, default: str = "") -> str:
        """A value as text."""
        return str(self.values.get(name, default))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty for what is no list."""
        return tuple(map(str, as_list(self.values.get(name))))

    def flag(self, name: str) -> bool:
        """Whether a value is there that counts as true."""
        return bool(self.values.get(name))

    def nested(self, name: str) -> Document:
        """An object within; an empty one for what is none."""
        return Document(as_object(self.values.get(name)))

    def number(self, name: str, default: int = 0) -> int:
        """A number without its fraction; the default for what is none."""
        value = self.values.get(name)
        return int(value) if isinstance(value, (int, float)) else default

    def count(self, name: str, default: int = 0) -> int:
        """A whole number from 0. Raises ValueError for anything else."""
        value = self.values.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError(f"{name} is {value!r}; it must be a whole number from 0")
        return value


class Counted(Protocol):
    """Lets `after` matches pass, then hits `times` of them."""

    after: int
    times: int


def is_due(counted: Counted) -> bool:
    """Whether the match at hand is hit; counts it."""
    if counted.after > 0:
        counted.after -= 1
    elif counted.times > 0:
        counted.times -= 1
        return True
    return False
