"""The types of JSON documents, as used at every boundary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, "Json"]


def is_blank(value: Json) -> bool:
    """Whether a value is empty: null, blank text, an empty list or object."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value in (None, [], {})


def table_in(document: JsonObject, name: str) -> JsonObject:
    """The object under that key; an empty one if the key is missing or holds something else."""
    value = document.get(name)
    return value if isinstance(value, dict) else {}
