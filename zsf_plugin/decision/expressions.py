"""Expressions: JMESPath as rules write it, checked when loaded, never raising when evaluated. Pure.

A plain path (`prospect.company.name`) becomes a closure, because jmespath interprets; both give the same answers.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from zsf_plugin.model.compare import bare_domain
from zsf_plugin.model.json import Json, JsonObject

if TYPE_CHECKING:
    from jmespath.parser import ParsedResult
    from jmespath.visitor import Options

_PLAIN_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_Evaluator = Callable[[JsonObject], Json]


def faults(text: str) -> tuple[str, ...]:
    """What is wrong with an expression, in words; empty when it is fine. Never raises."""
    if not text.strip():
        return ("the expression is empty",)
    if _PLAIN_PATH.fullmatch(text):
        return ()
    import jmespath.exceptions

    try:
        parsed = _parsed(text)
    except (jmespath.exceptions.JMESPathError, RecursionError, ValueError) as error:
        return (f"not a JMESPath expression: {_first_line(error)}",)
    return tuple(_call_faults(parsed.parsed))


def evaluate(text: str, scope: JsonObject) -> Json:
    """The value of an expression over an event's scope; null wherever it meets null or a wrong type."""
    return _compiled(text)(scope)


def truth(text: str, scope: JsonObject) -> bool:
    """Whether a `when` holds, by JMESPath's truth: null, false and anything empty are false."""
    value = evaluate(text, scope)
    return not (value is None or value is False or value == "" or value == [] or value == {})


@lru_cache(maxsize=2048)
def _compiled(text: str) -> _Evaluator:
    if _PLAIN_PATH.fullmatch(text):
        return _closure(tuple(text.split(".")))
    return _interpreted(text)


def _closure(path: tuple[str, ...]) -> _Evaluator:
    def walk(scope: JsonObject) -> Json:
        value: Json = scope
        for key in path:
            if not isinstance(value, dict):
                return None
            value = value.get(key)
        return value

    return walk


def _interpreted(text: str) -> _Evaluator:
    import jmespath.exceptions

    parsed, options = _parsed(text), _options()

    def search(scope: JsonObject) -> Json:
        try:
            return cast(Json, parsed.search(scope, options=options))
        except (jmespath.exceptions.JMESPathError, TypeError, ValueError, AttributeError):
            return None

    return search


def _parsed(text: str) -> ParsedResult:
    from jmespath.parser import Parser

    return Parser().parse(text)


@lru_cache(maxsize=1)
def _options() -> Options:
    import jmespath
    from jmespath import functions

    class RuleFunctions(functions.Functions):  # type: ignore[misc]  # jmespath is not typed
        """JMESPath's own functions and the three that rules need."""

        @functions.signature({"types": ["string"]})  # type: ignore[untyped-decorator]  # jmespath is not typed
        def _func_lower(self, value: str) -> str:
            return value.lower()

        @functions.signature({"types": ["string"]})  # type: ignore[untyped-decorator]  # jmespath is not typed
        def _func_domain(self, value: str) -> str | None:
            return bare_domain(value)

        @functions.signature({"types": [], "variadic": True})  # type: ignore[untyped-decorator]  # jmespath is not typed
        def _func_concat(self, *parts: Json) -> str | None:
            return _concat(parts)

    return jmespath.Options(custom_functions=RuleFunctions())


def _concat(parts: tuple[Json, ...]) -> str | None:
    """The parts as one text; null where any of them is null or no text or number."""
    if any(isinstance(part, bool) or not isinstance(part, (str, int, float)) for part in parts):
        return None
    return "".join(str(part) for part in parts)


def _call_faults(node: dict[str, object]) -> list[str]:
    """Unknown functions and wrong numbers of arguments, anywhere in the tree: jmespath finds them only when run."""
    found: list[str] = []
    waiting = [node]
    while waiting:
        at = waiting.pop()
        children = [child for child in cast(list[object], at.get("children", [])) if isinstance(child, dict)]
        if at.get("type") == "function_expression":
            found += _one_call(str(at["value"]), len(children))
        waiting += children
    return found


def _one_call(name: str, given: int) -> list[str]:
    table = _options().custom_functions.FUNCTION_TABLE
    if name not in table:
        close = difflib.get_close_matches(name, table, 1)
        hint = f", did you mean {close[0]}()?" if close else f"; known are {', '.join(sorted(table))}"
        return [f"unknown function {name}(){hint}"]
    signature = table[name]["signature"]
    variadic = bool(signature) and bool(signature[-1].get("variadic"))
    wanted = len(signature)
    if (given < wanted) if variadic else (given != wanted):
        return [f"{name}() takes {'at least ' if variadic else ''}{wanted}, not {given}, arguments"]
    return []


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
