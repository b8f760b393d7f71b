"""Parsed describes: tolerant of missing keys, with a fingerprint that changes with them."""

from __future__ import annotations

from typing import Any

import pytest

from zsf_plugin.salesforce import describe

STATUS = {
    "name": "Status",
    "label": "Lead Status",
    "type": "picklist",
    "length": 255,
    "nillable": False,
    "createable": True,
    "updateable": True,
    "defaultedOnCreate": True,
    "restrictedPicklist": True,
    "inlineHelpText": "help",
    "picklistValues": [
        {"active": True, "defaultValue": True, "label": "Open", "value": "Open - Not Contacted"},
        {"active": False, "label": "Old", "value": "Old"},
    ],
    "referenceTo": [],
}


def lead(*fields: Any, **more: Any) -> dict[str, Any]:
    return {
        "name": "Lead",
        "label": "Lead",
        "createable": True,
        "updateable": True,
        "fields": list(fields),
        **more,
    }


def test_a_field_is_read_with_its_picklist_and_flags() -> None:
    status = describe.parse_describe(lead(STATUS)).fields["Status"]
    assert (status.type, status.length, status.required, status.restricted) == (
        "picklist",
        255,
        False,
        True,
    )
    assert [(v.value, v.active, v.default) for v in status.picklist] == [
        ("Open - Not Contacted", True, True), ("Old", False, False),
    ]  # fmt: skip


def test_an_encrypted_field_is_known_also_from_the_slim_form() -> None:
    website = {"name": "Website", "type": "url", "encrypted": True, "filterable": True}
    body = lead(website, {"name": "Email", "type": "email"})
    for parsed in (describe.parse_describe(body), describe.parse_describe(describe.slim(body))):  # type: ignore[arg-type]
        assert parsed.fields["Website"].encrypted
        assert not parsed.fields["Email"].encrypted
    without = lead({**website, "encrypted": False}, {"name": "Email", "type": "email"})
    assert describe.parse_describe(without).fingerprint != describe.parse_describe(body).fingerprint


def test_missing_keys_of_a_describe_have_their_defaults() -> None:
    parsed = describe.parse_describe({"fields": [{"name": "X"}, {"label": "nameless"}, "junk"]})
    assert list(parsed.fields) == ["X"]
    assert parsed.createable
    assert parsed.fields["X"].type == "string"


def test_objects_and_fields_have_the_name_and_the_label_that_the_org_gives_them() -> None:
    parsed = describe.parse_describe({**lead(STATUS), "label": "Prospect"})
    assert (parsed.name, parsed.label) == ("Lead", "Prospect")
    assert parsed.fields["Status"].label == "Lead Status"


def test_record_types_are_read() -> None:
    info = {"recordTypeId": "0125g000000AAAAAAA", "developerName": "Inbound", "available": True}
    assert (
        describe.parse_describe(lead(recordTypeInfos=[info])).record_types[0].developer_name
        == "Inbound"
    )


def test_the_slim_form_reads_the_same_and_keeps_the_fingerprint() -> None:
    whole = lead(STATUS, urls={"describe": "x"}, childRelationships=[{"field": "y"}])
    assert describe.parse_describe(describe.slim(whole)) == describe.parse_describe(whole)  # type: ignore[arg-type]


def test_the_slim_form_keeps_the_objects_properties() -> None:
    own: dict[str, Any] = {
        "name": "Lead",
        "label": "Prospect",
        "createable": False,
        "updateable": False,
        "recordTypeInfos": [{"recordTypeId": "012", "name": "Inbound", "available": True}],
    }
    assert describe.slim({**own, "urls": {}, "fields": []}) == {**own, "fields": []}


def test_the_order_of_keys_does_not_change_the_fingerprint() -> None:
    one, other = {"value": "Hot", "active": True}, {"active": True, "value": "Hot"}
    shown: dict[str, Any] = {"name": "Rating", "picklistValues": [one]}
    turned = {"picklistValues": [other], "name": "Rating"}
    before = describe.parse_describe(lead(shown)).fingerprint
    assert describe.parse_describe(lead(turned)).fingerprint == before


def test_a_new_picklist_value_changes_the_fingerprint_and_a_help_text_does_not() -> None:
    changed = {
        **STATUS,
        "picklistValues": [*STATUS["picklistValues"], {"active": True, "label": "N", "value": "N"}],
    }  # type: ignore[misc]
    before = describe.parse_describe(lead(STATUS)).fingerprint
    assert describe.parse_describe(lead(changed)).fingerprint != before
    assert (
        describe.parse_describe(lead({**STATUS, "inlineHelpText": "other"})).fingerprint == before
    )


