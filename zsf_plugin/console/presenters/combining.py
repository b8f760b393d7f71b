"""Zaplify fields combined into one value: texts and fields joined together, and what is used if one
of the fields is empty.

Pure. A combination is written as the expressions of a rule, and read back from them; expressions of
another form have none. `sources` names the fields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from zsf_plugin.decision.expressions import Node, children_of, tree_of
from zsf_plugin.model import FieldRule, Json

#: A combination has at most this many choices, and a choice this many parts.
MAX_CHOICES, MAX_PARTS = 5, 6
#: The maximum length of a text beside a field.
MAX_TEXT_LENGTH = 255

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: Texts that can be written between apostrophes as they are.
_SIMPLE_TEXT = re.compile(r"[^'\\\x00-\x1f]*")
_NOTHING = "`null`"


@dataclass(frozen=True, slots=True)
class Part:
    """A text, then a field's value; either may be missing."""

    text: str
    path: str


#: Parts joined together. It has no value if one of its fields is empty.
Choice: TypeAlias = tuple[Part, ...]
#: Choices in order: the first that has a value is used.
Combination: TypeAlias = tuple[Choice, ...]


def is_text(choice: Choice) -> bool:
    """Whether it reads no field, so that it always has the same value."""
    return not any(part.path for part in choice)


def text_in(choice: Choice) -> str:
    """The value of a choice that reads no field."""
    return "".join(part.text for part in choice)


def is_plain(combination: Combination) -> bool:
    """Whether each choice is a field alone."""
    return all(len(choice) == 1 and not choice[0].text for choice in combination)


def with_combination(rule: FieldRule, combination: Combination) -> FieldRule:
    """The rule filled by that combination. A text that comes last is its default."""
    *before, last = combination
    if not is_text(last):
        sources = tuple(map(expression_of, combination))
        return replace(rule, sources=sources, value=None, default=None)
    if not before:
        return replace(rule, sources=(), value=text_in(last), default=None, values=None)
    return replace(
        rule, sources=tuple(map(expression_of, before)), value=None, default=text_in(last)
    )


def expression_of(choice: Choice) -> str:
    """The choice as an expression."""
    if is_text(choice):
        return _literal(text_in(choice))
    arguments = [argument for part in choice for argument in _arguments(part)]
    if len(choice) == 1 and not choice[0].text:
        return choice[0].path
    return f"concat({', '.join(arguments)})"


def _arguments(part: Part) -> Iterator[str]:
    """What `concat` joins for the part; an empty field is null, so that the whole is."""
    if part.text:
        yield _literal(part.text)
    if part.path:
        yield f"{part.path} || {_NOTHING}"


def _literal(text: str) -> str:
    if _SIMPLE_TEXT.fullmatch(text):
        return f"'{text}'"
    quoted = json.dumps(text).replace("`", "\\u0060")
    return f"`{quoted}`"


def combination_of(rule: FieldRule) -> Combination | None:
    """The combination that a rule is filled by; None if its expressions have another form."""
    if rule.value is not None:
        return (_text_choice(rule.value),)
    choices = [_choice(source) for source in rule.sources]
    if rule.default is not None:
        choices.append(_text_choice(rule.default))
    known = tuple(choice for choice in choices if choice is not None)
    return known if known and len(known) == len(choices) else None


def _text_choice(value: Json) -> Choice:
    """A fixed value as the text that a person would enter."""
    return (Part(value if isinstance(value, str) else json.dumps(value), ""),)


def _choice(expression: str) -> Choice | None:
    """The choice that an expression writes; None for another form."""
    tree = tree_of(expression)
    if tree is None:
        return None
    joined, conditions = _without_conditions(tree)
    pieces = [_piece(node) for node in _joined(joined)]
    if None in pieces:
        return None
    choice = tuple(_parts(filter(None, pieces)))
    paths = {part.path for part in choice}
    return choice if choice and conditions <= paths else None


def _without_conditions(tree: Node) -> tuple[Node, set[str]]:
    """`concat(…)` of `a && b && concat(…)`, with what the paths before it read ("": no path)."""
    conditions: set[str] = set()
    while tree["type"] == "and_expression":
        condition, tree = children_of(tree)
        while condition["type"] == "and_expression":
            condition, inner = children_of(condition)
            conditions.add(_path(inner))
        conditions.add(_path(condition))
    return tree, conditions


def _joined(node: Node) -> Sequence[Node]:
    """What a `concat` joins; any other node alone."""
    is_concat = node["type"] == "function_expression" and node["value"] == "concat"
    return children_of(node) if is_concat else [node]


def _piece(node: Node) -> Part | None:
    """A text or a field, as one argument of `concat`; None for anything else."""
    if node["type"] == "literal":
        value = node["value"]
        return Part(value, "") if isinstance(value, str) and value else None
    path = _path(_without_alternative(node))
    return Part("", path) if path else None


def _without_alternative(node: Node) -> Node:
    """a of `a || null`."""
    if node["type"] != "or_expression":
        return node
    first, second = children_of(node)
    is_nothing = second["type"] == "literal" and second["value"] is None
    return first if is_nothing else node


def _path(node: Node) -> str:
    """The path of names that a node is; "" if it is none."""
    steps = children_of(node) if node["type"] == "subexpression" else [node]
    if any(step["type"] != "field" for step in steps):
        return ""
    return ".".join(path_step(str(step["value"])) for step in steps)


def _parts(pieces: Iterable[Part]) -> Iterator[Part]:
    """The pieces as parts: texts stand before the field that they precede."""
    text = ""
    for piece in pieces:
        if piece.path:
            yield Part(text, piece.path)
            text = ""
        else:
            text += piece.text
    if text:
        yield Part(text, "")


def path_step(key: str) -> str:
    """A key in JMESPath, quoted unless it is a plain name."""
    return key if _NAME.fullmatch(key) else json.dumps(key)


def as_form(combination: Combination) -> str:
    """The combination as a form carries it."""
    return json.dumps([[[part.text, part.path] for part in choice] for choice in combination])


def from_form(text: str) -> Combination | None:
    """The combination in a form; None if there is none. Its paths are not checked."""
    try:
        return tuple(
            tuple(Part(*_two_texts(part)) for part in choice) for choice in json.loads(text)
        )
    except (ValueError, TypeError, RecursionError):
        return None


def _two_texts(part: Sequence[str]) -> tuple[str, str]:
    """The text and the path of a part in a form. Raises ValueError."""
    text, path = part
    if not isinstance(text, str) or not isinstance(path, str):
        raise ValueError("a part is two texts")
    return text, path
