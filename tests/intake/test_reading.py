"""A hook's arguments read as an event: plain data, a copy, valid or refused with the place."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from zsf_plugin.decision.expressions import evaluate
from zsf_plugin.decision.payload import ignored_steps
from zsf_plugin.errors import InvalidEvent
from zsf_plugin.intake.reading import MAX_DEPTH, as_json, read_event
from zsf_plugin.model import IGNORED, Event, Kind
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.rulebook.schema import first_violation

PERSON = {"id": "p1", "last_name": "Byron"}
CALL: dict[str, Any] = {
    "workspace": "w",
    "event_id": "e1",
    "occurred_at": "2026-11-01T10:00:00Z",
    "prospect": PERSON,
    "user": {"id": "u1"},
}
RULES = Rulebook(Path("/nowhere"), lambda _: {})
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
    event = read_event("purchase", {**CALL}, first_violation, RULES)
    payload = {"prospect": PERSON, "user": {"id": "u1"}}
    assert event == Event("purchase", "w", "e1", "2026-11-01T10:00:00Z", payload)


def test_a_touchpoint_keeps_what_was_sent() -> None:
    event = read_event("touchpoint", {**CALL, "touchpoint": SENT}, first_violation, RULES)
    assert event.payload["touchpoint"] == SENT


@pytest.mark.parametrize(
    ("kind", "change", "place"),
    [
        ("purchase", {"user": {"name": []}}, "/user/name"),
        ("purchase", {"user": {"id": 5}}, "/user/id"),
        ("touchpoint", {"touchpoint": SENT | {"step": {}}}, "/touchpoint/step"),
        ("touchpoint", {"touchpoint": SENT | {"sent_at": 5}}, "/touchpoint/sent_at"),
        ("touchpoint", {"touchpoint": SENT | {"campaign": "x"}}, "/touchpoint/campaign"),
        ("touchpoint", {"touchpoint": SENT | {"campaign": {"id": 5}}}, "/touchpoint/campaign/id"),
        ("touchpoint", {"touchpoint": SENT | {"subject": []}}, "/touchpoint/subject"),
        ("touchpoint", {"touchpoint": SENT | {"content": "x"}}, "/touchpoint/content"),
        ("touchpoint", {"touchpoint": SENT | {"content": {"text": 5}}}, "/touchpoint/content/text"),
        ("touchpoint", {"touchpoint": SENT | {"url": 5}}, "/touchpoint/url"),
    ],
)
def test_a_wrong_value_that_nothing_is_matched_by_is_ignored_and_noted(
    kind: Kind, change: dict[str, Any], place: str
) -> None:
    call = {**CALL, "touchpoint": SENT, **change}
    event = read_event(kind, call, first_violation, RULES)
    assert [step.field for step in ignored_steps(event.payload[IGNORED])] == [place]
    assert evaluate(place[1:].replace("/", "."), event.scope) is None


def test_a_valid_event_has_no_note() -> None:
    assert IGNORED not in read_event("purchase", {**CALL}, first_violation, RULES).payload


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"prospect": PERSON | {"email": 5, "title": 5}}, "/prospect/email"),
        ({"prospect": PERSON | {"first_name": []}}, "/prospect/first_name"),
        ({"prospect": PERSON | {"company": {"id": 5}}}, "/prospect/company/id"),
        ({"prospect": PERSON | {"company": {"domain": {}}}}, "/prospect/company/domain"),
        ({"user": {"email": 5}}, "/user/email"),
        ({"user": "Ada"}, "/user"),
    ],
)
def test_a_wrong_value_that_something_is_matched_by_is_refused(
    change: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidEvent) as caught:
        read_event("purchase", {**CALL, **change}, first_violation, RULES)
    assert caught.value.pointer == pointer
    assert caught.value.data["fault"] == "wrong_type"


@pytest.mark.parametrize("channel", ["email", "Email", " EMAIL ", "LinkedIn_Message\n", "x"])
def test_a_channel_is_accepted_in_any_case_and_with_blanks_around(channel: str) -> None:
    sent = SENT | {"channel": channel}
    assert read_event("touchpoint", {**CALL, "touchpoint": sent}, first_violation, RULES)


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
        read_event(kind, {**CALL, **change}, first_violation, RULES)
    assert caught.value.pointer == pointer
