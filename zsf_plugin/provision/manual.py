"""What an admin clicks in Salesforce's Setup where we may not do it, pure: a line of text for each
click.

The names of pages and ticks are those of Lightning Setup in English.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from zsf_plugin.model import FieldSpec, PermissionSetSpec
from zsf_plugin.provision.plan import ProvisionItem, ProvisionPlan

_WHERE = "In Salesforce, as an administrator, in Setup (the gear, top right):"
_THEN = "Then here: zsf fields --refresh"
_PAGES = {
    "Lead": "Leads",
    "Contact": "Contacts",
    "Account": "Accounts",
    "Task": "Tasks",
    "Event": "Events",
}


def click_path(plan: ProvisionPlan, username: str) -> tuple[str, ...]:
    """The way through Setup for what we cannot make; nothing where there is none of it.

    A field that is there and unfit is left out: its line says what to do.
    """
    left = [line for line in plan.lines if line.state == "cannot" and not line.unfit]
    if not left:
        return ()
    fields = chain.from_iterable(map(_fields, _alike(left)))
    return (_WHERE, *fields, *_permissions(left, plan.permission_set, username), _THEN)


def _alike(lines: Sequence[ProvisionItem]) -> list[list[FieldSpec]]:
    """Fields that differ by their object alone, together: an admin reads the same ticks once."""
    groups: dict[FieldSpec, list[FieldSpec]] = {}
    for spec in _wished(lines):
        groups.setdefault(replace(spec, object=""), []).append(spec)
    return list(groups.values())


def _wished(lines: Sequence[ProvisionItem]) -> Iterator[FieldSpec]:
    for line in lines:
        if line.kind == "field" and line.spec is not None:
            yield line.spec


def _fields(specs: Sequence[FieldSpec]) -> Iterator[str]:
    """The pages where a field is made, and what is chosen on each."""
    spec = specs[0]
    for one in specs:
        yield f"  Object Manager → {one.object} → Fields & Relationships → New"
    yield f"    Data Type: {spec.type} → Next"
    yield f"    {_named(spec)}; leave Required unticked"
    yield from _ticks(spec)
    yield "    field-level security: leave it, the permission set below shows the field → Next"
    yield "    page layouts: untick them, people need not see it → Save"


def _ticks(spec: FieldSpec) -> Iterator[str]:
    if spec.unique:
        yield f"    tick Unique: Do not allow duplicate values; choose {_treated(spec)}"
    if spec.external_id:
        words = "Set this field as the unique record identifier from an external system"
        yield f"    tick External ID: {words} → Next"


def _named(spec: FieldSpec) -> str:
    size = f"{_length(spec)}{_places(spec)}"
    return f"Field Label: {spec.label}{size}, Field Name: {spec.developer_name}"


def _length(spec: FieldSpec) -> str:
    return f", Length: {spec.length - spec.scale}" if spec.length else ""


def _places(spec: FieldSpec) -> str:
    return f", Decimal Places: {spec.scale}" if spec.type == "Number" else ""


def _treated(spec: FieldSpec) -> str:
    if spec.case_sensitive:
        return 'Treat "ABC" and "abc" as different values (case sensitive)'
    return 'Treat "ABC" and "abc" as duplicate values (case insensitive)'


def _permissions(
    lines: Sequence[ProvisionItem], permission_set: PermissionSetSpec, username: str
) -> Iterator[str]:
    """The permission set: made where there is none, its fields, who gets it."""
    if all(line.kind == "field" for line in lines):
        return
    label, name = permission_set.label, permission_set.name
    yield "  Users → Permission Sets → New, where there is none of this name"
    yield f"    Label: {label}, API Name: {name}, License: --None-- → Save"
    for line in lines:
        if line.kind == "permission":
            yield _granted(line)
    yield f"    Manage Assignments → Add Assignment → {username} → Next → Assign"


def _granted(line: ProvisionItem) -> str:
    page = _PAGES.get(line.object, line.object)
    ticks = "tick Read Access and Edit Access"
    return f"    Object Settings → {page} → Edit → {line.label}: {ticks} → Save"
