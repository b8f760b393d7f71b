"""The schema of rules with the fields of one org in it, for editors and linters that know nothing
of Salesforce. Pure.

It accepts every rule that the plugin accepts, if that names only fields of the org: a field's name
in any case too, since Salesforce ignores case, although editors offer only the org's spelling.
Values of restricted picklists are listed as the org spells them, names and labels. Linters ignore
some keywords of JSON Schema, `taplo` also those beside a `$ref`: what it obeys is used alone.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias, cast

from zsf_plugin.model import (
    FieldDescribe,
    Json,
    JsonObject,
    ObjectDescribe,
    OrgFacts,
    Rule,
    field_tables,
)

_Table: TypeAlias = dict[str, Json]

#: The objects with a table of fields of their own.
OBJECTS = ("Lead", "Contact", "Account")
TASK = "Task"
RECORD_TYPE_FIELD = "RecordTypeId"

_ENTRY: _Table = {"$ref": "#/$defs/field_entry"}
#: What a regular expression of ECMA-262 gives a meaning to.
_SYNTAX = re.compile(r"[\^$\\.*+?()\[\]{}|/]")
_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,14}")
#: Unmaps a field that cannot be filled.
_UNMAPPED: _Table = {"const": False}
_MISSING = "The org has no such field, or hides it. false unmaps it"


def org_schema(
    base: JsonObject, facts: OrgFacts, mapped: Mapping[str, Collection[str]]
) -> JsonObject:
    """The schema of rules, with the org's objects in place of any names. `mapped` are the fields
    that lower rules fill, by object: those that the org lacks may be unmapped.

    An object that is hidden from the connected user keeps the plain table.
    """
    schema = cast(_Table, copy.deepcopy(base))
    schema["title"] = f"A rule of zsf-plugin for the Salesforce org {facts.org_id}"
    for object_ in OBJECTS:
        if object_ in facts.describes:
            _add_object(schema, object_, facts.describes[object_], mapped.get(object_, ()))
    if TASK in facts.describes:
        channels = _table(schema, "properties", "activity")
        channels["additionalProperties"] = _field_table(facts.describes[TASK], mapped.get(TASK, ()))
    return schema


def fields_filled_by_shipped(rules: Iterable[Rule]) -> dict[str, set[str]]:
    """The fields that the shipped ones of these rules fill, by object."""
    filled: dict[str, set[str]] = {}
    for rule in rules:
        if rule.layer == "shipped":
            for (section, name), table in field_tables(rule.document):
                object_ = TASK if section == "activity" else name
                filled.setdefault(object_, set()).update(table)
    return filled


def _add_object(
    schema: _Table, object_: str, describe: ObjectDescribe, mapped: Collection[str]
) -> None:
    """Put the object's fields and match keys in place of any names."""
    definitions, sections = _table(schema, "$defs"), _table(schema, "properties")
    _table(sections, "fields", "properties")[object_] = _field_table(describe, mapped)
    definitions[f"field_of_{object_}"] = _any_spelling(describe.fields)
    _table(sections, "match", "properties")[object_] = _match_keys(definitions, object_)


def _table(table: _Table, *path: str) -> _Table:
    for key in path:
        table = cast(_Table, table[key])
    return table


def _field_table(describe: ObjectDescribe, mapped: Collection[str]) -> _Table:
    """The table of an object's fields: those that can be written, and those that can only be
    unmapped."""
    writable = {name: one for name, one in describe.fields.items() if is_writable(one)}
    known: _Table = {name: _field(writable[name], describe) for name in _sorted(writable)}
    unmapped = _unmapped(describe, mapped)
    return {
        "type": "object",
        "description": f"{describe.label}: how its fields are filled",
        "properties": {**known, **unmapped},
        "patternProperties": {**_spellings(known, _ENTRY), **_spellings(unmapped, _UNMAPPED)},
        "additionalProperties": False,
    }


def _unmapped(describe: ObjectDescribe, mapped: Collection[str]) -> _Table:
    """The fields that can only be unmapped: those that nobody can write, then those that are not
    there."""
    locked = [name for name, one in describe.fields.items() if not is_writable(one)]
    missing = [name for name in mapped if describe.field(name) is None]
    words = {name: _locked_in_words(describe.fields[name]) for name in _sorted(locked)}
    words |= dict.fromkeys(_sorted(missing), _MISSING)
    return {name: {**_UNMAPPED, "description": words[name]} for name in words}


def _locked_in_words(field: FieldDescribe) -> str:
    return f"{_described(field)}; the connected user cannot write it. false unmaps it"


def _spellings(names: Collection[str], schema: _Table) -> _Table:
    """That schema for the names in any case, if there are any."""
    return {_in_any_case(_sorted(names)): dict(schema)} if names else {}


def is_writable(field: FieldDescribe) -> bool:
    """Whether the connected user can write the field at all."""
    return field.createable or field.updateable


def _sorted(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: (name.lower(), name))


