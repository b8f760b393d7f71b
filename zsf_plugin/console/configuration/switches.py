"""The three switches as people meet them: on, off, paused by the system, locked by a file, decided
for some. Pure.

A pause is why nothing goes out although a switch is on: a first connection or preview that is
awaited, a pause of the workspace, a share of the allocation that is used. What a switch does to an
event is `decision.decide`'s; here it is only told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from zsf_plugin.console import labels
from zsf_plugin.console.console_rules import console_document, lock_of
from zsf_plugin.console.presenters.deciders import short, when_words
from zsf_plugin.console.rich_text import At, RichText
from zsf_plugin.decision.merge import merge_unconditional
from zsf_plugin.messages.availability import PAUSED_ON_A_PAGE, availability_text
from zsf_plugin.model import Availability, Rule, table_in
from zsf_plugin.ports import Allocation, HistoryLine
from zsf_plugin.wiring.status import WorkspaceStatus

#: A head line; then why, what waits, and how that ends.
Pause: TypeAlias = tuple[RichText, RichText]


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
#: The purpose whose throttling pauses a switch. Contents are decided when an event arrives: nothing
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
    name: Name, rules: Sequence[Rule], status: WorkspaceStatus, history: Sequence[HistoryLine]
) -> Switch:
    """The switch as it stands for everyone about whom no file says otherwise. `history` is newest
    first."""
    on = is_on(name, rules)
    return Switch(
        name=name,
        on=on,
        since=_since(name, on, rules, history),
        pause=_pause_of(_PURPOSES[name], status) if on and name in _PURPOSES else None,
        locked_by=lock_of(rules, "switches", name),
        some=_for_some(name, rules),
    )


def is_on(name: Name, rules: Sequence[Rule]) -> bool:
    """What the switch is for everyone about whom no file says otherwise."""
    return getattr(merge_unconditional(rules).switches, name) is True


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


def _pause_of(purpose: str, status: WorkspaceStatus) -> Pause | None:
    """Why nothing of that purpose goes out now."""
    return _nothing_sent_yet(status) or _paused(status) or _throttled(purpose, status)


def _nothing_sent_yet(status: WorkspaceStatus) -> Pause | None:
    """Before a first connection, and until its first preview was seen."""
    connection = status.connection
    if connection is None:
        return ("Nothing is sent yet.",), (f"Salesforce is not connected. {_waiting(status)}",)
    if connection.state != "previewing":
        return None
    why = f"It starts once the first preview was seen{_and_decided(status.counts.pending)}."
    return ("Nothing is sent yet, since ", At(connection.connected_at), "."), (why,)


def _and_decided(pending: int) -> str:
    if not pending:
        return ""
    entries = labels.plural(pending, "waiting entry was", "waiting entries were")
    return f" and the {entries} decided on"


def _paused(status: WorkspaceStatus) -> Pause | None:
    """The whole workspace is paused."""
    pause = status.paused
    if pause is None:
        return None
    if pause.code == "reconnect":
        return _signed_out(status)
    head: RichText = ("Paused by the system since ", At(pause.since or 0.0), ".")
    return head, (f"{_why(pause)} {_waiting(status)} ", *_goes_on(pause.until))


def _signed_out(status: WorkspaceStatus) -> Pause:
    why = f"The Salesforce sign-in ended. {_waiting(status)} None is lost."
    return ("Paused by the system.",), (why,)


def _why(pause: Availability) -> str:
    return PAUSED_ON_A_PAGE.get(pause.code) or labels.sentence(availability_text(pause))


def _goes_on(until: float | None) -> RichText:
    """How a pause ends."""
    if until is None:
        return ("Goes on once a person has acted.",)
    return ("Starts again by itself at about ", At(until), ".")


def _throttled(purpose: str, status: WorkspaceStatus) -> Pause | None:
    """The purpose's share of the allocation is used."""
    until, reading = status.throttled_until.get(purpose), _reading(status.allocation)
    if until is None or reading is None:
        return None
    used, seen_at = reading
    kept = f"the rest is kept for {_kept_for(purpose, status)}. {_waiting(status)}"
    why = f"The org has used {used} of today’s calls; {kept} Looked at again at about "
    head: RichText = ("Paused by the system, as of ", At(seen_at), ".")
    return head, (why, At(until), ", then it goes on by itself.")


def _reading(seen: Allocation) -> tuple[str, float] | None:
    """How much of the day is used, and when Salesforce said so; None where it has not."""
    if seen.used is None or not seen.limit or seen.seen_at is None:
        return None
    return labels.percent(seen.used / seen.limit), seen.seen_at


def _kept_for(purpose: str, status: WorkspaceStatus) -> str:
    """Who may go on while this purpose may not."""
    goes_first = purpose == "activities" and "purchases" not in status.throttled_until
    return "purchases" if goes_first else "others"


def _waiting(status: WorkspaceStatus) -> str:
    number = status.counts.waiting
    return (
        f"{labels.plural(number, 'entry waits', 'entries wait')}." if number else "Nothing waits."
    )
