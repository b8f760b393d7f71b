"""Fields as things that are made: what we want an org to have, and what of it was found
(salesforce-api.md §8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from zsf_plugin.model.describe import FieldDescribe, ObjectDescribe

FieldType = Literal[
    "Text", "LongTextArea", "Number", "Checkbox", "Date", "DateTime", "Email", "Url", "Phone"
]

#: How a describe calls a field's type.
DESCRIBED_AS: Mapping[str, str] = {
    "Text": "string",
    "LongTextArea": "textarea",
    "Number": "double",
    "Checkbox": "boolean",
    "Date": "date",
    "DateTime": "datetime",
    "Email": "email",
    "Url": "url",
    "Phone": "phone",
}
#: The object that fields of Task and Event are made on, and where they are granted.
ACTIVITY = "Activity"
_OF_ACTIVITY = ("Task", "Event")


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field that an org should have. `object` is where it is made (`Activity` for Task and
    Event), `name` its API name with `__c`, `length` in characters (0 where the type has none), for
    a Number in digits, `scale` of them decimal places. `case_sensitive` goes with `unique` alone.
    """

    object: str
    name: str
    label: str
    type: FieldType
    length: int = 0
    scale: int = 0
    unique: bool = False
    external_id: bool = False
    case_sensitive: bool = False
    description: str = ""

    @property
    def full_name(self) -> str:
        """`Lead.Zaplify_Id__c`."""
        return f"{self.object}.{self.name}"

    @property
    def developer_name(self) -> str:
        """The name as the setup rows have it: without `__c`."""
        return self.name.removesuffix("__c")

    @property
    def granted_on(self) -> tuple[str, ...]:
        """The objects whose field-level security shows it; an Activity's is held twice (§8)."""
        return _OF_ACTIVITY if self.object == ACTIVITY else (self.object,)


@dataclass(frozen=True, slots=True)
class PermissionSetSpec:
    """A permission set of our own. `name` is its API name."""

    name: str
    label: str
    description: str


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field that exists, seen by the connected user or not. `name` is its API name, with a
    package's namespace.

    `id` is that of its setup row. `shape` is None where a describe shows the field, or where it
    cannot be read.
    """

    id: str
    object: str
    name: str
    developer_name: str
    namespace: str | None
    shape: FieldDescribe | None = None


@dataclass(frozen=True, slots=True)
class FieldGrant:
    """A row of our permission set: `field` is `Lead.Zaplify_Id__c`."""

    id: str
    field: str
    read: bool
    edit: bool


@dataclass(frozen=True, slots=True)
class MetadataFound:
    """What an org has of the wanted fields and of our permission set, as far as the connected user
    may look.

    `fields` is None where setup may not be read, `permission_sets` False where permission sets may
    not. `describes` are the objects of `granted_on`. `calls` is the number of API calls that
    looking took.
    """

    fields: tuple[CustomField, ...] | None
    describes: Mapping[str, ObjectDescribe]
    permission_sets: bool = True
    permission_set_id: str | None = None
    grants: tuple[FieldGrant, ...] = field(default_factory=tuple)
    assigned: bool = False
    calls: int = 0
