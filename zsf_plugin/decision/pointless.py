"""What an expression says that is the same for every event: comparisons that are never true or
always true, calls that always fail, places that no event can have. Pure; only what is certain.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.decision.expression_text import text_of
from zsf_plugin.decision.expressions import Node, children_of, nodes_of, tree_of
from zsf_plugin.decision.possible import ANYTHING, Analysis, Possible, has_capitals
from zsf_plugin.messages.rule_findings import PointlessCode
from zsf_plugin.model import Json


@dataclass(frozen=True, slots=True)
class Pointless:
    """One part of an expression that is the same for every event, and the values for its words."""

    code: PointlessCode
    data: dict[str, str]


def pointless_parts(text: str, event: Possible, *, is_condition: bool) -> list[Pointless]:
    """What is certain about a valid expression over events of that kind; the smallest parts only.
    `is_condition`: it decides whether a rule applies."""
    tree = tree_of(text)
    if tree is None:
        return []
    analysis = Analysis()
    whole = analysis.of(tree, event)
    found = list(_parts(analysis))
    if found or (tree["type"] == "literal" and isinstance(tree["value"], bool)):
        return found  # `true` and `false` are a condition on purpose: always, or switched off
    code = _code_of_a_whole(whole, is_condition, is_certain=not analysis.may_fail)
    return [] if code is None else [Pointless(code, {"text": text})]


def _code_of_a_whole(
    whole: Possible, is_condition: bool, *, is_certain: bool
) -> PointlessCode | None:
    """What is the same for every event about the value of a whole expression. `is_certain`: it
    never fails."""
    if not is_condition:
        return "ALWAYS_NULL" if whole.types <= {"null"} else None
    if not whole.can_be_true():
        return "WHEN_NEVER_TRUE"
    return "WHEN_ALWAYS_TRUE" if is_certain and not whole.can_be_false() else None


def _parts(analysis: Analysis) -> Iterator[Pointless]:
    """The comparisons, calls and places that are the same for every event, smallest first. What
    contains one that fails, or is null, is not named as well."""
    known = {id(node): found for node, found in analysis.seen}
    named: set[int] = set()
    for node, found in analysis.seen:
        children = children_of(node)
        below = [known.get(id(child), ANYTHING) for child in children]
        if named.intersection(map(id, children)) or not all(each.types for each in below):
            named.add(id(node))
            continue
        for part in _part(node, found, below, known):
            named.add(id(node))
            yield part


def _part(
    node: Node, found: Possible, below: Sequence[Possible], known: Mapping[int, Possible]
) -> Iterator[Pointless]:
    match node["type"]:
        case "comparator":
            yield from _comparison(node, found, below)
        case "function_expression" if not found.types:
            given = ", ".join(map(_kinds, below))
            yield Pointless("CALL_ALWAYS_FAILS", {"text": text_of(node), "given": given})
        case "function_expression" if _seeks_capitals(found, below):
            yield Pointless("CAPITALS_IN_LOWER", {"text": text_of(node)})
        case "function_expression" if _seeks_among_others(node, found):
            yield _never_listed(node, below[1])
        case "subexpression":
            yield from _place(node, known)


def _seeks_capitals(found: Possible, below: Sequence[Possible]) -> bool:
    """Whether a search of a text is never true because the text has no capital letters."""
    return found.values == (False,) and below[0].is_lower


def _seeks_among_others(node: Node, found: Possible) -> bool:
    """Whether a value is looked for in a list of literals that it can never be one of."""
    if node["value"] != "contains" or found.values != (False,):
        return False
    listed, sought = children_of(node)
    return sought["type"] != "literal" and bool(_listed(listed))


def _listed(node: Node) -> list[object]:
    """The literals of a list that has nothing else."""
    if node["type"] == "literal":
        return list(node["value"]) if isinstance(node["value"], list) else []
    return [child["value"] for child in children_of(node) if child["type"] == "literal"]


def _never_listed(node: Node, found: Possible) -> Pointless:
    listed, sought = children_of(node)
    hint = _instead(_listed(listed)[0], found) or "compare values of one type"
    data = {"text": text_of(node), "subject": text_of(sought), "kinds": _kinds(found)}
    return Pointless("COMPARISON_NEVER_TRUE", {**data, "hint": hint})


def _comparison(node: Node, found: Possible, below: Sequence[Possible]) -> Iterator[Pointless]:
    if all(child["type"] == "literal" for child in children_of(node)):
        return  # a constant, which the whole shows
    code: PointlessCode
    if not found.can_be_true():
        code = "COMPARISON_NEVER_TRUE"
    elif found.values == (True,) and node["value"] == "ne":
        code = "COMPARISON_ALWAYS_TRUE"
    else:
        return
    subject, subjects_value = _first_that_is_read(node, below)
    data = {"text": text_of(node), "subject": text_of(subject), "kinds": _kinds(subjects_value)}
    yield Pointless(code, {**data, "hint": _hint(node, subjects_value)})


def _first_that_is_read(node: Node, below: Sequence[Possible]) -> tuple[Node, Possible]:
    """The first side of a comparison that is no literal, and what it can be."""
    sides = zip(children_of(node), below, strict=True)
    return next((side, found) for side, found in sides if side["type"] != "literal")


def _kinds(found: Possible) -> str:
    """The types in words: `a number or null`."""
    if found.types == {"string"} and found.values:
        return " or ".join(dict.fromkeys(f"'{value}'" for value in found.values))
    words = {**_KINDS, "number": "a whole number"} if found.is_whole else _KINDS
    return " or ".join(words[name] for name in words if name in found.types)


_KINDS = {
    "string": "text",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "null",
    "expref": "an expression",
}


def _hint(node: Node, subject: Possible) -> str:
    """What to write instead of a comparison of that with a literal."""
    literals = [child["value"] for child in children_of(node) if child["type"] == "literal"]
    instead = _instead(literals[0], subject) if literals else ""
    return instead or "compare values of one type"


def _instead(literal: object, other: Possible) -> str:
    """The literal to write for that one; empty if nothing is certain."""
    if isinstance(literal, str):
        if "number" in other.types and _is_number(literal):
            return f"write a number in backticks: `{literal.strip()}`"
        if "boolean" in other.types and literal in ("true", "false"):
            return f"write it in backticks: `{literal}`"
        if literal.strip().lower() in ("null", "none") and "string" not in other.types:
            return "write null in backticks: `null`"
        if other.is_lower and has_capitals(literal):
            return f"lower() gives no capital letters: write '{literal.lower()}'"
    if isinstance(literal, (int, float)) and "string" in other.types:
        shown = str(literal).lower() if isinstance(literal, bool) else str(literal)
        return f"write a text in single quotes: '{shown}'"
    return ""


def _is_number(text: str) -> bool:
    digits = text.strip().removeprefix("-")
    return digits.replace(".", "", 1).isdigit() and digits.isascii() and digits[0] != "."


def _place(node: Node, known: Mapping[int, Possible]) -> Iterator[Pointless]:
    """The first name of a path that cannot be there, because what it is asked of is no table."""
    first, *others = children_of(node)
    if first["type"] == "not_expression":
        path = text_of({**node, "children": [*children_of(first), *others]})
        yield Pointless("NOT_BEFORE_PATH", {"text": text_of(node), "path": path})
        return
    given: Possible | None = None
    names: list[str] = []
    for child in (first, *others):
        if child["type"] != "field":
            return
        if given is not None and "object" not in given.types:
            data = {"text": text_of(node), "subject": ".".join(names), "kinds": _kinds(given)}
            yield Pointless("NO_SUCH_PART", data)
            return
        names.append(str(child["value"]))
        given = known.get(id(child))


def unknown_places(text: str, event: Possible) -> Iterator[tuple[str, str]]:
    """Each place of an expression that no schema knows but one like it, and that one: it may be a
    key of the host's, or a slip."""
    for node in nodes_of(text):
        if node["type"] != "subexpression":
            continue
        names = [str(child["value"]) for child in children_of(node) if child["type"] == "field"]
        for depth in range(1, len(names)):
            meant = _meant(names[:depth], names[depth], event)
            if meant is not None:
                yield ".".join(names[: depth + 1]), ".".join((*names[:depth], meant))
                break


