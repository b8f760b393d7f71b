"""Making a field that Salesforce lacks: what it takes, and why it cannot be made here.

It is made by the same parts as by `zsf provision`, with the same permission set, so that the
connected user sees it. What a person asks for is `wish`'s.
"""

from __future__ import annotations

from zsf_plugin.console.mapping.wish import Wish
from zsf_plugin.console.options import Visitor
from zsf_plugin.messages.provision import provision_text
from zsf_plugin.ports import HistoryLine
from zsf_plugin.provision import Applied, Line, Plan, click_path
from zsf_plugin.provision.reasons import FIELD_FIRST
from zsf_plugin.wiring.apps import ConsoleApp


def plan_for(app: ConsoleApp, workspace: str, wish: Wish) -> Plan:
    """What would be made; looks, and writes nothing. Raises Unavailable, QuotaReached,
    ReconnectRequired."""
    return app.orgs.provisioner(workspace, wish.spec).look().plan


def create(app: ConsoleApp, visitor: Visitor, wish: Wish, now: float) -> Applied:
    """Make the field, show it to the connected user, and read the org's fields anew. Raises as
    `plan_for`."""
    provisioner = app.orgs.provisioner(visitor.workspace, wish.spec)
    applied = provisioner.apply(provisioner.look())
    if _is_made(applied):
        line = HistoryLine(now, "field_created", visitor.name, wish.as_detail())
        app.store.note(visitor.workspace, line)
    return applied


def _is_made(applied: Applied) -> bool:
    """Whether the field itself was made, whatever became of showing it."""
    return any(step.state == "made" and step.line.kind == "field" for step in applied.steps)


def lines_of(plan: Plan) -> list[tuple[Line, str]]:
    """The lines of a plan, each with its reason in words."""
    return [(line, provision_text(line.reason)) for line in plan.lines]


def blocked(plan: Plan) -> list[str]:
    """Why the field cannot be made here, each reason once."""
    reasons = (
        f"{line.field}: {provision_text(line.reason)}" for line in plan.lines if _is_own(line)
    )
    return list(dict.fromkeys(reasons))


def _is_own(line: Line) -> bool:
    """Whether the line cannot be made for a reason of its own, from which others follow."""
    return line.state == "cannot" and line.reason != FIELD_FIRST


def way_by_hand(plan: Plan, username: str) -> tuple[str, ...]:
    """The way through Salesforce's Setup; what follows it there is here a button."""
    lines = click_path(plan, username)
    return (*lines[:-1], "Then here: Refresh fields") if lines else ()
