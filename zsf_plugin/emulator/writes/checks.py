"""The checks of a complete row, in order; duplicate rules come last (salesforce-api.md §4.2, §5,
§7).

A new check is a function here and its row in `CHECKS`; `org.permissions` checks permission sets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.exchange import Author
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.permissions import check_permission_row
from zsf_plugin.emulator.org.records import attributes
from zsf_plugin.emulator.org.schema import Field, ObjectType, Row
from zsf_plugin.emulator.org.values import short_id
from zsf_plugin.emulator.writes.validation import ValidationRule, check_rules


@dataclass(frozen=True, slots=True)
class Save:
    """A row about to be saved: `row` is complete, `changed` holds the values this save sets.

    `own_id` is None for a new row.
    """

    org: Org
    object: ObjectType
    row: Row
    changed: Row
    author: Author
    own_id: str | None

    def others(self, object_name: str) -> list[Row]:
        """The other live rows of an object."""
        rows = self.org.records.live_rows(object_name)
        return [row for row in rows if row["Id"] != self.own_id]

    def rules(self, kind: str) -> list[Mapping[str, Json]]:
        """The rules of a kind, one of `RULES`, that apply to this object."""
        return [rule for rule in self.org.rules[kind] if rule["object"] == self.object.name]

    @property
    def owner_id(self) -> str:
        """The id of the owner that this save sets."""
        return str(self.changed.get("OwnerId"))

    @property
    def owner(self) -> Row:
        """The owner that this save sets, a user or a queue; empty if it sets none."""
        found = self.org.records.get(self.owner_id)
        return found[1] if found is not None else {}

    @property
    def record_type(self) -> str | None:
        """The name of the row's record type; None if it has none or an unknown one."""
        return self.org.record_type_name(self.object, self.row.get("RecordTypeId"))

    @property
    def converted_statuses(self) -> list[Json]:
        """The statuses that stand for a converted Lead."""
        found = self.org.records.find("LeadStatus", "IsConverted", True)
        return [row["ApiName"] for row in found]

    @property
    def choices(self) -> Mapping[str, Sequence[str]]:
        """By field, the values that the record type allows."""
        return self.org.allowed_values(self.object, self.record_type)


def require_fields(row: Mapping[str, Json], names: Iterable[str]) -> None:
    """Raises REQUIRED_FIELD_MISSING if any of these fields is empty."""
    missing = [name for name in names if row.get(name) is None]
    if missing:
        raise _missing(missing)


def _missing(names: Sequence[str]) -> SalesforceError:
    message = f"Required fields are missing: [{', '.join(names)}]"
    return bad("REQUIRED_FIELD_MISSING", message, *names)


_NO_MATCH = "Value does not exist or does not match filter criteria."


def check(save: Save) -> None:
    """Raises the error of the first check that fails."""
    for one in CHECKS:
        one(save)


def _check_owner_is_active(save: Save) -> None:
    owner = save.owner
    if owner.get("IsActive") is False:
        shown, name = short_id(owner["Id"]), save.object.name.lower()
        message = f"operation performed with inactive user [{shown}] as owner of {name}"
        raise bad("INACTIVE_OWNER_OR_USER", message, "OwnerId")


def _check_owner_is_standard(save: Save) -> None:
    """Some users, such as community users, cannot own records."""
    if save.owner.get("UserType") not in (None, "Standard"):
        message = "Operation not valid for this user type"
        raise bad("OP_WITH_INVALID_USER_TYPE_EXCEPTION", message, "OwnerId")


def _check_owner_may_read(save: Save) -> None:
    if save.object.name in save.org.permissions_of(save.owner_id).hidden_objects:
        raise bad("TRANSFER_REQUIRES_READ", "The new owner must have read permission", "OwnerId")


def _lead_of(save: Save) -> Row | None:
    """The Lead that a Task or Event relates to, if any."""
    match save.org.records.get(save.row.get("WhoId")):
        case object_, row if object_.name == "Lead":
            return row
    return None


