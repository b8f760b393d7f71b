"""The smallest event that still shows a difference: keys are dropped, one after the other. Pure but
for the schemas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from zsf_plugin.authoring.event_search import PURCHASED, TriedEvent, tried_event
from zsf_plugin.model import Event, Json, JsonObject
from zsf_plugin.rulebook.solving import EventPlace, without_keys


def shrink(tried: TriedEvent, still_differs: Callable[[Event], bool]) -> TriedEvent:
    """The event without the keys that are not needed for the difference."""

    def smaller(before: TriedEvent, after: TriedEvent | None) -> TriedEvent:
        return after if after is not None and still_differs(after.event) else before

    if "touchpoint" in tried.call:
        tried = smaller(tried, _as_purchase(tried))
    for place in list(_places(tried.call)):
        tried = smaller(tried, _without_place(tried, place))
    return tried


def _as_purchase(tried: TriedEvent) -> TriedEvent | None:
    return tried_event(PURCHASED, without_keys(tried.call, "hook", "touchpoint"))


def _without_place(tried: TriedEvent, place: EventPlace) -> TriedEvent | None:
    """The event without that place, if it has it: it may be gone with the table that it was in."""
    call = cast(JsonObject, _without(tried.call, place))
    if call == tried.call:
        return None
    return tried_event(str(call["hook"]), without_keys(call, "hook"))


def _places(document: JsonObject, above: EventPlace = ()) -> Iterator[EventPlace]:
    """The places of the optional parts, tables before what they contain."""
    for key, value in document.items():
        if above:
            yield (*above, key)
        if isinstance(value, dict):
            yield from _places(value, (*above, key))


def _without(document: Json, place: EventPlace) -> Json:
    first, *rest = place
    if not isinstance(document, dict) or first not in document:
        return document
    if not rest:
        return without_keys(document, first)
    return {**document, first: _without(document[first], tuple(rest))}
