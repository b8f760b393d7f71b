"""A hook's arguments read as an event: plain data, a copy, valid or refused with the place."""

from __future__ import annotations

import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from zsf_plugin.decision.copying import MAX_DEPTH
from zsf_plugin.decision.expressions import evaluate
from zsf_plugin.decision.payload import MAX_NOTES, ignored_steps
from zsf_plugin.errors import InvalidEvent
from zsf_plugin.intake.reading import copy_call, read_event
from zsf_plugin.messages.text import step_text
from zsf_plugin.model import IGNORED, Event, Json, Kind
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
    ours = copy_call(theirs)
    theirs["prospect"]["tags"].append("b")
    assert ours == ({"prospect": {"tags": ["a"]}}, [])


def test_the_hosts_own_kinds_of_tables_are_read() -> None:
    theirs = MappingProxyType({"prospect": MappingProxyType({"id": "p1", "custom": {7: "x"}})})
    assert copy_call(theirs) == ({"prospect": {"id": "p1", "custom": {"7": "x"}}}, [])


LOOP: dict[str, Any] = {}
LOOP["self"] = LOOP
NOT_JSON = {"fault": "not_json"}
TOO_DEEP = {"fault": "too_deep", "limit": MAX_DEPTH}


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (b"bytes", NOT_JSON),
        (float("nan"), NOT_JSON),
        (float("inf"), NOT_JSON),
        (datetime.timedelta(1), NOT_JSON),
        ({b"x"}, NOT_JSON),
        ([[b"bytes"]], NOT_JSON),
        ({"a": {"b": {"c": {"d": b"bytes"}}}}, NOT_JSON),
        ([nested(MAX_DEPTH)], TOO_DEEP),
        ([nested(100_000)], TOO_DEEP),
    ],
)
def test_what_is_not_json_is_null_and_noted_without_being_quoted(
    value: object, fault: dict[str, Json]
) -> None:
    prospect = {**PERSON, "title": value, "phone": "1"}
    copied = copy_call({**CALL, "prospect": prospect})
    ours = copied.document["prospect"]
    assert isinstance(ours, dict)
    assert {**ours, "title": None} == {**PERSON, "title": None, "phone": "1"}
    (note,) = copied.ignored
    assert isinstance(note, dict)
    assert str(note.pop("place")).startswith("/prospect/title")
    assert note == fault


def test_a_table_that_contains_itself_loses_what_is_endless() -> None:
    copied = copy_call({**CALL, "prospect": {**PERSON, "custom": LOOP, "title": "T"}})
    event = read_event("purchase", copied, first_violation, RULES)
    assert evaluate("prospect.title", event.scope) == "T"
    assert copied.ignored == [{"place": "/prospect/custom/self", **NOT_JSON}]


def test_nesting_has_a_limit() -> None:
    assert copy_call(nested(MAX_DEPTH)) == (nested(MAX_DEPTH), [])
    assert copy_call(nested(MAX_DEPTH + 1)).ignored == [{"place": "/a/a/a/a", **TOO_DEEP}]
    document: Any = []
    for _ in range(MAX_DEPTH):
        document = [document]
    assert copy_call({"a": document}).ignored == [{"place": "/a/0/0/0", **TOO_DEEP}]


def test_a_name_that_could_be_a_value_is_not_in_the_place() -> None:
    copied = copy_call({"prospect": {"custom": {"ada@acme.example": b"x", "x" * 61: b"x"}}})
    assert [one["place"] for one in copied.ignored if isinstance(one, dict)] == [
        "/prospect/custom/?"
    ] * 2


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"event_id": b"e"}, "/event_id"),
        ({"prospect": {**PERSON, "id": float("nan")}}, "/prospect/id"),
        ({"prospect": {**PERSON, "email": b"x"}}, "/prospect/email"),
        ({"prospect": {**PERSON, "company": {"name": b"x"}}}, "/prospect/company/name"),
        ({"prospect": b"x"}, "/prospect"),
        ({"user": b"x"}, "/user"),
    ],
)
def test_what_is_not_json_is_refused_where_it_cannot_be_ignored(
    change: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidEvent, match="not JSON") as caught:
        read_event("purchase", copy_call({**CALL, **change}), first_violation, RULES)
    assert caught.value.pointer == pointer


