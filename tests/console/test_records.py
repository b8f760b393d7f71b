"""Links into Salesforce: what becomes one, and what never does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.console.test_switches import CONNECTION as EMPTY
from zsf_plugin.console.presenters.records import (
    LookupRow,
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
    text = "/prospect/title ignored: must be text or null, not a whole number"
    assert row == LookupRow(text, found=False)
