"""Words for who decides: what a rule file is called, whom its `when` means, where a key comes from.
Asks nobody."""

from __future__ import annotations

import re

from zsf_plugin.console.labels import listed
from zsf_plugin.model import Rule
from zsf_plugin.wiring.console import ConsoleApp

_EQUALS = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_.]*)\s*==\s*'([^']*)'\s*")


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
    parts = [_EQUALS.fullmatch(part) for part in when.split("||")]
    found = [part for part in parts if part is not None]
    if len(found) != len(parts) or len({part[1] for part in found}) != 1:
        return f"where {when}"
    return f"for {listed([part[2] for part in found])}"


def origin(rule: Rule) -> str:
    """Who says so: `shipped`, `console`, or the file that somebody wrote."""
    return rule.layer if rule.layer in ("shipped", "console") else short(rule.file)


def origin_of(app: ConsoleApp, workspace: str, file: str) -> str:
    """Who has the last word where that file has it: `shipped`, `console`, or the file's name."""
    rule = next((rule for rule in app.rulebook.rules(workspace) if rule.file == file), None)
    return origin(rule) if rule is not None else short(file)
