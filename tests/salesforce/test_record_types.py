"""What record types offer: read with the describes, tolerant of anything else."""

from __future__ import annotations

from typing import Any

import pytest

from zsf_plugin.model import Json
from zsf_plugin.salesforce import record_types
from zsf_plugin.salesforce.composites import MAX_SUBREQUESTS, SubResponse
from zsf_plugin.salesforce.describe import parse_describe
from zsf_plugin.salesforce.facts import request_for

MASTER, PARTNER, HIDDEN = "012000000000000AAA", "012000000000001AAA", "012000000000002AAA"


def kind(record_type: str, *values: str, **flags: bool) -> dict[str, Any]:
    picklist = [{"value": value, "active": value != "Old"} for value in values]
    return {
        "recordTypeId": record_type,
        "available": True,
        "master": False,
        **flags,
        "picklistsForRecordType": [{"picklistName": "Rating", "picklistValues": picklist}],
    }


def stored(*kinds: Any, status: int = 200) -> Any:
    body = {"layouts": None, "recordTypeMappings": list(kinds)}
    return record_types.offered_in({"LeadLayouts": SubResponse(status, body, {})})


def test_a_record_types_active_values_are_kept_by_picklist() -> None:
    kinds = [
        kind(MASTER, "Hot", master=True),
        kind(PARTNER, "Hot", "Old"),
        kind(HIDDEN, "Warm", available=False),
    ]
    body = stored(*kinds)
    assert body == {"Lead": {PARTNER: {"Rating": ["Hot"]}}}
    assert record_types.offers(body, "Lead") == {PARTNER: {"Rating": frozenset({"Hot"})}}
    assert record_types.offers(body, "Contact") == {}


def test_few_record_types_are_kept() -> None:
    body = stored(*(kind(f"{number:018}", "Hot") for number in range(100)))
    assert len(body["Lead"]) == record_types.MAX_RECORD_TYPES


@pytest.mark.parametrize(
    "body",
    [None, [], {}, {"recordTypeMappings": None}, {"recordTypeMappings": [None, {}]}, "x"],
)
def test_layouts_that_say_nothing_offer_everything(body: Any) -> None:
    found = record_types.offered_in({"LeadLayouts": SubResponse(200, body, {})})
    assert record_types.offers(found, "Lead") == {}


def test_refused_layouts_and_a_damaged_fact_offer_everything() -> None:
    assert stored(kind(PARTNER, "Hot"), status=404) == {}
    assert record_types.offered_in({}) == {}
    for damaged in (None, [], {"Lead": None}, {"Lead": {PARTNER: None}}):
        assert record_types.offers(damaged, "Lead") == {}


def test_a_restricted_picklist_is_narrowed_by_record_type_and_changes_the_fingerprint() -> None:
    values = [{"value": "Hot"}, {"value": "Warm"}]
    rating = {"name": "Rating", "type": "picklist", "picklistValues": values}
    info = {"recordTypeId": PARTNER, "available": True, "defaultRecordTypeMapping": True}
    body: dict[str, Any] = {
        "name": "Lead",
        "fields": [{**rating, "restrictedPicklist": True}, {**rating, "name": "Open"}],
        "recordTypeInfos": [info],
    }
    offers = {PARTNER: {"Rating": frozenset({"Hot"}), "Open": frozenset({"Hot"})}}
    plain, narrowed = parse_describe(body), parse_describe(body, offers)
    assert plain.fingerprint != narrowed.fingerprint
    assert plain.offered == {}
    assert [name for _, name in narrowed.offered] == ["Rating"]
    found = narrowed.with_offered(narrowed.fields["Rating"], None)
    assert [value.value for value in found.picklist] == ["Hot"]
    other = narrowed.with_offered(narrowed.fields["Rating"], HIDDEN)
    assert other is narrowed.fields["Rating"]


# Layouts of one record type each

CUSTOMER = "012000000000003AAA"


