"""The fields that an org should have, and the plan of provisioning: from the wanted fields and what
exists, items with the state add, present or cannot. Pure.

A new standard field is a line of `ID_FIELDS`; fields for a mapping are planned by the same
function.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from zsf_plugin.model import (
    ACTIVITY,
    DESCRIBED_AS,
    EXTERNAL_ID_FIELD,
    CustomField,
    FieldDescribe,
    FieldGrant,
    FieldSpec,
    Json,
    MetadataFound,
    ObjectDescribe,
    PermissionSetSpec,
)
from zsf_plugin.provision.reasons import (
    FIELD_FIRST,
    FieldMismatch,
    Kind,
    NoteCode,
    PlanReason,
    ReasonCode,
)

#: The external ID that prevents duplicate records.
ID_FIELDS = tuple(
    FieldSpec(
        object=name,
        name=EXTERNAL_ID_FIELD,
        label="Zaplify Id",
        type="Text",
        length=64,
        unique=True,
        external_id=True,
        case_sensitive=True,
        description="Key of this record in Zaplify. Filled by the integration; do not edit.",
    )
    for name in ("Lead", "Contact", "Account", ACTIVITY)
)

PERMISSION_SET = PermissionSetSpec(
    name="Zaplify_Sync",
    label="Zaplify Sync",
    description=(
        "Lets the user that Zaplify is connected as see and fill the fields that Zaplify made."
    ),
)

State = Literal["add", "present", "cannot"]
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class ProvisionItem:
    """One thing that should exist. `object` and `field` are API names ("" if there is none).

    `spec` is the wanted field, also of a permission; `held` the id of our own permission row that
    grants too little. `unfit`: an existing field is not as wanted, or a permission needs such a
    field.
    """

    kind: Kind
    object: str
    field: str
    state: State
    reason: PlanReason | None = None
    spec: FieldSpec | None = None
    held: str | None = None
    unfit: bool = False

    @property
    def key(self) -> Key:
        """Identifies the item in any state."""
        return (self.kind, self.object, self.spec.name if self.spec is not None else "")

    @property
    def full_name(self) -> str:
        """`Lead.Zaplify_Id__c`."""
        return f"{self.object}.{self.field}"

    @property
    def label(self) -> str:
        """The field's label; its API name if there is no spec."""
        return self.spec.label if self.spec is not None else self.field

    @property
    def granted_on(self) -> tuple[str, ...]:
        """The objects whose field-level security shows the field."""
        return self.spec.granted_on if self.spec is not None else ()

    @property
    def field_key(self) -> Key:
        """The key of a permission's field."""
        return ("field", self.spec.object, self.spec.name) if self.spec is not None else self.key


@dataclass(frozen=True, slots=True)
class ProvisionPlan:
    """Items in the order of creation. `permission_set_id` is None if the set does not exist."""

    lines: tuple[ProvisionItem, ...]
    permission_set: PermissionSetSpec
    permission_set_id: str | None = None

    @property
    def todo(self) -> tuple[ProvisionItem, ...]:
        """The items to create."""
        return tuple(line for line in self.lines if line.state == "add")

    @property
    def complete(self) -> bool:
        """Whether everything is present."""
        return all(line.state == "present" for line in self.lines)

    @property
    def has_gaps(self) -> bool:
        """Whether something is missing that cannot be created."""
        return any(line.state == "cannot" for line in self.lines)

    @property
    def calls(self) -> int:
        """API calls to apply the plan: one per item, and one to fetch the describes again; 0 if
        there is nothing to do."""
        return len(self.todo) + 1 if self.todo else 0


def plan(
    wanted: Sequence[FieldSpec], permission_set: PermissionSetSpec, found: MetadataFound
) -> ProvisionPlan:
    """Plan what exists, what to create, and what cannot be created."""
    fields = [_field_line(spec, found) for spec in wanted]
    permissions = [line for field in fields for line in _permission_lines(field, found)]
    set_line, assignment = _set_lines(permission_set, permissions, found)
    in_set = [_in_set(set_line, permission) for permission in permissions]
    lines = (*fields, set_line, *in_set, assignment)
    return ProvisionPlan(lines, permission_set, found.permission_set_id)


def _in_set(set_line: ProvisionItem, permission: ProvisionItem) -> ProvisionItem:
    """The permission, which is `cannot` if its permission set cannot be created."""
    has_place = set_line.state != "cannot" or permission.state != "add"
    return permission if has_place else cannot(permission, set_line.reason)


