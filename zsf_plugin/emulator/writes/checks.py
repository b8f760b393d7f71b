"""What an org refuses a complete row for, in the order in which it is found; duplicate rules are
the last (salesforce-api.md §4.2, §5, §7).

A new refusal is a function here and its row in `CHECKS`; permission sets are `org.permissions`'.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.exchange import Options
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.permissions import check_permission_row
from zsf_plugin.emulator.org.records import Row, attributes
from zsf_plugin.emulator.org.schema import Field, ObjectType


@dataclass(frozen=True, slots=True)
class Save:
    """A row as it would be stored: `row` complete, `changed` what this save gives it.

    `own_id` is None for a row that is being created.
    """

    org: Org
    object: ObjectType
    row: Row
    changed: Row
    options: Options
    own_id: str | None

    def others(self, object_name: str) -> list[Row]:
        """The living rows of an object but this one."""
        rows = self.org.records.living(object_name)
        return [row for row in rows if row["Id"] != self.own_id]


def same_value(field: Field, row: Mapping[str, Json], value: Json) -> bool:
    """Whether the row holds this value in a key field, whose own case-sensitivity texts go by."""
    held = row.get(field.name)
    if not isinstance(held, str) or not isinstance(value, str):
        return held == value and held is not None
    return field.folded(held) == field.folded(value)


#: Pairs of fields that state and country picklists are about, by object (§9 trap 36).
_PLACES = {
    "Lead": ("Country", "State"),
    "Contact": ("MailingCountry", "MailingState"),
    "Account": ("BillingCountry", "BillingState"),
}
_PICK_ONE = "even though it may appear correct. Please pick one from the list"


def check(save: Save) -> None:
    """Raises the first refusal that the row meets."""
    for one in CHECKS:
        one(save)


def _owner(save: Save) -> tuple[ObjectType, Row] | None:
    """The owner that this save gives the row: a user or a queue."""
    return save.org.records.get(save.changed.get("OwnerId"))


def _check_owner_is_active(save: Save) -> None:
    owner = _owner(save)
    if owner is not None and owner[1].get("IsActive") is False:
        shown, name = str(owner[1]["Id"])[:15], save.object.name.lower()
        words = f"operation performed with inactive user [{shown}] as owner of {name}"
        raise bad("INACTIVE_OWNER_OR_USER", words, "OwnerId")


def _check_owner_is_standard(save: Save) -> None:
    """A user of a community, say, owns no records."""
    owner = _owner(save)
    if owner is None or owner[0].name != "User":
        return
    if owner[1].get("UserType") not in (None, "Standard"):
        words = "Operation not valid for this user type"
        raise bad("OP_WITH_INVALID_USER_TYPE_EXCEPTION", words, "OwnerId")


def _check_owner_may_read(save: Save) -> None:
    owner = _owner(save)
    if owner is None:
        return
    if save.object.name in save.org.allowed(str(owner[1]["Id"])).hidden_objects:
        raise bad("TRANSFER_REQUIRES_READ", "The new owner must have read permission", "OwnerId")


def _lead_of(save: Save) -> Row | None:
    """The Lead that a Task or Event is about, if it is about one."""
    if save.object.name not in ("Task", "Event"):
        return None
    who = save.org.records.get(save.row.get("WhoId"))
    return who[1] if who is not None and who[0].name == "Lead" else None


def _check_what_beside_lead(save: Save) -> None:
    """An activity of a Lead takes no WhatId (§5.4)."""
    if _lead_of(save) is not None and save.row.get("WhatId"):
        words = "Related To ID: cannot be set when the Name is a lead"
        raise bad("FIELD_INTEGRITY_EXCEPTION", words, "WhoId", "WhatId")


def _check_lead_is_open(save: Save) -> None:
    """No activity goes on a converted Lead (§5.4)."""
    lead = _lead_of(save)
    if lead is not None and lead.get("IsConverted"):
        raise bad("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")


def _check_shared(save: Save) -> None:
    """A reference to a record that the user may not see (§4.2)."""
    unshared = save.org.allowed().unshared
    for name in ("WhoId", "AccountId", "WhatId"):
        if save.changed.get(name) in unshared:
            shown = str(save.changed[name])[:15]
            words = f"insufficient access rights on cross-reference id: {shown}"
            raise bad("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", words, name)


def _check_lookup_filters(save: Save) -> None:
    """What a lookup may point at, as an admin narrowed it down (§4.2)."""
    for lookup in save.org.spec.lookup_filters:
        name = str(lookup["field"])
        if lookup["object"] != save.object.name:
            continue
        found = save.org.records.get(save.changed.get(name))
        if found is not None and found[1].get(str(lookup["where"])) != lookup.get("equals"):
            words = "Value does not exist or does not match filter criteria."
            raise bad("FIELD_FILTER_VALIDATION_EXCEPTION", words, name)


def _check_event(save: Save) -> None:
    """An Event has a start, and an end or a length (§5.7)."""
    row = save.row
    if save.object.name != "Event":
        return
    has_end = row.get("EndDateTime") is not None or row.get("DurationInMinutes") is not None
    if row.get("StartDateTime") is None or not has_end:
        missing = [name for name in ("StartDateTime", "EndDateTime") if row.get(name) is None]
        words = f"Required fields are missing: [{', '.join(missing)}]"
        raise bad("REQUIRED_FIELD_MISSING", words, *missing)


def _check_permissions(save: Save) -> None:
    check_permission_row(save.org.records, save.org.objects, save.object.name, save.row)


def _check_country(save: Save) -> None:
    """With state and country picklists on, a country in free text is refused (§5.1)."""
    states, field = save.org.spec.states, _PLACES.get(save.object.name, ("", ""))[0]
    country = save.row.get(field)
    if states and country is not None and country not in states:
        raise _not_in_the_list("country", country, field)


def _check_state(save: Save) -> None:
    """With state and country picklists on, a state is one of its country's (§5.1)."""
    states = save.org.spec.states
    country_field, field = _PLACES.get(save.object.name, ("", ""))
    state = save.row.get(field)
    if states and state is not None:
        country = cast(str, save.row.get(country_field))
        if state not in states.get(country, ()):
            raise _not_in_the_list("state", state, field)