def described(*record_types_: str, default: str = "") -> dict[str, Any]:
    """The cached describe of an object with those record types, and the master one."""
    infos = [
        {
            "recordTypeId": one,
            "available": one != HIDDEN,
            "master": one == MASTER,
            "defaultRecordTypeMapping": one == default,
        }
        for one in (MASTER, *record_types_)
    ]
    return {"recordTypeInfos": infos}


def alone(record_type: str, body: Any, *, status: int = 200) -> dict[str, SubResponse]:
    (name,) = record_types.requests_by_type({"Lead": described(record_type)}, None)
    return {name: SubResponse(status, body, {})}


def test_each_record_type_that_may_be_used_is_asked_for_alone() -> None:
    objects = {"Lead": described(PARTNER, HIDDEN), "Contact": described(), "User": described("x")}
    asked = record_types.requests_by_type(objects, None)
    assert [one.path for one in asked.values()] == [
        f"/sobjects/Lead/describe/layouts/{PARTNER}",
    ]
    assert record_types.requests_by_type(objects, {"Lead": {PARTNER: {}}}) == {}


def test_the_default_types_come_first_and_a_composite_takes_few() -> None:
    many = [f"0125g{number:010}AAA" for number in range(30)]
    objects = {
        "Lead": described(*many),
        "Task": described(PARTNER, CUSTOMER, default=CUSTOMER),
        "Account": None,
    }
    asked = record_types.requests_by_type(objects, None)
    assert len(asked) == record_types.MAX_TYPES_PER_CALL
    assert next(iter(asked.values())).path.endswith(CUSTOMER)
    everything = {**request_for({}, "005").subrequests, **record_types.requests(), **asked}
    assert len(everything) <= MAX_SUBREQUESTS


@pytest.mark.parametrize(
    "body",
    [
        {"recordTypeMappings": [kind(PARTNER, "Hot")]},
        {
            "layouts": None,
            "recordTypeMappings": [kind(MASTER, "Warm", master=True), kind(PARTNER, "Hot")],
        },
        {
            "detailLayoutSections": [],
            "picklistsForRecordType": kind("", "Hot")["picklistsForRecordType"],
        },
    ],
)
def test_a_type_that_is_asked_for_alone_says_what_it_offers(body: Any) -> None:
    silent = SubResponse(
        200,
        {
            "layouts": None,
            "recordTypeMappings": [{**kind(PARTNER), "picklistsForRecordType": None}],
        },
        {},
    )
    found = record_types.offered_in({"LeadLayouts": silent, **alone(PARTNER, body)})
    assert record_types.offers(found, "Lead") == {PARTNER: {"Rating": frozenset({"Hot"})}}


def test_what_is_known_stays_and_is_not_asked_for_again() -> None:
    known: Json = {"Lead": {CUSTOMER: {"Rating": ["Warm"]}}, "Task": {PARTNER: {}}}
    body = {"recordTypeMappings": [kind(PARTNER, "Hot")]}
    found = record_types.offered_in(alone(PARTNER, body), known)
    assert found == {
        "Lead": {CUSTOMER: {"Rating": ["Warm"]}, PARTNER: {"Rating": ["Hot"]}},
        "Task": {PARTNER: {}},
    }
    objects = {"Lead": described(PARTNER, CUSTOMER), "Task": described(PARTNER)}
    assert record_types.requests_by_type(objects, found) == {}


@pytest.mark.parametrize("body", [None, [], {}, {"detailLayoutSections": []}, [{"errorCode": "X"}]])
@pytest.mark.parametrize("status", [200, 404])
def test_a_type_that_says_nothing_offers_everything_and_is_asked_for_daily(
    body: Any, status: int
) -> None:
    found = record_types.offered_in(alone(PARTNER, body, status=status))
    assert record_types.offers(found, "Lead") == {PARTNER: {}}
    assert record_types.requests_by_type({"Lead": described(PARTNER)}, found) == {}
    again = record_types.offered_in(alone(PARTNER, body, status=500))
    assert again == {}
