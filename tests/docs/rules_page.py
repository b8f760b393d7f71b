"""Generates docs/rules-reference.md from the schemas, the shipped rules and the functions:
`python -m tests.docs.rules_page`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.docs.rules_page_texts import (
    BELOW,
    EVENTS,
    EXAMPLES,
    EXPRESSIONS,
    FUNCTION_TEXTS,
    HEAD,
    LETTER,
    SECTIONS,
    SIZES,
)
from zsf_plugin.decision.expressions import evaluate, places_read
from zsf_plugin.model import FieldRule, Json, MatchPart, Rules
from zsf_plugin.rulebook.language import LANGUAGE
from zsf_plugin.rulebook.rulebook import as_if_in_force, shipped_rules

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "rules-reference.md"
_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "object": "table",
    "array": "list",
}
_EVENT_TYPES = {"string": "text", "integer": "whole number", "object": "object"}


def schema(name: str) -> dict[str, Any]:
    """A shipped schema."""
    text = (ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


RULE = schema("rule")
SHIPPED: Rules = as_if_in_force(shipped_rules()).rules_for({"workspace": "default"})


def keys() -> dict[str, Mapping[str, Any]]:
    """The schema of each key that a rule can have, by its path on the page."""
    properties = RULE["properties"]
    found = {f"{name}": about for name, about in properties.items() if name not in SECTIONS}
    for name in ("switches", "match", "owner", "limits"):
        found |= {f"{name}.{key}": one for key, one in properties[name]["properties"].items()}
    parts = {"match key": "match_part", "field": "field_rule"}
    for name, definition in parts.items():
        inner = RULE["$defs"][definition]["properties"]
        found |= {f"{name}.{key}": about for key, about in inner.items()}
    return found


def page() -> str:
    """The whole page."""
    parts = [HEAD, _key_table("")]
    for name, (title, words) in SECTIONS.items():
        parts += [f"## {title}\n", words]
        if any(path.startswith(f"{name}.") for path in keys()):
            parts.append(_key_table(name))
        if name in BELOW:
            inner, heading, more = BELOW[name]
            parts += [f"### {heading}\n", more, _key_table(inner)]
    parts += ["## Channels\n", _channels(), LETTER]
    parts += ["## Expressions\n", EXPRESSIONS, "## Functions\n", _functions()]
    parts += ["## What an event has\n", EVENTS, _fields()]
    return "\n".join([*parts, "## How large a rule may be\n", SIZES])


def _key_table(name: str) -> str:
    """The keys of a table: each with its type, default, meaning and an example."""
    rows = []
    for path, about in keys().items():
        table, _, key = path.rpartition(".")
        if table == name:
            meaning = about.get("description") or _resolved(about)["description"]
            rows.append(
                (f"`{key}`", type_of(about), _default(path), meaning, f"`{EXAMPLES[path]}`")
            )
    return _table(("key", "type", "default", "meaning", "example"), rows)


def _resolved(about: Mapping[str, Any]) -> Mapping[str, Any]:
    """The definition that a schema refers to, or itself."""
    if "$ref" not in about:
        return about
    definition: Mapping[str, Any] = RULE["$defs"][about["$ref"].rpartition("/")[2]]
    return definition


def type_of(about: Mapping[str, Any]) -> str:
    """The type of a key, as the page writes it."""
    about = _resolved(about)
    if "enum" in about:
        return ", ".join(f'`"{one}"`' for one in about["enum"])
    if "const" in about:
        return f"`{json.dumps(about['const'])}`"
    if "anyOf" in about and "type" not in about:
        return ", ".join(type_of(one) for one in about["anyOf"])
    if about.get("title") == "a JMESPath expression":
        return "expression"
    if about.get("title") == "a list of expressions":
        return "list of expressions"
    types = about["type"] if isinstance(about["type"], list) else [about["type"]]
    return ", ".join(_TYPES[one] for one in types) + _range(about)


def _range(about: Mapping[str, Any]) -> str:
    if "maximum" not in about:
        return ""
    least = about.get("minimum", about.get("exclusiveMinimum"))
    over = "over " if "exclusiveMinimum" in about else ""
    return f", {over}{least} to {about['maximum']:,}"


def _default(path: str) -> str:
    """What the shipped rules, or else the code, have for a key."""
    values: dict[str, Json] = {
        "mode": SHIPPED.mode,
        "language": LANGUAGE,
        "when": "every event",
        "owner.from": SHIPPED.owner[0],
        "owner.assignment_rules": SHIPPED.assignment_rules,
        **{f"switches.{name}": on for name, on in asdict(SHIPPED.switches).items()},
        **{f"limits.{name}": share for name, share in asdict(SHIPPED.limits).items()},
        **{
            f"match.{name}": getattr(SHIPPED, name)
            for name in ("many", "alerts", "shared_mailbox", "unasked")
        },
        **{f"match.{name}": _keys_of(name) for name in ("Lead", "Contact", "Account")},
        "match key.compare": MatchPart("Email").compare,
        **{
            f"field.{name}": getattr(FieldRule("Email"), name)
            for name in ("overwrite", "misfit", "too_long")
        },
    }
    if path not in values:
        return ""
    value = values[path]
    if path == "when":
        return str(value)
    return f"`{value:g}`" if isinstance(value, float) else f"`{json.dumps(value)}`"


def _keys_of(object_: str) -> Json:
    """The shipped match keys of an object, by the names of their fields."""
    return [" + ".join(part.field for part in key) for key in SHIPPED.match[object_]]


def _channels() -> str:
    """The shipped channels, with what fills the subject of each."""
    rows = []
    for name, fields in SHIPPED.activities.items():
        subject = " or ".join(f"`{one}`" for one in fields["Subject"].sources)
        others = ", ".join(f"`{field}`" for field in fields if field != "Subject")
        rows.append((f"`{name}`", subject, others))
    return _table(("channel", "`Subject`", "also"), rows)


def function_rows() -> Iterator[tuple[str, str, str, str]]:
    """Each function: how it is called, what it returns, an example, and the example's value."""
    for call, words, example in FUNCTION_TEXTS:
        value = json.dumps(evaluate(example, {}), ensure_ascii=False)
        yield f"`{call}`", words, f"`` {example} ``" if "`" in example else f"`{example}`", value