def _field(field: FieldDescribe, describe: ObjectDescribe) -> _Table:
    """How one field is filled: as any other, but with constants that it can hold."""
    schema: _Table = {"description": _described(field), "allOf": [dict(_ENTRY)]}
    constant = _constant(field, describe)
    if constant is not None:
        values: _Table = {"additionalProperties": _or_blank(constant)}
        # These say nothing about an entry that is no table.
        schema["properties"] = {"value": constant, "default": constant, "values": values}
    return schema


def _or_blank(constant: _Table) -> _Table:
    """A right side of `values`, where a blank text drops the value."""
    allowed = constant.get("enum")
    if isinstance(allowed, list):
        return {"enum": [*allowed, ""]}
    return {"anyOf": [constant, {"const": ""}]}


def _constant(field: FieldDescribe, describe: ObjectDescribe) -> _Table | None:
    """What constants the field can hold; None if the describe does not say."""
    if field.name == RECORD_TYPE_FIELD:
        return _one_of(_record_type_names(describe))
    if not field.restricted or field.type not in ("picklist", "multipicklist"):
        return None
    texts = _picklist_texts(field)
    if texts and field.type == "multipicklist":
        return {"pattern": _several_of(texts)}
    return _one_of([*texts, *_numbers_among(texts)])


def _record_type_names(describe: ObjectDescribe) -> list[str]:
    """The names of usable record types, then their ids."""
    usable = [kind for kind in describe.record_types if kind.available]
    return [*[kind.developer_name for kind in usable], *[kind.id for kind in usable]]


def _picklist_texts(field: FieldDescribe) -> list[str]:
    """The active values of a picklist, then their labels, each once."""
    active = [one for one in field.picklist if one.active]
    texts = [*[one.value for one in active], *[one.label for one in active]]
    return list(dict.fromkeys(texts))


def _numbers_among(texts: Iterable[str]) -> list[int]:
    return [int(text) for text in texts if _WHOLE_NUMBER.fullmatch(text)]


def _one_of(values: Sequence[Json]) -> _Table | None:
    return {"enum": list(values)} if values else None


def _several_of(texts: Iterable[str]) -> str:
    """The pattern of texts of the list with semicolons between them."""
    one_of = f"(?:{'|'.join(map(_escaped, texts))})"
    return f"^\\s*{one_of}\\s*(?:;\\s*{one_of}\\s*)*$"


def _match_keys(definitions: _Table, object_: str) -> _Table:
    """The match keys of an object, of its own fields."""
    name = _reference(f"field_of_{object_}")
    definitions[f"match_part_of_{object_}"] = _match_part(definitions, name)
    parts: list[Json] = [name, _reference(f"match_part_of_{object_}")]
    keys = copy.deepcopy(_table(definitions, "match_keys"))
    branches = cast(list[_Table], _table(keys, "items")["anyOf"])
    together = {**branches[-1], "items": {"anyOf": parts}}
    keys["items"] = {"anyOf": [*parts, together]}
    return keys


def _match_part(definitions: _Table, name: _Table) -> _Table:
    """A part of a match key, of a field that is named so."""
    part = copy.deepcopy(_table(definitions, "match_part"))
    _table(part, "properties")["field"] = name
    return part


def _reference(name: str) -> _Table:
    return {"$ref": f"#/$defs/{name}"}


def _any_spelling(names: Iterable[str]) -> _Table:
    """One of the names; editors offer the org's own spelling."""
    known = _sorted(names)
    allowed: list[Json] = [{"enum": cast(Json, known)}, {"pattern": _in_any_case(known)}]
    return {"title": "a field of the org", "type": "string", "anyOf": allowed}


def _in_any_case(names: Iterable[str]) -> str:
    """A pattern of the names in any case, in words that every engine understands."""
    return f"^(?:{'|'.join(''.join(map(_either_case, name)) for name in names)})$"


def _either_case(char: str) -> str:
    return f"[{char.upper()}{char.lower()}]" if char.isalpha() else char


def _escaped(text: str) -> str:
    return _SYNTAX.sub(r"\\\g<0>", text)


def _described(field: FieldDescribe) -> str:
    """`Industry (picklist, 40 characters)`."""
    facts = [_type_in_words(field), *_size(field), *_limits_in_words(field)]
    return f"{field.label} ({', '.join(facts)})"


def _type_in_words(field: FieldDescribe) -> str:
    return f"{field.type} to {' or '.join(field.references)}" if field.references else field.type


def _limits_in_words(field: FieldDescribe) -> Iterator[str]:
    if field.required:
        yield "required"
    if field.unique:
        yield "unique"
    if field.restricted:
        yield "only values of its list"


def _size(field: FieldDescribe) -> list[str]:
    if field.length:
        return [f"{field.length} characters"]
    if field.precision:
        return [f"{field.precision} digits{_decimals_in_words(field)}"]
    return [f"{field.digits} digits"] if field.digits else []


def _decimals_in_words(field: FieldDescribe) -> str:
    return f", {field.scale} of them decimals" if field.scale else ""
