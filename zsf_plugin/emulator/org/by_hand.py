"""What people do with records in the browser: merge, convert, delete, undelete, empty the recycle
bin. Nothing is checked or counted (salesforce-api.md §3.4, §3.16, §9 traps 23 and 24).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from zsf_plugin.emulator.errors import Json
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.records import CASCADES, set_derived_fields
from zsf_plugin.emulator.org.schema import NewRow, Row
from zsf_plugin.emulator.org.values import now_as_datetime

#: What refers to a record and moves to the one that it is merged into.
_FOLLOWERS = {
    "Lead": (("Task", "WhoId"), ("Event", "WhoId")),
    "Contact": (("Task", "WhoId"), ("Event", "WhoId"), ("Contact", "ReportsToId")),
    "Account": (
        ("Contact", "AccountId"),
        ("Account", "ParentId"),
        ("Task", "WhatId"),
        ("Event", "WhatId"),
    ),
}
_TO_CONTACT = ("FirstName", "LastName", "Salutation", "Title", "Email", "Phone", "MobilePhone")
_TO_ACCOUNT = ("Website", "Phone", "Industry", "NumberOfEmployees", "AnnualRevenue")
_ADDRESS = ("Street", "City", "State", "StateCode", "PostalCode", "Country", "CountryCode")


@dataclass(frozen=True, slots=True)
class Conversion:
    """How a Lead is converted: into these records (empty: new ones); `fields`: further values of
    the new Contact by the Lead's field, as mapped in Setup ({"Zaplify_Id__c": "Zaplify_Id__c"})."""

    lead: str
    account: str = ""
    contact: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


def merge(
    org: Org, object_name: str, winner: str, loser: str, values: Mapping[str, Json] | None = None
) -> None:
    """Merge two rows: the loser is deleted and names the winner, which gets the chosen `values` and
    what referred to the loser. A converted Lead still names the loser. Raises KeyError."""
    kept, merged = org.row(object_name, winner), org.row(object_name, loser)
    name = org.object_type(object_name).name
    _touch(org, name, merged, IsDeleted=True, MasterRecordId=kept["Id"])
    for child, reference in _FOLLOWERS[name]:
        for row in org.records.find(child, reference, merged["Id"]):
            _touch(org, child, row, **{reference: kept["Id"]})
    org.edit(name, str(kept["Id"]), values or {})


def convert(org: Org, conversion: Conversion) -> dict[str, str]:
    """Convert a Lead. Returns the ids of its account and contact. Raises KeyError."""
    lead = org.row("Lead", conversion.lead)
    account = conversion.account or org.seed("Account", _account_of(lead))
    contact = conversion.contact or org.seed("Contact", _contact_of(lead, account, conversion))
    account, contact = _whole(org, "Account", account), _whole(org, "Contact", contact)
    converted: NewRow = {
        "IsConverted": True,
        "ConvertedDate": now_as_datetime()[:10],
        "Status": _converted_status(org, lead),
        "ConvertedAccountId": account,
        "ConvertedContactId": contact,
    }
    _touch(org, "Lead", lead, **converted)
    for name in ("Task", "Event"):
        for row in org.records.find(name, "WhoId", lead["Id"]):
            moved = {**row, "WhoId": contact}
            set_derived_fields(org.records, org.objects[name], moved)
            _touch(org, name, moved)
    return {"account": account, "contact": contact}


def _account_of(lead: Row) -> NewRow:
    values = _taken_over(lead, _TO_ACCOUNT, "Billing")
    return {"Name": lead.get("Company"), "OwnerId": lead.get("OwnerId"), **values}


def _contact_of(lead: Row, account: str, conversion: Conversion) -> NewRow:
    values = _taken_over(lead, _TO_CONTACT, "Mailing")
    mapped = {theirs: lead.get(ours) for ours, theirs in conversion.fields.items()}
    return {"AccountId": account, "OwnerId": lead.get("OwnerId"), **values, **mapped}


def _taken_over(lead: Row, names: Iterable[str], kind: str) -> NewRow:
    """The Lead's values of these fields, and its address as one of that kind."""
    return {name: lead.get(name) for name in names} | _address(lead, kind)


def _address(lead: Row, kind: str) -> NewRow:
    return {f"{kind}{name}": lead.get(name) for name in _ADDRESS if name in lead}


def _whole(org: Org, object_name: str, record_id: str) -> str:
    return str(org.row(object_name, record_id)["Id"])


def _converted_status(org: Org, lead: Row) -> Json:
    """The first status that stands for conversion."""
    found = org.records.find("LeadStatus", "IsConverted", True)
    return next((status["ApiName"] for status in found), lead.get("Status"))


def delete(org: Org, record_id: str) -> None:
    """Move a record to the recycle bin, with the records that go with it. Raises KeyError."""
    for name, row in _with_children(org, _find(org, record_id), deleted=False):
        _touch(org, name, row, IsDeleted=True)


def undelete(org: Org, record_id: str) -> None:
    """Restore a record from the recycle bin, with those that went with it. Raises KeyError."""
    for name, row in _with_children(org, _find(org, record_id), deleted=True):
        _touch(org, name, row, IsDeleted=False, **_unmerged(row))


def _unmerged(row: Row) -> NewRow:
    """What makes a row that was merged into another one a record of its own."""
    return {"MasterRecordId": None} if "MasterRecordId" in row else {}


def empty_bin(org: Org) -> None:
    """Remove every deleted row for good: its id is unknown from now on."""
    for name, rows in org.rows.items():
        for record_id in _deleted_ids(rows):
            org.records.remove(name, record_id)


def _deleted_ids(rows: Mapping[str, Row]) -> list[str]:
    return [record_id for record_id, row in rows.items() if row["IsDeleted"]]


def _with_children(org: Org, row: Row, *, deleted: bool) -> Iterator[tuple[str, Row]]:
    """The row and, in turn, what is deleted with it, if it is in this state; each with the name of
    its object."""
    found = org.records.get(row["Id"], deleted=True)
    if found is None or row["IsDeleted"] != deleted:
        return
    yield found[0].name, row
    for child, reference in CASCADES.get(found[0].name, ()):
        for other in org.records.find(child, reference, row["Id"], deleted=True):
            yield from _with_children(org, other, deleted=deleted)


def _find(org: Org, record_id: str) -> Row:
    found = org.records.get(record_id, deleted=True)
    if found is None:
        raise KeyError(record_id)
    return found[1]


def _touch(org: Org, object_name: str, row: Row, **changes: Json) -> None:
    """Store a row with these changes, as modified now."""
    now = now_as_datetime()
    modified = {"SystemModstamp": now, "LastModifiedDate": now}
    org.records.store(object_name, {**row, **changes, **modified})