def _functions() -> str:
    rows = [(call, words, example, f"`{value}`") for call, words, example, value in function_rows()]
    return _table(("function", "gives", "example", "is"), rows)


def event_fields(prefix: str, document: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Each field of an event by its path, with its type and meaning."""
    for name, about in document.get("properties", {}).items():
        types = about["type"] if isinstance(about["type"], list) else [about["type"]]
        words = " or ".join(_EVENT_TYPES[one] for one in types if one != "null")
        required = ", required" if name in document.get("required", ()) else ""
        yield f"{prefix}.{name}", words + required, about["description"]
        yield from event_fields(f"{prefix}.{name}", about)


def _fields() -> str:
    filled = _filled_from()
    rows = []
    for name in ("prospect", "touchpoint", "user"):
        for path, type_, meaning in event_fields(name, schema(name)):
            rows.append((f"`{path}`", type_, meaning, ", ".join(filled.get(path, ()))))
    return _table(("field", "type", "meaning", "the shipped rules fill"), rows)


def _filled_from() -> dict[str, list[str]]:
    """The Salesforce fields that the shipped rules fill from each field of an event."""
    tables = [*SHIPPED.fields.items(), *[("Task", one) for one in SHIPPED.activities.values()]]
    found: dict[str, list[str]] = {}
    for object_, fields in tables:
        for name, rule in fields.items():
            for place in sorted({one for source in rule.sources for one in places_read(source)}):
                named = found.setdefault(".".join(place), [])
                if f"{object_} {name}" not in named:
                    named.append(f"{object_} {name}")
    return found


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    cells = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
