"""The result of reading a pasted text: prospects with their places, and findings, for any
format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from zsf_plugin.model import Json, JsonObject, text_at

#: The maximum number of prospects in one look-up.
MAX_PROSPECTS = 100
#: Prefix of the IDs that we assign; a host's IDs do not start with it.
_OUR_ID = "pasted:"

Unit = Literal["Line", "Item"]
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Row:
    """One prospect and the lines (or, in a JSON array, the item) that it came from, counted from
    1."""

    first: int
    last: int
    prospect: JsonObject


@dataclass(frozen=True, slots=True)
class InputNote:
    """A finding about the lines (or items) from `first` to `last`, in words."""

    text: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """The prospects and findings of a text; `unit` says what places count."""

    rows: tuple[Row, ...] = ()
    findings: tuple[InputNote, ...] = ()
    unit: Unit = "Line"


@dataclass
class Reading:
    """A text being read: the prospects and findings so far."""

    unit: Unit = "Line"
    rows: list[Row] = field(default_factory=list)
    findings: list[InputNote] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)

    def take(self, first: int, last: int, prospect: dict[str, Json]) -> None:
        """Add a prospect. One without an ID gets one; a repeated ID is a finding."""
        id_ = text_at(prospect, "id") or f"{_OUR_ID}{first}"
        known = self.ids.get(id_)
        if known is None:
            self.ids[id_] = first
            self.rows.append(Row(first, last, {**prospect, "id": id_}))
        else:
            self._refuse_id(first, last, known)

    def _refuse_id(self, first: int, last: int, known: int) -> None:
        words = f"has the same ID as {self.unit.lower()} {known}. IDs must be unique."
        self.say(first, last, words)

    def say(self, first: int, last: int, words: str) -> None:
        """Add a finding about that line or item."""
        self.findings.append(InputNote(f"{self.unit} {first} {words}", first, last))

    def until_full(
        self, places: Iterable[tuple[int, _Item]], last: int
    ) -> Iterator[tuple[int, _Item]]:
        """The items, with their places, up to the limit; a finding says which ones, up to the last
        place, are over it."""
        for place, item in places:
            if self._is_full:
                self._say_too_many(place, last)
                return
            yield place, item

    def _say_too_many(self, first: int, last: int) -> None:
        """Add the finding that the remaining places are over the limit."""
        text = f"{self._places(first, last)} not looked up. The limit is {MAX_PROSPECTS} at a time."
        self.findings.append(InputNote(text, first, last))

    def _places(self, first: int, last: int) -> str:
        if first == last:
            return f"{self.unit} {first} was"
        return f"{self.unit}s {first} to {last} were"

    @property
    def _is_full(self) -> bool:
        """Whether the limit is reached. Findings count too, so that reading ends."""
        return len(self.rows) + len(self.findings) >= MAX_PROSPECTS

    def done(self) -> Parsed:
        """The result."""
        return Parsed(tuple(self.rows), tuple(self.findings), self.unit)
