"""Expected match keys beside planned ones. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from zsf_plugin.authoring.expected_values import Difference, compare_named
from zsf_plugin.model import Json, KeyPart, PlannedKey


def compare_keys(
    path: str, expected: Sequence[Json], keys: Sequence[PlannedKey]
) -> Iterator[Difference]:
    """The differences of an object's match keys, of which all are expected, in order."""
    for index, (wanted, key) in enumerate(zip_longest(expected, keys)):
        place = f"{path}[{index}]"
        if key is None:
            yield Difference(place, wanted, False)
        elif wanted is None:
            yield Difference(place, False, _shown(key))
        elif not _is_key(wanted, key):
            yield Difference(place, wanted, _shown(key))


def _is_key(wanted: Json, key: PlannedKey) -> bool:
    parts = wanted if isinstance(wanted, list) else [wanted]
    return len(parts) == len(key) and all(map(_is_part, parts, key))


def _is_part(wanted: Json, part: KeyPart) -> bool:
    if not isinstance(wanted, dict):
        return _is_field(wanted, part)
    differences = compare_named("", wanted, {"compare": part.compare, "value": part.value})
    return _is_field(wanted["field"], part) and not any(differences)


def _is_field(name: Json, part: KeyPart) -> bool:
    return str(name).lower() == part.field.lower()


def _shown(key: PlannedKey) -> Json:
    """A match key as an author would write it, with what it searches for."""
    parts = [_shown_part(part) for part in key]
    return parts[0] if len(parts) == 1 else parts


def _shown_part(part: KeyPart) -> Json:
    return {"field": part.field, "compare": part.compare, "value": part.value}
