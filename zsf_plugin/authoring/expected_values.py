"""Expected values beside actual ones, and what differs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.model import Json, JsonObject
from zsf_plugin.model.text import stored_text


@dataclass(frozen=True, slots=True)
class Difference:
    """An expectation that is not met. `actual` is false for what is not written. `is_unfilled`: no
    rule fills that field; `meant` is the nearest one that a rule fills."""

    path: str
    expected: Json
    actual: Json
    is_unfilled: bool = False
    meant: str | None = None


def compare_value(path: str, expected: Json, actual: Json) -> list[Difference]:
    """The difference of a value, if it is not the expected one."""
    return [] if is_same(expected, actual) else [Difference(path, expected, actual)]


def compare_named(
    prefix: str, expected: JsonObject, actual: Mapping[str, Json]
) -> Iterator[Difference]:
    """The differences of the values that are expected by their names."""
    for name, value in actual.items():
        if name in expected:
            yield from compare_value(prefix + name, expected[name], value)


def compare_code(path: str, expected: Json, code: str | None) -> list[Difference]:
    """The difference of a code, of which may be expected only whether there is one."""
    actual = code is not None if isinstance(expected, bool) else code
    return [] if actual == expected else [Difference(path, expected, code or False)]


def is_same(expected: Json, actual: Json) -> bool:
    """Whether a value is the expected one, as JSON: 1 is 1.0, but not true. A text may also be
    given as Salesforce stores it: trimmed, without marks that nobody sees."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return _is_same_table(expected, actual)
    if isinstance(expected, list) and isinstance(actual, list):
        return _is_same_list(expected, actual)
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, str) and isinstance(actual, str):
        return expected in (actual, stored_text(actual))
    return expected == actual


def _is_same_table(expected: JsonObject, actual: JsonObject) -> bool:
    has_same_keys = expected.keys() == actual.keys()
    return has_same_keys and all(is_same(expected[name], actual[name]) for name in expected)


def _is_same_list(expected: Sequence[Json], actual: Sequence[Json]) -> bool:
    return len(expected) == len(actual) and all(map(is_same, expected, actual))
