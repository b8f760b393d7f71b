"""What an object and a field are: types, lengths and flags, as in describes (salesforce-api.md
§3.11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import TypeAlias

from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.org.values import canonical_id, find_folded, next_http_date, parse_moment

#: A row: its values by field. A stored one never changes: another is stored in its place.
Row: TypeAlias = Mapping[str, Json]
#: The values of a row that is about to be stored.
NewRow: TypeAlias = dict[str, Json]
#: Schemes of Shield Platform Encryption: not filterable at all; by `=` and `IN`, ignoring case or
#: not (§9 trap 61).
ENCRYPTION = ("", "probabilistic", "deterministic", "deterministic_exact")


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `required`: must be supplied on create. `defaulted`: has a default.

    `labels` and `valid_for` go with the values of `picklist`; without labels the values are shown.
    `inactive`: values that an admin has retired; a restricted picklist refuses them.
    `compound`: the field that it is a part of, such as `Name` or `MailingAddress`.
    `controller`: the field that a dependent picklist depends on. `encrypted`: the scheme of Shield
    Platform Encryption, one of `ENCRYPTION`. `is_address_code`: checked as part of an address.
    """

    name: str
    type: str = "string"
    length: int = 0
    label: str = ""
    required: bool = False
    defaulted: bool = False
    createable: bool = True
    updateable: bool = True
    filterable: bool = True
    custom: bool = False
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    restricted: bool = False
    picklist: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    precision: int = 0
    scale: int = 0
    relationship: str | None = None
    default: Json = None
    labels: tuple[str, ...] = ()
    valid_for: tuple[str, ...] = ()
    inactive: tuple[str, ...] = ()
    compound: str | None = None
    controller: str | None = None
    encrypted: str = ""
    is_address_code: bool = False

    @property
    def id_lookup(self) -> bool:
        """Whether rows can be addressed by this field (§3.5)."""
        return self.external_id or self.type == "id" or (self.type == "email" and not self.custom)

    @property
    def nillable(self) -> bool:
        """Whether it can be blank: not if it must be supplied, has a default or is a flag."""
        return not (self.required or self.defaulted or self.type == "boolean")

    @property
    def is_ambiguous_key(self) -> bool:
        """Whether this is an external id that several rows may share."""
        return self.external_id and not self.unique

    @property
    def limit(self) -> float:
        """The smallest number with too many digits for the field."""
        return float(10 ** (self.precision - self.scale))

    @property
    def holds_id(self) -> bool:
        """Whether its values are ids of records."""
        return self.type in ("reference", "id")

    def read_only(self) -> Field:
        """This field, without write access."""
        return replace(self, createable=False, updateable=False)

    def is_writable(self, *, creating: bool) -> bool:
        """Whether it can be set on create, or else on update."""
        return self.createable if creating else self.updateable

    def folded(self, text: str) -> str:
        """A text for comparison: in lower case unless the field is compared by case."""
        return text if self.is_exact else text.lower()

    def comparable(self, value: Json) -> Json:
        """A value as it is compared with others, by SOQL and by keys: 18-character ids, lower-case
        text unless the field is compared by case, times in UTC."""
        if isinstance(value, str):
            return self._comparable_text(value)
        if self.type == "boolean" and (value is None or isinstance(value, bool)):
            return bool(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
        return value if isinstance(value, bool) else None

    def _comparable_text(self, text: str) -> str | None:
        if self.holds_id:
            return canonical_id(text)
        if self.type == "datetime":
            return parse_moment(text).astimezone(UTC).isoformat()
        return self.folded(text)

    @property
    def is_exact(self) -> bool:
        """Whether case matters in comparisons."""
        return self.case_sensitive or self.encrypted == "deterministic_exact"

    def allows(self, chosen: Iterable[str]) -> bool:
        """Whether the field accepts these picklist values; only restricted picklists limit them, to
        their active ones."""
        is_free = not self.restricted or self.is_address_code
        return is_free or set(chosen) <= set(self.picklist) - set(self.inactive)

    def is_related_by(self, relationship: str) -> bool:
        """Whether this is the name of the field's relationship, ignoring case."""
        return self.relationship is not None and self.relationship.lower() == relationship.lower()


@dataclass(slots=True)
class ObjectType:
    """One object: its key prefix, fields by name, and when its metadata last changed (HTTP
    date)."""

    name: str
    prefix: str
    fields: dict[str, Field] = field(default_factory=dict)
    custom: bool = False
    writable: bool = True
    changed: str = "Mon, 02 Nov 2026 08:00:00 GMT"

    def mark_changed(self) -> None:
        """Give its metadata a later date of change."""
        self.changed = next_http_date(self.changed)

    @property
    def required(self) -> list[str]:
        """The names of the required fields."""
        return [one.name for one in self.fields.values() if one.required]

    @property
    def unique_fields(self) -> list[Field]:
        """The fields whose values must be unique among live rows."""
        return [one for one in self.fields.values() if one.unique]

    @property
    def addresses(self) -> dict[str, dict[str, str]]:
        """Its compound addresses: by field, the names of the parts by their keys in its value."""
        found: dict[str, dict[str, str]] = {
            name: {} for name, one in self.fields.items() if one.type == "address"
        }
        for one in self.fields.values():
            if one.compound in found:
                found[one.compound][_part_key(one.name, one.compound)] = one.name
        return found

    def defaults(self) -> dict[str, Json]:
        """A row of default values."""
        return {one.name: one.default for one in self.fields.values()}

    def find(self, name: str) -> Field | None:
        """The field with that API name, ignoring case."""
        return find_folded(self.fields, name)

    def related_by(self, relationship: str) -> Field | None:
        """The reference field whose relationship has that name, ignoring case."""
        return next((one for one in self.fields.values() if one.is_related_by(relationship)), None)

    def given(self, body: Mapping[str, Json]) -> list[tuple[Field, Json]]:
        """The fields in a body, each with its value."""
        return [(field, value) for name, value in body.items() if (field := self.find(name))]

    def no_column(self, name: str, *fields: str) -> SalesforceError:
        """INVALID_FIELD, for a field that does not exist or that the user cannot see."""
        return bad(
            "INVALID_FIELD", f"No such column '{name}' on sobject of type {self.name}", *fields
        )


def _part_key(name: str, compound: str) -> str:
    """The key of a part: `postalCode` for `MailingPostalCode` of `MailingAddress`."""
    short = name.removeprefix(compound.removesuffix("Address"))
    return short[0].lower() + short[1:]


#: Objects whose rows may not share a request with data rows (§9 trap 40).
SETUP_OBJECTS = frozenset({"PermissionSet", "FieldPermissions", "PermissionSetAssignment", "User"})
