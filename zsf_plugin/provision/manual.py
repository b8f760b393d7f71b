"""The steps in Salesforce's Setup for what the connected user has no permission to create. Pure.

Pages and options have their names in English Lightning Setup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from zsf_plugin.model import FieldSpec, PermissionSetSpec
from zsf_plugin.provision.plan import ProvisionItem, ProvisionPlan

_WHERE = "In Salesforce, as an administrator, in Setup (the gear, top right):"
_THEN = "Then run: zsf fields --refresh"
_BOTH_RIGHTS = "check Read Access and Edit Access"
_PAGES = {
    "Lead": "Leads",
    "Contact": "Contacts",
    "Account": "Accounts",
    "Task": "Tasks",
    "Event": "Events",
}


def click_path(plan: ProvisionPlan, username: str) -> tuple[str, ...]:
    """The steps in Setup, one line each, for items that we cannot create; empty if there are none.

    An existing field that is not as wanted is left out: its item says what to do.
    """
    left = [line for line in plan.lines if line.state == "cannot" and not line.unfit]
    if not left:
        return ()
    fields = chain.from_iterable(map(_fields, _alike(left)))
    return (_WHERE, *fields, *_permissions(left, plan.permission_set, username), _THEN)


def _alike(lines: Sequence[ProvisionItem]) -> list[list[FieldSpec]]:
    """Fields that differ only in their object, grouped, so that their options are listed once."""
    groups: dict[FieldSpec, list[FieldSpec]] = {}
    for spec in _field_specs(lines):
        groups.setdefault(replace(spec, object=""), []).append(spec)
    return list(groups.values())


def _field_specs(lines: Sequence[ProvisionItem]) -> Iterator[FieldSpec]:
    for line in lines:
        if line.kind == "field" and line.spec is not None:
            yield line.spec


def _fields(specs: Sequence[FieldSpec]) -> Iterator[str]:
    """The pages that create a field, and the options to choose."""
    spec = specs[0]
    for one in specs:
        yield f"  Object Manager → {one.object} → Fields & Relationships → New"
    yield f"    Data Type: {spec.type} → Next"
    yield f"    {_named(spec)}; leave Required unchecked"
    yield from _options(spec)
    yield "    Field-level security: no change; the permission set below grants access → Next"
    yield "    Page layouts: uncheck all; people do not need to see the field → Save"


def _options(spec: FieldSpec) -> Iterator[str]:
    if spec.unique:
        yield f"    Check Unique: Do not allow duplicate values; choose {_case_option(spec)}"
    if spec.external_id:
        words = "Set this field as the unique record identifier from an external system"
        yield f"    Check External ID: {words} → Next"


def _named(spec: FieldSpec) -> str:
    size = f"{_length(spec)}{_places(spec)}"
    return f"Field Label: {spec.label}{size}, Field Name: {spec.developer_name}"


def _length(spec: FieldSpec) -> str:
    return f", Length: {spec.length - spec.scale}" if spec.length else ""


def _places(spec: FieldSpec) -> str:
    return f", Decimal Places: {spec.scale}" if spec.type == "Number" else ""


def _case_option(spec: FieldSpec) -> str:
    if spec.case_sensitive:
        return 'Treat "ABC" and "abc" as different values (case sensitive)'
    return 'Treat "ABC" and "abc" as duplicate values (case insensitive)'


def _permissions(
    lines: Sequence[ProvisionItem], permission_set: PermissionSetSpec, username: str
) -> Iterator[str]:
    """The permission set: created if it is missing, its fields, and its assignment."""
    if all(line.kind == "field" for line in lines):
        return
    label, name = permission_set.label, permission_set.name
    yield "  Users → Permission Sets → New, unless one with this name exists"
    yield f"    Label: {label}, API Name: {name}, License: --None-- → Save"
    for line in lines:
        if line.kind == "permission":
            yield _granted(line)
    yield f"    Manage Assignments → Add Assignment → {username} → Next → Assign"


def _granted(line: ProvisionItem) -> str:
    page = _PAGES.get(line.object, line.object)
    return f"    Object Settings → {page} → Edit → {line.label}: {_BOTH_RIGHTS} → Save"
