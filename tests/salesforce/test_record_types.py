"""What record types offer: read with the describes, tolerant of anything else."""

from __future__ import annotations

from typing import Any

import pytest

from zsf_plugin.salesforce import record_types
from zsf_plugin.salesforce.composites import SubResponse
from zsf_plugin.salesforce.describe import parse_describe

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
