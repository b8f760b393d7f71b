"""What keeps the entries of a workspace from going out, gathered without a call to Salesforce."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zsf_plugin.decision.budget import resting
from zsf_plugin.ports.store import Pause
from zsf_plugin.wiring.console import ConsoleApp


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a workspace waits for: a pause or a connection that lacks, and the purposes that rest
    until when.

    `sellers_own`: whether an owner is the user with the seller's e-mail, as the shipped rules have
    it.
    """

    now: float = 0.0
    pause: Pause | None = None
    connection: str = "connected"
    resting: Mapping[str, float] = field(default_factory=dict)
    sellers_own: bool = True


def waiting_of(app: ConsoleApp, workspace: str) -> Waiting:
    """What the workspace waits for, without a call to Salesforce."""
    now, connection = app.clock.now(), app.store.connection(workspace)
    rules = app.rulebook.rules_for(workspace, {"workspace": workspace})
    pause = app.store.paused(workspace)
    if pause is not None and pause.until is not None and pause.until <= now:
        pause = None
    rests: dict[str, float] = {}
    if connection is not None:
        told = app.store.allocation(connection.org_id, now)
        rests = resting(told.used, told.limit, told.seen_at, rules.limits, now)
    state = connection.state if connection is not None else "missing"
    return Waiting(now, pause, state, rests, rules.owner == ("user.email",))
