"""A typed rule tried on a chosen or pasted event: the plan with it, beside that under the rules in
force. Reads only; what was typed is neither stored nor logged."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from zsf_plugin.console.options import Visitor
from zsf_plugin.console.rules.chosen_event import Given, chosen_event
from zsf_plugin.console.rules.compared import Comparison
from zsf_plugin.console.rules.drafted_org import checked_beside_org
from zsf_plugin.console.rules.drafted_rule import DraftedRule, drafted_rule
from zsf_plugin.console.rules.pasted_event import UnreadableEvent
from zsf_plugin.console.rules.tried_plans import tried_plans
from zsf_plugin.wiring.apps import ConsoleApp


@dataclass(frozen=True, slots=True)
class TrialView:
    """What the page shows. `event_fault` says why the pasted text is no event; `comparison` is None
    without an event, `drafted` is the typed rule, and `applies` whether it does to the event."""

    given: Given
    chosen: str = ""
    event_fault: str = ""
    drafted: DraftedRule = field(default_factory=DraftedRule)
    applies: bool = False
    comparison: Comparison | None = None

    @property
    def is_chosen_gone(self) -> bool:
        """Whether the chosen entry has no event any more, and nothing was pasted instead of it."""
        given = self.given
        return bool(given.entry) and not given.pasted.strip() and self.chosen != given.entry

    @property
    def says(self) -> str:
        """The result in a sentence, announced after each change."""
        if self.event_fault:
            return "This event can’t be read."
        if self.drafted.rule is None and self.drafted.findings:
            return "This rule is invalid."
        return self.comparison_says

    @property
    def comparison_says(self) -> str:
        """What the plan shows, in a sentence."""
        if self.comparison is None:
            return "There is no event to try the rule on."
        if self.drafted.rule is None:
            return "The plan under the rules in force."
        if not self.applies:
            return "This rule does not apply to this event."
        return _how_much(self.comparison.changes)


def _how_much(changes: int) -> str:
    if changes == 0:
        return "This rule changes nothing for this event."
    return f"This rule changes {changes} {'line' if changes == 1 else 'lines'} of the plan."


def try_rule(app: ConsoleApp, visitor: Visitor, given: Given) -> TrialView:
    """Try the rule on the event. Raises StoreUnavailable."""
    workspace = visitor.workspace
    drafted = drafted_rule(given.rule, app.rulebook.rules(workspace))
    drafted = checked_beside_org(app, workspace, drafted)
    view = TrialView(given, drafted=drafted)
    try:
        chosen = chosen_event(app, visitor, given)
        if chosen is None:
            return view
        applies, compared = tried_plans(app, workspace, chosen.event, drafted)
    except UnreadableEvent as error:
        return replace(view, event_fault=str(error))
    return replace(view, chosen=chosen.id, applies=applies, comparison=compared)