def _check_no_what_id_on_lead(save: Save) -> None:
    """An activity of a Lead cannot have a WhatId (§5.4)."""
    if _lead_of(save) is not None and save.row.get("WhatId"):
        message = "Related To ID: cannot be set when the Name is a lead"
        raise bad("FIELD_INTEGRITY_EXCEPTION", message, "WhoId", "WhatId")


def _check_lead_is_open(save: Save) -> None:
    """An activity cannot relate to a converted Lead (§5.4)."""
    lead = _lead_of(save)
    if lead is not None and lead.get("IsConverted"):
        raise bad("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")


def _check_status_of_lead(save: Save) -> None:
    """Only conversion gives a Lead a status that stands for it (§5.1)."""
    if save.object.name == "Lead" and save.changed.get("Status") in save.converted_statuses:
        message = "Lead Status: a converted status is set by converting the Lead"
        raise bad("FIELD_INTEGRITY_EXCEPTION", message, "Status")


def _check_shared(save: Save) -> None:
    """A row cannot reference a record that the user cannot see (§4.2)."""
    unshared = save.org.permissions_of().unshared
    for name in ("WhoId", "AccountId", "WhatId"):
        if save.changed.get(name) in unshared:
            shown = short_id(save.changed[name])
            message = f"insufficient access rights on cross-reference id: {shown}"
            raise bad("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", message, name)


def _check_lookup_filters(save: Save) -> None:
    """A lookup filter limits the records that a lookup can reference (§4.2)."""
    for lookup in save.rules("lookup_filters"):
        name, where = str(lookup["field"]), str(lookup["where"])
        found = save.org.records.get(save.changed.get(name))
        if found is not None and found[1].get(where) != lookup.get("equals"):
            raise bad("FIELD_FILTER_VALIDATION_EXCEPTION", _NO_MATCH, name)


def _check_event(save: Save) -> None:
    """An Event needs a start, and an end or a duration (§5.7)."""
    if save.object.name == "Event" and not _has_duration(save.row):
        require_fields(save.row, ("StartDateTime", "EndDateTime"))


def _has_duration(event: Row) -> bool:
    ends = (event.get("EndDateTime"), event.get("DurationInMinutes"))
    return event.get("StartDateTime") is not None and ends != (None, None)


def _check_permissions(save: Save) -> None:
    check_permission_row(save.org.records, save.org.objects, save.object.name, save.row)


def _check_record_type(save: Save) -> None:
    """A record type must belong to the object; the user can set only an available one."""
    type_id, name = save.row.get("RecordTypeId"), save.record_type
    is_set = save.changed.get("RecordTypeId") is not None
    offers = save.org.permissions_of().offers_record_type
    if type_id and (name is None or (is_set and not offers(save.object.name, name))):
        raise bad(
            "INVALID_CROSS_REFERENCE_KEY",
            f"Record Type ID: this ID value isn't valid for the user: {type_id}",
            "RecordTypeId",
        )


def _check_values_of_record_type(save: Save) -> None:
    """The values of a restricted picklist must be allowed by the record type (§9 traps 35 and
    62)."""
    for name, values in save.choices.items():
        field = save.object.find(name)
        if field is not None and field.restricted:
            _check_choice(field.name, save.changed.get(field.name), values)


