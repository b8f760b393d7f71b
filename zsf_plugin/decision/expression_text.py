"""An expression's tree as text again, to name a part of it in a message. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import cast

from zsf_plugin.decision.expressions import Node, children_of

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
#: A longer text is cut, to keep a message readable.
MAX_LENGTH = 120


def text_of(node: Node) -> str:
    """The node as it can be written in a rule, cut if long."""
    text = _text(node)
    return text if len(text) <= MAX_LENGTH else f"{text[: MAX_LENGTH - 1]}…"


def _text(node: Node) -> str:
    write = _WRITERS.get(str(node["type"]))
    return "…" if write is None else write(node)


def _joined(separator: str) -> Callable[[Node], str]:
    return lambda node: separator.join(map(_text, children_of(node)))


def _field(node: Node) -> str:
    name = str(node["value"])
    return name if _NAME.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _literal(node: Node) -> str:
    value = node["value"]
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'"
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def _comparator(node: Node) -> str:
    left, right = map(_text, children_of(node))
    return f"{left} {_SIGNS[str(node['value'])]} {right}"


def _call(node: Node) -> str:
    return f"{node['value']}({', '.join(map(_text, children_of(node)))})"


def _slice(node: Node) -> str:
    parts = ["" if part is None else str(part) for part in cast(list[object], node["children"])]
    return f"[{':'.join(parts)}]"


def _projection(node: Node) -> str:
    base, shown, *_ = map(_text, children_of(node))
    is_of_values = node["type"] == "value_projection"
    star = ("*" if not base else ".*") if is_of_values else "[*]"
    return f"{base}{star}{'.' if shown else ''}{shown}"


def _filter(node: Node) -> str:
    base, shown, condition = map(_text, children_of(node))
    return f"{base}[?{condition}]{'.' if shown else ''}{shown}"


_WRITERS: Mapping[str, Callable[[Node], str]] = {
    "field": _field,
    "literal": _literal,
    "current": lambda _: "@",
    "identity": lambda _: "",
    "subexpression": _joined("."),
    "pipe": _joined(" | "),
    "index_expression": _joined(""),
    "index": lambda node: f"[{node['value']}]",
    "slice": _slice,
    "flatten": lambda node: f"{_joined('')(node)}[]",
    "projection": _projection,
    "value_projection": _projection,
    "filter_projection": _filter,
    "or_expression": _joined(" || "),
    "and_expression": _joined(" && "),
    "not_expression": lambda node: f"!{_joined('')(node)}",
    "comparator": _comparator,
    "function_expression": _call,
    "expref": lambda node: f"&{_joined('')(node)}",
    "multi_select_list": lambda node: f"[{_joined(', ')(node)}]",
    "multi_select_dict": lambda node: f"{{{_joined(', ')(node)}}}",
    "key_val_pair": lambda node: f"{node['value']}: {_joined('')(node)}",
}
