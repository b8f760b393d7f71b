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
from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias, cast

from zsf_plugin.model import FieldDescribe, Json, JsonObject, ObjectDescribe, OrgFacts

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


def org_schema(
    base: JsonObject, facts: OrgFacts, mapped: Mapping[str, Collection[str]]
) -> JsonObject:
    """The schema of rules, with the org's objects in place of any names. `mapped` are the fields
    that lower rules fill, by object: those that the org lacks may be unmapped.

    An object that is hidden from the connected user keeps the plain table.
    """
    schema = cast(_Table, copy.deepcopy(base))
    schema["title"] = f"A rule of zsf-plugin for the Salesforce org {facts.org_id}"
    definitions, sections = _table(schema, "$defs"), _table(schema, "properties")
    fields, match = (_table(_table(sections, name), "properties") for name in ("fields", "match"))
    for object_ in OBJECTS:
        describe = facts.describes.get(object_)
        if describe is not None:
            fields[object_] = _field_table(describe, mapped.get(object_, ()))
            definitions[f"field_of_{object_}"] = _any_spelling(describe.fields)
            match[object_] = _match_keys(definitions, object_)
    task = facts.describes.get(TASK)
    if task is not None:
        channels = _table(sections, "activity")
        channels["additionalProperties"] = _field_table(task, mapped.get(TASK, ()))
    return schema


def _table(table: _Table, key: str) -> _Table:
    return cast(_Table, table[key])


def _field_table(describe: ObjectDescribe, mapped: Collection[str]) -> _Table:
    """The table of an object's fields: those that can be written, and those that can only be
    unmapped."""
    writable = {name: one for name, one in describe.fields.items() if is_writable(one)}
    known: _Table = {name: _field(writable[name], describe) for name in _sorted(writable)}
    locked = [name for name in describe.fields if name not in writable]
    missing = [name for name in mapped if describe.field(name) is None]
    for name in _sorted(locked):
        words = f"{_described(describe.fields[name])}; the connected user cannot write it"
        known[name] = {**_UNMAPPED, "description": f"{words}. false unmaps it"}
    for name in _sorted(missing):
        words = "The org has no such field, or hides it. false unmaps it"
        known[name] = {**_UNMAPPED, "description": words}
    spellings: _Table = {_in_any_case(_sorted(writable)): dict(_ENTRY)} if writable else {}
    if locked or missing:
        spellings[_in_any_case(_sorted([*locked, *missing]))] = dict(_UNMAPPED)
    return {
        "type": "object",
        "description": f"{describe.label}: how its fields are filled",
        "properties": known,
        "patternProperties": spellings,
        "additionalProperties": False,
    }


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
        usable = [kind for kind in describe.record_types if kind.available]
        names = [*[kind.developer_name for kind in usable], *[kind.id for kind in usable]]
        return _one_of(names) if names else None
    if not field.restricted or field.type not in ("picklist", "multipicklist"):
        return None
    texts: dict[str, None] = {}
    for shown in ("value", "label"):
        texts |= {getattr(one, shown): None for one in field.picklist if one.active}
    if not texts:
        return None
    if field.type == "multipicklist":
        return {"pattern": _several_of(texts)}
    numbers = [int(text) for text in texts if _WHOLE_NUMBER.fullmatch(text)]
    return _one_of([*texts, *numbers])


def _one_of(values: Iterable[Json]) -> _Table:
    return {"enum": list(values)}


def _several_of(texts: Iterable[str]) -> str:
    """The pattern of texts of the list with semicolons between them."""
    one_of = f"(?:{'|'.join(map(_escaped, texts))})"
    return f"^\\s*{one_of}\\s*(?:;\\s*{one_of}\\s*)*$"


def _match_keys(definitions: _Table, object_: str) -> _Table:
    """The match keys of an object, of its own fields."""
    name: _Table = {"$ref": f"#/$defs/field_of_{object_}"}
    part = copy.deepcopy(_table(definitions, "match_part"))
    _table(part, "properties")["field"] = name
    definitions[f"match_part_of_{object_}"] = part
    parts: list[Json] = [name, {"$ref": f"#/$defs/match_part_of_{object_}"}]
    keys = copy.deepcopy(_table(definitions, "match_keys"))
    branches = cast(list[_Table], _table(keys, "items")["anyOf"])
    together = {**branches[-1], "items": {"anyOf": parts}}
    keys["items"] = {"anyOf": [*parts, together]}
    return keys


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
    kind = field.type
    if field.references:
        kind += f" to {' or '.join(field.references)}"
    facts = [kind, *_size(field)]
    facts += ["required"] if field.required else []
    facts += ["unique"] if field.unique else []
    facts += ["only values of its list"] if field.restricted else []
    return f"{field.label} ({', '.join(facts)})"


def _size(field: FieldDescribe) -> list[str]:
    if field.length:
        return [f"{field.length} characters"]
    if field.precision:
        decimals = f", {field.scale} of them decimals" if field.scale else ""
        return [f"{field.precision} digits{decimals}"]
    return [f"{field.digits} digits"] if field.digits else []
