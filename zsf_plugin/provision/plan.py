"""The plan of provisioning, pure: wanted fields and what was found give lines that say add, present
or cannot.

Nothing here looks or writes. A later wish (a field for a mapping) is planned by the same function.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from zsf_plugin.model import (
    DESCRIBED_AS,
    CustomField,
    FieldDescribe,
    FieldGrant,
    FieldSpec,
    MetadataFound,
    ObjectDescribe,
    PermissionSetSpec,
)

FIELD_FIRST = "the field comes first"
_NOT_IN_FORCE = "granted, not in force for the connected user yet"
_NOT_NEEDED = "not needed: the connected user sees and edits the fields"

Kind = Literal["field", "permission_set", "permission", "assignment"]
State = Literal["add", "present", "cannot"]
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that should be there. `object` and `field` are API names ("" where none is meant).

    `spec` is the wish that a field or its permission comes from; `held` the id of our own
    permission that allows less than it should. `unfit`: a field is there and is not as wanted, or a
    permission waits for such a one.
    """

    kind: Kind
    object: str
    field: str
    state: State
    reason: str = ""
    spec: FieldSpec | None = None
    held: str | None = None
    unfit: bool = False

    @property
    def key(self) -> Key:
        """What tells a line from the others, whatever its state."""
        return (self.kind, self.object, self.spec.name if self.spec is not None else "")

    @property
    def field_key(self) -> Key:
        """The key of the field that a permission is for."""
        return ("field", self.spec.object, self.spec.name) if self.spec is not None else self.key


@dataclass(frozen=True, slots=True)
class Plan:
    """Lines in the order in which they would be carried out. `permission_set_id` is None until
    there is one."""

    lines: tuple[Line, ...]
    permission_set: PermissionSetSpec
    permission_set_id: str | None = None

    @property
    def todo(self) -> tuple[Line, ...]:
        """What would be made."""
        return tuple(line for line in self.lines if line.state == "add")

    @property
    def complete(self) -> bool:
        """Whether all is present."""
        return all(line.state == "present" for line in self.lines)

    @property
    def calls(self) -> int:
        """API calls that applying takes: one a thing, and one to ask for the describes anew; 0 with
        nothing to do."""
        return len(self.todo) + 1 if self.todo else 0


def plan(
    wanted: Sequence[FieldSpec], permission_set: PermissionSetSpec, found: MetadataFound
) -> Plan:
    """What is there of the wanted, what is to be made, and what cannot be."""
    fields = [_field_line(spec, found) for spec in wanted]
    permissions = [line for field in fields for line in _permission_lines(field, found)]
    set_line, assignment = _set_lines(permission_set, permissions, found)
    if set_line.state == "cannot":
        permissions = [_without_set(line, set_line.reason) for line in permissions]
    lines = (*fields, set_line, *permissions, assignment)
    return Plan(lines, permission_set, found.permission_set_id)


def _without_set(permission: Line, reason: str) -> Line:
    """The permission where there can be no permission set to hold it."""
    return cannot(permission, reason) if permission.state == "add" else permission


def shown_field(describe: ObjectDescribe | None, spec: FieldSpec) -> FieldDescribe | None:
    """The field as its describe shows it, made here or by a package; None where it does not (trap
    33: or hides it)."""
    if describe is None:
        return None
    packaged = (one for one in describe.fields.values() if one.name.endswith("__" + spec.name))
    return describe.field(spec.name) or next(packaged, None)


def faults(spec: FieldSpec, field: FieldDescribe) -> tuple[str, ...]:
    """What makes a field that is there unfit for its purpose, in words."""
    if field.type != DESCRIBED_AS[spec.type]:
        return (f"it is of type {field.type}, not {spec.type}",)
    size = field.precision if spec.type == "Number" else field.length
    checks = (
        (spec.unique and not field.unique, "it is not Unique"),
        (spec.external_id and not field.external_id, "it is not an External ID"),
        (size < spec.length, f"its length is {size}, not {spec.length}"),
    )
    return tuple(words for is_wrong, words in checks if is_wrong)


def _field_line(spec: FieldSpec, found: MetadataFound) -> Line:
    line = Line("field", spec.object, spec.name, "present", "", spec)
    seen_on = spec.granted_on[0]
    describe = found.describes.get(seen_on)
    if describe is None:
        see = "give it Read, Create and Edit there"
        return cannot(line, f"the connected user may not see {seen_on}: {see}")
    shown, made = shown_field(describe, spec), _made(spec, found)
    if shown is not None:
        return _there(replace(line, field=shown.name), spec, shown, shown)
    if made is not None:
        return _there(replace(line, field=made.name), spec, None, made.shape)
    return _missing(line, spec, found)


def _there(
    line: Line, spec: FieldSpec, shown: FieldDescribe | None, shape: FieldDescribe | None
) -> Line:
    """A field that is there: `shown` to the connected user, and of that `shape`, where known."""
    wrong = faults(spec, shape) if shape is not None else ()
    if wrong:
        return replace(cannot(line, _unfit(spec, line.field, wrong)), unfit=True)
    return replace(line, reason=_notes(spec, line.field, shown, shape))


