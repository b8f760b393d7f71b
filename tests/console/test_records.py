"""Links into Salesforce: what becomes one, and what never does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.console.test_switches import CONNECTION as EMPTY
from zsf_plugin.console.presenters.records import (
    AdjustedValue,
    LookupRow,
    adjusted_values,
    field_setup_url,
    findings,
    named_records,
    record_url,
)
from zsf_plugin.model import Cause, Event, Step
from zsf_plugin.ports import Entry

CONNECTION = replace(EMPTY, instance_url="https://acme.my.salesforce.com")
RECORD = "00Q000000000001AAA"
ENTRY = Entry("e1", Event("purchase", "w", "1", "2026-11-01", {}), "p", "held", 0.0)


@pytest.mark.parametrize("record", [RECORD, RECORD[:15]])
def test_an_id_of_either_length_opens_its_record(record: str) -> None:
    assert record_url(CONNECTION, record) == f"{CONNECTION.instance_url}/{record}"


@pytest.mark.parametrize("record", [None, "", "new:1", "../00Q000000000001", RECORD + "A"])
def test_an_invalid_id_is_no_link(record: str | None) -> None:
    assert record_url(CONNECTION, record) is None


def test_an_address_of_another_scheme_is_no_link() -> None:
    assert record_url(replace(CONNECTION, instance_url="javascript:alert(1)"), RECORD) is None
    assert record_url(None, RECORD) is None


def test_a_field_opens_in_setup_and_an_invalid_name_does_not() -> None:
    assert str(field_setup_url(CONNECTION, "Lead", "Industry")).endswith("/Industry/view")
    assert field_setup_url(CONNECTION, "Lead", "../Industry") is None


def test_the_records_that_salesforce_named_are_links() -> None:
    steps = (
        Step("found", "Lead", None, {"record": "00Q000000000002AAA"}),
        Step("named", "Lead", None, {"record": RECORD}),
        Step("named", "Lead", None, {"record": "<unknown>"}),
    )
    entry = replace(ENTRY, steps=steps)
    assert named_records(entry, CONNECTION) == (("Lead", RECORD, record_url(CONNECTION, RECORD)),)


def test_records_named_only_in_a_stored_message_are_no_links() -> None:
    cause = Cause("DUPLICATES_DETECTED", "Lead", detail=f"a duplicate (Lead {RECORD})")
    assert named_records(replace(ENTRY, cause=cause), CONNECTION) == ()


def test_a_value_of_a_wrong_type_is_among_the_findings() -> None:
    fault = {"fault": "wrong_type", "expected": ["string", "null"], "given": "integer"}
    (row,) = findings([Step("ignored", None, "/prospect/title", fault)], (), CONNECTION)
    text = "Job title from Zaplify was ignored: must be text or null, not a whole number"
    assert row == LookupRow(text, found=False)


def label(object_: str, name: str) -> str:
    return {"Email": "E-Mail-Adresse", "Interests__c": "Interests"}.get(name, name)


@pytest.mark.parametrize(
    ("step", "text", "found"),
    [
        (
            Step("unasked", "Contact", "Email", {"fields": ["Email"], "unasked": "encrypted"}),
            "Contact not searched by E-Mail-Adresse: E-Mail-Adresse is encrypted, and Salesforce cannot search by it",
            False,
        ),
        (
            Step("names_differ", "Lead", None, {"fields": ["Email"], "names": ["LastName"]}),
            "The Lead has another name (LastName), but is connected by E-Mail-Adresse",
            True,
        ),
        (
            Step("unnamed", "Account"),
            "No Account created: the event gives no company name",
            False,
        ),
        (
            Step("found", "Lead", None, {"by": "match_key", "fields": ["Email"], "record": None}),
            "Lead by E-Mail-Adresse: in the same batch",
            True,
        ),
    ],
)  # fmt: skip
def test_findings_name_fields_by_their_labels(step: Step, text: str, found: bool) -> None:
    assert findings([step], (), CONNECTION, label) == (LookupRow(text, found),)


def test_a_record_of_another_person_and_a_mapped_owner_open_in_salesforce() -> None:
    other = Step("other_person", "Lead", None, {"fields": ["Email"], "record": RECORD})
    mapped = Step("owner_mapped", "Lead", "OwnerId", {"owner": "00G000000000001AAA"})
    first, owner = findings([other, mapped], (), CONNECTION)
    assert first.url == f"{CONNECTION.instance_url}/{RECORD}"
    assert RECORD not in first.text
    assert (owner.text, owner.found) == ("Owner: set by a rule", True)
    assert owner.url == f"{CONNECTION.instance_url}/00G000000000001AAA"


def test_values_that_were_not_written_as_they_came_are_listed_with_the_reason() -> None:
    unfit = {"misfit": "not_in_picklist", "count": 2, "values": ["Golf", "Tea"]}
    steps = [
        Step("left_out", "Lead", "Title", {"misfit": "refused", "code": "STRING_TOO_LONG"}),
        Step("parts_left_out", "Lead", "Interests__c", unfit),
        Step("found", "Lead", None, {"by": "link", "record": RECORD}),
    ]
    title = "Left out: Salesforce refused the value (STRING_TOO_LONG: the text is longer than the field)"
    parts = "Written without 2 of its values (Golf, Tea): not in the picklist"
    expected = (AdjustedValue("Title", title), AdjustedValue("Interests", parts))
    assert adjusted_values(steps, label) == expected
    account = Step("shortened", "Account", "Name", {"from": 300, "to": 255})
    assert [one.label for one in adjusted_values([*steps, account], label)] == [
        "Lead Title",
        "Lead Interests",
        "Account Name",
    ]
