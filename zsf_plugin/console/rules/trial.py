"""A typed rule tried on a chosen or pasted event: the plan with it, beside that under the rules in
force. Reads only; what was typed is neither stored nor logged."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from zsf_plugin.console.options import Visitor
from zsf_plugin.console.presenters.records import known_org
from zsf_plugin.console.rules.compared import Comparison, compare
from zsf_plugin.console.rules.drafted_rule import DraftedRule, drafted_rule
from zsf_plugin.console.rules.kept_events import KeptEvent, kept_event, kept_events
from zsf_plugin.console.rules.pasted_event import CallDefaults, UnreadableEvent, read_pasted
from zsf_plugin.decision.decide import decide_arriving
from zsf_plugin.wiring.apps import ConsoleApp


@dataclass(frozen=True, slots=True)
class Given:
    """What a person chose and typed: an entry, pasted JSON, which takes precedence, and a rule."""

    entry: str = ""
    pasted: str = ""
    rule: str = ""


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
    in_force = app.rulebook.in_force(visitor.workspace)
    drafted = drafted_rule(given.rule, in_force.rules)
    try:
        chosen = _chosen(app, visitor, given)
    except UnreadableEvent as error:
        return TrialView(given, event_fault=str(error), drafted=drafted)
    if chosen is None:
        return TrialView(given, drafted=drafted)
    event = chosen.event
    before = decide_arriving(event, in_force)
    with_it = drafted.in_force
    after = before if with_it is None else decide_arriving(event, with_it)
    label = known_org(app, visitor.workspace).label
    return TrialView(
        given,
        chosen.id,
        drafted=drafted,
        applies=drafted.applies_to(event.scope),
        comparison=compare(before, after, in_force.rules, label),
    )


def _chosen(app: ConsoleApp, visitor: Visitor, given: Given) -> KeptEvent | None:
    """The event; None if there is none. A pasted one has no entry. Raises UnreadableEvent."""
    workspace = visitor.workspace
    if given.pasted.strip():
        defaults = CallDefaults(workspace, _user(visitor), _moment(app.clock.now()))
        event = read_pasted(given.pasted, defaults, app.explainer.read_event)
        return KeptEvent("", "", event)
    known = kept_event(app, workspace, given.entry) if given.entry else None
    return known or next(iter(kept_events(app, workspace)), None)


def _user(visitor: Visitor) -> dict[str, str]:
    return {"id": visitor.id or "visitor", "name": visitor.name}


def _moment(at: float) -> str:
    return datetime.datetime.fromtimestamp(at, datetime.UTC).isoformat(timespec="seconds")
