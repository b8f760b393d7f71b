"""Builds an org from its spec: picklists, fields, users and records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from zsf_plugin.emulator.errors import Json
from zsf_plugin.emulator.org.custom_fields import add_field, change_field, with_choices
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.schema import Field, Row
from zsf_plugin.emulator.org.spec import OrgSpec, TypeValues
from zsf_plugin.emulator.org.stock import stock_objects
from zsf_plugin.emulator.org.values import developer_name

_IS_PERSON_ACCOUNT = {"name": "IsPersonAccount", "type": "boolean", "label": "Is Person Account"}
_RECORD_TYPE_ID = Field(
    "RecordTypeId",
    "reference",
    18,
    label="Record Type",
    references=("RecordType",),
    relationship="RecordType",
)


def new_org(spec: OrgSpec) -> Org:
    """Build the org of a spec. Raises ValueError or KeyError if the spec refers to something
    missing."""
    org = Org(spec, stock_objects())
    _add_fields(org)
    names: dict[str, str] = {}
    _add_users(org, names)
    _add_organization(org)
    _add_task_statuses(org)
    _add_lead_statuses(org)
    _add_records(org, names)
    return org


def _add_records(org: Org, names: dict[str, str]) -> None:
    for object_name, rows in org.spec.records.items():
        for row in rows:
            org.seed(object_name, row, names)


def _add_fields(org: Org) -> None:
    """Add the spec's picklists, custom fields and record types."""
    for pointer, values in org.spec.picklists.items():
        _set_picklist(org, pointer, values)
    for field in org.spec.fields:
        add_field(org, field)
    if org.spec.person_accounts:
        for name in ("Account", "Contact"):
            add_field(org, {**_IS_PERSON_ACCOUNT, "object": name})
    for object_name, types in org.spec.record_types.items():
        for name, values in types.items():
            add_record_type(org, object_name, name, values)
    for change in org.spec.field_changes:
        change_field(org, change)
    if org.spec.states or org.spec.address_lists:
        org.use_address_lists(org.spec.states)


def _set_picklist(org: Org, pointer: str, values: Json) -> None:
    """Replace the values of the picklist named by `pointer`, such as "Lead.Industry"."""
    object_name, _, name = pointer.partition(".")
    fields = org.object_type(object_name).fields
    table = values if isinstance(values, Mapping) else {"values": values}
    restricted = bool(table.get("restricted", fields[name].restricted))
    items = table["values"]
    if not isinstance(items, Sequence) or isinstance(items, str):
        raise ValueError(f"{pointer} is {items!r}; it must be a list of values")
    fields[name] = with_choices(replace(fields[name], restricted=restricted), items)


def add_record_type(org: Org, object_name: str, name: str, values: TypeValues) -> str:
    """Add a record type, with the values that it offers by field. Returns its id."""
    object_ = org.object_type(object_name)
    if "RecordTypeId" not in object_.fields:
        org.add_field(object_, _RECORD_TYPE_ID)
    row = {
        "Name": name,
        "DeveloperName": developer_name(name),
        "SobjectType": object_.name,
    }
    type_id = org.seed("RecordType", row)
    org.record_types.setdefault(object_.name, {})[type_id] = name
    org.type_values.setdefault(object_.name, {})[name] = values
    return type_id


def _add_users(org: Org, names: dict[str, str]) -> None:
    """Add the users; the first is the admin, who owns records without an owner."""
    copy = _sandbox_copy if org.spec.is_sandbox else dict
    users = [org.seed("User", copy(user), names) for user in org.spec.users]
    org.admin_id = users[0]
    if org.spec.assignment_rule_owner is not None:
        org.assignment_owner = org.user_id(org.spec.assignment_rule_owner)


def _sandbox_copy(user: Mapping[str, Json]) -> Mapping[str, Json]:
    """A user as copied to a sandbox, with an undeliverable email address (§9 trap 27)."""
    email = str(user.get("Email"))
    return {**user, "Email": email if email.endswith(".invalid") else f"{email}.invalid"}


def _add_organization(org: Org) -> None:
    values: Row = {
        "Name": org.spec.name,
        "IsSandbox": org.spec.is_sandbox,
        "OrganizationType": "Enterprise Edition",
    }
    seeded = org.seed("Organization", values)
    row = {**org.rows["Organization"][seeded], "Id": org.org_id}
    org.records.remove("Organization", seeded)
    org.records.store("Organization", row)


def _add_task_statuses(org: Org) -> None:
    for status in org.spec.task_statuses:
        org.seed("TaskStatus", status)


def _add_lead_statuses(org: Org) -> None:
    for position, name in enumerate(org.objects["Lead"].fields["Status"].picklist):
        values: Row = {
            "ApiName": name,
            "MasterLabel": name,
            "IsDefault": position == 0,
            "IsConverted": name == "Closed - Converted",
            "SortOrder": position + 1,
            "IsClosed": name.startswith("Closed"),
        }
        org.seed("LeadStatus", values)
