"""Reading JSON documents value by value, and counting down the faults and refusals they stage.

A missing value reads as blank, zero or false.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeGuard

from zsf_plugin.emulator.errors import Json


def as_object(value: Json) -> Mapping[str, Json]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Json) -> list[Json]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def is_number(value: Json) -> TypeGuard[int | float]:
    """Whether the value is a number of JSON; for Python true and false are numbers too."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def unknown(what: str, given: object, known: Iterable[str]) -> ValueError:
    """The error for a name that is none of the known ones."""
    return ValueError(f"unknown {what} {given!r}; use one of {', '.join(known)}")


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON object."""

    values: Mapping[str, Json]

    def text(self, name: str, default: str = "") -> str:
        """A value as text."""
        return str(self.values.get(name, default))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty if the value is not a list."""
        return tuple(map(str, as_list(self.values.get(name))))

    def flag(self, name: str) -> bool:
        """Whether the value is present and truthy."""
        return bool(self.values.get(name))

    def nested(self, name: str) -> Document:
        """A nested object; empty if the value is not an object."""
        return Document(as_object(self.values.get(name)))

    def number(self, name: str, default: int = 0) -> int:
        """A number truncated to an integer; the default if the value is not a number."""
        value = self.values.get(name)
        return int(value) if isinstance(value, (int, float)) else default

    def count(self, name: str, default: int = 0) -> int:
        """A non-negative integer. Raises ValueError for anything else."""
        value = self.values.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError(f"{name} is {value!r}; it must be an integer of at least 0")
        return value


class Countdown(Protocol):
    """Lets `after` matches pass, then applies to the next `times`."""

    after: int
    times: int


def take_match(countdown: Countdown) -> bool:
    """Count one match; True if this one is affected."""
    if countdown.after > 0:
        countdown.after -= 1
    elif countdown.times > 0:
        countdown.times -= 1
        return True
    return False
