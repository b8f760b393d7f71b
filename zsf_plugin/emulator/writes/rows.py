"""Creating, updating and deleting one row, with all the checks of a strict org (salesforce-api.md
§3, §4.2, §7).

Nothing here knows HTTP; single resources, collections and composite all use these functions.
`checks` checks complete rows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from zsf_plugin.emulator.errors import Json, SalesforceError, bad, not_found
from zsf_plugin.emulator.exchange import Author
from zsf_plugin.emulator.org.field_types import store
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.records import CASCADES, set_derived_fields
from zsf_plugin.emulator.org.schema import Field, NewRow, ObjectType, Row
from zsf_plugin.emulator.org.values import canonical_id, now_as_datetime
from zsf_plugin.emulator.writes.checks import Save, check, require_fields

_CHECK_SECURITY = (
    "Please check the security settings of this field and verify that it is read/write for your "
    "profile or permission set."
)


def create(org: Org, object_: ObjectType, body: Mapping[str, Json], author: Author) -> Row:
    """Create a row. Raises SalesforceError and changes nothing if it is refused."""
    body = _with_ids(org, object_, body)
    _check_allowed(org, object_, "create", body)
    _check_body(org, object_, body, creating=True)
    row = _new_row(org, object_, body, author)
    check(Save(org, object_, row, row, author, own_id=None))
    now = now_as_datetime()
    row |= {"Id": org.new_id(object_), "IsDeleted": False}
    row |= {"CreatedDate": now, "CreatedById": author.user_id}
    _save(org, object_, row, author, now)
    org.records.writes["created"] += 1
    org.conditions.use_storage()
    return row


def update(
    org: Org, object_: ObjectType, record_id: str, body: Mapping[str, Json], author: Author
) -> Row:
    """Update a row. Raises SalesforceError and changes nothing if it is refused."""
    old = get_live_row(org, object_, record_id)
    body = _with_ids(org, object_, body)
    _check_allowed(org, object_, "update", {**old, **body})
    _check_body(org, object_, body, creating=False)
    _refuse_converted(object_, old)
    _refuse_person_account(object_, old, body)
    changed = _stored(org, object_, body) | _assigned_owner(org, object_, author)
    changed |= _settled_addresses(org, object_, old, changed)
    row = {**old, **changed}
    require_fields(row, object_.required)
    require_fields(row, [name for name in changed if not object_.fields[name].nillable])
    check(Save(org, object_, row, changed, author, own_id=str(old["Id"])))
    _save(org, object_, row, author, now_as_datetime())
    org.records.writes["updated"] += 1
    return row


def delete(org: Org, object_: ObjectType, record_id: str) -> None:
    """Move a row to the recycle bin, an Account with its Contacts and Opportunities, a person with
    its activities (§3.4). Raises SalesforceError and changes nothing if it is refused."""
    row = get_live_row(org, object_, record_id)
    if object_.name in org.permissions_of().protected_objects:
        raise bad("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
    _refuse_won(org, object_, row)
    with org.records.undo_on_error():
        _delete(org, object_, row)


def _refuse_won(org: Org, object_: ObjectType, row: Row) -> None:
    """An Account keeps what was won with it (DELETE_FAILED)."""
    if object_.name != "Account":
        return
    for deal in org.records.find("Opportunity", "AccountId", row["Id"]):
        if deal["StageName"] == "Closed Won":
            message = (
                f"Your attempt to delete {row['Name']} could not be completed because it is "
                "associated with the following closed won opportunities"
            )
            raise bad("DELETE_FAILED", message)


def _delete(org: Org, object_: ObjectType, row: Row) -> None:
    _check_allowed(org, object_, "delete", row)
    _put(org, object_, {**row, "IsDeleted": True, "SystemModstamp": now_as_datetime()})
    org.records.writes["deleted"] += 1
    for child, reference in CASCADES.get(object_.name, ()):
        _delete_children(org, org.objects[child], reference, row["Id"])


def _delete_children(org: Org, object_: ObjectType, reference: str, parent_id: Json) -> None:
    for row in org.records.find(object_.name, reference, parent_id):
        _delete(org, object_, row)


def get_live_row(org: Org, object_: ObjectType, record_id: str) -> Row:
    """The live row with that id. Raises ENTITY_IS_DELETED, NOT_FOUND or MALFORMED_ID."""
    row = org.rows[object_.name].get(_whole_id(object_, record_id))
    if row is None or not org.shared(row):
        raise not_found()
    if row["IsDeleted"]:
        raise SalesforceError(404, "ENTITY_IS_DELETED", "entity is deleted")
    return row


def _whole_id(object_: ObjectType, record_id: str) -> str:
    full_id = canonical_id(record_id)
    if full_id is None:
        raise bad(
            "MALFORMED_ID", f"{object_.name} ID: id value of incorrect type: {record_id}", "Id"
        )
    return full_id


def by_external_id(org: Org, object_: ObjectType, name: str, value: str) -> list[Row]:
    """The live rows with that external id. Raises NOT_FOUND for a field that cannot be a key
    (§3.5)."""
    field = key_field(org, object_, name)
    return [row for row in org.records.find(object_.name, field.name, value) if org.shared(row)]


def key_field(org: Org, object_: ObjectType, name: str) -> Field:
    """The key field with that name. Raises NOT_FOUND for a field that cannot be a key."""
    field = org.visible(object_, name)
    if field is None or not field.id_lookup:
        raise not_found(f"Provided external ID field does not exist or is not accessible: {name}")
    if field.is_ambiguous_key and not org.permissions_of().view_all_data:
        message = f"View All Data is needed: {name} is not unique"
        raise SalesforceError(403, "INSUFFICIENT_ACCESS", message)
    return field


def _with_ids(org: Org, object_: ObjectType, body: Mapping[str, Json]) -> NewRow:
    """The body with an id in place of each record named by external id, such as `"Account":
    {"Key__c": "a1"}` (§3.1). Raises INVALID_FIELD if there is none."""
    found: NewRow = {}
    for name, value in body.items():
        reference = object_.related_by(name) if isinstance(value, Mapping) else None
        if reference is None or not isinstance(value, Mapping):
            found[name] = value
        elif reference.name in body:
            raise bad("INVALID_FIELD", f"Cannot specify both {name} and {reference.name}", name)
        else:
            found[reference.name] = _id_by_key(org, reference, value)
    return found


def _id_by_key(org: Org, reference: Field, named: Mapping[str, Json]) -> Json:
    target = org.objects[reference.references[-1]]
    keys = [(name, value) for name, value in named.items() if name not in ("attributes", "type")]
    if len(keys) != 1:
        raise bad("INVALID_FIELD", "Name a record by one external id", reference.name)
    name, value = keys[0]
    rows = by_external_id(org, target, name, str(value))
    if len(rows) != 1:
        message = f"Foreign key external ID: {value} not found for field {name} in entity"
        raise bad("INVALID_FIELD", f"{message} {target.name}")
    return rows[0]["Id"]


def _new_row(org: Org, object_: ObjectType, body: Mapping[str, Json], author: Author) -> NewRow:
    """A row of the body's values and field defaults; the creator owns it unless an assignment rule
    says otherwise."""
    given = _without_blanks(object_, _stored(org, object_, body))
    row = object_.defaults() | _default_type(org, object_) | given
    row |= _settled_addresses(org, object_, row, row)
    require_fields(row, object_.required)
    if "OwnerId" in object_.fields:
        row["OwnerId"] = row.get("OwnerId") or author.user_id
    return row | _assigned_owner(org, object_, author)


def _refuse_converted(object_: ObjectType, row: Row) -> None:
    if object_.name == "Lead" and row.get("IsConverted"):
        raise bad("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")


def _refuse_person_account(object_: ObjectType, row: Row, body: Mapping[str, Json]) -> None:
    """The Contact of a person account changes only with its Account (§5.2)."""
    if object_.name == "Contact" and row.get("IsPersonAccount") and body:
        raise _not_writable(body)


def _save(org: Org, object_: ObjectType, row: NewRow, author: Author, now: str) -> None:
    """Store a row changed by its author."""
    row |= {"LastModifiedDate": now, "SystemModstamp": now, "LastModifiedById": author.user_id}
    set_derived_fields(org.records, object_, row)
    _put(org, object_, row)


def _put(org: Org, object_: ObjectType, row: Row) -> None:
    org.records.put(object_, row)
    if org.conditions.search_lag:
        org.unindexed.add(str(row["Id"]))


def _check_allowed(org: Org, object_: ObjectType, action: str, row: Mapping[str, Json]) -> None:
    """Check the org's state, locks and staged refusals, before the values."""
    org.conditions.check_write(creating=action == "create")
    org.permissions_of().check_setup_access(object_.name)
    _check_editable(org, row.get("Id"))
    org.refusals.check(action, object_.name, row, org.save_size)


