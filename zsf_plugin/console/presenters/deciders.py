"""Words for rule files: a file's name, the prospects it decides for, the file that sets a key.
Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from zsf_plugin.console.labels import listed
from zsf_plugin.model import Rule

_IN_QUOTES = re.compile("'([^']*)'")
#: A text in quotes with no `||` in it.
_TEXT = r"'(?:[^'|]|\|(?!\|))*'"
#: `path == 'one' || path == 'other'`: comparisons of one path with texts.
_IS_ONE_OF = re.compile(
    rf"\s*(?P<path>[A-Za-z_][A-Za-z0-9_.]*)\s*==\s*{_TEXT}\s*"
    rf"(?:\|\|\s*(?P=path)\s*==\s*{_TEXT}\s*)*"
)


@dataclass(frozen=True, slots=True)
class Decider:
    """A rule file that decides for some prospects, as a sentence. `expression` is its condition,
    unless the sentence already says it."""

    text: str
    expression: str = ""


def short(file: str) -> str:
    """A rule file's name without the shared folder."""
    return file.removeprefix("rules/")


def set_by_text(what: str, file: str) -> str:
    """ "Contact.Phone is set by 10-eu.toml. Change it in that file." """
    return f"{what} is set by {short(file)}. Change it in that file."


def decider(file: str, verb: str, when: str) -> Decider:
    """`10-eu.toml decides for DE and FR.`, with "decides" as the verb."""
    values = _values_compared(when)
    if values:
        return Decider(f"{short(file)} {verb} for {listed(values)}.")
    return Decider(f"{short(file)} {verb} for some prospects.", when)


def _values_compared(when: str) -> list[str]:
    """The texts that a condition compares one path with; none for other conditions."""
    return _IN_QUOTES.findall(when) if _IS_ONE_OF.fullmatch(when) else []


def origins_of(rules: Iterable[Rule]) -> dict[str, str]:
    """The name of each rule file's layer: `shipped`, `console`, or the file's own name."""
    return {
        rule.file: rule.layer if rule.layer in ("shipped", "console") else short(rule.file)
        for rule in rules
    }
