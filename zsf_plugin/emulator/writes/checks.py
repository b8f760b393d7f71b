"""What an org refuses a complete row for, in the order in which it is found; duplicate rules are
the last (salesforce-api.md §4.2, §5, §7).

A new refusal is a function here and its row in `CHECKS`; permission sets are `org.permissions`'.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.exchange import Author
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.permissions import check_permission_row
from zsf_plugin.emulator.org.records import Row, attributes
from zsf_plugin.emulator.org.schema import Field, ObjectType
from zsf_plugin.emulator.org.values import short_id


@dataclass(frozen=True, slots=True)
class Save:
    """A row as it would be stored: `row` complete, `changed` what this save gives it.

    `own_id` is None for a row that is being created.
    """

    org: Org
    object: ObjectType
    row: Row
    changed: Row
    author: Author
    own_id: str | None

    def others(self, object_name: str = "") -> list[Row]:
        """The living rows of an object (its own where none is named) but this one."""
        rows = self.org.records.living(object_name or self.object.name)
        return [row for row in rows if row["Id"] != self.own_id]

    def rules(self, rules: Iterable[Mapping[str, Json]]) -> list[Mapping[str, Json]]:
        """Those rules of the org that are about this object."""
        return [rule for rule in rules if rule["object"] == self.object.name]

    @property
    def owner_id(self) -> str:
        """The id of the owner that this save gives the row."""
        return str(self.changed.get("OwnerId"))

    @property
    def owner(self) -> Row:
        """The owner that this save gives the row, a user or a queue; no values where it gives
        none."""
        found = self.org.records.get(self.owner_id)
        return found[1] if found is not None else {}

    @property
    def record_type(self) -> str | None:
        """The name of the row's record type; None where it has none, or one that is none."""
        return self.org.record_type_name(self.object, self.row.get("RecordTypeId"))

    @property
    def choices(self) -> Mapping[str, Sequence[str]]:
        """By field, the values that the row's record type allows."""
        return self.org.spec.allowed_values(self.object.name, self.record_type)


def same_value(field: Field, row: Mapping[str, Json], value: Json) -> bool:
    """Whether the row holds this value in a key field, whose own case-sensitivity texts go by."""
    held = row.get(field.name)
    if isinstance(held, str) and isinstance(value, str):
        return field.folded(held) == field.folded(value)
    return held == value and held is not None


def demand(row: Mapping[str, Json], names: Iterable[str]) -> None:
    """Raises REQUIRED_FIELD_MISSING for those fields that the row does not fill."""
    missing = [name for name in names if row.get(name) is None]
    if missing:
        raise _missing(missing)


def _missing(names: Sequence[str]) -> SalesforceError:
    words = f"Required fields are missing: [{', '.join(names)}]"
    return bad("REQUIRED_FIELD_MISSING", words, *names)


#: Pairs of fields that state and country picklists are about, by object (§9 trap 36).
_PLACES = {
    "Lead": ("Country", "State"),
    "Contact": ("MailingCountry", "MailingState"),
    "Account": ("BillingCountry", "BillingState"),
}
_PICK_ONE = "even though it may appear correct. Please pick one from the list"
_NO_MATCH = "Value does not exist or does not match filter criteria."


def check(save: Save) -> None:
    """Raises the first refusal that the row meets."""
    for one in CHECKS:
        one(save)


def _check_owner_is_active(save: Save) -> None:
    owner = save.owner
    if owner.get("IsActive") is False:
        shown, name = short_id(owner["Id"]), save.object.name.lower()
        words = f"operation performed with inactive user [{shown}] as owner of {name}"
        raise bad("INACTIVE_OWNER_OR_USER", words, "OwnerId")


def _check_owner_is_standard(save: Save) -> None:
    """A user of a community, say, owns no records."""
    if save.owner.get("UserType") not in (None, "Standard"):
        words = "Operation not valid for this user type"
        raise bad("OP_WITH_INVALID_USER_TYPE_EXCEPTION", words, "OwnerId")


def _check_owner_may_read(save: Save) -> None:
    if save.object.name in save.org.allowed(save.owner_id).hidden_objects:
        raise bad("TRANSFER_REQUIRES_READ", "The new owner must have read permission", "OwnerId")


def _lead_of(save: Save) -> Row | None:
    """The Lead that a Task or Event is about, if it is about one."""
    match save.org.records.get(save.row.get("WhoId")):
        case object_, row if object_.name == "Lead":
            return row
    return None


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
            shown = short_id(save.changed[name])
            words = f"insufficient access rights on cross-reference id: {shown}"
            raise bad("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", words, name)


def _check_lookup_filters(save: Save) -> None:
    """What a lookup may point at, as an admin narrowed it down (§4.2)."""
    for lookup in save.rules(save.org.spec.lookup_filters):
        name, where = str(lookup["field"]), str(lookup["where"])
        found = save.org.records.get(save.changed.get(name))
        if found is not None and found[1].get(where) != lookup.get("equals"):
            raise bad("FIELD_FILTER_VALIDATION_EXCEPTION", _NO_MATCH, name)


