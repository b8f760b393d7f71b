"""Fields and permission sets over the wire: bodies as the Tooling API takes them, odd answers,
values that are escaped."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.salesforce.support import AdapterBench
from zsf_plugin.errors import OutcomeUnknown, QuotaReached, ReconnectRequired, Rejected, Unavailable
from zsf_plugin.messages.provision import provision_text
from zsf_plugin.model import DESCRIBED_AS, FieldSpec, PermissionSetSpec
from zsf_plugin.provision.plan import plan
from zsf_plugin.salesforce import custom_fields

KEY = FieldSpec(
    "Lead", "Key__c", "Key", "Text", 64, unique=True, external_id=True, case_sensitive=True
)
SET = PermissionSetSpec("Sync", "Zaplify sync", "What it is for.")
INVALID_TYPE = [{"errorCode": "INVALID_TYPE", "message": "sObject type is not supported."}]


def setup_rows(bench: AdapterBench) -> list[tuple[str, str, Any]]:
    """Method, place and body of each row of setup that was written."""
    found = []
    for line in bench.requests("/sobjects/"):
        root, _, place = line["path"].partition("/sobjects/")
        if not root.endswith("/tooling"):
            found.append((line["method"], place, json.loads(line["body"])))
    return found


def script_setup(bench: AdapterBench, **parts: tuple[int, Any]) -> None:
    """Answer the next composite with these parts; setup queries left out find nothing."""
    named = {**dict.fromkeys(custom_fields.SETUP, (200, {"records": []})), **parts}
    entries = [
        {"referenceId": name, "httpStatusCode": status, "body": body}
        for name, (status, body) in named.items()
    ]
    bench.fault("status", "/composite", status=200, body={"compositeResponse": entries})


def upkeep_calls(bench: AdapterBench) -> int:
    reported = bench.store.allocation(bench.connection().org_id, bench.clock.now())
    return reported.by_purpose["upkeep"]


@pytest.mark.parametrize(
    ("spec", "size"),
    [
        (FieldSpec("Lead", "A__c", "A", "Number", 18, 2), {"precision": 18, "scale": 2}),
        (FieldSpec("Lead", "A__c", "A", "LongTextArea", 512), {"length": 512, "visibleLines": 4}),
        (FieldSpec("Lead", "A__c", "A", "Checkbox"), {"defaultValue": "false"}),
    ],
)
def test_each_type_states_its_requirements_and_the_emulator_accepts_it(
    bench: AdapterBench, spec: FieldSpec, size: dict[str, Any]
) -> None:
    metadata: Any = custom_fields.field_body(spec)
    assert metadata["Metadata"] == {"label": "A", "type": spec.type, "required": False, **size}
    bench.crm.metadata.create_field(spec)
    found = bench.crm.metadata.inspect([spec], SET, bench.crm.facts()).fields
    assert found is not None
    assert [
        (one.shape.type, one.shape.precision, one.shape.scale) for one in found if one.shape
    ] == [(DESCRIBED_AS[spec.type], size.get("precision", 0), size.get("scale", 0))]


def test_created_items_are_found_and_a_hidden_field_has_its_shape(
    bench: AdapterBench,
) -> None:
    metadata = bench.crm.metadata
    metadata.create_field(KEY)
    found = metadata.inspect([KEY], SET, bench.crm.facts(refresh=True))
    assert found.fields is not None
    (field,) = found.fields
    assert (field.name, field.namespace, found.calls) == ("Key__c", None, 3)
    assert field.shape is not None
    assert field.shape.name == "Key__c"
    assert (field.shape.type, field.shape.length, field.shape.unique, field.shape.external_id) == (
        "string",
        64,
        True,
        True,
    )
    set_id = metadata.create_permission_set(SET)
    metadata.grant(set_id, "Lead.Key__c", None)
    metadata.assign(set_id)
    found = metadata.inspect([KEY], SET, bench.crm.facts(refresh=True))
    assert (found.permission_set_id, found.assigned, found.calls) == (set_id, True, 2)
    assert [(grant.field, grant.read, grant.edit) for grant in found.grants] == [
        ("Lead.Key__c", True, True)
    ]
    assert found.describes["Lead"].fields["Key__c"].unique
    assert found.fields == (replace(field, shape=None),)


def test_a_hidden_field_whose_metadata_is_not_found_has_no_shape(bench: AdapterBench) -> None:
    bench.crm.metadata.create_field(KEY)
    facts = bench.crm.facts(refresh=True)
    bench.fault("status", "tooling/query", after=1, status=200, body={"records": []})
    found = bench.crm.metadata.inspect([KEY], SET, facts)
    assert [(field.name, field.shape) for field in found.fields or ()] == [("Key__c", None)]


def test_a_permission_set_is_created_granted_and_assigned(
    bench: AdapterBench,
) -> None:
    metadata = bench.crm.metadata
    metadata.create_field(KEY)
    set_id = metadata.create_permission_set(SET)
    metadata.grant(set_id, "Lead.Key__c", None)
    metadata.assign(set_id)
    rights = {"PermissionsRead": True, "PermissionsEdit": True}
    assert setup_rows(bench) == [
        (
            "POST",
            "PermissionSet",
            {"Name": "Sync", "Label": "Zaplify sync", "Description": "What it is for."},
        ),
        (
            "POST",
            "FieldPermissions",
            {"ParentId": set_id, "SobjectType": "Lead", "Field": "Lead.Key__c", **rights},
        ),
        (
            "POST",
            "PermissionSetAssignment",
            {"AssigneeId": bench.connection().user_id, "PermissionSetId": set_id},
        ),
    ]


def test_a_row_of_ours_that_allows_less_is_widened(bench: AdapterBench) -> None:
    metadata = bench.crm.metadata
    metadata.create_field(KEY)
    set_id = metadata.create_permission_set(SET)
    metadata.grant(set_id, "Lead.Key__c", None)
    (row_id,) = bench.org.rows["FieldPermissions"]
    bench.org.edit("FieldPermissions", row_id, {"PermissionsEdit": False})
    (grant,) = metadata.inspect([KEY], SET, bench.crm.facts()).grants
    assert (grant.read, grant.edit) == (True, False)
    metadata.grant(set_id, grant.field, grant.id)
    assert setup_rows(bench)[-1] == (
        "PATCH",
        f"FieldPermissions/{grant.id}",
        {"PermissionsRead": True, "PermissionsEdit": True},
    )
    assert metadata.inspect([KEY], SET, bench.crm.facts()).grants == (replace(grant, edit=True),)


def test_describes_that_the_facts_have_not_are_read_along_with_the_permission_set(
    bench: AdapterBench,
) -> None:
    facts = bench.crm.facts()
    unknown = replace(facts, describes={})
    wanted = [KEY, replace(KEY, object="Activity")]
    read = bench.crm.metadata.inspect(wanted, SET, unknown)
    known = bench.crm.metadata.inspect(wanted, SET, facts)
    asked = [json.loads(line["body"]) for line in bench.requests("/composite")[-2:]]
    first, second = ({part["referenceId"] for part in one["compositeRequest"]} for one in asked)
    setup = set(custom_fields.SETUP)
    assert first == setup | {"Lead", "Task", "Event"}
    assert second == setup | {"Event"}  # which no facts describe
    assert set(read.describes) == {"Lead", "Task", "Event"}
    assert {part["method"] for part in asked[0]["compositeRequest"]} == {"GET"}
    assert (read.describes["Lead"].name, read.calls, known.calls) == ("Lead", 2, 2)
    assert set(read.describes["Lead"].fields) == set(facts.describes["Lead"].fields)


def test_an_object_that_may_not_be_seen_has_no_describe(bench: AdapterBench) -> None:
    facts = replace(bench.crm.facts(), describes={})
    script_setup(bench, Lead=(404, [{"errorCode": "NOT_FOUND", "message": "m"}]))
    assert bench.crm.metadata.inspect([KEY], SET, facts).describes == {}


@pytest.mark.parametrize("hidden", custom_fields.SETUP)
def test_permission_sets_are_read_whole_or_reported_unreadable(
    bench: AdapterBench, hidden: str
) -> None:
    bench.crm.metadata.create_field(KEY)
    facts = bench.crm.facts()
    script_setup(bench, **{hidden: (400, INVALID_TYPE)})
    found = bench.crm.metadata.inspect([KEY], SET, facts)
    assert found.permission_sets is False
    assert [field.name for field in found.fields or ()] == ["Key__c"]


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
    bench: AdapterBench, status: int, body: Any, error: type[Exception]
) -> None:
    bench.fault("status", "CustomField", status=status, body=body)
    with pytest.raises(error):
        bench.crm.metadata.create_field(KEY)


@pytest.mark.parametrize("body", [{}, {"id": None}, None])
def test_an_answer_that_names_no_id_says_so(bench: AdapterBench, body: Any) -> None:
    bench.fault("status", "CustomField", status=201, body=body)
    with pytest.raises(OutcomeUnknown) as caught:
        bench.crm.metadata.create_field(KEY)
    assert caught.value.code == "no_id"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"success": False, "errors": [{"statusCode": "DUPLICATE_DEVELOPER_NAME"}]}),
        (400, [{"errorCode": "DUPLICATE_DEVELOPER_NAME", "message": "m"}]),
    ],
)
def test_a_refusal_says_what_the_org_objects_to(
    bench: AdapterBench, status: int, body: Any
) -> None:
    bench.fault("status", "CustomField", status=status, body=body)
    with pytest.raises(Rejected) as caught:
        bench.crm.metadata.create_field(KEY)
    assert caught.value.code == "DUPLICATE_DEVELOPER_NAME"


def test_after_an_unreadable_page_a_field_may_have_been_created(bench: AdapterBench) -> None:
    bench.fault("html_page", "CustomField", status=200)
    with pytest.raises(OutcomeUnknown) as caught:
        bench.crm.metadata.create_field(KEY)
    assert (caught.value.code, caught.value.data) == ("unreadable", {"status": 200})


@pytest.mark.parametrize("path", ["tooling/query", "/composite"])
@pytest.mark.parametrize("kind", ["html_page", "status"])
def test_a_failed_inspection_is_only_unanswered(bench: AdapterBench, path: str, kind: str) -> None:
    facts = bench.crm.facts()
    bench.fault(kind, path, status=502)
    with pytest.raises(Unavailable) as caught:
        bench.crm.metadata.inspect([KEY], SET, facts)
    assert (caught.value.code, caught.value.data) == ("unreadable", {"status": 502})


def test_a_failed_or_missing_part_of_an_inspection_is_only_unanswered(bench: AdapterBench) -> None:
    facts = bench.crm.facts()
    script_setup(bench, grants=(500, [{"errorCode": "UNKNOWN_EXCEPTION", "message": "m"}]))
    with pytest.raises(Unavailable, match="500"):
        bench.crm.metadata.inspect([KEY], SET, facts)
    bench.fault("status", "/composite", status=200, body={"compositeResponse": []})
    with pytest.raises(Unavailable) as caught:
        bench.crm.metadata.inspect([KEY], SET, facts)
    assert caught.value.code == "no_part"


def test_an_unreadable_setup_is_reported_not_raised(bench: AdapterBench) -> None:
    facts = bench.crm.facts()
    bench.fault("status", "tooling", status=400, body=INVALID_TYPE)
    found = bench.crm.metadata.inspect([KEY], SET, facts)
    assert (found.fields, found.setup_refusal) == (None, "")
    assert found.permission_sets


def test_a_refusal_that_is_no_missing_right_is_reported_with_its_code(bench: AdapterBench) -> None:
    facts = bench.crm.facts()
    refusal = [{"errorCode": "MALFORMED_QUERY", "message": "unexpected"}]
    bench.fault("status", "tooling", status=400, body=refusal)
    found = bench.crm.metadata.inspect([KEY], SET, facts)
    assert (found.fields, found.setup_refusal) == (None, "MALFORMED_QUERY")
    (field, *_) = plan([KEY], SET, found).lines
    assert field.state == "cannot"
    assert "refused to say whether it exists (MALFORMED_QUERY)" in provision_text(field.reason)


def test_nothing_is_resent_automatically(bench: AdapterBench) -> None:
    bench.fault("drop_after_commit", "CustomField")
    with pytest.raises(OutcomeUnknown):
        bench.crm.metadata.create_field(KEY)
    assert len(bench.requests("tooling/sobjects")) == 1


def test_inspections_and_creates_are_counted_as_upkeep(bench: AdapterBench) -> None:
    facts = bench.crm.facts()
    before = upkeep_calls(bench)
    bench.crm.metadata.create_field(KEY)
    assert upkeep_calls(bench) - before == 1
    found = bench.crm.metadata.inspect([KEY], SET, facts)
    assert upkeep_calls(bench) - before == 1 + found.calls
    assert json.loads(bench.requests("CustomField")[0]["body"])["FullName"] == "Lead.Key__c"