def _missing(line: Line, spec: FieldSpec, found: MetadataFound) -> Line:
    if found.fields is None:
        see = "the connected user does not see it"
        return cannot(line, f"{see}, and may not look into Setup whether it is there")
    return replace(line, state="add", reason=described(spec))


def described(spec: FieldSpec) -> str:
    """What would be made, in words."""
    kind = f"{spec.type}({spec.length})" if spec.length else spec.type
    ticks = [
        ("unique", spec.unique),
        ("external ID", spec.external_id),
        ("case-sensitive", spec.case_sensitive),
    ]
    return ", ".join([kind, *(word for word, ticked in ticks if ticked)])


def _made(spec: FieldSpec, found: MetadataFound) -> CustomField | None:
    """The setup row of the field: our own before a package's."""
    same = [
        one
        for one in found.fields or ()
        if one.object == spec.object and _named(one.developer_name, spec)
    ]
    return min(same, key=lambda one: one.namespace or "", default=None)


def _named(developer_name: str, spec: FieldSpec) -> bool:
    return developer_name.lower() == spec.developer_name.lower()


def _unfit(spec: FieldSpec, name: str, wrong: tuple[str, ...]) -> str:
    where = f"Setup → Object Manager → {spec.object} → Fields & Relationships → {name}"
    what = f"{' and '.join(wrong)}, and nothing that is there is changed by us"
    if any("of type" in words for words in wrong):
        return f"{what}: give that field another API name in {where} → Edit, then run this again"
    return f"{what}: set it to {described(spec)} in {where} → Edit, then run this again"


def _notes(
    spec: FieldSpec, name: str, shown: FieldDescribe | None, shape: FieldDescribe | None
) -> str:
    notes = []
    if name.lower() != spec.name.lower():
        notes.append("made by a package")
    if shown is None:
        notes.append("hidden from the connected user")
    if shape is not None and spec.case_sensitive and not shape.case_sensitive:
        notes.append("not case-sensitive, which will do")
    return ", ".join(notes)


def _permission_lines(field: Line, found: MetadataFound) -> Iterator[Line]:
    """The permission of a field on each object that shows it."""
    spec = field.spec
    for object_ in spec.granted_on if spec is not None else ():
        line = Line("permission", object_, field.field, "present", "", spec)
        if _editable(line, found):
            yield line
        elif field.state == "cannot":
            yield replace(cannot(line, FIELD_FIRST), unfit=field.unfit)
        elif object_ not in found.describes:
            yield replace(line, reason=f"not needed: the connected user does not see {object_}")
        else:
            yield _granted(line, _ours(line, found))


def _ours(line: Line, found: MetadataFound) -> FieldGrant | None:
    """The row of our own permission set for it."""
    name = f"{line.object}.{line.field}".lower()
    return next((one for one in found.grants if one.field.lower() == name), None)


def _granted(line: Line, held: FieldGrant | None) -> Line:
    """What of the permission our own set holds."""
    if held is not None and held.read and held.edit:
        return replace(line, reason=_NOT_IN_FORCE)
    reason = "read and edit" if held is None else "edit: so far it may be read only"
    return replace(line, state="add", reason=reason, held=held.id if held is not None else None)


@dataclass(frozen=True, slots=True)
class _Instead:
    """What a permission set or assignment that is not there is, instead of one to add."""

    state: State
    reason: str
    unfit: bool = False


def _set_lines(
    permission_set: PermissionSetSpec, permissions: Sequence[Line], found: MetadataFound
) -> tuple[Line, Line]:
    """The permission set and its assignment."""
    instead = _instead(permissions, found)
    name = permission_set.name
    made = Line("permission_set", "", name, "add", permission_set.label)
    given = Line("assignment", "", name, "add", "to the connected user")
    return (
        _present_or(made, found.permission_set_id is not None, instead),
        _present_or(given, found.assigned, instead),
    )


def _instead(permissions: Sequence[Line], found: MetadataFound) -> _Instead | None:
    """None where a set is to be made. None is wanted where the fields are visible without; one with
    nothing to grant waits for the fields."""
    left = [line for line in permissions if line.state != "present"]
    if not _is_waiting(permissions, found):
        if not left:
            return _Instead("present", _NOT_NEEDED)
        if all(line.state == "cannot" for line in left):
            return _Instead("cannot", FIELD_FIRST, all(line.unfit for line in left))
    if not found.permission_sets:
        return _Instead("cannot", "the connected user may not look at permission sets")
    return None


def _present_or(line: Line, is_there: bool, instead: _Instead | None) -> Line:
    if is_there:
        return replace(line, state="present", reason="")
    if instead is None:
        return line
    return replace(line, state=instead.state, reason=instead.reason, unfit=instead.unfit)


def _is_waiting(permissions: Sequence[Line], found: MetadataFound) -> bool:
    """Whether our own set grants a field that the user may not edit yet: it is not in force."""
    return any(_ours(line, found) and not _editable(line, found) for line in permissions)


def _editable(line: Line, found: MetadataFound) -> bool:
    describe = found.describes.get(line.object)
    field = describe.field(line.field) if describe is not None else None
    return field is not None and field.createable and field.updateable


def cannot(line: Line, reason: str) -> Line:
    """The line as one that we cannot carry out, and why."""
    return replace(line, state="cannot", reason=reason)
