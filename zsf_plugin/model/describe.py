"""What an org says of itself: objects, fields, users, statuses (salesforce-api.md §3.11, §5).
Read-only facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter

from zsf_plugin.model.json import Json

#: The field that keeps every record single; a package may put a namespace before it
#: (salesforce-api.md §8).
EXTERNAL_ID_FIELD = "Zaplify_Id__c"


def is_external_id(name: str) -> bool:
    """Whether that is the API name of the field for our id, a package's namespace before it or
    none."""
    return name == EXTERNAL_ID_FIELD or name.endswith("__" + EXTERNAL_ID_FIELD)


@dataclass(frozen=True, slots=True)
class PicklistValue:
    """One value of a picklist: `value` is the API name that is written, `label` what people see."""

    value: str
    label: str
    active: bool = True
    default: bool = False


@dataclass(frozen=True, slots=True)
class FieldDescribe:
    """One field as the connected user sees it. `length` counts UTF-16 units; 0 where the type has
    none."""

    name: str
    label: str
    type: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    digits: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    defaulted_on_create: bool = False
    filterable: bool = True
    custom: bool = False
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    restricted: bool = False
    picklist: tuple[PicklistValue, ...] = ()
    references: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        """Whether a create without it is refused (§3.11). Layouts and validation rules are not
        visible here."""
        return self.createable and not self.nillable and not self.defaulted_on_create


@dataclass(frozen=True, slots=True)
class RecordType:
    """A record type the connected user may use."""

    id: str
    developer_name: str
    available: bool = True
    default: bool = False


@dataclass(frozen=True, slots=True)
class ObjectDescribe:
    """One object as the connected user sees it. `fields` by API name, in the org's spelling.

    `fingerprint` changes when anything in the describe changes; held entries are released by it.
    `gone` are fields that an earlier describe showed, and since when (seconds since 1970) they are
    missing: deleted, or hidden from the user.
    """

    name: str
    label: str
    createable: bool
    updateable: bool
    fields: Mapping[str, FieldDescribe]
    record_types: tuple[RecordType, ...] = ()
    fingerprint: str = ""
    gone: Mapping[str, float] = field(default_factory=dict, compare=False)
    #: The org's own spelling of `Zaplify_Id__c` where it can be read and filtered by, else None.
    external_id_field: str | None = field(init=False, repr=False, compare=False)
    #: Those that a create without them is refused for, by name.
    required_fields: tuple[FieldDescribe, ...] = field(init=False, repr=False, compare=False)
    _by_lowered: Mapping[str, FieldDescribe] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "external_id_field", _external_id_in(self.fields))
        object.__setattr__(self, "required_fields", _required_in(self.fields))
        object.__setattr__(self, "_by_lowered", _by_lowered_name(self.fields))

    def field(self, name: str) -> FieldDescribe | None:
        """The field of that API name, in whatever case it is written (§ ground rule 5), or None."""
        return self.fields.get(name) or self._by_lowered.get(name.lower())

    def gone_since(self, name: str) -> float | None:
        """Since when a field that was there is missing; None where it is there, or never was."""
        lowered = {known.lower(): since for known, since in self.gone.items()}
        return lowered.get(name.lower())


def _external_id_in(fields: Mapping[str, FieldDescribe]) -> str | None:
    for name, one in fields.items():
        if is_external_id(name):
            return name if one.filterable else None
    return None


def _required_in(fields: Mapping[str, FieldDescribe]) -> tuple[FieldDescribe, ...]:
    required = filter(attrgetter("required"), fields.values())
    return tuple(sorted(required, key=attrgetter("name")))


def _by_lowered_name(fields: Mapping[str, FieldDescribe]) -> dict[str, FieldDescribe]:
    """Of two names that differ by case alone, the first."""
    return {name.lower(): fields[name] for name in reversed(list(fields))}


@dataclass(frozen=True, slots=True)
class Record:
    """A row as the org holds it. `id` is 18 characters, or `new:N` for one an earlier entry is
    about to create."""

    object: str
    id: str
    values: Mapping[str, Json]

    def value_of(self, name: str) -> Json:
        """The value of that field, the id's too; null where it was not read."""
        return self.id if name == "Id" else self.values.get(name)

    @property
    def is_new(self) -> bool:
        """Whether the record exists so far only in this batch's plans."""
        return self.id.startswith("new:")


@dataclass(frozen=True, slots=True)
class OrgFacts:
    """What holds for the whole org: describes by object, the closed Task status, whether it is a
    sandbox.

    An object that is missing from `describes` is hidden from the connected user or does not exist.
    """

    org_id: str
    is_sandbox: bool
    closed_status: str | None
    describes: Mapping[str, ObjectDescribe] = field(default_factory=dict)
    #: By object, the field for our id, where the user may see the object, and read and filter by
    #: the field.
    id_fields: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        fields = {name: one.external_id_field for name, one in self.describes.items()}
        visible = {name: field for name, field in fields.items() if field is not None}
        object.__setattr__(self, "id_fields", visible)


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """Facts as last read, however old, and when that was (seconds since 1970)."""

    facts: OrgFacts
    read_at: float
