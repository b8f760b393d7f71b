"""Fields and permission sets over the wire: bodies as the Tooling API takes them, odd answers,
values that are escaped."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.salesforce.support import Desk
from zsf_plugin.errors import OutcomeUnknown, QuotaReached, ReconnectRequired, Rejected, Unavailable
from zsf_plugin.model import DESCRIBED_AS, FieldSpec, PermissionSetSpec
from zsf_plugin.salesforce import custom_fields

KEY = FieldSpec(
    "Lead", "Key__c", "Key", "Text", 64, unique=True, external_id=True, case_sensitive=True
)
SET = PermissionSetSpec("Sync", "Sync", "What it is for.")


@pytest.mark.parametrize(
    ("spec", "size"),
    [
        (FieldSpec("Lead", "A__c", "A", "Number", 18, 2), {"precision": 18, "scale": 2}),
        (FieldSpec("Lead", "A__c", "A", "LongTextArea", 512), {"length": 512, "visibleLines": 4}),
        (FieldSpec("Lead", "A__c", "A", "Checkbox"), {"defaultValue": "false"}),
    ],
)
def test_each_type_says_what_it_demands_and_the_emulator_takes_it(
    desk: Desk, spec: FieldSpec, size: dict[str, Any]
) -> None:
    metadata: Any = custom_fields.field_body(spec)
    assert metadata["Metadata"] == {"label": "A", "type": spec.type, "required": False, **size}
    desk.crm.metadata.create_field(spec)
    found = desk.crm.metadata.look([spec], SET, desk.crm.facts()).fields
    assert found is not None
    assert [
        (one.shape.type, one.shape.precision, one.shape.scale) for one in found if one.shape
    ] == [(DESCRIBED_AS[spec.type], size.get("precision", 0), size.get("scale", 0))]


def test_what_was_made_is_found_and_a_hidden_field_is_told_with_its_shape(desk: Desk) -> None:
    metadata = desk.crm.metadata
    metadata.create_field(KEY)
    found = metadata.look([KEY], SET, desk.crm.facts(refresh=True))
    assert found.fields is not None
    (field,) = found.fields
    assert (field.name, field.namespace, found.calls) == ("Key__c", None, 3)
    assert field.shape is not None
    assert (field.shape.type, field.shape.length, field.shape.unique, field.shape.external_id) == (
        "string",
        64,
        True,
        True,
    )
    set_id = metadata.create_permission_set(SET)
    metadata.grant(set_id, "Lead.Key__c", None)
    metadata.assign(set_id)
    found = metadata.look([KEY], SET, desk.crm.facts(refresh=True))
    assert (found.permission_set_id, found.assigned, found.calls) == (set_id, True, 2)
    assert [(grant.field, grant.read, grant.edit) for grant in found.grants] == [
        ("Lead.Key__c", True, True)
    ]
    assert found.describes["Lead"].fields["Key__c"].unique


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (201, {}, OutcomeUnknown),
        (201, None, OutcomeUnknown),
        (
            200,
            {"success": False, "errors": [{"statusCode": "INVALID_FIELD", "message": "m"}]},
            Rejected,
        ),
        (400, [{"errorCode": "FIELD_INTEGRITY_EXCEPTION", "message": "m"}], Rejected),
        (
            403,
            [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}],
            QuotaReached,
        ),
        (
            404,
            [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}],
            Rejected,
        ),
        (410, [{"errorCode": "UNSUPPORTED_API_VERSION", "message": "m"}], ReconnectRequired),
        (500, [{"errorCode": "UNKNOWN_EXCEPTION", "message": "m"}], OutcomeUnknown),
        (503, None, Unavailable),
    ],
)
def test_an_answer_is_an_error_by_who_must_act(
    desk: Desk, status: int, body: Any, error: type[Exception]
) -> None:
    desk.fault("status", "CustomField", status=status, body=body)
    with pytest.raises(error):
        desk.crm.metadata.create_field(KEY)


def test_a_setup_that_may_not_be_read_is_told_not_raised(desk: Desk) -> None:
    facts = desk.crm.facts()
    refused = [
        {"errorCode": "INVALID_TYPE", "message": "sObject type 'CustomField' is not supported."}
    ]
    desk.fault("status", "tooling", status=400, body=refused)
    found = desk.crm.metadata.look([KEY], SET, facts)
    assert found.fields is None
    assert found.permission_sets


def test_nothing_is_sent_twice_by_itself(desk: Desk) -> None:
    desk.fault("drop_after_commit", "CustomField")
    with pytest.raises(OutcomeUnknown):
        desk.crm.metadata.create_field(KEY)
    assert len(desk.requests("tooling/sobjects")) == 1


def test_calls_are_counted_as_upkeep(desk: Desk) -> None:
    desk.crm.metadata.create_field(KEY)
    told = desk.store.allocation(desk.connection().org_id, desk.clock.now())
    assert told.by_purpose["upkeep"] == 1
    assert json.loads(desk.requests("CustomField")[0]["body"])["FullName"] == "Lead.Key__c"
