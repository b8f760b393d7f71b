"""The settings of matching as the panel shows them: the answer in force, since when, and whether a
rule file sets it for everyone or for some. Pure.

`presenters.match_settings` has their words; `console.saving` changes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zsf_plugin.console.console_rules import conditional_files, console_document
from zsf_plugin.console.presenters.deciders import Decider, decider, short
from zsf_plugin.console.presenters.match_settings import (
    MATCH_NAMES,
    MATCH_SETTINGS,
    Answer,
    MatchName,
    MatchSetting,
    answer_in_force,
    match_lock,
)
from zsf_plugin.console.rich_text import At, RichText
from zsf_plugin.console.saving import last_change, value_after
from zsf_plugin.model import Rule, table_in
from zsf_plugin.ports import HistoryLine


@dataclass(frozen=True, slots=True)
class MatchChoice:
    """One setting with the `value` in force. `locked_by` is the rule file that sets it for
    everyone, `some` are those that set it for some prospects."""

    setting: MatchSetting
    value: str
    since: RichText
    locked_by: str | None = None
    some: tuple[Decider, ...] = ()

    @property
    def name(self) -> MatchName:
        """Its key in the rules."""
        return self.setting.name

    @property
    def answer(self) -> Answer:
        """The answer in force."""
        return self.setting.answers[self.value]


def match_choices(rules: Sequence[Rule], history: Sequence[HistoryLine]) -> tuple[MatchChoice, ...]:
    """Every setting, for everyone whom no rule file singles out. `history` is newest first."""
    return tuple(match_choice(name, rules, history) for name in MATCH_NAMES)


def match_choice(
    name: MatchName, rules: Sequence[Rule], history: Sequence[HistoryLine]
) -> MatchChoice:
    """One setting."""
    value = answer_in_force(name, rules)
    return MatchChoice(
        MATCH_SETTINGS[name],
        value,
        since=_since(name, value, rules, history),
        locked_by=match_lock(name, rules),
        some=tuple(
            decider(file, "sets this", when)
            for file, when in conditional_files(rules, "match", name)
        ),
    )


def _since(
    name: MatchName, value: str, rules: Sequence[Rule], history: Sequence[HistoryLine]
) -> RichText:
    """Since when, and by whom; or the file that sets it."""
    file = match_lock(name, rules)
    if file is not None:
        return (f"Set by {short(file)}",)
    line = last_change("match", name, history)
    if line and value_after(line, "match", name) == value:
        return "Since ", At(line.at), f", by {line.by}" if line.by else ""
    is_set_here = name in table_in(console_document(rules), "match")
    return ("Set here" if is_set_here else "By default",)
