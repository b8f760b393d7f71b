"""The three switches as people meet them: on, off, paused by the system, locked by a file, decided
for some. Pure.

What a switch does to an event is `decision.admit`'s; here it is only told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from zsf_plugin.console import labels
from zsf_plugin.console.console_rules import lock_of
from zsf_plugin.console.presenters.deciders import short, when_words
from zsf_plugin.console.rich_text import At, RichText
from zsf_plugin.decision.merge import for_everyone
from zsf_plugin.messages.availability import PAUSED_ON_A_PAGE, availability_text
from zsf_plugin.model import Availability, Rule
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


#: Why nothing goes out although the switch is on: a head line; then why, what waits, and how that
#: ends.
Pause: TypeAlias = "tuple[RichText, RichText]"


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
        pause=_pause(name, status) if on else None,
        locked_by=lock_of(rules, "switches", name),
        some=tuple(_for_some(name, rules)),
    )


def is_on(name: Name, rules: Sequence[Rule]) -> bool:
    """What the switch is for everyone about whom no file says otherwise."""
    return getattr(for_everyone(rules).switches, name) is True


def last_change(name: Name, history: Sequence[HistoryLine]) -> HistoryLine | None:
    """The last time that a person flipped it."""
    return next(
        (line for line in history if line.code == "switch" and line.detail.get("switch") == name),
        None,
    )


def _since(name: Name, on: bool, rules: Sequence[Rule], history: Sequence[HistoryLine]) -> RichText:
    """Since when, and by whom."""
    state = "On" if on else "Off"
    line = last_change(name, history)
    if line is not None and line.detail.get("now") is on:
        return (f"{state} since ", At(line.at), f", by {line.by}" if line.by else "")
    is_set_here = any(rule.layer == "console" and name in _switches(rule) for rule in rules)
    return (f"{state}, as set here" if is_set_here else f"{state} by default",)


def _for_some(name: Name, rules: Sequence[Rule]) -> Iterator[str]:
    found = [
        rule
        for rule in rules
        if rule.when is not None and rule.layer != "shipped" and name in _switches(rule)
    ]
    for rule in reversed(found):
        says = "On" if _switches(rule)[name] is True else "Off"
        yield f"{short(rule.file)} says {says} {when_words(rule.when or '')}."
    if found:
        yield "This switch is for everyone else."


def _switches(rule: Rule) -> dict[str, object]:
    section = rule.document.get("switches")
    return dict(section) if isinstance(section, dict) else {}


def _pause(name: Name, status: Status) -> Pause | None:
    """Why what the switch lets through does not go out now."""
    purpose = _PURPOSES.get(name)
    if purpose is None:
        return None
    waiting = _waiting(status)
    whole = _nothing_sent_yet(status, waiting) or _paused(status, waiting)
    return whole or _throttled(purpose, status, waiting)


def _waiting(status: Status) -> str:
    number = status.counts.waiting
    return (
        f"{labels.plural(number, 'entry waits', 'entries wait')}." if number else "Nothing waits."
    )


def _nothing_sent_yet(status: Status, waiting: str) -> Pause | None:
    """Before a first connection, and until its first preview was seen."""
    connection, number = status.connection, status.counts.pending
    if connection is None:
        return ("Nothing is sent yet.",), (f"Salesforce is not connected. {waiting}",)
    if connection.state != "previewing":
        return None
    decided = (
        f" and the {labels.plural(number, 'waiting entry was', 'waiting entries were')} decided on"
        if number
        else ""
    )
    why = f"It starts once the first preview was seen{decided}."
    return ("Nothing is sent yet, since ", At(connection.connected_at), "."), (why,)


def _paused(status: Status, waiting: str) -> Pause | None:
    """The whole workspace rests."""
    pause = status.paused
    if pause is None:
        return None
    if pause.code == "reconnect":
        why = f"The Salesforce sign-in ended. {waiting} None is lost."
        return ("Paused by the system.",), (why,)
    head: RichText = ("Paused by the system since ", At(pause.since or 0.0), ".")
    return head, (f"{_why(pause)} {waiting} ", *_goes_on(pause.until))


def _why(pause: Availability) -> str:
    return PAUSED_ON_A_PAGE.get(pause.code) or labels.sentence(availability_text(pause))


def _goes_on(until: float | None) -> RichText:
    """How a pause ends."""
    if until is None:
        return ("Goes on once a person has acted.",)
    return ("Starts again by itself at about ", At(until), ".")


def _throttled(purpose: str, status: Status, waiting: str) -> Pause | None:
    """The purpose's share of the allocation is used."""
    until, seen = status.resting.get(purpose), status.allocation
    if until is None or seen.used is None or not seen.limit or seen.seen_at is None:
        return None
    used = labels.percent(seen.used / seen.limit)
    why = f"The org has used {used} of today’s calls; the rest is kept for"
    whom = f"{_kept_for(purpose, status)}. {waiting} Looked at again at about "
    head: RichText = ("Paused by the system, as of ", At(seen.seen_at), ".")
    return head, (f"{why} {whom}", At(until), ", then it goes on by itself.")


def _kept_for(purpose: str, status: Status) -> str:
    """Who may go on while this purpose may not."""
    goes_first = purpose == "activities" and "purchases" not in status.resting
    return "purchases" if goes_first else "others"
