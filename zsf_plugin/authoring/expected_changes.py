"""Expected changes beside those that an event would make in the org of its case. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import cast

from zsf_plugin.authoring.expected_values import (
    Difference,
    compare_code,
    compare_named,
    compare_value,
)
from zsf_plugin.model import Cause, Changes, Json, JsonObject, Write, table_in


def compare_changes(expect: JsonObject, changes: Changes) -> Iterator[Difference]:
    """Whether the event is held, if that or changes are expected; and all records written."""
    if "held" in expect or "changes" in expect:
        yield from _compare_held(expect.get("held", False), changes.cause)
    if "changes" in expect:
        yield from _compare_writes(cast("list[JsonObject]", expect["changes"]), changes.writes)


def _compare_held(expected: Json, cause: Cause | None) -> list[Difference]:
    return compare_code("held", expected, None if cause is None else cause.code)


def _compare_writes(
    expected: Sequence[JsonObject], writes: Sequence[Write]
) -> Iterator[Difference]:
    for index, (wanted, write) in enumerate(zip_longest(expected, writes)):
        path = f"changes[{index}]"
        if write is None:
            yield Difference(path, wanted, False)
        elif wanted is None:
            yield Difference(path, False, _shown(write))
        else:
            yield from _compare_write(path, wanted, write)


def _compare_write(path: str, expected: JsonObject, write: Write) -> Iterator[Difference]:
    yield from compare_named(f"{path}.", expected, _record(write))
    written = {name.lower(): value for name, value in write.json_values.items()}
    for name, value in table_in(expected, "values").items():
        actual = written.get(name.lower(), False)
        yield from compare_value(f"{path}.values.{name}", value, actual)


def _shown(write: Write) -> JsonObject:
    return {**_record(write), "values": write.json_values}


def _record(write: Write) -> JsonObject:
    return {"action": write.action, "object": write.object, "record": write.ref}
