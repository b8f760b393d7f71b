"""Previews an event under rules that may be a draft, with a lookup in the org if it is available.

Never writes to Salesforce; it may record or end a pause. Previews have the lowest call priority:
they pause when badges pause, and reuse what is known already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from zsf_plugin.decision.matching import match_person
from zsf_plugin.errors import Log
from zsf_plugin.explain.differences import ObjectDifference, differences
from zsf_plugin.explain.explanation import EventExplanation, LiveOrg, explain_plan, with_changes
from zsf_plugin.explain.lookup_cache import LookupCache, OwnerNames
from zsf_plugin.model import Availability, Changes, Connection, Event, Plan, World
from zsf_plugin.own_calls import own_calls
from zsf_plugin.ports import Clock, Crm, RuleSource, Store
from zsf_plugin.sync.availability import ORG_ERRORS, OrgAvailability, OrgError

_log = Log("zsf_plugin.explain")


@dataclass(frozen=True, slots=True)
class Preview:
    """An event's plan, even if the switches skip it now (`explanation.skipped`).

    `world` is the basis of the changes; None without a lookup, and `unknown` then says why. `owner`
    is the name of the user who owns the found person, if known.
    """

    explanation: EventExplanation
    plan: Plan
    world: World | None = None
    unknown: Availability | None = None
    owner: str | None = None

    @property
    def changes(self) -> Changes | None:
        """What would be written; None without a lookup."""
        return self.explanation.changes

    def differences(self) -> tuple[ObjectDifference, ...]:
        """The changes field by field; none without a lookup, or if the event was synced before and
        has not changed."""
        changes = self.changes
        if self.world is None or changes is None or self.explanation.is_unchanged:
            return ()
        return differences(self.plan, self.world, changes)


@dataclass(frozen=True, slots=True)
class PreviewParts:
    """The dependencies of previews."""

    store: Store
    clock: Clock
    availability: OrgAvailability
    crm_of: Callable[[Connection], Crm]


class Previews:
    """Previews for every workspace of a process."""

    def __init__(self, parts: PreviewParts) -> None:
        self._parts = parts
        self._lookups = LookupCache(parts.clock)
        self._owners = OwnerNames(parts.clock)

    def of(self, event: Event, rules: RuleSource, *, again: bool = False) -> Preview:
        """Preview the event under those rules. `again`: a person retries after the org failed to
        answer.

        Raises StoreUnavailable.
        """
        if again:
            self._parts.availability.forget_failed_lookup(event.workspace)
        planned, plan = explain_plan(event, rules, self._parts.store, self._parts.clock.now())
        return self._preview(Preview(planned, plan))

    def _preview(self, planned: Preview) -> Preview:
        """The plan with a lookup, or with the reason why there is none."""
        connection = self._parts.store.connection(planned.explanation.event.workspace)
        if connection is None:
            return replace(planned, unknown=self._parts.availability.check(None))
        try:
            return self._beside(planned, connection)
        except ORG_ERRORS as error:
            return replace(planned, unknown=self._pause_for(connection, error))

    def _pause_for(self, connection: Connection, error: OrgError) -> Availability:
        """Record the pause after an error, and return why there is no lookup."""
        _log.info(
            "previews of workspace %s are paused: %s", connection.workspace, type(error).__name__
        )
        return self._parts.availability.record(connection, error, "badges")

    def _beside(self, planned: Preview, connection: Connection) -> Preview:
        """The plan with a lookup, if the org is available now. Raises as the lookup does."""
        crm = self._parts.crm_of(connection)
        found = self._parts.availability.check_fresh(connection, crm, "badges")
        if not found.is_available:
            return replace(planned, unknown=found)
        live = LiveOrg(crm, lambda: own_calls()["upkeep"])
        return self._look(planned, connection, live)

    def _look(self, planned: Preview, connection: Connection, live: LiveOrg) -> Preview:
        """The plan reconciled with the org. Raises as the lookup does."""
        plan = planned.plan
        world, looked = self._lookups.look_up(connection, live, plan, self._parts.store)
        explanation = with_changes(planned.explanation, plan, world, live.crm, looked)
        event, person = explanation.event, match_person(plan, world).record
        preview = Preview(explanation, plan, world)
        try:
            owner = self._owners.name(connection, live.crm, event, world, person)
        except ORG_ERRORS as error:  # the preview is still good without the name
            self._pause_for(connection, error)
            return preview
        return replace(preview, owner=owner)
