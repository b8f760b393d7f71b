"""A fast yes-or-no check of payloads and rules, compiled from their schemas; hooks run it on every
call.

It supports only the keywords that our schemas use, and raises for any other. A test holds its
answers equal to those of jsonschema, which takes ten times as long and is loaded only to describe a
violation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import ge, gt, le
from typing import Any, cast

Check = Callable[[object], bool]
Schema = Mapping[str, object]

_SILENT = frozenset(("$schema", "$id", "$defs", "title", "description", "x-language-version"))

_ADDITIONAL = "additionalProperties"


def is_instant(value: object) -> bool:
    """The format `instant`: a text that is a valid date and time. Values of other types are left to
    the keyword `type`."""
    if not isinstance(value, str):
        return True
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def quick_check(schema: Schema, named: Mapping[str, Schema]) -> Check:
    """Compile a check of whether a document is valid by `schema`; `named` holds the schemas it may
    refer to, by `$id`.

    Raises LookupError for an unknown reference or keyword.
    """
    words = [word for word in schema if word not in _SILENT]
    checks = [_check(word, schema[word], named) for word in words if word != _ADDITIONAL]
    if _ADDITIONAL in schema:
        checks.append(_additional(schema, named))
    return checks[0] if len(checks) == 1 else _all_of(checks)


def _all_of(checks: Sequence[Check]) -> Check:
    def check_all(value: object) -> bool:  # a loop: a generator takes twice as long
        for check in checks:
            if not check(value):
                break
        else:
            return True
        return False

    return check_all


def _check(word: str, wanted: object, named: Mapping[str, Schema]) -> Check:
    nested = _NESTED.get(word)
    return nested(wanted, named) if nested else _PLAIN[word](wanted)


def _of(kind: type, holds: Callable[[Any], object]) -> Check:
    """A check for one type of value; values of other types pass."""
    return lambda value: not isinstance(value, kind) or bool(holds(value))


def _referred(name: str, named: Mapping[str, Schema]) -> Check:
    return quick_check(named[name], named)


def _items(schema: Schema, named: Mapping[str, Schema]) -> Check:
    inner = quick_check(schema, named)
    return _of(list, lambda items: all(map(inner, items)))


def _properties(schemas: Mapping[str, Schema], named: Mapping[str, Schema]) -> Check:
    """A check of the values by their names. Most have nothing but a type, which is compared at
    once: each call costs more than all else that is checked of them."""
    kinds: dict[str, frozenset[type]] = {}
    others: dict[str, Check] = {}
    for name, schema in schemas.items():
        if schema.keys() - _SILENT == {"type"} and int not in (of_type := _kinds(schema["type"])):
            kinds[name] = of_type
        else:
            others[name] = quick_check(schema, named)

    def check_values(table: object) -> bool:
        if not isinstance(table, dict):
            return True
        for name, value in table.items():
            of_type = kinds.get(name)
            if of_type is None:
                check = others.get(name)
                if check is not None and not check(value):
                    return False
            elif type(value) not in of_type:
                return False
        return True

    return check_values


def _additional(schema: Schema, named: Mapping[str, Schema]) -> Check:
    """A check of the keys that are not among the schema's properties."""
    known = frozenset(cast(Mapping[str, object], schema.get("properties", {})))
    wanted = schema[_ADDITIONAL]
    if wanted is False:
        return _of(dict, lambda table: table.keys() <= known)
    inner = quick_check(cast(Schema, wanted), named)
    return _of(dict, lambda table: all(inner(table[key]) for key in table if key not in known))


def _property_names(schema: Schema, named: Mapping[str, Schema]) -> Check:
    inner = quick_check(schema, named)
    return _of(dict, lambda table: all(map(inner, table)))


def _any_of(schemas: Sequence[Schema], named: Mapping[str, Schema]) -> Check:
    checks = [quick_check(schema, named) for schema in schemas]
    return lambda value: any(check(value) for check in checks)


def _not(schema: Schema, named: Mapping[str, Schema]) -> Check:
    inner = quick_check(schema, named)
    return lambda value: not inner(value)


def _enum(values: Sequence[object]) -> Check:
    known = frozenset(values)
    if not all(isinstance(value, str) for value in known):
        raise LookupError("enum")
    return lambda value: isinstance(value, str) and value in known


def _const(wanted: object) -> Check:
    if not isinstance(wanted, bool):
        raise LookupError("const")
    return lambda value: value is wanted


def _bound(holds: Callable[[float, float], bool]) -> Callable[[float], Check]:
    def check_of(limit: float) -> Check:
        return lambda value: type(value) not in (int, float) or holds(cast(float, value), limit)

    return check_of


def _required(names: Sequence[str]) -> Check:
    return _of(dict, frozenset(names).issubset)


def _kinds(names: object) -> frozenset[type]:
    """The types of Python for those of a schema."""
    kinds = frozenset(map(_KINDS.__getitem__, names if isinstance(names, list) else [names]))
    return kinds | {int} if float in kinds else kinds


def _type(names: str | list[str]) -> Check:
    kinds = _kinds(names)
    if int not in kinds:
        return lambda value: type(value) in kinds
    return lambda value: type(value) in kinds or _is_whole(value)


def _is_whole(value: object) -> bool:
    """Whether it is a whole number: in JSON Schema 2.0 is an integer."""
    return isinstance(value, float) and value.is_integer()


def _min_length(least: int) -> Check:
    return _of(str, lambda text: len(text) >= least)


def _max_length(most: int) -> Check:
    return _of(str, lambda text: len(text) <= most)


def _min_items(least: int) -> Check:
    return _of(list, lambda items: len(items) >= least)


def _pattern(pattern: str) -> Check:
    return _of(str, re.compile(pattern).search)


def _format(name: str) -> Check:
    return {"instant": is_instant}[name]


_KINDS: dict[object, type] = {
    "string": str,
    "null": type(None),
    "object": dict,
    "array": list,
    "boolean": bool,
    "integer": int,
    "number": float,
}
_NESTED: dict[str, Callable[[Any, Mapping[str, Schema]], Check]] = {
    "$ref": _referred,
    "items": _items,
    "properties": _properties,
    "propertyNames": _property_names,
    "anyOf": _any_of,
    "not": _not,
}
_PLAIN: dict[str, Callable[[Any], Check]] = {
    "type": _type,
    "required": _required,
    "minLength": _min_length,
    "maxLength": _max_length,
    "minItems": _min_items,
    "minimum": _bound(ge),
    "maximum": _bound(le),
    "exclusiveMinimum": _bound(gt),
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "format": _format,
}
