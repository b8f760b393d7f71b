"""What reading a pasted text gives: prospects with the places they came from, and findings. Knows
no format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zsf_plugin.model import Json, JsonObject, text_at

#: So many prospects are looked up at a time.
MAX_PROSPECTS = 100
#: An id that we made up starts so; a host's ids do not.
_OUR_ID = "pasted:"

Unit = Literal["Line", "Item"]


@dataclass(frozen=True, slots=True)
class Row:
    """One prospect, and the lines of the text (of a JSON array: the item) that it came from,
    counted from 1."""

    first: int
    last: int
    prospect: JsonObject


@dataclass(frozen=True, slots=True)
class Finding:
    """What is to be said of the lines (or items) from `first` to `last`, for the person who pasted
    them."""

    text: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """All that was in a text; `unit` says what places count."""

    rows: tuple[Row, ...] = ()
    findings: tuple[Finding, ...] = ()
    unit: Unit = "Line"


class Reading:
    """A text being read: what was found so far."""

    def __init__(self, unit: Unit = "Line") -> None:
        self.unit = unit
        self.rows: list[Row] = []
        self.findings: list[Finding] = []
        self._ids: dict[str, int] = {}

    def take(self, first: int, last: int, prospect: dict[str, Json]) -> None:
        """A prospect; one without an id gets one, and an id that an earlier one has is refused."""
        id_ = text_at(prospect, "id") or f"{_OUR_ID}{first}"
        known = self._ids.get(id_)
        if known is not None:
            words = f"has the id of {self.unit.lower()} {known}; an id is one person’s."
            self.say(first, last, words)
            return
        self._ids[id_] = first
        self.rows.append(Row(first, last, {**prospect, "id": id_}))

    def say(self, first: int, last: int, words: str) -> None:
        """A finding about that line or item."""
        self.findings.append(Finding(f"{self.unit} {first} {words}", first, last))

    def too_many(self, first: int, last: int) -> None:
        """The rest is more than is looked up at a time."""
        places = f"{self.unit} {first} was"
        if first != last:
            places = f"{self.unit}s {first} to {last} were"
        text = f"{places} not looked up: up to {MAX_PROSPECTS} at a time."
        self.findings.append(Finding(text, first, last))

    @property
    def is_full(self) -> bool:
        """Whether as much was read as is looked up at a time; what is wrong counts, so that reading
        comes to an end."""
        return len(self.rows) + len(self.findings) >= MAX_PROSPECTS

    def done(self) -> Parsed:
        """All of it."""
        return Parsed(tuple(self.rows), tuple(self.findings), self.unit)
