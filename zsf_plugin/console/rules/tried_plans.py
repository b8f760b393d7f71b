"""What an event comes to under the rules in force, and with a typed rule. Reads the names of the
org's fields, and makes no call."""

from __future__ import annotations

from zsf_plugin.console.presenters.records import known_org
from zsf_plugin.console.rules.compared import Comparison, compare
from zsf_plugin.console.rules.drafted_rule import DraftedRule
from zsf_plugin.console.rules.pasted_event import UnreadableEvent
from zsf_plugin.decision.decide import decide_arriving
from zsf_plugin.errors import unexpected_text
from zsf_plugin.model import Event
from zsf_plugin.wiring.apps import ConsoleApp


def tried_plans(
    app: ConsoleApp, workspace: str, event: Event, drafted: DraftedRule
) -> tuple[bool, Comparison]:
    """(Whether the typed rule applies to the event, both plans). Raises UnreadableEvent for an
    event that no plan can be made of, and StoreUnavailable."""
    in_force, label = app.rulebook.in_force(workspace), known_org(app, workspace).label
    try:
        before = decide_arriving(event, in_force)
        with_it = drafted.in_force
        after = before if with_it is None else decide_arriving(event, with_it)
        compared = compare(before, after, in_force.rules, label)
        return drafted.applies_to(event.scope), compared
    except Exception as error:  # stored by another version, it may be odd in any way
        raise UnreadableEvent(f"No plan can be made of it: {unexpected_text(error)}.") from error
