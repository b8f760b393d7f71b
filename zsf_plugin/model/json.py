"""What a JSON document is, as a type. Anything that crosses a border as JSON is one of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, "Json"]


def is_blank(value: Json) -> bool:
    """Whether a value says nothing: null, text of blanks, an empty list or table."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value in (None, [], {})


def table_in(document: JsonObject, name: str) -> JsonObject:
    """The object under that key; an empty one where there is none, or where another kind of value
    stands there."""
    value = document.get(name)
    return value if isinstance(value, dict) else {}
