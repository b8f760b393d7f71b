"""A hook's arguments read as an event: plain data, a copy, valid or refused with the place."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from zsf_plugin.errors import InvalidEvent
from zsf_plugin.intake.reading import MAX_DEPTH, as_json, read_event
from zsf_plugin.model import Event, Kind
from zsf_plugin.rulebook.schema import first_violation

PERSON = {"id": "p1", "last_name": "Byron"}
CALL: dict[str, Any] = {
    "workspace": "w",
    "event_id": "e1",
    "occurred_at": "2026-11-01T10:00:00Z",
    "prospect": PERSON,
    "user": {"id": "u1"},
}
SENT = {"id": "t1", "channel": "call"}


def nested(levels: int) -> dict[str, Any]:
    """A document of that many levels."""
    document: Any = {}
    for _ in range(levels - 1):
        document = {"a": document}
    return dict(document)


def test_a_document_is_a_copy_that_the_host_cannot_change() -> None:
    theirs = {"prospect": {"tags": ["a"]}}
    ours = as_json(theirs)
    theirs["prospect"]["tags"].append("b")
    assert ours == {"prospect": {"tags": ["a"]}}


@pytest.mark.parametrize("value", [b"bytes", float("nan"), datetime.date(2026, 1, 1), {1}])
def test_input_that_is_not_json_is_refused_without_being_quoted(value: object) -> None:
    with pytest.raises(InvalidEvent, match="not JSON"):
        as_json({"prospect": value})


def test_a_document_that_contains_itself_is_refused() -> None:
    loop: dict[str, Any] = {}
    loop["self"] = loop
    with pytest.raises(InvalidEvent):
        as_json(loop)


def test_nesting_has_a_limit() -> None:
    assert as_json(nested(MAX_DEPTH)) == nested(MAX_DEPTH)
    for levels in (MAX_DEPTH + 1, 100_000):
        with pytest.raises(InvalidEvent, match=f"deeper than {MAX_DEPTH} levels"):
            as_json(nested(levels))


def test_lists_count_as_nesting_levels() -> None:
    document: Any = []
    for _ in range(MAX_DEPTH):
        document = [document]
    with pytest.raises(InvalidEvent):
        as_json({"a": document})


def test_a_purchase_keeps_person_and_user_and_no_touchpoint() -> None:
    event = read_event("purchase", {**CALL}, first_violation)
    payload = {"prospect": PERSON, "user": {"id": "u1"}}
    assert event == Event("purchase", "w", "e1", "2026-11-01T10:00:00Z", payload)


def test_a_touchpoint_keeps_what_was_sent() -> None:
    event = read_event("touchpoint", {**CALL, "touchpoint": SENT}, first_violation)
    assert event.payload["touchpoint"] == SENT


@pytest.mark.parametrize(
    ("kind", "change", "pointer"),
    [
        ("purchase", {"prospect": {}}, "/prospect/id"),
        ("purchase", {"event_id": ""}, "/event_id"),
        ("touchpoint", {"touchpoint": {"id": "t1"}}, "/touchpoint/channel"),
    ],
)
def test_a_schema_violation_names_its_place(
    kind: Kind, change: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidEvent) as caught:
        read_event(kind, {**CALL, **change}, first_violation)
    assert caught.value.pointer == pointer
