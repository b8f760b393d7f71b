"""`zsf fields`: the fields of the org's objects, what fills each, and which mappings lead to no
writable field."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from zsf_plugin.cli.common import CommandApp, Report, add_flag, add_report_arguments
from zsf_plugin.cli.failures import CommandError, closest
from zsf_plugin.cli.output import heading, table
from zsf_plugin.cli.streams import say, warn
from zsf_plugin.decision.values import missing_field_misfit
from zsf_plugin.explain.fields import (
    OBJECTS,
    FieldMapping,
    MappedField,
    ObjectFields,
    object_fields,
)
from zsf_plugin.messages.text import misfit_text
from zsf_plugin.model import FieldDescribe, Json, JsonObject, PicklistValue

#: The fields of each object, by its API name; None for an object that is hidden.
Objects: TypeAlias = Mapping[str, ObjectFields | None]

#: The findings that this command shows itself.
_SHOWN = ("FIELD_GONE", "FIELD_MISSING", "FIELD_READ_ONLY")
MAX_SHOWN_VALUES = 6
_COLUMNS = ("field", "label", "type", "length", "writable", "required", "values", "filled by")


def add_fields(parser: argparse.ArgumentParser) -> None:
    """The arguments of `fields`."""
    run = Report(
        _gather, _objects_document, _show_all, _are_faulty, working="Reading the org's fields"
    )
    add_report_arguments(parser, run)
    parser.add_argument(
        "object", nargs="?", metavar="OBJECT", help=f"One of {', '.join(OBJECTS)} (default: all)"
    )
    add_flag(parser, "--refresh", "Read the fields from Salesforce again, to see new ones")


def _gather(app: CommandApp, options: argparse.Namespace) -> Objects:
    """Each requested object, as the org describes it, with the rules in force."""
    names = _requested(options.object)
    app.orgs.findings.leave_unlogged(_SHOWN)
    facts = app.orgs.crm(options.workspace).facts(refresh=options.refresh)
    merged = app.rulebook.rules_for(options.workspace, {"workspace": options.workspace})
    rules = app.rulebook.rules(options.workspace)
    return {name: object_fields(facts, name, merged, rules) for name in names}


def _are_faulty(objects: Objects) -> bool:
    return any(_is_faulty(fields) for fields in objects.values() if fields is not None)


def _requested(object_: str | None) -> tuple[str, ...]:
    """The objects to show. Raises CommandError for an object that rules cannot fill."""
    if object_ is None:
        return OBJECTS
    found = tuple(name for name in OBJECTS if name.lower() == object_.lower())
    if not found:
        hint = f"{closest(object_, OBJECTS)}accepted: {', '.join(OBJECTS)}"
        raise CommandError("unknown_object", f"rules cannot fill the object {object_!r}", hint)
    return found


def _is_faulty(fields: ObjectFields) -> bool:
    """Whether a mapping that a person wrote leads to no writable field. Shipped mappings do not
    count: many orgs hide some of their fields."""
    return any(mapping.layer != "shipped" for mapping in (*fields.lacking, *fields.read_only))


def _show_all(objects: Objects) -> None:
    for name, fields in objects.items():
        if fields is None:
            _show_hidden(name)
        else:
            _show(name, fields)


def _show_hidden(name: str) -> None:
    heading(name)
    say(
        f"Hidden from the connected user: give it Read, Create and Edit on {name}, then add "
        "--refresh"
    )


def _show(name: str, fields: ObjectFields) -> None:
    title = f"{fields.describe.label} ({name}), {len(fields.lines)} fields"
    table(_COLUMNS, map(_row, fields.lines), title=title)
    _report_lacking(name, fields)
    _report_read_only(name, fields)


def _report_lacking(name: str, fields: ObjectFields) -> None:
    for mapping in fields.lacking:
        why = misfit_text(missing_field_misfit(fields.describe, mapping.field))
        warn(
            f"{name}.{mapping.field} is mapped by {mapping.file}, and {why}: "
            "create it or make it visible in Salesforce, then `zsf fields --refresh`; or unmap it"
        )


def _report_read_only(name: str, fields: ObjectFields) -> None:
    for mapping in fields.read_only:
        warn(
            f"{name}.{mapping.field} is mapped by {mapping.file}, and the connected user may not "
            "write it: make it editable in Salesforce, then `zsf fields --refresh`; or unmap it"
        )


def _row(line: MappedField) -> tuple[str, ...]:
    """The cells of one field, in the order of the columns."""
    field = line.describe
    return (
        field.name,
        field.label,
        _type(field),
        _length(field),
        "yes" if line.writable else "no",
        "yes" if field.required else "",
        _values(field),
        _filled_by(line),
    )


def _filled_by(line: MappedField) -> str:
    return "; ".join(f"{mapping.source} ({mapping.file})" for mapping in line.mapped)


def _type(field: FieldDescribe) -> str:
    return f"{field.type}{_references(field)}{', unique' if field.unique else ''}"


def _references(field: FieldDescribe) -> str:
    return f" → {', '.join(field.references)}" if field.references else ""


def _length(field: FieldDescribe) -> str:
    if field.length:
        return str(field.length)
    if field.precision:
        return f"{field.precision},{field.scale}"
    return str(field.digits) if field.digits else ""


def _values(field: FieldDescribe) -> str:
    """The first picklist values, and the number of others."""
    active = [value.value for value in field.picklist if value.active]
    only = "only " if field.restricted and active else ""
    return f"{only}{_first(active)}"


def _first(values: Sequence[str]) -> str:
    shown = ", ".join(values[:MAX_SHOWN_VALUES])
    more = len(values) - MAX_SHOWN_VALUES
    return f"{shown}, … {more} more" if more > 0 else shown


def _objects_document(objects: Objects) -> JsonObject:
    return {"objects": {name: _document(fields) for name, fields in objects.items()}}


def _document(fields: ObjectFields | None) -> Json:
    if fields is None:
        return None
    return {
        "label": fields.describe.label,
        "fields": [_field_document(line) for line in fields.lines],
        "lacking": _mapping_documents(fields.lacking),
        "read_only": _mapping_documents(fields.read_only),
    }


def _field_document(line: MappedField) -> JsonObject:
    field = line.describe
    return {
        "name": field.name,
        "label": field.label,
        "type": field.type,
        "length": field.length or None,
        "precision": field.precision or None,
        "scale": field.scale if field.precision else None,
        "writable": line.writable,
        "createable": field.createable,
        "updateable": field.updateable,
        "required": field.required,
        "custom": field.custom,
        "unique": field.unique,
        "external_id": field.external_id,
        "restricted": field.restricted,
        "references": list(field.references),
        "picklist": [_value_document(value) for value in field.picklist],
        "mapped": _mapping_documents(line.mapped),
    }


def _value_document(value: PicklistValue) -> JsonObject:
    return {"value": value.value, "label": value.label, "active": value.active}


def _mapping_documents(mappings: Sequence[FieldMapping]) -> list[Json]:
    return [_mapping_document(mapping) for mapping in mappings]


def _mapping_document(mapping: FieldMapping) -> JsonObject:
    return {
        "field": mapping.field,
        "file": mapping.file,
        "from": mapping.source,
        "some_events": mapping.some,
    }
