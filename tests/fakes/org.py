"""A stock org's describes, small: what the decision tests look at."""

from __future__ import annotations

from zsf_plugin.model import FieldDescribe, ObjectDescribe, OrgFacts, PicklistValue

_TEXT = {
    "Lead": {
        "FirstName": 40,
        "LastName": 80,
        "Company": 255,
        "Title": 128,
        "City": 40,
        "State": 80,
        "Country": 80,
    },
    "Contact": {
        "FirstName": 40,
        "LastName": 80,
        "Title": 128,
        "MailingCity": 40,
        "MailingState": 80,
        "MailingCountry": 80,
    },
    "Account": {
        "Name": 255,
        "BillingCity": 40,
        "BillingState": 80,
        "BillingCountry": 80,
        "BillingPostalCode": 20,
    },
    "Task": {"Subject": 255},
}
_OTHER = {
    "Lead": {
        "Email": "email",
        "Phone": "phone",
        "Website": "url",
        "NumberOfEmployees": "int",
        "OwnerId": "reference",
        "IsConverted": "boolean",
        "ConvertedContactId": "reference",
        "MasterRecordId": "reference",
    },
    "Contact": {
        "Email": "email",
        "Phone": "phone",
        "OwnerId": "reference",
        "AccountId": "reference",
        "MasterRecordId": "reference",
    },
    "Account": {
        "Website": "url",
        "Phone": "phone",
        "NumberOfEmployees": "int",
        "OwnerId": "reference",
        "MasterRecordId": "reference",
    },
    "Task": {
        "WhoId": "reference",
        "OwnerId": "reference",
        "ActivityDate": "date",
        "Status": "picklist",
    },
}
_LENGTHS = {"email": 80, "phone": 40, "url": 255}
_REQUIRED = {
    ("Lead", "LastName"),
    ("Lead", "Company"),
    ("Contact", "LastName"),
    ("Account", "Name"),
}
_READ_ONLY = {"MasterRecordId", "IsConverted", "ConvertedContactId"}


def describe(
    name: str, *, external_id: bool = True, extra: tuple[FieldDescribe, ...] = ()
) -> ObjectDescribe:
    """One object of a stock org, with or without `Zaplify_Id__c`."""
    fields = [_text(name, field, length) for field, length in _TEXT[name].items()]
    fields += [_other(field, kind) for field, kind in _OTHER[name].items()]
    fields += (
        [_picklist("Industry", "Technology", "Finance"), _picklist("LeadSource", "Web")]
        if name != "Task"
        else [
            FieldDescribe("Description", "Comments", "textarea", length=32000, filterable=False),
            _picklist("TaskSubtype", "Task", "Email", "Call", restricted=True),
        ]
    )
    if external_id:
        fields.append(
            FieldDescribe(
                "Zaplify_Id__c",
                "Zaplify Id",
                "string",
                length=64,
                custom=True,
                external_id=True,
                unique=True,
                case_sensitive=True,
            )
        )
    by_name = {field.name: field for field in (*fields, *extra)}
    return ObjectDescribe(
        name, name, True, True, by_name, fingerprint=f"{name}{external_id}{len(by_name)}"
    )


def facts(*, external_id: bool = True) -> OrgFacts:
    """The facts of a stock org."""
    names = ("Lead", "Contact", "Account", "Task")
    return OrgFacts(
        "00D000000000001EAA",
        False,
        "Completed",
        {n: describe(n, external_id=external_id) for n in names},
    )


def _text(object_: str, name: str, length: int) -> FieldDescribe:
    return FieldDescribe(
        name, name, "string", length=length, nillable=(object_, name) not in _REQUIRED
    )


def _other(name: str, kind: str) -> FieldDescribe:
    writable = name not in _READ_ONLY
    return FieldDescribe(
        name, name, kind, length=_LENGTHS.get(kind, 0), createable=writable, updateable=writable
    )


def _picklist(name: str, *values: str, restricted: bool = False) -> FieldDescribe:
    items = tuple(PicklistValue(value, value) for value in values)
    return FieldDescribe(name, name, "picklist", length=255, picklist=items, restricted=restricted)