def shown_field(describe: ObjectDescribe | None, spec: FieldSpec) -> FieldDescribe | None:
    """The field in its describe, our own or a package's; None if it is missing or hidden (trap
    33)."""
    if describe is None:
        return None
    return describe.field(spec.name) or _packaged_field(describe, spec.name)


def _packaged_field(describe: ObjectDescribe, name: str) -> FieldDescribe | None:
    packaged = (one for one in describe.fields.values() if one.name.endswith("__" + name))
    return next(packaged, None)


def field_mismatches(spec: FieldSpec, field: FieldDescribe) -> tuple[FieldMismatch, ...]:
    """How an existing field differs from the wanted one."""
    if field.type != DESCRIBED_AS[spec.type]:
        return (FieldMismatch("other_type", {"found": field.type, "wanted": spec.type}),)
    return tuple(_shape_mismatches(spec, field))


def _shape_mismatches(spec: FieldSpec, field: FieldDescribe) -> Iterator[FieldMismatch]:
    if spec.unique and not field.unique:
        yield FieldMismatch("not_unique")
    if spec.external_id and not field.external_id:
        yield FieldMismatch("not_external_id")
    size = _size(spec, field)
    if size < spec.length:
        yield FieldMismatch("too_short", {"found": size, "wanted": spec.length})


def _size(spec: FieldSpec, field: FieldDescribe) -> int:
    return field.precision if spec.type == "Number" else field.length


def _field_line(spec: FieldSpec, found: MetadataFound) -> ProvisionItem:
    line = ProvisionItem("field", spec.object, spec.name, "present", spec=spec)
    seen_on = spec.granted_on[0]
    describe = found.describes.get(seen_on)
    if describe is None:
        return cannot(line, PlanReason("object_hidden", {"object": seen_on}))
    shown = shown_field(describe, spec)
    if shown is not None:
        return _existing(replace(line, field=shown.name), spec, shown, shown)
    return _hidden_or_missing(line, spec, found)


def _hidden_or_missing(line: ProvisionItem, spec: FieldSpec, found: MetadataFound) -> ProvisionItem:
    """A field that the connected user does not see: hidden or missing."""
    made = _find_in_setup(spec, found)
    if made is not None:
        return _existing(replace(line, field=made.name), spec, None, made.shape)
    if found.fields is None:
        return cannot(line, _unread(found))
    return _to_create(line, PlanReason("new_field", _described(spec)))


def _unread(found: MetadataFound) -> PlanReason:
    """Why it is not known whether a field exists that the connected user does not see."""
    if found.setup_refusal:
        return PlanReason("setup_refused", {"error": found.setup_refusal})
    return PlanReason("setup_hidden")


def _existing(
    line: ProvisionItem, spec: FieldSpec, shown: FieldDescribe | None, shape: FieldDescribe | None
) -> ProvisionItem:
    """An existing field: `shown` is it in the describe, `shape` its type and size, if known."""
    wrong = field_mismatches(spec, shape) if shape is not None else ()
    if wrong:
        return replace(cannot(line, _unfit(spec, line.field, wrong)), unfit=True)
    notes = tuple(_notes(spec, line.field, shown, shape))
    return replace(line, reason=PlanReason("noted", notes=notes) if notes else None)


def _described(spec: FieldSpec) -> dict[str, Json]:
    """The data for the description of the field."""
    return {
        "type": spec.type,
        "length": spec.length,
        "unique": spec.unique,
        "external_id": spec.external_id,
        "case_sensitive": spec.case_sensitive,
    }


def _find_in_setup(spec: FieldSpec, found: MetadataFound) -> CustomField | None:
    """The existing field in setup: our own before a package's."""
    same = [one for one in found.fields or () if _is_of(one, spec)]
    return min(same, key=lambda one: one.namespace or "", default=None)


def _is_of(made: CustomField, spec: FieldSpec) -> bool:
    name = made.developer_name.lower()
    return made.object == spec.object and name == spec.developer_name.lower()


def _unfit(spec: FieldSpec, name: str, wrong: tuple[FieldMismatch, ...]) -> PlanReason:
    data = {**_described(spec), "object": spec.object, "field": name}
    return PlanReason(_code_of(wrong), data, wrong)


def _code_of(wrong: tuple[FieldMismatch, ...]) -> ReasonCode:
    return "unfit_type" if wrong[0].code == "other_type" else "unfit"


