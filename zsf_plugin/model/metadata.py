"""Custom fields to create in an org, and which of them exist already (salesforce-api.md §8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from zsf_plugin.model.describe import FieldDescribe, ObjectDescribe

FieldType = Literal[
    "Text", "LongTextArea", "Number", "Checkbox", "Date", "DateTime", "Email", "Url", "Phone"
]

#: The type a describe reports for each field type.
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
#: Fields of Task and Event are created on this object.
ACTIVITY = "Activity"
_OF_ACTIVITY = ("Task", "Event")


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field that an org should have. `object` is where it is created (`Activity` for Task and
    Event), `name` is its API name with `__c`. `length` is in characters (0 if the type has none),
    for a Number in digits, `scale` of them after the decimal point. `case_sensitive` requires
    `unique`."""

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
        """The name as setup records store it, without `__c`."""
        return self.name.removesuffix("__c")

    @property
    def granted_on(self) -> tuple[str, ...]:
        """The objects whose field-level security shows the field; a field of Activity has it on
        both (§8)."""
        return _OF_ACTIVITY if self.object == ACTIVITY else (self.object,)


@dataclass(frozen=True, slots=True)
class PermissionSetSpec:
    """A permission set of our own. `name` is its API name."""

    name: str
    label: str
    description: str


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field that exists, visible to the connected user or not. `name` is its API name, with a
    package's namespace.

    `id` is that of its setup record. `shape` is None if a describe shows the field, or if it cannot
    be read.
    """

    id: str
    object: str
    name: str
    developer_name: str
    namespace: str | None
    shape: FieldDescribe | None = None


@dataclass(frozen=True, slots=True)
class FieldGrant:
    """One field permission of our permission set. `field` is like `Lead.Zaplify_Id__c`."""

    id: str
    field: str
    read: bool
    edit: bool


@dataclass(frozen=True, slots=True)
class MetadataFound:
    """What exists of the wanted fields and our permission set, as far as the connected user can
    see.

    `fields` is None if setup was not read: the user has no access to it, or, with its code in
    `setup_refusal`, Salesforce refused for another reason. `permission_sets` is False if they
    cannot read permission sets. `describes` holds the objects of `granted_on`. `calls` is the
    number of API calls made.
    """

    fields: tuple[CustomField, ...] | None
    describes: Mapping[str, ObjectDescribe]
    permission_sets: bool = True
    permission_set_id: str | None = None
    grants: tuple[FieldGrant, ...] = field(default_factory=tuple)
    assigned: bool = False
    calls: int = 0
    setup_refusal: str = ""
