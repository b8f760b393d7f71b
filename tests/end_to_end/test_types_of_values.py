"""Payloads of the types that hosts have at hand, from the hook to the record and the badge."""

from __future__ import annotations

import datetime as dt
import enum
import json
import uuid
from collections import ChainMap, OrderedDict, UserDict, deque
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest

from tests.bad_input.place import Place
from zsf_plugin.messages.text import step_text
from zsf_plugin.plugin import SalesforcePlugin

ID = uuid.UUID("12345678-1234-5678-1234-567812345678")
WHEN = dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)


class Title(enum.Enum):
    COUNTESS = "Countess"


PLAIN: dict[str, Any] = {
    "id": str(ID),
    "first_name": "Ada",
    "last_name": "Byron",
    "email": "ada@acme.example",
    "title": "Countess",
    "company": {"id": "7", "name": "Acme", "employees": 140, "address": {"city": "London"}},
    "custom": {"since": "2026-11-20", "tags": ["a", "b"], "score": 0.5, "1": "one"},
}
#: The same person, as a host may hold it.
RICH = MappingProxyType(
    {
        **PLAIN,
        "id": ID,
        "title": Title.COUNTESS,
        "company": UserDict(
            id=7, name="Acme", employees=Decimal(140), address=OrderedDict(city="London")
        ),
        "custom": ChainMap(
            {"since": dt.date(2026, 11, 20), "tags": {"b", "a"}, "score": Decimal("0.5"), 1: "one"}
        ),
    }
)
USER = {"id": "u1", "email": "seller@zaplify.example"}


@pytest.fixture
def plugin(place: Place) -> Any:
    place.connect()
    plugin = SalesforcePlugin()
    folders = (str(place.folder / "config"), str(place.folder / "data"))
    plugin.on_host_started(*folders, {"drain": "external", "badges_deadline_s": 30})
    yield plugin
    plugin.on_host_stopping()


def buy(plugin: SalesforcePlugin, prospect: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    call = {"workspace": "default", "event_id": "e1", "occurred_at": WHEN.isoformat(), "user": USER}
    return plugin.on_prospect_purchased(**{**call, "prospect": prospect, **changes})


def test_a_person_of_rich_types_is_written_as_the_plain_one_would_be(
    place: Place, plugin: SalesforcePlugin
) -> None:
    receipt = buy(plugin, RICH, occurred_at=WHEN, user=MappingProxyType(USER))
    assert (receipt["accepted"], receipt["state"]) == (True, "pending")
    place.drain()
    (lead,) = place.leads()
    assert (lead["LastName"], lead["Title"], lead["Company"]) == ("Byron", "Countess", "Acme")
    assert lead["NumberOfEmployees"] == 140
    assert not [step for step in place.entry(receipt["entry"]).steps if step.code == "ignored"]


@pytest.mark.parametrize("first_is_rich", [True, False])
def test_the_same_event_in_other_types_is_one_event(
    plugin: SalesforcePlugin, first_is_rich: bool
) -> None:
    calls: list[dict[str, Any]] = [
        {"prospect": RICH, "occurred_at": WHEN, "user": MappingProxyType(USER)},
        {"prospect": json.loads(json.dumps(PLAIN))},
    ]
    first, second = calls if first_is_rich else reversed(calls)
    assert buy(plugin, **first)["duplicate"] is False
    again = buy(plugin, **second)
    assert (again["accepted"], again["duplicate"]) == (True, True)


def test_an_event_id_that_is_a_uuid_is_its_text(plugin: SalesforcePlugin) -> None:
    assert buy(plugin, PLAIN, event_id=ID)["accepted"]
    assert buy(plugin, PLAIN, event_id=str(ID))["duplicate"]


def test_a_value_that_json_cannot_hold_costs_that_value_and_the_story_has_its_place(
    place: Place, plugin: SalesforcePlugin
) -> None:
    custom = MappingProxyType({"photo": b"SECRET", "list": [1, {"deep": float("nan")}], "score": 5})
    receipt = buy(plugin, MappingProxyType({**PLAIN, "custom": custom}))
    place.drain()
    story = [step_text(step) for step in place.entry(receipt["entry"]).steps]
    assert [line for line in story if "ignored" in line] == [
        "/prospect/custom/photo ignored: is not JSON (bytes, NaN, a cycle, an object of another type)",
        "/prospect/custom/list/1/deep ignored: is not JSON (bytes, NaN, a cycle, an object of another "
        "type)",
    ]
    assert len(place.leads()) == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [({"id": b"x"}, "/prospect/id"), ({"email": object()}, "/prospect/email")],
)
def test_what_identifies_the_person_holds_the_event_with_its_ids_and_its_pointer(
    place: Place, plugin: SalesforcePlugin, change: dict[str, Any], pointer: str
) -> None:
    receipt = buy(plugin, MappingProxyType({**PLAIN, **change}), event_id=17)
    assert (receipt["accepted"], receipt["state"]) == (True, "held")
    assert pointer in receipt["reason"]
    again = buy(plugin, PLAIN, event_id="17")
    assert (again["duplicate"], again["entry"]) == (True, receipt["entry"])


@pytest.mark.parametrize("as_type", [list, tuple, deque], ids=lambda type_: type_.__name__)
def test_search_results_of_rich_types_have_badges_by_the_text_of_their_ids(
    place: Place, plugin: SalesforcePlugin, as_type: Any
) -> None:
    buy(plugin, PLAIN)
    place.drain()
    results = as_type([RICH, {"id": 8, "email": "nobody@else.example"}, {"id": b"x"}, b"x"])
    answer = plugin.on_search_results("default", results, MappingProxyType(USER))
    assert {id_: badge["badge"] for id_, badge in answer["results"].items()} == {
        str(ID): "black",
        "8": "grey",
    }
