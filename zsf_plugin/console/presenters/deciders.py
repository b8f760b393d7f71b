"""Words for who decides: what a rule file is called, whom its `when` means, where a key comes from.
Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

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


def short(file: str) -> str:
    """A rule file as people call it: the folder that all share goes without saying."""
    return file.removeprefix("rules/")


def set_by(what: str, file: str) -> str:
    """ "Contact.Phone is set by 10-eu.toml. Change it in that file." """
    return f"{what} is set by {short(file)}. Change it in that file."


def decides(file: str, when: str) -> str:
    """ "10-eu.toml decides for DE and FR." """
    return f"{short(file)} decides {when_words(when)}."


def when_words(when: str) -> str:
    """For whom a rule is: "DE and FR" for comparisons of one path joined by or, else the expression
    as it is."""
    if not _IS_ONE_OF.fullmatch(when):
        return f"where {when}"
    return f"for {listed(_IN_QUOTES.findall(when))}"


def origins_of(rules: Iterable[Rule]) -> dict[str, str]:
    """Who says what each rule file says: `shipped`, `console`, or the file that somebody wrote."""
    return {
        rule.file: rule.layer if rule.layer in ("shipped", "console") else short(rule.file)
        for rule in rules
    }
