"""Creating, changing and deleting one row, with every refusal of a strict org (salesforce-api.md
§3, §4.2, §7).

Nothing here knows HTTP; single resources, collections and composite all come through these
functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zsf_plugin.emulator.conditions import check_event, check_places, check_record_type
from zsf_plugin.emulator.errors import Json, SalesforceError, bad, not_found
from zsf_plugin.emulator.grants_of_fields import check_grant, check_right
from zsf_plugin.emulator.ids import canonical
from zsf_plugin.emulator.org import Org, Row, derive, stamp
from zsf_plugin.emulator.schema import Field, ObjectType
from zsf_plugin.emulator.values import accepted, label


@dataclass(frozen=True, slots=True)
class Options:
    """What a request's headers ask of a write. Assignment rules run unless told not to (§9 trap
    1)."""

    auto_assign: bool = True
    allow_duplicates: bool = False

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Options:
        """The options of these (case-folded) headers."""
        assign = headers.get("sforce-auto-assign", "TRUE").strip().upper() != "FALSE"
        duplicates = headers.get("sforce-duplicate-rule-header", "").replace(" ", "").lower()
        return cls(assign, "allowsave=true" in duplicates)


def create(
    org: Org, object_: ObjectType, body: Mapping[str, Json], options: Options, user_id: str
) -> Row:
    """A new row. Raises SalesforceError; then nothing changed."""
    _admit(org, object_, "create", body)
    _only_known(org, object_, body, creating=True)
    row: Row = {field.name: field.default for field in object_.fields.values()}
    row |= _taken(org, object_, body)
    _demand(object_, row)
    row |= {"OwnerId": row.get("OwnerId") or user_id} if "OwnerId" in object_.fields else {}
    row |= _assigned(org, object_, options)
    _check(org, object_, row, row, options, own_id=None)
    now = stamp()
    row |= {
        "Id": org.new_id(object_),
        "IsDeleted": False,
        "CreatedDate": now,
        "LastModifiedDate": now,
    }
    row |= {"SystemModstamp": now, "CreatedById": user_id, "LastModifiedById": user_id}
    derive(org, object_, row)
    org.put(object_, row)
    org.writes["created"] += 1
    if org.conditions.storage_left is not None:
        org.conditions.storage_left -= 1
    return row


def update(
    org: Org,
    object_: ObjectType,
    record_id: str,
    body: Mapping[str, Json],
    options: Options,
    user_id: str,
) -> Row:
    """A changed row. Raises SalesforceError; then nothing changed."""
    row = existing(org, object_, record_id)
    _admit(org, object_, "update", {**row, **body})
    _only_known(org, object_, body, creating=False)
    if object_.name == "Lead" and row.get("IsConverted"):
        raise bad("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    changed = _taken(org, object_, body) | _assigned(org, object_, options)
    fresh = {**row, **changed}
    _demand(object_, fresh)
    _check(org, object_, fresh, changed, options, own_id=str(row["Id"]))
    now = stamp()
    fresh |= {"LastModifiedDate": now, "SystemModstamp": now, "LastModifiedById": user_id}
    derive(org, object_, fresh)
    org.put(object_, fresh)
    org.writes["updated"] += 1
    return fresh


def delete(org: Org, object_: ObjectType, record_id: str) -> None:
    """Into the recycle bin; an Account takes its Contacts along, a person its Tasks (§3.4)."""
    row = existing(org, object_, record_id)
    _admit(org, object_, "delete", row)
    org.put(object_, {**row, "IsDeleted": True, "SystemModstamp": stamp()})
    org.writes["deleted"] += 1
    for child, key in (("Contact", "AccountId"), ("Task", "WhoId")):
        if (object_.name, child) in (("Account", "Contact"), ("Contact", "Task"), ("Lead", "Task")):
            for other in [
                r
                for r in org.rows[child].values()
                if r.get(key) == row["Id"] and not r["IsDeleted"]
            ]:
                delete(org, org.objects[child], str(other["Id"]))


def existing(org: Org, object_: ObjectType, record_id: str) -> Row:
    """The living row of that id. Raises ENTITY_IS_DELETED, NOT_FOUND or MALFORMED_ID."""
    whole = canonical(record_id)
    if whole is None:
        raise SalesforceError(
            400,
            "MALFORMED_ID",
            f"{object_.name} ID: id value of incorrect type: {record_id}",
            ["Id"],
        )
    row = org.rows[object_.name].get(whole)
    if row is None or not org.shared(row):
        raise not_found()
    if row["IsDeleted"]:
        raise SalesforceError(404, "ENTITY_IS_DELETED", "entity is deleted")
    return row


def by_external_id(org: Org, object_: ObjectType, name: str, value: str) -> list[Row]:
    """The living rows with that external id. Raises NOT_FOUND for a field that cannot be a key
    (§3.5)."""
    field = org.visible(object_, name)
    if field is None or not field.id_lookup:
        raise not_found(f"Provided external ID field does not exist or is not accessible: {name}")
    if field.external_id and not field.unique and not org.allowed().view_all_data:
        raise SalesforceError(
            403, "INSUFFICIENT_ACCESS", f"View All Data is needed: {name} is not unique"
        )
    return [
        row
        for row in org.rows[object_.name].values()
        if not row["IsDeleted"] and org.shared(row) and _equal(field, row.get(field.name), value)
    ]


def _equal(field: Field, held: Json, value: Json) -> bool:
    if not isinstance(held, str) or not isinstance(value, str):
        return held == value and held is not None
    return held == value if field.case_sensitive else held.lower() == value.lower()


def _admit(org: Org, object_: ObjectType, action: str, row: Mapping[str, Json]) -> None:
    """What the org's state and the rehearsal's own refusals say of a write, before its values are
    looked at."""
    org.conditions.check_write(creating=action == "create")
    check_right(org.allowed(), object_.name)
    if row.get("Id") in org.locked:
        raise bad("ENTITY_IS_LOCKED", "the entity is locked for editing")
    if row.get("Id") in org.allowed().read_only_records:
        raise bad("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
    org.refusals.meet(action, object_.name, row, org.save_size)


def _assigned(org: Org, object_: ObjectType, options: Options) -> Row:
    """The owner the active assignment rule gives, on creates and on updates, unless a header says
    FALSE."""
    owner = org.assignment_owner if object_.name == "Lead" and options.auto_assign else None
    return {"OwnerId": owner} if owner else {}


def _only_known(org: Org, object_: ObjectType, body: Mapping[str, Json], *, creating: bool) -> None:
    if not object_.writable:
        verb = "inserted" if creating else "updated"
        raise bad(
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be {verb}: {object_.name}"
        )
    if "Id" in body or "id" in body:
        raise bad(
            "INVALID_FIELD", "The Id field should not be specified in the sobject data.", "Id"
        )
    locked = []
    for name in body:
        field = org.visible(object_, name)
        if field is None:
            raise bad(
                "INVALID_FIELD", f"No such column '{name}' on sobject of type {object_.name}", name
            )
        if not (field.createable if creating else field.updateable):
            locked.append(field.name)
    if locked:
        names = ", ".join(locked)
        words = (
            f"Unable to create/update fields: {names}. Please check the security "
            f"settings of this field and verify"
        )
        words += " that it is read/write for your profile or permission set."
        raise SalesforceError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", words, locked)


def _taken(org: Org, object_: ObjectType, body: Mapping[str, Json]) -> Row:
    taken: Row = {}
    for name, value in body.items():
        field = object_.find(name)
        if field is not None:
            taken[field.name] = accepted(org, field, value)
    return taken


def _demand(object_: ObjectType, row: Row) -> None:
    missing = [
        field.name
        for field in object_.fields.values()
        if field.required and row.get(field.name) is None
    ]
    if missing:
        words = f"Required fields are missing: [{', '.join(missing)}]"
        raise SalesforceError(400, "REQUIRED_FIELD_MISSING", words, missing)


def _check(
    org: Org, object_: ObjectType, row: Row, changed: Row, options: Options, own_id: str | None
) -> None:
    _check_owner(org, object_, changed)
    _check_who(org, object_, row)
    _check_shared(org, changed)
    _check_lookup_filters(org, object_, changed)
    check_event(object_.name, row)
    check_grant(org.rows, org.objects, object_.name, row)
    check_places(org.spec.states, object_.name, row)
    type_name = org.record_types.get(object_.name, {}).get(str(row.get("RecordTypeId")))
    check_record_type(org.spec.record_types, object_.name, type_name, row)
    for field in object_.fields.values():
        if field.unique and row.get(field.name) is not None:
            _check_unique(org, object_, field, row[field.name], own_id)
    for rule in org.spec.validation_rules:
        if rule["object"] == object_.name and row.get(str(rule["field"])) == rule.get("equals"):
            raise bad("FIELD_CUSTOM_VALIDATION_EXCEPTION", str(rule["message"]))
    _check_duplicates(org, object_, row, changed, options, own_id)


def _check_owner(org: Org, object_: ObjectType, changed: Row) -> None:
    owner = org.get(changed.get("OwnerId")) if changed.get("OwnerId") else None
    if owner is not None and owner[1].get("IsActive") is False:
        words = (
            f"operation performed with inactive user [{str(owner[1]['Id'])[:15]}] as "
            f"owner of {object_.name.lower()}"
        )
        raise bad("INACTIVE_OWNER_OR_USER", words, "OwnerId")
    if (
        owner is not None
        and owner[0].name == "User"
        and owner[1].get("UserType") not in (None, "Standard")
    ):
        raise bad(
            "OP_WITH_INVALID_USER_TYPE_EXCEPTION",
            "Operation not valid for this user type",
            "OwnerId",
        )
    if owner is not None and object_.name in org.allowed(str(owner[1]["Id"])).hidden_objects:
        raise bad("TRANSFER_REQUIRES_READ", "The new owner must have read permission", "OwnerId")


def _check_shared(org: Org, changed: Row) -> None:
    """A reference to a record that the user may not see (§4.2)."""
    for name in ("WhoId", "AccountId", "WhatId"):
        if changed.get(name) in org.allowed().unshared:
            words = f"insufficient access rights on cross-reference id: {str(changed[name])[:15]}"
            raise bad("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", words, name)


def _check_lookup_filters(org: Org, object_: ObjectType, changed: Row) -> None:
    """What a lookup may point at, as an admin narrowed it down (§4.2)."""
    for one in org.spec.lookup_filters:
        name = str(one["field"])
        found = (
            org.get(changed.get(name))
            if one["object"] == object_.name and changed.get(name)
            else None
        )
        if found is not None and found[1].get(str(one["where"])) != one.get("equals"):
            words = "Value does not exist or does not match filter criteria."
            raise bad("FIELD_FILTER_VALIDATION_EXCEPTION", words, name)


def _check_who(org: Org, object_: ObjectType, row: Row) -> None:
    """A Task on a Lead takes no WhatId, and none goes on a converted Lead (§5.4)."""
    if object_.name not in ("Task", "Event") or not row.get("WhoId"):
        return
    who = org.get(row["WhoId"])
    if who is not None and who[0].name == "Lead":
        if row.get("WhatId"):
            words = "Related To ID: cannot be set when the Name is a lead"
            raise bad("FIELD_INTEGRITY_EXCEPTION", words, "WhoId", "WhatId")
        if who[1].get("IsConverted"):
            raise bad("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")


def _check_unique(
    org: Org, object_: ObjectType, field: Field, value: Json, own_id: str | None
) -> None:
    for other in org.rows[object_.name].values():
        if (
            other["Id"] != own_id
            and not other["IsDeleted"]
            and _equal(field, other.get(field.name), value)
        ):
            twin = str(other["Id"])[:15] if org.shared(other) else "<unknown>"
            words = (
                f"duplicate value found: {field.name} duplicates value on record with id: {twin}"
            )
            raise bad("DUPLICATE_VALUE", words)


def _check_duplicates(
    org: Org, object_: ObjectType, row: Row, changed: Row, options: Options, own_id: str | None
) -> None:
    """Duplicate rules: alert is overridden by a header, block never, report passes (§7)."""
    for rule in org.spec.duplicate_rules:
        name, action = str(rule["field"]), str(rule["action"])
        if rule["object"] != object_.name or action == "report" or not changed.get(name):
            continue
        twins = [
            (kind, other)
            for kind in (
                ["Lead", "Contact"] if object_.name in ("Lead", "Contact") else [object_.name]
            )
            for other in org.rows[kind].values()
            if not other["IsDeleted"]
            and other["Id"] != own_id
            and str(other.get(name) or "").lower() == str(row[name]).lower()
        ]
        if twins and not (action == "alert" and options.allow_duplicates):
            raise SalesforceError(
                400,
                "DUPLICATES_DETECTED",
                "Use one of these records?",
                extra=_match_list(org, object_, action, twins),
            )


def _match_list(
    org: Org, object_: ObjectType, action: str, twins: list[tuple[str, Row]]
) -> dict[str, Json]:
    """The match list under its real, misspelt key, or the corrected one where so set (§7)."""
    records: list[Json] = [
        {
            "additionalInformation": [],
            "fieldDiffs": [],
            "matchConfidence": 95.0,
            "record": {
                "attributes": {
                    "type": kind,
                    "url": f"/services/data/v68.0/sobjects/{kind}/{row['Id']}",
                },
                "Id": row["Id"],
            },
        }
        for kind, row in twins
    ]
    match: Json = {
        "entityType": twins[0][0],
        "errors": [],
        "matchEngine": "ExactMatchEngine",
        "rule": "Rule_v1",
        "size": len(records),
        "success": True,
        "matchRecords": records,
    }
    return {
        org.conditions.duplicate_key: {
            "allowSave": action == "alert",
            "duplicateRule": f"Standard_{object_.name}_Duplicate_Rule",
            "duplicateRuleEntityType": object_.name,
            "errorMessage": "Use one of these records?",
            "matchResults": [match],
        }
    }


__all__ = ["Options", "by_external_id", "create", "delete", "existing", "label", "update"]
