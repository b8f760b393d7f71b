"""What an admin clicks in Salesforce's Setup where we may not do it, pure: a line of text for each click.

The names of pages and ticks are those of Lightning Setup in English.
"""

from __future__ import annotations

from collections.abc import Iterator

from zsf_plugin.model.metadata import FieldSpec, PermissionSetSpec
from zsf_plugin.provision.plan import Line, Plan, described

_WHERE = "In Salesforce, as an administrator, in Setup (the gear, top right):"
_THEN = "Then here: zsf fields --refresh"
_SETTINGS = {"Lead": "Leads", "Contact": "Contacts", "Account": "Accounts", "Task": "Tasks", "Event": "Events"}


def click_path(plan: Plan, username: str) -> tuple[str, ...]:
    """The way through Setup for what we cannot make; nothing where there is none of it.

    A field that is there and unfit is left out: its line says what to do.
    """
    left = [line for line in plan.lines if line.state == "cannot" and not line.unfit]
    if not left:
        return ()
    made = [line.spec for line in left if line.kind == "field" and line.spec is not None]
    granted = [line for line in left if line.kind == "permission"]
    permissions = _permissions(granted, plan.permission_set, username) if any(x.kind != "field" for x in left) else ()
    return (_WHERE, *(text for spec in made for text in _field(spec)), *permissions, _THEN)


def _field(spec: FieldSpec) -> Iterator[str]:
    yield f"Object Manager → {spec.object} → Fields & Relationships → New"
    yield f"  Data Type: {spec.type} → Next"
    length = f", Length: {spec.length}" if spec.length else ""
    yield f"  Field Label: {spec.label}{length}, Field Name: {spec.developer_name} ({described(spec)})"
    if spec.unique:
        case = "different" if spec.case_sensitive else "duplicate"
        sensitive = "case sensitive" if spec.case_sensitive else "case insensitive"
        yield "  tick Unique: Do not allow duplicate values"
        yield f'  choose Treat "ABC" and "abc" as {case} values ({sensitive})'
    if spec.external_id:
        yield "  tick External ID: Set this field as the unique record identifier from an external system"
    yield "  leave Required unticked → Next"
    yield "  Field-Level Security: leave it as it is, the permission set below grants it → Next"
    yield "  Page Layouts: untick all, nobody needs to see it → Save"


def _permissions(granted: list[Line], permission_set: PermissionSetSpec, username: str) -> Iterator[str]:
    yield "Users → Permission Sets → New (where there is none of this name yet)"
    yield f"  Label: {permission_set.label}, API Name: {permission_set.name}, License: --None-- → Save"
    for line in granted:
        label = line.spec.label if line.spec is not None else line.field
        page = _SETTINGS.get(line.object, line.object)
        yield f"  Object Settings → {page} → Edit → Field Permissions, {label}: tick Read and Edit Access → Save"
    yield f"  Manage Assignments → Add Assignment → {username} → Next → Assign"
