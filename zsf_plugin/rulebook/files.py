"""One rule file: read, parsed, checked. Everything that is wrong is found at once, each with its place."""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Iterator
from typing import cast

from zsf_plugin.decision import expressions
from zsf_plugin.model.json import Json, JsonObject
from zsf_plugin.model.rules import Layer, Rule
from zsf_plugin.rulebook import lines, schema
from zsf_plugin.rulebook.findings import Finding

MOST_BYTES = 1024 * 1024
_TOML_PLACE = re.compile(r"\(at line (\d+), column \d+\)")


def parse_rule(name: str, content: bytes, layer: Layer) -> tuple[Rule | None, tuple[Finding, ...]]:
    """The rule of a file's content, or None with all findings. `name` is the file's, as people know it."""
    if len(content) > MOST_BYTES:
        return None, (Finding(name, None, "", f"larger than {MOST_BYTES} bytes; a rule file is a page, split it"),)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None, (Finding(name, None, "", "not a text file in UTF-8; save it as UTF-8 text"),)
    try:
        document = _toml(text) if name.endswith(".toml") else _json(text)
    except (ValueError, RecursionError) as error:
        return None, (_syntax(name, error),)
    findings = check_document(name, document, lines.toml_lines(text) if name.endswith(".toml") else {})
    if findings:
        return None, findings
    return rule_of(name, cast(JsonObject, document), layer), ()


def rule_of(name: str, document: JsonObject, layer: Layer) -> Rule:
    """The rule of a checked document."""
    when = document.get("when")
    return Rule(name, layer, document, when if isinstance(when, str) else None)


def check_document(
    name: str, document: Json, at: dict[tuple[str | int, ...], int] | None = None
) -> tuple[Finding, ...]:
    """All that is wrong with a rule document: its shape, then its expressions and match keys."""
    places = at or {}
    faults = schema.faults("rule", document) or list(_deeper_faults(cast(JsonObject, document)))
    return tuple(Finding(name, lines.line_of(places, f.path), f.pointer, f.message) for f in faults)


def _deeper_faults(document: JsonObject) -> Iterator[schema.Fault]:
    for path, text in _expressions(document):
        for words in expressions.faults(text):
            yield schema.Fault(path, words)


def _expressions(document: JsonObject) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every expression of a document with its path."""
    if isinstance(when := document.get("when"), str):
        yield ("when",), when
    owner = document.get("owner")
    if isinstance(owner, dict):
        yield from _sources(("owner", "from"), owner.get("from"))
    for part in ("fields", "activity"):
        tables = document.get(part)
        for object_, table in (tables.items() if isinstance(tables, dict) else ()):
            for field, entry in (table.items() if isinstance(table, dict) else ()):
                path = (part, object_, field)
                if isinstance(entry, dict):
                    yield from _sources((*path, "from"), entry.get("from"))
                else:
                    yield from _sources(path, entry)


def _sources(path: tuple[str | int, ...], entry: Json) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(entry, str):
        yield path, entry
    elif isinstance(entry, list):
        for position, source in enumerate(entry):
            yield (*path, position), str(source)


def _toml(text: str) -> Json:
    document = tomllib.loads(text)
    _refuse_odd(document, ())
    return cast(Json, document)


def _json(text: str) -> Json:
    document = json.loads(text, object_pairs_hook=_no_twins, parse_constant=_refuse_constant)
    return cast(Json, document)


def _refuse_odd(value: object, path: tuple[str, ...]) -> None:
    """TOML knows dates and infinities; a rule does not."""
    if isinstance(value, dict):
        for key, inner in value.items():
            _refuse_odd(inner, (*path, str(key)))
    elif isinstance(value, list):
        for inner in value:
            _refuse_odd(inner, path)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{'.'.join(path)} is not a finite number")
    elif not isinstance(value, (str, int, float, bool)):
        raise ValueError(f"{'.'.join(path)} is a date or time; write it as a text in quotes")


def _no_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    keys = [key for key, _ in pairs]
    twins = sorted({key for key in keys if keys.count(key) > 1})
    if twins:
        raise ValueError(f"the key '{twins[0]}' stands twice in one object")
    return dict(pairs)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _syntax(name: str, error: Exception) -> Finding:
    if isinstance(error, json.JSONDecodeError):
        return Finding(name, error.lineno, "", f"not JSON: {error.msg} (column {error.colno})")
    if isinstance(error, RecursionError):
        return Finding(name, None, "", "nested too deeply")
    place = _TOML_PLACE.search(str(error))
    words = _TOML_PLACE.sub("", str(error)).strip()
    kind = "not TOML: " if isinstance(error, tomllib.TOMLDecodeError) else ""
    return Finding(name, int(place.group(1)) if place else None, "", kind + words)
