"""What would become of events: explanations, previews, estimates, candidates. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from zsf_plugin.errors import InvalidEvent
from zsf_plugin.explain import Estimate, Explanation, Live, Preview, Previews, estimate, explain
from zsf_plugin.explain.preview import PreviewParts
from zsf_plugin.intake import as_json, read_event
from zsf_plugin.model import HOOK_KINDS, Event, JsonObject
from zsf_plugin.ports import Clock, Store
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.sync.availability import OrgAvailability
from zsf_plugin.sync.planned import plan_of
from zsf_plugin.wiring.orgs import Orgs

if TYPE_CHECKING:
    from zsf_plugin.explain.candidates import Candidates


class Explainer:
    """Says what events would do, by the same functions that do it."""

    def __init__(
        self,
        store: Store,
        rulebook: Rulebook,
        clock: Clock,
        availability: OrgAvailability,
        orgs: Orgs,
    ) -> None:
        self._store = store
        self._rulebook = rulebook
        self._clock = clock
        self._availability = availability
        self._orgs = orgs

    def read_event(self, hook: str, arguments: Mapping[str, object]) -> Event:
        """The event of a hook's call, read as intake reads it. Raises InvalidEvent."""
        from zsf_plugin.rulebook.schema import first_fault

        kind = HOOK_KINDS.get(hook)
        if kind is None:
            raise InvalidEvent("/hook", f"must be one of {', '.join(HOOK_KINDS)}")
        return read_event(kind, as_json(arguments), first_fault)

    def explain(self, event: Event, *, live: bool = False) -> Explanation:
        """What would become of an event; `live` looks at the org. Raises as Crm does."""
        looking = self._live(event.workspace) if live else None
        return explain(event, self._rulebook, self._store, live=looking)

    def estimate(self, workspace: str) -> Estimate:
        """What sending all that waits would do in the org. Reads only. Raises as Crm does."""
        looking = self._live(workspace)
        return estimate(workspace, self._rulebook, self._store, looking, self._clock.now())

    def preview(
        self, event: Event, document: JsonObject | None = None, *, again: bool = False
    ) -> Preview:
        """What would become of an event beside the org, by the rules in force or with another
        console document.

        Says so where the org may not be asked; `again`: a person asks, though it has just failed to
        answer. Raises StoreUnavailable; ConfigurationError where the document is wrong.
        """
        if document is None:
            return self._previews.of(event, self._rulebook, again=again)
        drafted = self._rulebook.drafted(event.workspace, document)
        return self._previews.of(event, drafted, again=again)

    def candidates(self, event: Event) -> Candidates | None:
        """The records among which nobody chose for a held event, looked up now; None where nothing
        is left to choose.

        Raises as Crm does; ReconnectRequired where there is no connection.
        """
        from zsf_plugin.explain.candidates import candidates

        plan = plan_of(self._rulebook, event)
        return candidates(plan, self._store, event.workspace, self._orgs.crm(event.workspace))

    @cached_property
    def _previews(self) -> Previews:
        """Previews, with what they found out lately."""
        parts = PreviewParts(self._store, self._clock, self._availability, self._orgs.crm_of)
        return Previews(parts)

    def _live(self, workspace: str) -> Live:
        return Live(self._orgs.crm(workspace), lambda: self._orgs.calls(workspace).get("upkeep", 0))