def _meant(above: list[str], name: str, event: Possible) -> str | None:
    """The key that a name was meant to be; None if it is known, like none, or the plural of
    one."""
    place = event
    for key in above:
        if key not in place.keys:
            return None
        place = place.keys[key]
    if not place.keys or name in place.keys:
        return None
    close = difflib.get_close_matches(name.lower(), list(place.keys), 1, cutoff=0.8)
    return close[0] if close and close[0] != name.removesuffix("s") else None


def event_like(documents: dict[str, Json]) -> Possible:
    """What an event can be, by the schemas of its parts (`prospect`, `touchpoint`, `user`)."""
    text = Possible(frozenset(("string",)))
    parts = {name: _by_schema(schema) for name, schema in documents.items()}
    names = ("workspace", "event_id", "occurred_at")
    return Possible(frozenset(("object",)), keys={**dict.fromkeys(names, text), **parts})


def _by_schema(schema: Json) -> Possible:
    if not isinstance(schema, dict) or "type" not in schema:
        return ANYTHING
    listed = schema["type"]
    names = list(map(str, listed)) if isinstance(listed, list) else [str(listed)]
    types = frozenset("number" if name == "integer" else name for name in names)
    below = schema.get("properties")
    keys = {key: _by_schema(one) for key, one in below.items()} if isinstance(below, dict) else {}
    return Possible(types, keys=keys, is_whole="integer" in names and "number" not in names)
