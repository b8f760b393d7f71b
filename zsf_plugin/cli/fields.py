"""`zsf fields`: what the org's objects can hold, what fills each field, and which mappings lead
nowhere."""

from __future__ import annotations

import argparse

from zsf_plugin.cli.common import add_report_arguments, application
from zsf_plugin.cli.output import heading, say, say_json, table, tell
from zsf_plugin.decision.values import missing_field
from zsf_plugin.errors import ConfigurationError
from zsf_plugin.explain.fields import OBJECTS, FieldLine, FieldMapping, ObjectFields, object_fields
from zsf_plugin.messages.text import misfit_text
from zsf_plugin.model.describe import FieldDescribe
from zsf_plugin.model.json import Json, JsonObject

_MOST_VALUES = 6


def add_fields(parser: argparse.ArgumentParser) -> None:
    """The arguments of `fields`."""
    add_report_arguments(parser, _fields)
    parser.add_argument(
        "object", nargs="?", metavar="OBJECT", help=f"one of {', '.join(OBJECTS)} (default: all)"
    )
    parser.add_argument(
        "--refresh",
        action="store_true",
        help="ask Salesforce anew: shows fields just created there",
    )


def _fields(options: argparse.Namespace) -> int:
    names = _named(options.object)
    with application() as app:
        facts = app.orgs.crm(options.workspace).facts(refresh=options.refresh)
        merged = app.rulebook.rules_for(options.workspace, {"workspace": options.workspace})
        rules = app.rulebook.rules(options.workspace)
    found = {name: object_fields(facts, name, merged, rules) for name in names}
    if options.json:
        say_json({"objects": {name: _document(fields) for name, fields in found.items()}})
    else:
        for name, fields in found.items():
            _show(name, fields)
    return 1 if any(_faulty(fields) for fields in found.values()) else 0


def _named(object_: str | None) -> tuple[str, ...]:
    if object_ is None:
        return OBJECTS
    found = tuple(name for name in OBJECTS if name.lower() == object_.lower())
    if not found:
        raise ConfigurationError(
            (f"no rule can fill the object {object_!r}: give one of {', '.join(OBJECTS)}",)
        )
    return found


def _faulty(fields: ObjectFields | None) -> bool:
    """Whether a mapping that somebody wrote leads nowhere; what we ship may well meet an org that
    hides a field."""
    vain = (*fields.lacking, *fields.read_only) if fields is not None else ()
    return any(mapping.layer != "shipped" for mapping in vain)


def _show(name: str, fields: ObjectFields | None) -> None:
    if fields is None:
        heading(name)
        say(
            f"hidden from the connected user: give it Read, Create and Edit on {name}, then "
            f"add --refresh"
        )
        return
    heading(f"{fields.describe.label} ({name}), {len(fields.lines)} fields")
    columns = ("field", "label", "type", "length", "writable", "required", "values", "filled by")
    table(columns, [_row(line) for line in fields.lines])
    for mapping in fields.lacking:
        tell(
            f"{name}.{mapping.field} is mapped by {mapping.file}, and "
            f"{misfit_text(missing_field(fields.describe, mapping.field))}: "
            "create it or make it visible there, then `zsf fields --refresh`; or unmap it"
        )
    for mapping in fields.read_only:
        tell(
            f"{name}.{mapping.field} is mapped by {mapping.file}, and the connected user may "
            f"not write it: make it "
            "editable in Salesforce, then `zsf fields --refresh`; or unmap it"
        )


def _row(line: FieldLine) -> tuple[str, ...]:
    field = line.describe
    filled = "; ".join(f"{mapping.source} ({mapping.file})" for mapping in line.mapped)
    yes_no = ("yes" if line.writable else "no", "yes" if field.required else "")
    return (field.name, field.label, _type(field), _length(field), *yes_no, _values(field), filled)


def _type(field: FieldDescribe) -> str:
    kind = f"{field.type} → {', '.join(field.references)}" if field.references else field.type
    return f"{kind}, unique" if field.unique else kind


def _length(field: FieldDescribe) -> str:
    if field.length:
        return str(field.length)
    if field.precision:
        return f"{field.precision},{field.scale}"
    return str(field.digits) if field.digits else ""


def _values(field: FieldDescribe) -> str:
    active = [value.value for value in field.picklist if value.active]
    more = f", … {len(active) - _MOST_VALUES} more" if len(active) > _MOST_VALUES else ""
    only = "only " if field.restricted and active else ""
    return f"{only}{', '.join(active[:_MOST_VALUES])}{more}"


def _document(fields: ObjectFields | None) -> Json:
    if fields is None:
        return None
    return {
        "label": fields.describe.label,
        "fields": [_field_document(line) for line in fields.lines],
        "lacking": [_mapping_document(mapping) for mapping in fields.lacking],
        "read_only": [_mapping_document(mapping) for mapping in fields.read_only],
    }


def _field_document(line: FieldLine) -> JsonObject:
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
        "picklist": [
            {"value": v.value, "label": v.label, "active": v.active} for v in field.picklist
        ],
        "mapped": [_mapping_document(mapping) for mapping in line.mapped],
    }


def _mapping_document(mapping: FieldMapping) -> JsonObject:
    return {
        "field": mapping.field,
        "file": mapping.file,
        "from": mapping.source,
        "some_events": mapping.some,
    }
