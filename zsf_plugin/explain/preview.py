"""A preview: an event explained by rules that may be a draft, beside the org where that may be
asked now.

Never writes. It is the last to spend a call: it rests where badges do, and asks for what it knows
already of no one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from zsf_plugin.decision.admit import admit
from zsf_plugin.decision.decide import decide
from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.errors import QuotaReached, ReconnectRequired, Unavailable
from zsf_plugin.explain.cost import bound, counted
from zsf_plugin.explain.differences import found_in
from zsf_plugin.explain.explanation import Explanation
from zsf_plugin.explain.looks import Looks
from zsf_plugin.explain.owners import Owners
from zsf_plugin.model.event import Event
from zsf_plugin.model.link import Connection
from zsf_plugin.model.plan import Plan
from zsf_plugin.model.world import World
from zsf_plugin.ports.clock import Clock
from zsf_plugin.ports.crm import Crm
from zsf_plugin.ports.rules import RuleSource
from zsf_plugin.ports.store import Store
from zsf_plugin.sync.allocation import look
from zsf_plugin.sync.pauses import ask_to_reconnect, rest_for_the_day

_log = logging.getLogger("zsf_plugin.explain")

#: After an answer that failed to come, previews ask for nothing for so many seconds at most.
_FAILED_S = 30.0

#: Why what the org has is not known: `not_connected`, `reconnect` (sign in again), `resting`
#: (badges' share of the allocation is used), `used_up` (the whole allocation is), `unavailable`.
Why = Literal["not_connected", "reconnect", "resting", "used_up", "unavailable"]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why the org was not looked at, and when (seconds since 1970) it may be again; None until a
    person acts."""

    why: Why
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """An event's plan, always, with what the switches would say of it now (`explanation.skipped`).

    `world` is what the changes were made of; None, with `unknown`, where the org was not looked at.
    `owner` is the name of the user who owns the person found, where known.
    """

    explanation: Explanation
    world: World | None = None
    unknown: Unknown | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class PreviewParts:
    """What previews are made with. `rules` are those in force: they say when previews rest."""

    store: Store
    rules: RuleSource
    clock: Clock
    crm_of: Callable[[Connection], Crm]


class Previews:
    """Previews of every workspace of a process."""

    def __init__(self, parts: PreviewParts) -> None:
        self._parts = parts
        self._looks = Looks(parts.clock)
        self._owners = Owners(parts.clock)
        self._failed: dict[str, float] = {}

    def of(self, event: Event, rules: RuleSource, *, again: bool = False) -> Preview:
        """What those rules would make of the event. `again`: a person asks, though the org has just
        failed to answer.

        Raises StoreUnavailable.
        """
        if again:
            self._failed.pop(event.workspace, None)
        in_force = rules.rules_for(event.workspace, event.scope)
        admission = admit(event, in_force)
        plan = decide(admission.event, in_force)
        links = self._parts.store.links(event.workspace, plan.links)
        planned = Explanation(event, in_force, bound(plan, links), admission.skipped, plan)
        connection = self._parts.store.connection(event.workspace)
        if connection is None:
            return Preview(planned, unknown=Unknown("not_connected"))
        try:
            unknown = self._may_not_ask(connection)
            return (
                self._beside(planned, plan, connection)
                if unknown is None
                else Preview(planned, unknown=unknown)
            )
        except (Unavailable, QuotaReached, ReconnectRequired) as error:
            return Preview(planned, unknown=self._failed_by(connection, error))

    def _beside(self, planned: Explanation, plan: Plan, connection: Connection) -> Preview:
        """The plan beside the org. Raises as looking does."""
        store, crm = self._parts.store, self._parts.crm_of(connection)
        world, looked = self._looks.look(
            connection, crm, plan, store, lambda: self._calls(connection)
        )
        changes, _ = reconcile(plan, world)
        explanation = replace(
            planned, cost=counted(looked, crm.cost(changes.writes)), changes=changes
        )
        person = found_in(plan, world)[1].record
        owner = (
            self._owners.name(connection, crm, planned.event, world, person)
            if person is not None
            else None
        )
        return Preview(explanation, world, owner=owner)

    def _may_not_ask(self, connection: Connection) -> Unknown | None:
        """Why the org may not be asked now, or None. One call where a rest has just ended."""
        parts, now = self._parts, self._parts.clock.now()
        if connection.state == "reconnect":
            return Unknown("reconnect")
        pause = parts.store.paused(connection.workspace)
        if pause is not None and pause.until is not None and pause.until > now:
            return Unknown("used_up" if pause.code == "quota" else "unavailable", pause.until)
        failed = self._failed.get(connection.workspace, 0.0)
        if failed > now:
            return Unknown("unavailable", failed)
        rests = look(
            parts.store, parts.rules, parts.crm_of(connection), connection, parts.clock, "badges"
        )
        return Unknown("resting", rests["badges"]) if "badges" in rests else None

    def _failed_by(
        self, connection: Connection, error: Unavailable | QuotaReached | ReconnectRequired
    ) -> Unknown:
        """Keep what the error says of the whole org, and ask for nothing for a while."""
        store, now = self._parts.store, self._parts.clock.now()
        _log.info("previews of workspace %s rest: %s", connection.workspace, type(error).__name__)
        if isinstance(error, ReconnectRequired):
            ask_to_reconnect(store, connection, error, now)
            return Unknown("reconnect")
        if isinstance(error, QuotaReached) and error.kind == "daily":
            rest_for_the_day(store, connection, error, now)
            return Unknown("used_up", now + error.retry_after_s)
        until = self._failed[connection.workspace] = now + min(error.retry_after_s, _FAILED_S)
        return Unknown("unavailable", until)

    def _calls(self, connection: Connection) -> int:
        return self._parts.store.allocation(
            connection.org_id, self._parts.clock.now()
        ).by_purpose.get("upkeep", 0)
