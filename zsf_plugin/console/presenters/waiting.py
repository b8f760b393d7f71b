"""What keeps the entries of a workspace from going out, gathered without a call to Salesforce, and
its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zsf_plugin.console.labels import capital, clipped
from zsf_plugin.console.rich_text import At, RichText
from zsf_plugin.messages.availability import WAITS, WAITS_UNTIL, availability_text
from zsf_plugin.model import AVAILABLE, Availability, Kind
from zsf_plugin.ports import Entry
from zsf_plugin.wiring.apps import ConsoleApp

#: The purpose of each kind of entry, as the allocation has it and as people call it.
_PURPOSES: Mapping[Kind, tuple[str, str]] = {
    "purchase": ("purchases", "Purchases"),
    "touchpoint": ("activities", "Activities"),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a workspace waits for: why its org may not be asked, and the purposes that are throttled
    until when.

    `sellers_own`: whether an owner is the user with the seller's e-mail, as the shipped rules have
    it.
    """

    now: float = 0.0
    availability: Availability = AVAILABLE
    resting: Mapping[str, float] = field(default_factory=dict)
    sellers_own: bool = True

    def why(self, entry: Entry) -> RichText:
        """What keeps the entry; nothing where it is merely next in line."""
        return self._pause() or self._throttle(entry.kind) or self._delay(entry)

    def _pause(self) -> RichText:
        """Why the org may not be asked at all."""
        found = self.availability
        if found.code in WAITS:
            return (WAITS[found.code],)
        if found.may_ask:
            return ()
        pause = WAITS_UNTIL.get(found.code) or f"{capital(availability_text(found))}; rests"
        return _until(clipped(pause, 200), found.until)

    def _throttle(self, kind: Kind) -> RichText:
        """Why nothing of that kind goes out."""
        purpose, name = _PURPOSES[kind]
        if purpose not in self.resting:
            return ()
        return _until(f"{name} rest", self.resting[purpose])

    def _delay(self, entry: Entry) -> RichText:
        """Why this entry is not tried yet."""
        is_due = entry.not_before <= self.now
        return () if is_due else ("Tried again at about ", At(entry.not_before))


def _until(words: str, at: float | None) -> RichText:
    if at is None:
        return (f"{words} until somebody acts",)
    return f"{words} until about ", At(at)


def waiting_of(app: ConsoleApp, workspace: str) -> Waiting:
    """What the workspace waits for, without a call to Salesforce."""
    connection = app.store.connection(workspace)
    rules = app.rulebook.rules_for(workspace, {"workspace": workspace})
    return Waiting(
        now=app.clock.now(),
        availability=app.availability.check(connection),
        resting=app.availability.throttled(connection) if connection else {},
        sellers_own=rules.owner == ("user.email",),
    )
