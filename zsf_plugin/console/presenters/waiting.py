"""What keeps the entries of a workspace from going out, gathered without a call to Salesforce."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zsf_plugin.model import AVAILABLE, Availability
from zsf_plugin.wiring.console import ConsoleApp


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


def waiting_of(app: ConsoleApp, workspace: str) -> Waiting:
    """What the workspace waits for, without a call to Salesforce."""
    connection = app.store.connection(workspace)
    rules = app.rulebook.rules_for(workspace, {"workspace": workspace})
    found = app.availability.check(connection)
    throttled = {} if connection is None else app.availability.throttled(connection)
    return Waiting(app.clock.now(), found, throttled, rules.owner == ("user.email",))
