"""Reads a hook's arguments as an event: plain JSON, valid by its schema but for values of a wrong
type that it can do without. Stores nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from zsf_plugin.decision.payload import fault_of, first_needed, ignore_wrong_values
from zsf_plugin.errors import InvalidEvent
from zsf_plugin.messages.faults import fault_text
from zsf_plugin.model import IGNORED, Event, Json, JsonObject, Kind, Rules
from zsf_plugin.ports import RuleSource

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


def read_event(kind: Kind, document: JsonObject, validate: Validator, rules: RuleSource) -> Event:
    """The event in a call's arguments, without values of a wrong type where null is allowed.

    Raises InvalidEvent with the place of the first other fault, or of the first such value that
    identifies something or that a match key of the rules in force reads.
    """
    document, ignored, violation = ignore_wrong_values(document, partial(validate, _SCHEMAS[kind]))
    if violation is not None:
        raise InvalidEvent(violation.pointer, fault_text(violation.data), violation.data)
    payload = {part: document[part] for part in _PARTS[kind]}
    if ignored:
        payload[IGNORED] = ignored
    event = Event(
        kind,
        str(document["workspace"]),
        str(document["event_id"]),
        str(document["occurred_at"]),
        payload,
    )
    if ignored:
        _refuse_needed(payload[IGNORED], rules.rules_for(event.workspace, event.scope))
    return event


def _refuse_needed(ignored: Json, rules: Rules) -> None:
    needed = first_needed(ignored, rules)
    if needed is not None:
        fault = fault_of(needed)
        raise InvalidEvent(str(needed["place"]), fault_text(fault), fault)


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