def _check_editable(org: Org, record_id: Json) -> None:
    if record_id in org.locked:
        raise bad("ENTITY_IS_LOCKED", "the entity is locked for editing")
    if record_id in org.permissions_of().read_only_records:
        raise bad("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")


def _check_body(org: Org, object_: ObjectType, body: Mapping[str, Json], *, creating: bool) -> None:
    """Refuse read-only objects, ids in the body, and unknown or read-only fields."""
    if not object_.writable:
        verb = "inserted" if creating else "updated"
        message = f"entity type cannot be {verb}: {object_.name}"
        raise bad("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message)
    if "Id" in body or "id" in body:
        message = "The Id field should not be specified in the sobject data."
        raise bad("INVALID_FIELD", message, "Id")
    _check_fields(org, object_, body, creating=creating)


def _check_fields(
    org: Org, object_: ObjectType, body: Mapping[str, Json], *, creating: bool
) -> None:
    read_only = _read_only_fields(org, object_, body, creating=creating)
    if read_only:
        raise _not_writable(read_only)


def _not_writable(names: Collection[str]) -> SalesforceError:
    message = f"Unable to create/update fields: {', '.join(names)}. {_CHECK_SECURITY}"
    return bad("INVALID_FIELD_FOR_INSERT_UPDATE", message, *names)


def _read_only_fields(
    org: Org, object_: ObjectType, body: Mapping[str, Json], *, creating: bool
) -> list[str]:
    """The body's fields that the user cannot write. Raises INVALID_FIELD for an unknown field."""
    fields = [_visible_field(org, object_, name) for name in body]
    return [field.name for field in fields if not field.is_writable(creating=creating)]


def _visible_field(org: Org, object_: ObjectType, name: str) -> Field:
    field = org.visible(object_, name)
    if field is None:
        raise object_.no_column(name, name)
    return field


def _stored(org: Org, object_: ObjectType, body: Mapping[str, Json]) -> NewRow:
    """The body's values as their fields store them."""
    return {field.name: store(org, field, value) for field, value in object_.given(body)}


def _without_blanks(object_: ObjectType, values: NewRow) -> NewRow:
    """The values of a new row; a blank one for a field that has a default takes the default."""
    fields = object_.fields
    return {
        name: value
        for name, value in values.items()
        if value is not None or not fields[name].defaulted
    }


def _default_type(org: Org, object_: ObjectType) -> NewRow:
    """The record type of a row that names none: the user's default."""
    type_id = org.default_record_type(object_)
    return {} if type_id is None else {"RecordTypeId": type_id}


def _settled_addresses(org: Org, object_: ObjectType, row: Row, changed: NewRow) -> NewRow:
    """States and countries as labels and codes alike, if the org has lists of them (§9 trap
    60)."""
    if org.address_lists is None:
        return {}
    return org.address_lists.settled(object_.name, row, changed)


def _assigned_owner(org: Org, object_: ObjectType, author: Author) -> NewRow:
    """The owner set by the active assignment rule, on create and update, unless the header is
    FALSE."""
    if object_.name == "Lead" and author.runs_assignment_rules and org.assignment_owner:
        return {"OwnerId": org.assignment_owner}
    return {}
