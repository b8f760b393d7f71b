"""What an org reports about itself: objects, fields, users, statuses (salesforce-api.md §3.11, §5).
Read-only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter

from zsf_plugin.model.address_lists import AddressList, address_lists_in
from zsf_plugin.model.json import Json
from zsf_plugin.model.picklist import PicklistValue

#: The external ID field that prevents duplicate records; a package may prefix it with its namespace
#: (salesforce-api.md §8).
EXTERNAL_ID_FIELD = "Zaplify_Id__c"


def is_external_id(name: str) -> bool:
    """Whether this is the API name of our external ID field, with or without a package's
    namespace."""
    return name == EXTERNAL_ID_FIELD or name.endswith("__" + EXTERNAL_ID_FIELD)


@dataclass(frozen=True, slots=True)
class FieldDescribe:
    """One field as the connected user sees it. `length` counts UTF-16 units; 0 if the type has
    none. An `encrypted` field that is filterable is compared by equality only (§9 trap 61)."""

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
    encrypted: bool = False
    custom: bool = False
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    restricted: bool = False
    picklist: tuple[PicklistValue, ...] = ()
    references: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        """Whether a create without it is refused (§3.11). Page layouts and validation rules are not
        visible here."""
        return self.createable and not self.nillable and not self.defaulted_on_create


@dataclass(frozen=True, slots=True)
class RecordType:
    """A record type the connected user may use. `offers` holds, by picklist, the values that its
    records may have; a picklist that is missing may have any."""

    id: str
    developer_name: str
    available: bool = True
    default: bool = False
    offers: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ObjectDescribe:
    """One object as the connected user sees it. `fields` is by API name, as the org spells it.

    `fingerprint` changes when anything in the describe changes, which releases held entries. `gone`
    holds fields that an earlier describe had and since when (seconds since 1970) they are missing:
    deleted, or hidden from the user.
    """

    name: str
    label: str
    createable: bool
    updateable: bool
    fields: Mapping[str, FieldDescribe]
    record_types: tuple[RecordType, ...] = ()
    fingerprint: str = ""
    gone: Mapping[str, float] = field(default_factory=dict, compare=False)
    #: The org's spelling of `Zaplify_Id__c` if it can be read and filtered by, else None.
    external_id_field: str | None = field(init=False, repr=False, compare=False)
    #: The fields without which a create is refused, by name.
    required_fields: tuple[FieldDescribe, ...] = field(init=False, repr=False, compare=False)
    #: The Country and State fields that take only what the org's lists contain, by name.
    address_lists: Mapping[str, AddressList] = field(init=False, repr=False, compare=False)
    #: The restricted picklists of which a record type offers only some values, with only those, by
    #: the record type's id and the field's name.
    offered: Mapping[tuple[str, str], FieldDescribe] = field(init=False, repr=False, compare=False)
    #: Whether some values depend on others: of a record type, or of a country.
    has_order: bool = field(init=False, repr=False, compare=False)
    _by_lowered: Mapping[str, FieldDescribe] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "external_id_field", _external_id_in(self.fields))
        object.__setattr__(self, "required_fields", _required_in(self.fields))
        object.__setattr__(self, "address_lists", address_lists_in(self.fields))
        object.__setattr__(self, "offered", _offered(self.record_types, self.fields))
        object.__setattr__(self, "has_order", bool(self.address_lists or self.offered))
        object.__setattr__(self, "_by_lowered", _by_lowered_name(self.fields))

    def field(self, name: str) -> FieldDescribe | None:
        """The field with that API name, ignoring case (§ ground rule 5), or None."""
        return self.fields.get(name) or self._by_lowered.get(name.lower())

    def with_offered(self, described: FieldDescribe, record_type: str | None) -> FieldDescribe:
        """The field with the values that the record type offers, by default that of new records."""
        if record_type is None:
            defaults = [kind.id for kind in self.record_types if kind.default]
            record_type = defaults[0] if defaults else ""
        return self.offered.get((record_type, described.name), described)

    def gone_since(self, name: str) -> float | None:
        """Since when a field is missing (seconds since 1970); None if it exists or never did."""
        lowered = {known.lower(): since for known, since in self.gone.items()}
        return lowered.get(name.lower())


def _offered(
    record_types: tuple[RecordType, ...], fields: Mapping[str, FieldDescribe]
) -> dict[tuple[str, str], FieldDescribe]:
    found: dict[tuple[str, str], FieldDescribe] = {}
    for kind in record_types:
        for name, values in kind.offers.items():
            described = fields.get(name)
            if described is None or not described.restricted:
                continue
            kept = tuple([one for one in described.picklist if one.value in values])
            if len(kept) < len(described.picklist):
                found[kind.id, name] = replace(described, picklist=kept)
    return found


def _external_id_in(fields: Mapping[str, FieldDescribe]) -> str | None:
    for name, one in fields.items():
        if is_external_id(name):
            return name if one.filterable else None
    return None


def _required_in(fields: Mapping[str, FieldDescribe]) -> tuple[FieldDescribe, ...]:
    required = filter(attrgetter("required"), fields.values())
    return tuple(sorted(required, key=attrgetter("name")))


def _by_lowered_name(fields: Mapping[str, FieldDescribe]) -> dict[str, FieldDescribe]:
    """The fields by lower-case name; the first wins if two differ only by case."""
    return {name.lower(): fields[name] for name in reversed(list(fields))}


@dataclass(frozen=True, slots=True)
class Record:
    """A record as the org holds it. `id` is 18 characters, or `new:N` for a record that an earlier
    entry of the batch creates."""

    object: str
    id: str
    values: Mapping[str, Json]

    def value_of(self, name: str) -> Json:
        """The value of that field, including `Id`; null if it was not read."""
        return self.id if name == "Id" else self.values.get(name)

    @property
    def is_new(self) -> bool:
        """Whether the record does not exist yet and is only planned by this batch."""
        return self.id.startswith("new:")
