"""Routes that are compiled once in a process: each console of a test has a map of its own, for which Werkzeug would
compile the same functions again."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


@cache
def share_compiled_routes() -> None:
    """Let all rules that this process binds from now on share the functions that build their addresses.

    One depends on the rule and what it was parsed to; with defaults also on their values, so those are compiled each time.
    """
    compiled: dict[tuple[str, tuple[tuple[bool, str], ...], bool], Builder] = {}
    compile_builder = Rule._compile_builder

    def compile_once(rule: Rule, append_unknown: bool = True) -> Builder:
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = compile_once  # type: ignore[method-assign]
