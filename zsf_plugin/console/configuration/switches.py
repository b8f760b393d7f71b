"""The three switches as the console shows them: on, off, paused, locked by a rule file, or set for
some prospects. Pure.

A pause is why nothing is sent although a switch is on: no connection or first preview yet, a paused
workspace, or a throttled purpose. `decision.decide` applies a switch to an event; this only
describes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from zsf_plugin.console import labels
from zsf_plugin.console.console_rules import console_document, locking_file
from zsf_plugin.console.presenters.deciders import Decider, decider
from zsf_plugin.console.rich_text import At, RichText
from zsf_plugin.console.saving import last_change, value_after
from zsf_plugin.decision.merge import merge_unconditional
from zsf_plugin.model import Rule, table_in
from zsf_plugin.ports import Allocation, HistoryLine
from zsf_plugin.wiring.status import WorkspaceStatus

#: A headline; then why, what waits, and how it ends.
Pause: TypeAlias = tuple[RichText, RichText]


Name = Literal["sync_prospects", "sync_activities", "include_contents"]
NAMES: tuple[Name, ...] = get_args(Name)
TITLES: dict[Name, str] = {name: labels.SWITCHES[name] for name in NAMES}
_ON: dict[Name, str] = {
    "sync_prospects": "Purchased prospects are matched in Salesforce, then linked or created.",
    "sync_activities": "Sent e-mails and LinkedIn touchpoints appear as completed activities.",
    "include_contents": "Activities include the message text.",
}
_OFF: dict[Name, str] = {
    **_ON,
    "include_contents": "Activities show that a message was sent, without its text.",
}
#: What turning it off forgoes, before it is turned off and while it is off.
_IF_OFF: dict[Name, str] = {
    "sync_prospects": "If you turn this off, prospects purchased meanwhile are skipped for good.",
    "sync_activities": "If you turn this off, activities of that time are skipped for good.",
    "include_contents": "If you turn this off, messages sent meanwhile never get their text.",
}
_WHILE_OFF: dict[Name, str] = {
    "sync_prospects": "Prospects purchased while this is off are skipped for good.",
    "sync_activities": "Activities are skipped for good while this is off.",
    "include_contents": (
        "Contents are not stored while this is off: messages sent meanwhile never get their text."
    ),
}
#: The purpose whose throttling pauses a switch. Contents are decided when an event arrives, so
#: nothing pauses them.
_PURPOSES: dict[Name, str] = {"sync_prospects": "purchases", "sync_activities": "activities"}


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch. `is_paused`: nothing of its purpose is sent; `pause` says why, unless the whole
    workspace is paused. `locked_by` is the rule file that sets it for everyone, `some` are those
    that set it for some prospects.
    """

    name: Name
    on: bool
    since: RichText
    is_paused: bool = False
    pause: Pause | None = None
    locked_by: str | None = None
    some: tuple[Decider, ...] = ()

    @property
    def title(self) -> str:
        """Its name on the page."""
        return TITLES[self.name]

    @property
    def about(self) -> str:
        """What it does, on or off."""
        return (_ON if self.on else _OFF)[self.name]

    @property
    def forgoes(self) -> str:
        """What being off forgoes; "" if it is on and a rule file decides that."""
        if not self.on:
            return _WHILE_OFF[self.name]
        return _IF_OFF[self.name] if self.locked_by is None else ""


def switch_of(
    name: Name, rules: Sequence[Rule], status: WorkspaceStatus, history: Sequence[HistoryLine]
) -> Switch:
    """The switch for everyone whom no rule file singles out. `history` is newest first."""
    on = is_on(name, rules)
    has_pause = on and name in _PURPOSES
    pause = _throttled(_PURPOSES[name], status) if has_pause and not _is_paused(status) else None
    return Switch(
        name=name,
        on=on,
        since=_since(name, on, rules, history),
        is_paused=pause is not None or (has_pause and _is_paused(status)),
        pause=pause,
        locked_by=locking_file(rules, "switches", name),
        some=_for_some(name, rules),
    )


def is_on(name: Name, rules: Sequence[Rule]) -> bool:
    """Whether the switch is on for everyone whom no rule file singles out."""
    return getattr(merge_unconditional(rules).switches, name) is True


def _since(name: Name, on: bool, rules: Sequence[Rule], history: Sequence[HistoryLine]) -> RichText:
    """Since when, and by whom."""
    state = "On" if on else "Off"
    line = last_change("switch", name, history)
    if line and value_after(line, "switch", name) is on:
        return f"{state} since ", At(line.at), f", by {line.by}" if line.by else ""
    return (f"{state}, set here" if _is_set_here(name, rules) else f"{state} by default",)


def _is_set_here(name: Name, rules: Sequence[Rule]) -> bool:
    return name in table_in(console_document(rules), "switches")


def _for_some(name: Name, rules: Sequence[Rule]) -> tuple[Decider, ...]:
    """The rule files that set it for some prospects, highest precedence first."""
    return tuple(_decider(rule, name) for rule in reversed(rules) if _decides_for_some(rule, name))


def _decides_for_some(rule: Rule, name: Name) -> bool:
    if rule.when is None or rule.layer == "shipped":
        return False
    return name in table_in(rule.document, "switches")


def _decider(rule: Rule, name: Name) -> Decider:
    """`10-eu.toml turns this off for DE and FR.`"""
    to = "on" if table_in(rule.document, "switches")[name] is True else "off"
    return decider(rule.file, f"turns this {to}", rule.when or "")


def _is_paused(status: WorkspaceStatus) -> bool:
    """Whether nothing is sent at all. The page says why, above the switches or above its
    heading."""
    return status.paused is not None or not_started(status) is not None


def not_started(status: WorkspaceStatus) -> Pause | None:
    """Why nothing was ever sent: no connection, or no first preview yet."""
    connection = status.connection
    if connection is None:
        waiting = labels.plural(status.counts.waiting, "entry waits", "entries wait")
        return ("Nothing is sent yet.",), (f"{waiting} for a connection to Salesforce.",)
    if connection.state != "previewing":
        return None
    why = f"Syncing starts when you have seen a preview and {_last_step(status.counts.pending)}."
    return ("Nothing has been sent since ", At(connection.connected_at), "."), (why,)


def _last_step(pending: int) -> str:
    if not pending:
        return "pressed Start syncing"
    entries = labels.plural(pending, "waiting entry", "waiting entries")
    return f"decided on the {entries}"


def _throttled(purpose: str, status: WorkspaceStatus) -> Pause | None:
    """Why the purpose is throttled: its share of the allocation is used up."""
    until, reading = status.throttled_until.get(purpose), _reading(status.allocation)
    if until is None or reading is None:
        return None
    used, seen_at = reading
    reserved = f"the rest is reserved for {_reserved_for(purpose, status)}"
    why = f"The org has used {used} of today’s API calls; {reserved}. "
    head: RichText = ("Paused since ", At(seen_at), ".")
    waiting = labels.waiting(status.counts.waiting)
    return head, (f"{why}{waiting} Continues automatically at about ", At(until), ".")


def _reading(seen: Allocation) -> tuple[str, float] | None:
    """The used share of today's calls, and when Salesforce reported it; None if it has not."""
    if seen.used is None or not seen.limit or seen.seen_at is None:
        return None
    return labels.percent(seen.used / seen.limit), seen.seen_at


def _reserved_for(purpose: str, status: WorkspaceStatus) -> str:
    """What is still sent while this purpose is throttled."""
    goes_first = purpose == "activities" and "purchases" not in status.throttled_until
    return "purchases" if goes_first else "others"
