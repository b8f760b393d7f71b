"""The three switches as people meet them: on, off, paused by the system, locked by a file, decided
for some. Pure.

What a switch does to an event is `decision.decide`'s; here it is only told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from zsf_plugin.console.configuration.pauses import Pause, pause_of
from zsf_plugin.console.console_rules import console_document, lock_of
from zsf_plugin.console.presenters.deciders import short, when_words
from zsf_plugin.console.rich_text import At, RichText
from zsf_plugin.decision.merge import for_everyone
from zsf_plugin.model import Rule, table_in
from zsf_plugin.ports import HistoryLine
from zsf_plugin.wiring.status import Status

Name = Literal["sync_prospects", "sync_activities", "include_contents"]
NAMES: tuple[Name, ...] = get_args(Name)
TITLES: dict[Name, str] = {
    "sync_prospects": "Sync prospects",
    "sync_activities": "Sync activities",
    "include_contents": "Include message contents",
}
_ON: dict[Name, str] = {
    "sync_prospects": "Purchased prospects are matched in Salesforce, then connected or created.",
    "sync_activities": "Sent e-mails and LinkedIn touchpoints appear as completed activities.",
    "include_contents": "Activities carry what the message said.",
}
_OFF: dict[Name, str] = {
    **_ON,
    "include_contents": "Salesforce shows that a message was sent, not what it said.",
}
_OFF_ADDS: dict[Name, str] = {
    "sync_prospects": "New purchases are skipped, with this reason.",
    "sync_activities": "New activities are skipped, with this reason.",
    "include_contents": "",
}
#: The purpose whose rest pauses a switch. Contents are decided on when an event comes: nothing
#: pauses that.
_PURPOSES: dict[Name, str] = {"sync_prospects": "purchases", "sync_activities": "activities"}


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch. `locked_by` is the rule file that sets it for all; `some` a sentence for each
    that does for some."""

    name: Name
    on: bool
    since: RichText
    pause: Pause | None = None
    locked_by: str | None = None
    some: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What it is called."""
        return TITLES[self.name]

    @property
    def about(self) -> str:
        """What it does as it stands."""
        return (_ON if self.on else _OFF)[self.name]

    @property
    def adds(self) -> str:
        """What being off means for what comes in."""
        return "" if self.on else _OFF_ADDS[self.name]


def switch_of(
    name: Name, rules: Sequence[Rule], status: Status, history: Sequence[HistoryLine]
) -> Switch:
    """The switch as it stands for everyone about whom no file says otherwise. `history` is newest
    first."""
    on = is_on(name, rules)
    return Switch(
        name=name,
        on=on,
        since=_since(name, on, rules, history),
        pause=pause_of(_PURPOSES[name], status) if on and name in _PURPOSES else None,
        locked_by=lock_of(rules, "switches", name),
        some=_for_some(name, rules),
    )


def is_on(name: Name, rules: Sequence[Rule]) -> bool:
    """What the switch is for everyone about whom no file says otherwise."""
    return getattr(for_everyone(rules).switches, name) is True


def last_change(name: Name, history: Sequence[HistoryLine]) -> HistoryLine | None:
    """The last time that a person flipped it."""
    return next((line for line in history if line.detail.get("switch") == name), None)


def _since(name: Name, on: bool, rules: Sequence[Rule], history: Sequence[HistoryLine]) -> RichText:
    """Since when, and by whom."""
    state = "On" if on else "Off"
    line = last_change(name, history)
    if line and line.detail.get("now") is on:
        return f"{state} since ", At(line.at), f", by {line.by}" if line.by else ""
    return (f"{state}, as set here" if _is_set_here(name, rules) else f"{state} by default",)


def _is_set_here(name: Name, rules: Sequence[Rule]) -> bool:
    return name in table_in(console_document(rules), "switches")


def _for_some(name: Name, rules: Sequence[Rule]) -> tuple[str, ...]:
    """What files say of it for some events, the one with the last word first."""
    said = [_says(rule, name) for rule in reversed(rules) if _decides_for_some(rule, name)]
    return (*said, "This switch is for everyone else.") if said else ()


def _decides_for_some(rule: Rule, name: Name) -> bool:
    if rule.when is None or rule.layer == "shipped":
        return False
    return name in table_in(rule.document, "switches")


def _says(rule: Rule, name: Name) -> str:
    """`10-eu.toml says Off for DE and FR.`"""
    to = "On" if table_in(rule.document, "switches")[name] is True else "Off"
    return f"{short(rule.file)} says {to} {when_words(rule.when or '')}."
