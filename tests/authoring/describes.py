"""An org's describes, small and with one field of each kind that the schema treats apart."""

from __future__ import annotations

from zsf_plugin.model import FieldDescribe, ObjectDescribe, OrgFacts, PicklistValue, RecordType

RATINGS = (
    PicklistValue("Hot", "Heiß"),
    PicklistValue("3", "Three stars"),
    PicklistValue("Old", "Old", active=False),
)
INTERESTS = (PicklistValue("A/B (c)", "A/B (c)"), PicklistValue("D", "D"))


def _fields(*fields: FieldDescribe) -> dict[str, FieldDescribe]:
    return {field.name: field for field in fields}


def read_only(name: str) -> FieldDescribe:
    return FieldDescribe(name, name, "datetime", createable=False, updateable=False)


LEAD = ObjectDescribe(
    "Lead",
    "Lead",
    createable=True,
    updateable=True,
    fields=_fields(
        FieldDescribe("Email", "Email", "email", length=80),
        FieldDescribe("LastName", "Last Name", "string", length=80, nillable=False),
        FieldDescribe("Industry", "Industry", "picklist", length=255),
        FieldDescribe("Rating", "Rating", "picklist", restricted=True, picklist=RATINGS),
        FieldDescribe(
            "Interests__c", "Interests", "multipicklist", restricted=True, picklist=INTERESTS
        ),
        FieldDescribe("Revenue__c", "Revenue", "currency", precision=18, scale=2),
        FieldDescribe("OwnerId", "Owner", "reference", references=("Group", "User")),
        FieldDescribe("RecordTypeId", "Record Type", "reference", references=("RecordType",)),
        read_only("CreatedDate"),
    ),
    record_types=(
        RecordType("012000000000001AAA", "EU"),
        RecordType("012000000000002AAA", "Hidden", available=False),
    ),
)
TASK = ObjectDescribe(
    "Task",
    "Task",
    createable=True,
    updateable=True,
    fields=_fields(FieldDescribe("Subject", "Subject", "combobox", length=255)),
)
FACTS = OrgFacts("00D000000000001AAA", False, None, {"Lead": LEAD, "Task": TASK})
