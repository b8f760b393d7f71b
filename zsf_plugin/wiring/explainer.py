"""What syncing events would do: explanations, previews, estimates, candidates. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from zsf_plugin.errors import InvalidEvent
from zsf_plugin.explain import (
    Estimate,
    EventExplanation,
    LiveOrg,
    ManyChanges,
    Preview,
    PreviewParts,
    Previews,
    compare_plans,
    compare_with_org,
    estimate,
    explain,
    max_calls,
)
from zsf_plugin.intake import copy_call, read_event
from zsf_plugin.model import HOOK_KINDS, Event, JsonObject, Kind
from zsf_plugin.own_calls import own_calls
from zsf_plugin.sync.entries import plan_for
from zsf_plugin.wiring.orgs import OrgParts

if TYPE_CHECKING:
    from zsf_plugin.explain.candidates import Candidates
    from zsf_plugin.ports import RuleSource


class Explainer:
    """Explains what syncing events would do, with the functions that do it."""

    def __init__(self, parts: OrgParts) -> None:
        self._parts = parts

    def read_event(self, hook: str, arguments: Mapping[str, object]) -> Event:
        """The event in a hook's call, read as intake does. Raises InvalidEvent."""
        from zsf_plugin.rulebook.schema import first_violation

        kind = HOOK_KINDS.get(hook)
        if kind is None:
            raise InvalidEvent("/hook", f"must be one of {', '.join(HOOK_KINDS)}")
        return read_event(kind, copy_call(arguments), first_violation, self._parts.rulebook)

    def explain(self, event: Event, *, live: bool = False) -> EventExplanation:
        """What syncing an event would do; `live` reads the org. Raises as Crm does."""
        looking = self._live(event.workspace) if live else None
        parts = self._parts
        return explain(event, parts.rulebook, parts.store, parts.clock.now(), live=looking)

    def max_calls(self, kind: Kind) -> int:
        """The most API calls that an event of that kind costs."""
        return max_calls(kind)

    def estimate(self, workspace: str, rules: RuleSource | None = None) -> Estimate:
        """What sending all waiting entries would do in the org, under the rules in force or under
        others. Reads only. Raises as Crm does."""
        parts, looking = self._parts, self._live(workspace)
        rules = rules or parts.rulebook
        return estimate(workspace, rules, parts.store, looking, parts.clock.now())

    def preview(
        self, event: Event, document: JsonObject | None = None, *, again: bool = False
    ) -> Preview:
        """What syncing an event would change in the org, under the rules in force or with another
        console document.

        The preview says so if the org may not be called; `again` calls it even if it has just
        failed to answer. Raises StoreUnavailable; ConfigurationError if the document is invalid.
        """
        if document is None:
            return self._previews.of(event, self._parts.rulebook, again=again)
        drafted = self._parts.rulebook.with_draft(event.workspace, document)
        return self._previews.of(event, drafted, again=again)

    def compare_plans(self, events: Sequence[Event], document: JsonObject) -> ManyChanges:
        """What another console document would change in the plans of these purchases, which are of
        one workspace. Makes no call. Raises StoreUnavailable, ConfigurationError."""
        drafted = self._parts.rulebook.with_draft(events[0].workspace, document)
        return compare_plans(events, self._parts.rulebook, drafted)

    def compare_with_org(self, events: Sequence[Event], document: JsonObject) -> ManyChanges:
        """What sending these purchases of one workspace with another console document would change
        in the org. Reads only. Raises as Crm does; ConfigurationError."""
        parts, workspace = self._parts, events[0].workspace
        drafted, looking = parts.rulebook.with_draft(workspace, document), self._live(workspace)
        return compare_with_org(events, drafted, parts.store, looking, parts.clock.now())

    def candidates(self, event: Event) -> Candidates | None:
        """The records that a person can choose from for a held event, looked up now; None if there
        is nothing to choose.

        Raises as Crm does; ReconnectRequired if there is no connection.
        """
        from zsf_plugin.explain.candidates import find_candidates

        parts, workspace = self._parts, event.workspace
        plan = plan_for(parts.rulebook, event)
        crm, now = parts.orgs.crm(workspace), parts.clock.now()
        return find_candidates(plan, parts.store, workspace, crm, now)

    @cached_property
    def _previews(self) -> Previews:
        """Previews, which remember recent lookups."""
        parts = self._parts
        return Previews(
            PreviewParts(parts.store, parts.clock, parts.availability, parts.orgs.crm_of)
        )

    def _live(self, workspace: str) -> LiveOrg:
        return LiveOrg(self._parts.orgs.crm(workspace), lambda: own_calls()["upkeep"])
