"""The functions that rules have besides JMESPath's own: `lower`, `domain`, `concat`, `html_text`.

Importing this module loads jmespath, which `expressions` does only when a rule needs more than a
plain path.
"""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from itertools import repeat

from jmespath.functions import Functions, signature
from jmespath.visitor import Options

from zsf_plugin.forking import fork_guard
from zsf_plugin.model import Json
from zsf_plugin.model.hosts import bare_domain

_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+")
#: In characters; the longest address that browsers take has 2,083. Reading one costs time by it.
_MAX_ADDRESS = 10_000
#: Whole numbers below this are written without `.0`: a step of 2.0 is step 2.
_MAX_EXACT_FLOAT = 2.0**53


@lru_cache(maxsize=4)
def _text_of_html(value: str) -> str | None:
    """Cached, since several expressions read the text of one message, each more than once."""
    with fork_guard.inside():
        from zsf_plugin.decision.html import text_of_html

    return text_of_html(value)


class RuleFunctions(Functions):  # type: ignore[misc]  # jmespath is not typed
    """JMESPath's functions and ours. Ours return null for null, so that `lower(x) || 'y'` works."""

    @signature({"types": ["string", "null"]})  # type: ignore[untyped-decorator]  # jmespath is not typed
    def _func_lower(self, value: str | None) -> str | None:
        return None if value is None else value.lower()

    @signature({"types": ["string", "null"]})  # type: ignore[untyped-decorator]  # jmespath is not typed
    def _func_domain(self, value: str | None) -> str | None:
        if value is None or len(value) > _MAX_ADDRESS:
            return None
        host = bare_domain(value)
        return host if host is not None and _HOST.fullmatch(host) else None

    @signature({"types": [], "variadic": True})  # type: ignore[untyped-decorator]  # jmespath is not typed
    def _func_concat(self, *parts: Json) -> str | None:
        texts = [_text(part) for part in parts]
        return None if None in texts else "".join(filter(None, texts))

    @signature({"types": ["string", "null"]})  # type: ignore[untyped-decorator]  # jmespath is not typed
    def _func_html_text(self, value: str | None) -> str | None:
        return None if value is None else _text_of_html(value)


@lru_cache(maxsize=1)
def jmespath_options() -> Options:
    """The options jmespath runs with."""
    return Options(custom_functions=RuleFunctions())


def call_error(name: str, given: int) -> str | None:
    """The error in a call of that function with that number of arguments, or None."""
    known = RuleFunctions.FUNCTION_TABLE
    if name not in known:
        return f"unknown function {name}(); {_name_hint(name)}"
    parameters = known[name]["signature"]
    wanted, is_variadic = len(parameters), bool(parameters[-1].get("variadic"))
    if given == wanted or (is_variadic and given > wanted):
        return None
    least = "at least " if is_variadic else ""
    return f"{name}() takes {least}{_arguments(wanted)}, not {given}"


def parameter_types(name: str, given: int) -> list[frozenset[str]]:
    """The types that the function takes for each of its arguments; empty: any."""
    parameters = [
        frozenset(str(type_).partition("-")[0] for type_ in parameter["types"])
        for parameter in RuleFunctions.FUNCTION_TABLE[name]["signature"]
    ]
    # jmespath checks the arguments of a variadic function as far as they are listed
    return [*parameters, *repeat(frozenset(), given - len(parameters))]


def _arguments(count: int) -> str:
    return "1 argument" if count == 1 else f"{count} arguments"


def _name_hint(name: str) -> str:
    known = sorted(RuleFunctions.FUNCTION_TABLE)
    close = difflib.get_close_matches(name, known, 1)
    return f"did you mean {close[0]}()?" if close else f"the functions are {', '.join(known)}"


def _text(part: Json) -> str | None:
    """A text or number as `concat` joins it; None for anything else."""
    if isinstance(part, bool) or not isinstance(part, (str, int, float)):
        return None
    if isinstance(part, float) and part.is_integer() and abs(part) < _MAX_EXACT_FLOAT:
        return str(int(part))
    return str(part)