def _notes(
    spec: FieldSpec, name: str, shown: FieldDescribe | None, shape: FieldDescribe | None
) -> Iterator[NoteCode]:
    if name.lower() != spec.name.lower():
        yield "packaged"
    if shown is None:
        yield "hidden"
    if shape is not None and spec.case_sensitive and not shape.case_sensitive:
        yield "any_case"


def _permission_lines(field: ProvisionItem, found: MetadataFound) -> Iterator[ProvisionItem]:
    """The permission of a field on each object that has it."""
    for object_ in field.granted_on:
        line = ProvisionItem("permission", object_, field.field, "present", spec=field.spec)
        yield _permission(line, field, found)


def _permission(line: ProvisionItem, field: ProvisionItem, found: MetadataFound) -> ProvisionItem:
    if _editable(line, found):
        return line
    if field.state == "cannot":
        return replace(cannot(line, FIELD_FIRST), unfit=field.unfit)
    if line.object not in found.describes:
        return replace(line, reason=PlanReason("object_unseen", {"object": line.object}))
    return _granted(line, _own_grant(line, found))


def _own_grant(line: ProvisionItem, found: MetadataFound) -> FieldGrant | None:
    """The grant of our own permission set for it."""
    grants = {grant.field.lower(): grant for grant in found.grants}
    return grants.get(line.full_name.lower())


def _granted(line: ProvisionItem, held: FieldGrant | None) -> ProvisionItem:
    """The permission, as far as our own set grants it."""
    if held is None:
        return _to_create(line, PlanReason("read_and_edit"))
    if held.read and held.edit:
        return replace(line, reason=PlanReason("not_in_force"))
    return replace(_to_create(line, PlanReason("edit_too")), held=held.id)


def _set_lines(
    permission_set: PermissionSetSpec, permissions: Sequence[ProvisionItem], found: MetadataFound
) -> tuple[ProvisionItem, ProvisionItem]:
    """The permission set and its assignment; both have the reason if no set is needed."""
    name, label = permission_set.name, permission_set.label
    made = ProvisionItem("permission_set", "", name, "add", PlanReason("new_set", {"label": label}))
    given = ProvisionItem("assignment", "", name, "add", PlanReason("to_user"))
    has_set = found.permission_set_id is not None
    return (
        _present(made) if has_set else _missing_set(made, permissions, found),
        _present(given) if found.assigned else _missing_set(given, permissions, found),
    )


def _present(line: ProvisionItem) -> ProvisionItem:
    return replace(line, state="present", reason=None)


def _missing_set(
    line: ProvisionItem, permissions: Sequence[ProvisionItem], found: MetadataFound
) -> ProvisionItem:
    """A missing set or assignment: to create if it has something to grant."""
    has_grants = any(permission.state == "add" for permission in permissions)
    if not has_grants and not _is_waiting(permissions, found):
        return _not_created(line, permissions)
    return line if found.permission_sets else cannot(line, PlanReason("sets_hidden"))


def _not_created(line: ProvisionItem, permissions: Sequence[ProvisionItem]) -> ProvisionItem:
    """Not needed if the fields are visible without it; else it needs the fields first."""
    left = [permission for permission in permissions if permission.state == "cannot"]
    if not left:
        return replace(line, state="present", reason=PlanReason("not_needed"))
    return replace(cannot(line, FIELD_FIRST), unfit=all(permission.unfit for permission in left))


def _is_waiting(permissions: Sequence[ProvisionItem], found: MetadataFound) -> bool:
    """Whether our own set grants a field that the user cannot edit yet: it is not in effect."""
    return any(_own_grant(line, found) and not _editable(line, found) for line in permissions)


def _editable(line: ProvisionItem, found: MetadataFound) -> bool:
    field = _described_field(line, found)
    return field is not None and field.createable and field.updateable


def _described_field(line: ProvisionItem, found: MetadataFound) -> FieldDescribe | None:
    describe = found.describes.get(line.object)
    return describe.field(line.field) if describe is not None else None


def _to_create(line: ProvisionItem, reason: PlanReason) -> ProvisionItem:
    return replace(line, state="add", reason=reason)


def cannot(line: ProvisionItem, reason: PlanReason | None) -> ProvisionItem:
    """The line as one that we cannot carry out, and why."""
    return replace(line, state="cannot", reason=reason)
