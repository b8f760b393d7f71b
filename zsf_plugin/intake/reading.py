"""Reads a hook's arguments as an event: plain JSON, valid by its schema, without the wrong values
that can be ignored. Stores nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from zsf_plugin.decision.copying import copy_with_ids
from zsf_plugin.decision.payload import (
    bounded_notes,
    fault_of,
    first_needed,
    ignore_wrong_values,
)
from zsf_plugin.errors import InvalidEvent
from zsf_plugin.messages.faults import fault_text
from zsf_plugin.model import IGNORED, Event, Json, JsonObject, Kind
from zsf_plugin.ports import RuleSource

if TYPE_CHECKING:
    from zsf_plugin.rulebook.schema import SchemaViolation

_SCHEMAS: dict[Kind, str] = {"purchase": "purchase", "touchpoint": "touchpoint_sent"}
_PARTS: dict[Kind, tuple[str, ...]] = {
    "purchase": ("prospect", "user"),
    "touchpoint": ("touchpoint", "prospect", "user"),
}

#: (schema name, document) → the first fault, or None.
Validator: TypeAlias = "Callable[[str, Json], SchemaViolation | None]"


class CallCopy(NamedTuple):
    """A call's arguments as plain JSON, and what of them is not (`decision.copying`)."""

    document: JsonObject
    ignored: list[Json]


def copy_call(call: Mapping[str, object]) -> CallCopy:
    """A copy that the host cannot change later, with ids as text."""
    return CallCopy(*copy_with_ids(call))


def read_event(kind: Kind, call: CallCopy, validate: Validator, rules: RuleSource) -> Event:
    """The event in a call's arguments, without wrong values where null is allowed.

    Raises InvalidEvent with the place of the first other fault, or of the first such value that
    identifies something or that a match key of the rules in force reads.
    """
    checked = ignore_wrong_values(call.document, partial(validate, _SCHEMAS[kind]))
    document, ignored, violation = checked
    ignored = call.ignored + ignored
    if violation is not None:
        raise _invalid({"place": violation.pointer, **violation.data}, ignored)
    event = _event(kind, document, bounded_notes(ignored))
    if not ignored:
        return event
    needed = first_needed(ignored, rules.rules_for(event.workspace, event.scope))
    if needed is not None:
        raise _invalid(needed)
    return event


def _invalid(one: JsonObject, ignored: Iterable[Json] = ()) -> InvalidEvent:
    """The error for that fault, or for why its place is null."""
    for cause in ignored:
        if isinstance(cause, dict) and cause["place"] == one["place"]:
            one = cause
    fault = fault_of(one)
    return InvalidEvent(str(one["place"]), fault_text(fault), fault)


def _event(kind: Kind, document: JsonObject, ignored: list[Json]) -> Event:
    payload = {part: document[part] for part in _PARTS[kind]}
    return Event(
        kind,
        str(document["workspace"]),
        str(document["event_id"]),
        str(document["occurred_at"]),
        {**payload, IGNORED: ignored} if ignored else payload,
    )
