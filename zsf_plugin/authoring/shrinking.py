"""The smallest event that still shows a difference: keys are dropped, one after the other. Pure but
for the schemas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from zsf_plugin.authoring.event_search import PURCHASED, TriedEvent, tried_event
from zsf_plugin.authoring.solving import EventPlace, without_keys
from zsf_plugin.model import Event, Json, JsonObject


def shrink(tried: TriedEvent, still_differs: Callable[[Event], bool]) -> TriedEvent:
    """The event without the keys that are not needed for the difference."""
    if "touchpoint" in tried.call:
        smaller = _as_purchase(tried)
        if smaller is not None and still_differs(smaller.event):
            tried = smaller
    hook = str(tried.call["hook"])
    for place in list(_places(tried.call)):
        call = cast(JsonObject, _without(tried.call, place))
        if call == tried.call:
            continue  # it went with the table that it was in
        smaller = tried_event(hook, without_keys(call, "hook"))
        if smaller is not None and still_differs(smaller.event):
            tried = smaller
    return tried


def _as_purchase(tried: TriedEvent) -> TriedEvent | None:
    return tried_event(PURCHASED, without_keys(tried.call, "hook", "touchpoint"))


def _places(document: JsonObject, above: EventPlace = ()) -> Iterator[EventPlace]:
    """The places of the optional parts, tables before what they contain."""
    for key, value in document.items():
        if above:
            yield (*above, key)
        if isinstance(value, dict):
            yield from _places(value, (*above, key))


def _without(document: Json, place: EventPlace) -> Json:
    if not isinstance(document, dict) or place[0] not in document:
        return document
    if len(place) == 1:
        return {key: value for key, value in document.items() if key != place[0]}
    return {**document, place[0]: _without(document[place[0]], place[1:])}