def _not_in_the_list(kind: str, value: Json, field: str) -> Exception:
    words = f"There's a problem with this {kind}, {_PICK_ONE}: {value}"
    return bad("FIELD_INTEGRITY_EXCEPTION", words, field)


def _record_type(save: Save) -> str | None:
    """The name of the row's record type; None where it has none, or one that is none."""
    return save.org.record_type_name(save.object, save.row.get("RecordTypeId"))


def _check_record_type(save: Save) -> None:
    """A record type is one of the object's own."""
    type_id = save.row.get("RecordTypeId")
    if type_id is not None and _record_type(save) is None:
        words = f"Record Type ID: this ID value isn't valid for the user: {type_id}"
        raise bad("INVALID_CROSS_REFERENCE_KEY", words, "RecordTypeId")


def _check_values_of_record_type(save: Save) -> None:
    """A restricted picklist's value may not be one of the record's type (§9 trap 35)."""
    types = save.org.spec.record_types.get(save.object.name, {})
    for field, values in types.get(_record_type(save) or "", {}).items():
        value = save.row.get(field)
        if value is not None and value not in values:
            words = f"{field}: bad value for restricted picklist field: {value}"
            raise bad("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", words, field)


def _check_unique(save: Save) -> None:
    """No two living rows share the value of a unique field."""
    for field in save.object.fields.values():
        if field.unique and save.row.get(field.name) is not None:
            twin = _twin(save, field)
            if twin is not None:
                shown = str(twin["Id"])[:15] if save.org.shared(twin) else "<unknown>"
                words = f"{field.name} duplicates value on record with id: {shown}"
                raise bad("DUPLICATE_VALUE", f"duplicate value found: {words}")


def _twin(save: Save, field: Field) -> Row | None:
    value = save.row[field.name]
    for other in save.others(save.object.name):
        if same_value(field, other, value):
            return other
    return None


def _check_validation_rules(save: Save) -> None:
    for rule in save.org.spec.validation_rules:
        value = save.row.get(str(rule["field"]))
        if rule["object"] == save.object.name and value == rule.get("equals"):
            raise bad("FIELD_CUSTOM_VALIDATION_EXCEPTION", str(rule["message"]))


_WORDS = "Use one of these records?"


@dataclass(frozen=True, slots=True)
class _Twin:
    """A record that a duplicate rule finds."""

    object: ObjectType
    row: Row


def check_duplicates(save: Save) -> None:
    """Raises DUPLICATES_DETECTED where a rule finds records like the one that is saved."""
    for rule in save.org.spec.duplicate_rules:
        name, action = str(rule["field"]), str(rule["action"])
        if rule["object"] != save.object.name or action == "report" or not save.changed.get(name):
            continue
        twins = _twins(save, name)
        if twins and not (action == "alert" and save.options.allow_duplicates):
            result = _result(save, twins, allow_save=action == "alert")
            extra = {save.org.conditions.duplicate_key: result}
            raise SalesforceError(400, "DUPLICATES_DETECTED", _WORDS, extra=extra)


def _twins(save: Save, field: str) -> list[_Twin]:
    """Records with the same text in a field; among Leads and Contacts alike for a person."""
    name = save.object.name
    wanted = str(save.row[field]).lower()
    twins = []
    for other_name in ("Lead", "Contact") if name in ("Lead", "Contact") else (name,):
        for other in save.others(other_name):
            if str(other.get(field) or "").lower() == wanted:
                twins.append(_Twin(save.org.objects[other_name], other))
    return twins


def _result(save: Save, twins: list[_Twin], *, allow_save: bool) -> Mapping[str, Json]:
    """The match list, which stands under Salesforce's real, misspelt key, or the corrected one
    where so set (§7)."""
    match: Json = {
        "entityType": twins[0].object.name,
        "errors": [],
        "matchEngine": "ExactMatchEngine",
        "rule": "Rule_v1",
        "size": len(twins),
        "success": True,
        "matchRecords": [_match_record(twin) for twin in twins],
    }
    return {
        "allowSave": allow_save,
        "duplicateRule": f"Standard_{save.object.name}_Duplicate_Rule",
        "duplicateRuleEntityType": save.object.name,
        "errorMessage": _WORDS,
        "matchResults": [match],
    }


def _match_record(twin: _Twin) -> Json:
    return {
        "additionalInformation": [],
        "fieldDiffs": [],
        "matchConfidence": 95.0,
        "record": {"attributes": attributes(twin.object, twin.row), "Id": twin.row["Id"]},
    }


#: Every refusal of a complete row; the first that it meets is the one that is told.
CHECKS: tuple[Callable[[Save], None], ...] = (
    _check_owner_is_active,
    _check_owner_is_standard,
    _check_owner_may_read,
    _check_what_beside_lead,
    _check_lead_is_open,
    _check_shared,
    _check_lookup_filters,
    _check_event,
    _check_permissions,
    _check_country,
    _check_state,
    _check_record_type,
    _check_values_of_record_type,
    _check_unique,
    _check_validation_rules,
    check_duplicates,
)