def test_a_purchase_keeps_person_and_user_and_no_touchpoint() -> None:
    event = read_event("purchase", copy_call(CALL), first_violation, RULES)
    payload = {"prospect": PERSON, "user": {"id": "u1"}}
    assert event == Event("purchase", "w", "e1", "2026-11-01T10:00:00Z", payload)


def test_a_touchpoint_keeps_what_was_sent() -> None:
    event = read_event(
        "touchpoint", copy_call({**CALL, "touchpoint": SENT}), first_violation, RULES
    )
    assert event.payload["touchpoint"] == SENT


@pytest.mark.parametrize(
    ("kind", "change", "place"),
    [
        ("purchase", {"user": {"name": []}}, "/user/name"),
        ("purchase", {"user": {"id": []}}, "/user/id"),
        ("touchpoint", {"touchpoint": SENT | {"step": {}}}, "/touchpoint/step"),
        ("touchpoint", {"touchpoint": SENT | {"sent_at": 5}}, "/touchpoint/sent_at"),
        ("touchpoint", {"touchpoint": SENT | {"campaign": "x"}}, "/touchpoint/campaign"),
        ("touchpoint", {"touchpoint": SENT | {"campaign": {"id": []}}}, "/touchpoint/campaign/id"),
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
    event = read_event(kind, copy_call(call), first_violation, RULES)
    assert [step.field for step in ignored_steps(event.payload[IGNORED])] == [place]
    assert evaluate(place[1:].replace("/", "."), event.scope) is None


def test_a_valid_event_has_no_note() -> None:
    assert IGNORED not in read_event("purchase", copy_call(CALL), first_violation, RULES).payload


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"prospect": PERSON | {"email": 5, "title": 5}}, "/prospect/email"),
        ({"prospect": PERSON | {"first_name": []}}, "/prospect/first_name"),
        ({"prospect": PERSON | {"company": {"id": []}}}, "/prospect/company/id"),
        ({"prospect": PERSON | {"company": {"domain": {}}}}, "/prospect/company/domain"),
        ({"user": {"email": 5}}, "/user/email"),
        ({"user": "Ada"}, "/user"),
    ],
)
def test_a_wrong_value_that_something_is_matched_by_is_refused(
    change: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidEvent) as caught:
        read_event("purchase", copy_call({**CALL, **change}), first_violation, RULES)
    assert caught.value.pointer == pointer
    assert caught.value.data["fault"] == "wrong_type"


@pytest.mark.parametrize("channel", ["email", "Email", " EMAIL ", "LinkedIn_Message\n", "x"])
def test_a_channel_is_accepted_in_any_case_and_with_blanks_around(channel: str) -> None:
    sent = SENT | {"channel": channel}
    assert read_event("touchpoint", copy_call({**CALL, "touchpoint": sent}), first_violation, RULES)


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
        read_event(kind, copy_call({**CALL, **change}), first_violation, RULES)
    assert caught.value.pointer == pointer


def test_very_many_values_that_cannot_be_read_are_noted_in_part_and_counted() -> None:
    custom = {f"k{number}": b"" for number in range(200)}
    call = {**CALL, "prospect": {**PERSON, "custom": custom}}
    event = read_event("purchase", copy_call(call), first_violation, RULES)
    notes = ignored_steps(event.payload[IGNORED])
    assert len(notes) == MAX_NOTES
    assert notes[0].field == "/prospect/custom/k0"
    assert (notes[-1].field, notes[-1].data) == (
        "/prospect/custom",
        {"fault": "others", "limit": 200 - MAX_NOTES + 1},
    )
    words = "holds 151 more values that are not JSON or of a wrong type"
    assert step_text(notes[-1]) == f"/prospect/custom ignored: {words}"


def test_a_value_that_identifies_is_refused_however_many_others_cannot_be_read() -> None:
    custom = {f"k{number}": b"" for number in range(200)}
    call = {**CALL, "prospect": {**PERSON, "custom": custom}, "user": {"id": "u1", "email": b""}}
    with pytest.raises(InvalidEvent) as refused:
        read_event("purchase", copy_call(call), first_violation, RULES)
    assert refused.value.pointer == "/user/email"
