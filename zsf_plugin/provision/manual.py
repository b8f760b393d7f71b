"""What an admin clicks in Salesforce's Setup where we may not do it, pure: a line of text for each
click.

The names of pages and ticks are those of Lightning Setup in English.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from zsf_plugin.model import FieldSpec, PermissionSetSpec
from zsf_plugin.provision.plan import Line, Plan

_WHERE = "In Salesforce, as an administrator, in Setup (the gear, top right):"
_THEN = "Then here: zsf fields --refresh"
_PAGES = {
    "Lead": "Leads",
    "Contact": "Contacts",
    "Account": "Accounts",
    "Task": "Tasks",
    "Event": "Events",
}


def click_path(plan: Plan, username: str) -> tuple[str, ...]:
    """The way through Setup for what we cannot make; nothing where there is none of it.

    A field that is there and unfit is left out: its line says what to do.
    """
    left = [line for line in plan.lines if line.state == "cannot" and not line.unfit]
    if not left:
        return ()
    return (_WHERE, *_clicks(left, plan.permission_set, username), _THEN)


def _clicks(
    lines: Sequence[Line], permission_set: PermissionSetSpec, username: str
) -> Iterator[str]:
    for specs in _alike(lines):
        yield from _fields(specs)
    if any(line.kind != "field" for line in lines):
        yield from _permissions(lines, permission_set, username)


def _alike(lines: Sequence[Line]) -> list[list[FieldSpec]]:
    """Fields that differ by their object alone, together: an admin reads the same ticks once."""
    groups: dict[FieldSpec, list[FieldSpec]] = {}
    for line in lines:
        if line.kind == "field" and line.spec is not None:
            groups.setdefault(replace(line.spec, object=""), []).append(line.spec)
    return list(groups.values())


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
    length = f", Length: {spec.length - spec.scale}" if spec.length else ""
    places = f", Decimal Places: {spec.scale}" if spec.type == "Number" else ""
    return f"Field Label: {spec.label}{length}{places}, Field Name: {spec.developer_name}"


def _treated(spec: FieldSpec) -> str:
    if spec.case_sensitive:
        return 'Treat "ABC" and "abc" as different values (case sensitive)'
    return 'Treat "ABC" and "abc" as duplicate values (case insensitive)'


def _permissions(
    lines: Sequence[Line], permission_set: PermissionSetSpec, username: str
) -> Iterator[str]:
    """The permission set: made where there is none, its fields, who gets it."""
    label, name = permission_set.label, permission_set.name
    yield "  Users → Permission Sets → New, where there is none of this name"
    yield f"    Label: {label}, API Name: {name}, License: --None-- → Save"
    for line in lines:
        if line.kind == "permission":
            yield _granted(line)
    yield f"    Manage Assignments → Add Assignment → {username} → Next → Assign"


def _granted(line: Line) -> str:
    label = line.spec.label if line.spec is not None else line.field
    page = _PAGES.get(line.object, line.object)
    return f"    Object Settings → {page} → Edit → {label}: tick Read Access and Edit Access → Save"