def field(name: str) -> dict[str, Any]:
    return {"name": name}


def test_a_field_missing_from_the_new_describe_is_gone_since_now() -> None:
    gone = describe.with_gone(lead(field("A")), lead(field("A"), field("B")), 100.0)
    assert describe.parse_describe(gone).gone == {"B": 100.0}  # type: ignore[arg-type]


def test_a_gone_field_keeps_its_first_time_and_may_reappear() -> None:
    once = describe.with_gone(lead(field("A")), lead(field("A"), field("B")), 100.0)
    still = describe.with_gone(lead(field("A")), once, 200.0)
    assert describe.parse_describe(still).gone == {"B": 100.0}  # type: ignore[arg-type]
    back = describe.with_gone(lead(field("A"), field("B")), still, 300.0)
    assert back == lead(field("A"), field("B"))


@pytest.mark.parametrize(("body", "before"), [(None, {}), ({"fields": []}, None), ([], [])])
def test_without_two_describes_nothing_is_gone(body: Any, before: Any) -> None:
    assert describe.with_gone(body, before, 100.0) == body


def test_numbers_and_references_of_a_field_are_read() -> None:
    shown = {
        "name": "WhoId",
        "type": "reference",
        "precision": 18,
        "scale": 2,
        "digits": "x",
        "referenceTo": ["Contact", "Lead"],
    }
    parsed = describe.parse_describe(lead(shown)).fields["WhoId"]
    assert (parsed.precision, parsed.scale, parsed.digits) == (18, 2, 0)
    assert parsed.references == ("Contact", "Lead")
    assert (parsed.label, parsed.nillable, parsed.filterable) == ("WhoId", True, True)


def test_a_field_whose_name_no_statement_can_hold_is_left_out() -> None:
    assert list(describe.parse_describe(lead(field("A"), field("B; C"), field(""))).fields) == ["A"]


def test_an_object_that_may_not_be_written_says_so() -> None:
    parsed = describe.parse_describe(
        {**lead(), "createable": False, "updateable": False, "label": None}
    )
    assert (parsed.createable, parsed.updateable, parsed.label) == (False, False, "Lead")


def test_a_record_types_rights_are_read() -> None:
    info = {"recordTypeId": "012", "name": "Inbound", "defaultRecordTypeMapping": True}
    (found,) = describe.parse_describe(lead(recordTypeInfos=[info])).record_types
    assert (found.id, found.developer_name, found.available, found.default) == (
        "012",
        "Inbound",
        False,
        True,
    )


@pytest.mark.parametrize(("said", "available"), [(True, True), (False, False), (None, False)])
def test_a_record_type_may_be_used_where_the_describe_says_so(said: Any, available: bool) -> None:
    info = {"recordTypeId": "012", "name": "Inbound", "available": said}
    (found,) = describe.parse_describe(lead(recordTypeInfos=[info])).record_types
    assert found.available is available


def test_a_picklist_value_is_labelled_by_its_value_where_it_has_no_label() -> None:
    values = [{"value": "Hot"}, {"value": "Cold", "label": "Kalt"}]
    shown = {"name": "Rating", "type": "picklist", "picklistValues": values}
    picklist = describe.parse_describe(lead(shown)).fields["Rating"].picklist
    assert [(one.value, one.label, one.active) for one in picklist] == [
        ("Hot", "Hot", True),
        ("Cold", "Kalt", True),
    ]


def test_the_states_of_a_country_are_kept_by_position_and_other_dependencies_are_dropped() -> None:
    state = {
        "name": "StateCode",
        "type": "picklist",
        "dependentPicklist": True,
        "picklistValues": [
            {"value": "CA", "label": "California", "validFor": "IIA="},  # 0010 0000 1000 0000
            {"value": "??", "label": "Damaged", "validFor": "%%%="},
            {"value": "NN", "label": "None", "validFor": None},
        ],
    }
    model = {**state, "name": "Model__c"}
    parsed = describe.parse_describe(describe.slim(lead(state, model)))  # type: ignore[arg-type]
    values = [value.valid_for for value in parsed.fields["StateCode"].picklist]
    assert values == [{2, 8}, frozenset(), frozenset()]
    assert {value.valid_for for value in parsed.fields["Model__c"].picklist} == {frozenset()}


def test_an_encrypted_field_is_recognised() -> None:
    parsed = describe.parse_describe(lead({"name": "Email", "encrypted": True}, {"name": "Fax"}))
    assert (parsed.fields["Email"].encrypted, parsed.fields["Fax"].encrypted) == (True, False)