def _check_event(save: Save) -> None:
    """An Event has a start, and an end or a length (§5.7)."""
    if save.object.name == "Event" and not _has_span(save.row):
        demand(save.row, ("StartDateTime", "EndDateTime"))


def _has_span(event: Row) -> bool:
    ends = (event.get("EndDateTime"), event.get("DurationInMinutes"))
    return event.get("StartDateTime") is not None and ends != (None, None)


def _check_permissions(save: Save) -> None:
    check_permission_row(save.org.records, save.org.objects, save.object.name, save.row)


def _check_places(save: Save) -> None:
    """With state and country picklists on, a country in free text is refused, and a state that is
    not one of its country's (§5.1)."""
    states = save.org.spec.states
    if states:
        country_field, state_field = _PLACES.get(save.object.name, ("", ""))
        country = save.row.get(country_field)
        _check_listed("country", country_field, country, states)
        state = save.row.get(state_field)
        _check_listed("state", state_field, state, states.get(str(country), ()))


def _check_listed(kind: str, field: str, value: Json, listed: Collection[str]) -> None:
    if value is not None and value not in listed:
        raise bad(
            "FIELD_INTEGRITY_EXCEPTION",
            f"There's a problem with this {kind}, {_PICK_ONE}: {value}",
            field,
        )


def _check_record_type(save: Save) -> None:
    """A record type is one of the object's own."""
    type_id = save.row.get("RecordTypeId")
    if type_id and save.record_type is None:
        raise bad(
            "INVALID_CROSS_REFERENCE_KEY",
            f"Record Type ID: this ID value isn't valid for the user: {type_id}",
            "RecordTypeId",
        )


def _check_values_of_record_type(save: Save) -> None:
    """A restricted picklist's value may not be one of the record's type (§9 trap 35)."""
    for field, values in save.choices.items():
        _check_choice(field, save.row.get(field), values)


def _check_choice(field: str, value: Json, values: Sequence[str]) -> None:
    if value is not None and value not in values:
        words = f"{field}: bad value for restricted picklist field: {value}"
        raise bad("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", words, field)


def _check_unique(save: Save) -> None:
    """No two living rows share the value of a unique field."""
    for field in _unique_fields(save):
        twin = _twin(save, field)
        if twin is not None:
            raise _duplicate_value(save, field, twin)


def _unique_fields(save: Save) -> Iterator[Field]:
    """The unique fields that the row fills."""
    for field in save.object.unique_fields:
        if save.row.get(field.name) is not None:
            yield field


def _twin(save: Save, field: Field) -> Row | None:
    for other in save.others():
        if same_value(field, other, save.row[field.name]):
            return other
    return None


def _duplicate_value(save: Save, field: Field, twin: Row) -> SalesforceError:
    shown = short_id(twin["Id"]) if save.org.shared(twin) else "<unknown>"
    words = f"{field.name} duplicates value on record with id: {shown}"
    return bad("DUPLICATE_VALUE", f"duplicate value found: {words}")


def _check_validation_rules(save: Save) -> None:
    for rule in save.rules(save.org.spec.validation_rules):
        if save.row.get(str(rule["field"])) == rule.get("equals"):
            raise bad("FIELD_CUSTOM_VALIDATION_EXCEPTION", str(rule["message"]))


_WORDS = "Use one of these records?"
#: Objects that are persons: a duplicate rule of one looks among both.
_PERSONS = ("Lead", "Contact")


@dataclass(frozen=True, slots=True)
class _Twin:
    """A record that a duplicate rule finds."""

    object: ObjectType
    row: Row

    def has_text(self, field: str, text: str) -> bool:
        """Whether its field holds that text, in whatever case."""
        return str(self.row.get(field) or "").lower() == text.lower()


def check_duplicates(save: Save) -> None:
    """Raises DUPLICATES_DETECTED where a rule finds records like the one that is saved."""
    for rule in save.rules(save.org.spec.duplicate_rules):
        field = str(rule["field"])
        if rule["action"] != "report" and save.changed.get(field):
            _check_duplicates_by(save, field, is_alert=rule["action"] == "alert")


def _check_duplicates_by(save: Save, field: str, *, is_alert: bool) -> None:
    if is_alert and save.author.allows_duplicates:
        return
    twins = _twins(save, field)
    if twins:
        extra = {save.org.conditions.duplicate_key: _result(save, twins, allow_save=is_alert)}
        raise SalesforceError(400, "DUPLICATES_DETECTED", _WORDS, extra=extra)


def _twins(save: Save, field: str) -> list[_Twin]:
    """Records with the same text in a field; among Leads and Contacts alike for a person."""
    text = str(save.row[field])
    return [other for other in _candidates(save) if other.has_text(field, text)]


def _candidates(save: Save) -> Iterator[_Twin]:
    """The records that may be like the one that is saved."""
    name = save.object.name
    for other_name in _PERSONS if name in _PERSONS else (name,):
        for row in save.others(other_name):
            yield _Twin(save.org.objects[other_name], row)


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
    _check_places,
    _check_record_type,
    _check_values_of_record_type,
    _check_unique,
    _check_validation_rules,
    check_duplicates,
)
