"""A preview: an event explained by rules that may be a draft, beside the org where that may be
asked now.

Never writes to Salesforce; it may record or end a pause. Previews have the lowest call priority:
they pause when badges pause, and reuse what is known already.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from zsf_plugin.decision.matching import match_person
from zsf_plugin.explain.differences import ObjectDifference, differences
from zsf_plugin.explain.explanation import EventExplanation, Live, explain_plan, with_changes
from zsf_plugin.explain.looks import Looks, Owners
from zsf_plugin.model import Availability, Changes, Connection, Event, Plan, World
from zsf_plugin.ports import Clock, Crm, RuleSource, Store
from zsf_plugin.sync.availability import ORG_ERRORS, OrgAvailability, OrgError

_log = logging.getLogger("zsf_plugin.explain")


@dataclass(frozen=True, slots=True)
class Preview:
    """An event's plan, always, with what the switches would say of it now (`explanation.skipped`).

    `world` is what the changes were made of; None, with `unknown` saying why, where the org was not
    looked at.
    `owner` is the name of the user who owns the person found, where known.
    """

    explanation: EventExplanation
    plan: Plan
    world: World | None = None
    unknown: Availability | None = None
    owner: str | None = None

    @property
    def changes(self) -> Changes | None:
        """What would be written; None where the org was not looked at."""
        return self.explanation.changes

    def differences(self) -> tuple[ObjectDifference, ...]:
        """The changes field by field; none where the org was not looked at, or nothing of the event
        has changed since it was left done."""
        changes = self.changes
        if self.world is None or changes is None or self.explanation.is_unchanged:
            return ()
        return differences(self.plan, self.world, changes)


@dataclass(frozen=True, slots=True)
class PreviewParts:
    """What previews are made with."""

    store: Store
    clock: Clock
    availability: OrgAvailability
    crm_of: Callable[[Connection], Crm]


class Previews:
    """Previews of every workspace of a process."""

    def __init__(self, parts: PreviewParts) -> None:
        self._parts = parts
        self._looks = Looks(parts.clock)
        self._owners = Owners(parts.clock)

    def of(self, event: Event, rules: RuleSource, *, again: bool = False) -> Preview:
        """What those rules would make of the event. `again`: a person asks, though the org has just
        failed to answer.

        Raises StoreUnavailable.
        """
        if again:
            self._parts.availability.forget_failed_lookup(event.workspace)
        planned, plan = explain_plan(event, rules, self._parts.store)
        return self._preview(Preview(planned, plan))

    def _preview(self, planned: Preview) -> Preview:
        """The plan beside the org, or with why that was not looked at."""
        connection = self._parts.store.connection(planned.explanation.event.workspace)
        if connection is None:
            return replace(planned, unknown=self._parts.availability.check(None))
        try:
            return self._beside(planned, connection)
        except ORG_ERRORS as error:
            return replace(planned, unknown=self._pause_for(connection, error))

    def _pause_for(self, connection: Connection, error: OrgError) -> Availability:
        """Keep what the error pauses, and say why the org is not looked at."""
        _log.info("previews of workspace %s pause: %s", connection.workspace, type(error).__name__)
        return self._parts.availability.record(connection, error, "badges")

    def _beside(self, planned: Preview, connection: Connection) -> Preview:
        """The plan beside the org, where that may be asked now. Raises as looking does."""
        crm = self._parts.crm_of(connection)
        found = self._parts.availability.check_fresh(connection, crm, "badges")
        if not found.is_available:
            return replace(planned, unknown=found)
        live = Live(crm, partial(self._calls, connection))
        return self._look(planned, connection, live)

    def _look(self, planned: Preview, connection: Connection, live: Live) -> Preview:
        """The plan in the world that looking shows. Raises as looking does."""
        plan = planned.plan
        world, looked = self._looks.look(connection, live, plan, self._parts.store)
        explanation = with_changes(planned.explanation, plan, world, live.crm, looked)
        event, person = explanation.event, match_person(plan, world).record
        preview = Preview(explanation, plan, world)
        try:
            owner = self._owners.name(connection, live.crm, event, world, person)
        except ORG_ERRORS as error:  # the rest is known: that is not thrown away for a name
            self._pause_for(connection, error)
            return preview
        return replace(preview, owner=owner)

    def _calls(self, connection: Connection) -> int:
        """The calls of the org's day for upkeep so far."""
        allocation = self._parts.store.allocation(connection.org_id, self._parts.clock.now())
        return allocation.by_purpose.get("upkeep", 0)