def _check_choice(field: str, value: Json, values: Sequence[str]) -> None:
    if value is not None and not set(str(value).split(";")) <= set(values):
        message = f"{field}: bad value for restricted picklist field: {value}"
        raise bad("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, field)


def _check_unique(save: Save) -> None:
    """The value of a unique field must be unique among live rows."""
    for field in _unique_fields(save):
        duplicate = _find_duplicate(save, field)
        if duplicate is not None:
            raise _duplicate_value(save, field, duplicate)


def _unique_fields(save: Save) -> Iterator[Field]:
    """The unique fields that have a value."""
    for field in save.object.unique_fields:
        if save.row.get(field.name) is not None:
            yield field


def _find_duplicate(save: Save, field: Field) -> Row | None:
    found = save.org.records.find(save.object.name, field.name, save.row[field.name])
    return next((other for other in found if other["Id"] != save.own_id), None)


def _duplicate_value(save: Save, field: Field, duplicate: Row) -> SalesforceError:
    shown = _shown_id(save, duplicate)
    message = f"{field.name} duplicates value on record with id: {shown}"
    return bad("DUPLICATE_VALUE", f"duplicate value found: {message}")


def _shown_id(save: Save, row: Row) -> str:
    """The row's id, unless the user cannot see the row."""
    return short_id(row["Id"]) if save.org.shared(row) else "<unknown>"


def _check_validation_rules(save: Save) -> None:
    rules = map(ValidationRule.parse, save.rules("validation_rules"))
    check_rules(rules, save.row, creating=save.own_id is None)


_DUPLICATES_MESSAGE = "Use one of these records?"
#: Person objects: a duplicate rule of one searches both.
_PERSONS = ("Lead", "Contact")


@dataclass(frozen=True, slots=True)
class _Duplicate:
    """A record found by a duplicate rule."""

    object: ObjectType
    row: Row

    def has_text(self, field: str, text: str) -> bool:
        """Whether its field has that text, ignoring case."""
        return str(self.row.get(field) or "").lower() == text.lower()


def check_duplicates(save: Save) -> None:
    """Raises DUPLICATES_DETECTED if a duplicate rule finds matching records."""
    for rule in save.rules("duplicate_rules"):
        field = str(rule["field"])
        if rule["action"] != "report" and save.changed.get(field):
            _check_duplicates_by(save, field, is_alert=rule["action"] == "alert")


def _check_duplicates_by(save: Save, field: str, *, is_alert: bool) -> None:
    if is_alert and save.author.allows_duplicates:
        return
    duplicates = _find_duplicates(save, field)
    if duplicates:
        extra = {save.org.conditions.duplicate_key: _result(save, duplicates, allow_save=is_alert)}
        raise SalesforceError(400, "DUPLICATES_DETECTED", _DUPLICATES_MESSAGE, extra=extra)


def _find_duplicates(save: Save, field: str) -> list[_Duplicate]:
    """Records with the same text in a field; for a person, both Leads and Contacts."""
    text = str(save.row[field])
    return [other for other in _candidates(save) if other.has_text(field, text)]


def _candidates(save: Save) -> Iterator[_Duplicate]:
    """The records that a duplicate rule searches."""
    name = save.object.name
    for other_name in _PERSONS if name in _PERSONS else (name,):
        for row in save.others(other_name):
            yield _Duplicate(save.org.objects[other_name], row)


def _result(save: Save, duplicates: list[_Duplicate], *, allow_save: bool) -> Mapping[str, Json]:
    """The duplicate rule's result, stored under the key of `duplicate_key` (§7)."""
    match: Json = {
        "entityType": duplicates[0].object.name,
        "errors": [],
        "matchEngine": "ExactMatchEngine",
        "rule": "Rule_v1",
        "size": len(duplicates),
        "success": True,
        "matchRecords": [_match_record(duplicate) for duplicate in duplicates],
    }
    return {
        "allowSave": allow_save,
        "duplicateRule": f"Standard_{save.object.name}_Duplicate_Rule",
        "duplicateRuleEntityType": save.object.name,
        "errorMessage": _DUPLICATES_MESSAGE,
        "matchResults": [match],
    }


def _match_record(duplicate: _Duplicate) -> Json:
    return {
        "additionalInformation": [],
        "fieldDiffs": [],
        "matchConfidence": 95.0,
        "record": {
            "attributes": attributes(duplicate.object, duplicate.row),
            "Id": duplicate.row["Id"],
        },
    }


#: Every check of a complete row; the first that fails is reported.
CHECKS: tuple[Callable[[Save], None], ...] = (
    _check_owner_is_active,
    _check_owner_is_standard,
    _check_owner_may_read,
    _check_no_what_id_on_lead,
    _check_lead_is_open,
    _check_status_of_lead,
    _check_shared,
    _check_lookup_filters,
    _check_event,
    _check_permissions,
    _check_record_type,
    _check_values_of_record_type,
    _check_unique,
    _check_validation_rules,
    check_duplicates,
)
