"""Describes read: tolerant of missing keys, and told apart by a fingerprint."""

from __future__ import annotations

from typing import Any

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
    status = describe.parse(lead(STATUS)).fields["Status"]
    assert (status.type, status.length, status.required, status.restricted) == (
        "picklist",
        255,
        False,
        True,
    )
    assert [(v.value, v.active, v.default) for v in status.picklist] == [
        ("Open - Not Contacted", True, True), ("Old", False, False),
    ]  # fmt: skip


def test_what_a_describe_leaves_out_is_taken_as_usual() -> None:
    parsed = describe.parse({"fields": [{"name": "X"}, {"label": "nameless"}, "junk"]})
    assert list(parsed.fields) == ["X"]
    assert parsed.createable
    assert parsed.fields["X"].type == "string"


def test_record_types_are_read() -> None:
    info = {"recordTypeId": "0125g000000AAAAAAA", "developerName": "Inbound", "available": True}
    assert describe.parse(lead(recordTypeInfos=[info])).record_types[0].developer_name == "Inbound"


def test_the_slim_form_reads_the_same_and_keeps_the_fingerprint() -> None:
    whole = lead(STATUS, urls={"describe": "x"}, childRelationships=[{"field": "y"}])
    assert describe.parse(describe.slim(whole)) == describe.parse(whole)  # type: ignore[arg-type]


def test_a_new_picklist_value_changes_the_fingerprint_and_a_help_text_does_not() -> None:
    changed = {
        **STATUS,
        "picklistValues": [*STATUS["picklistValues"], {"active": True, "label": "N", "value": "N"}],
    }  # type: ignore[misc]
    before = describe.parse(lead(STATUS)).fingerprint
    assert describe.parse(lead(changed)).fingerprint != before
    assert describe.parse(lead({**STATUS, "inlineHelpText": "other"})).fingerprint == before
