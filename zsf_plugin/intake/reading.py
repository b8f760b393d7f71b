"""Reads a hook's arguments as an event: plain JSON, valid by its schema. Stores nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from zsf_plugin.errors import InvalidEvent
from zsf_plugin.messages.faults import fault_text
from zsf_plugin.model import Event, Json, JsonObject, Kind

if TYPE_CHECKING:
    from zsf_plugin.rulebook.schema import SchemaViolation

#: Deeper nesting is refused: no prospect needs it, and recursion is limited.
MAX_DEPTH = 60

_SCHEMAS: dict[Kind, str] = {"purchase": "purchase", "touchpoint": "touchpoint_sent"}
_PARTS: dict[Kind, tuple[str, ...]] = {
    "purchase": ("prospect", "user"),
    "touchpoint": ("touchpoint", "prospect", "user"),
}

#: (schema name, document) → the first fault, or None.
Validator: TypeAlias = "Callable[[str, Json], SchemaViolation | None]"


def as_json(call: Mapping[str, object]) -> JsonObject:
    """The call as plain JSON data, a copy that the host cannot change later. Raises InvalidEvent if
    it is not JSON."""
    try:
        document: JsonObject = json.loads(json.dumps(dict(call), allow_nan=False))
    except RecursionError as error:
        raise _not_json(fault="too_deep", limit=MAX_DEPTH) from error
    except (TypeError, ValueError) as error:
        raise _not_json(fault="not_json") from error
    if _depth(document) > MAX_DEPTH:
        raise _not_json(fault="too_deep", limit=MAX_DEPTH)
    return document


def _not_json(**data: Json) -> InvalidEvent:
    return InvalidEvent("", fault_text(data), data)


def read_event(kind: Kind, document: JsonObject, validate: Validator) -> Event:
    """The event in a call's arguments. Raises InvalidEvent with the place of the first fault."""
    _check(validate(_SCHEMAS[kind], document))
    return Event(
        kind,
        str(document["workspace"]),
        str(document["event_id"]),
        str(document["occurred_at"]),
        {part: document[part] for part in _PARTS[kind]},
    )


def _check(fault: SchemaViolation | None) -> None:
    if fault is not None:
        raise InvalidEvent(fault.pointer, fault.message, fault.data)


def _depth(document: Json) -> int:
    """The document's nesting depth, counted without recursion."""
    depth, level = 0, [document]
    while level:
        depth += 1
        level = list(chain.from_iterable(map(_children, level)))
    return depth


def _children(value: Json) -> Iterable[Json]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
