"""An event explained: admitted or not, its plan with every value's rule file, and against a live org its changes."""

from __future__ import annotations

from dataclasses import dataclass, field

from zsf_plugin.decision.admit import admit
from zsf_plugin.decision.decide import decide
from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.model.changes import Changes
from zsf_plugin.model.event import Event
from zsf_plugin.model.plan import Plan
from zsf_plugin.model.rules import Rules
from zsf_plugin.model.world import World
from zsf_plugin.ports.crm import Crm
from zsf_plugin.ports.rules import RuleSource
from zsf_plugin.ports.store import Store
from zsf_plugin.sync.batch import learn, link_keys


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would become of an event. `skipped` says why nothing would; `changes` is None without a live org."""

    event: Event
    rules: Rules
    skipped: str | None = None
    plan: Plan | None = None
    changes: Changes | None = None
    notes: tuple[str, ...] = field(default=())


def explain(event: Event, rules: RuleSource, *, live: tuple[Store, Crm] | None = None) -> Explanation:
    """Explain one event; with `live`, look at the org (reads only) and say exactly what would be written.

    Raises Unavailable, QuotaReached, ReconnectRequired from looking.
    """
    in_force = rules.rules_for(event.workspace, event.scope)
    admission = admit(event, in_force)
    if admission.skipped is not None:
        return Explanation(event, in_force, admission.skipped)
    plan = decide(admission.event, in_force)
    if live is None:
        return Explanation(event, in_force, None, plan)
    store, crm = live
    world = World(crm.facts(), store.links(event.workspace, link_keys(plan)))
    changes, _ = reconcile(plan, learn(crm, world, [plan], "upkeep"))
    return Explanation(event, in_force, None, plan, changes)
