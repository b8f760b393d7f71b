"""The Zaplify ID field as a setup step: its plan in words, and creating it. `provision` makes the
plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from zsf_plugin.console.connection.org_queries import failure_text
from zsf_plugin.console.options import Visitor
from zsf_plugin.messages.provision import provision_text
from zsf_plugin.model import Connection
from zsf_plugin.ports import HistoryLine
from zsf_plugin.provision import ApplyResult, ItemOutcome, ProvisionItem, click_path
from zsf_plugin.sync.availability import ORG_ERRORS
from zsf_plugin.wiring.apps import ConsoleApp

Mark = Literal["add", "present", "cannot"]
_WHAT = {
    "field": "The field Zaplify_Id__c on {object}",
    "permission_set": "The permission set “Zaplify Sync”",
    "permission": "Permission to read and edit it on {object}",
    "assignment": "The permission set, assigned to the user of this connection",
}
_FAILED = ("refused", "skipped", "wrong")
#: One item of the plan: its state, what it is, and why it cannot be created.
Item: TypeAlias = "tuple[Mark, str, str]"


@dataclass(frozen=True, slots=True)
class IdFieldPlan:
    """The items to create, or with `done` those created. `manual_steps` are the Setup steps for
    items that the user may not create. `hidden`: every field exists, and one or more the user does
    not see."""

    items: tuple[Item, ...] = ()
    calls: int = 0
    manual_steps: tuple[str, ...] = ()
    done: bool = False
    late: bool = False
    hidden: bool = False
    failed: str | None = None

    @property
    def todo(self) -> bool:
        """Whether there is something to create."""
        return any(mark == "add" for mark, _, _ in self.items)

    @property
    def complete(self) -> bool:
        """Whether everything exists."""
        return self.failed is None and all(mark == "present" for mark, _, _ in self.items)


def id_field_plan(app: ConsoleApp, connection: Connection) -> IdFieldPlan:
    """The plan. Reads only; an error of Salesforce is part of the result. Raises
    StoreUnavailable."""
    try:
        plan = app.orgs.provisioner(connection.workspace).inspect().plan
    except ORG_ERRORS as error:
        return IdFieldPlan(failed=failure_text(app, connection, error, "Nothing was changed."))
    items = tuple(_planned(line) for line in plan.lines if _is_shown(line))
    steps = _manual_steps(click_path(plan, connection.username))
    return IdFieldPlan(items, plan.calls, steps, hidden=_lacks_only_access(plan.lines))


def _lacks_only_access(lines: Sequence[ProvisionItem]) -> bool:
    """Whether the user does not see a field that exists, and none has to be created."""
    return any(map(_is_hidden, lines)) and not any(map(_is_new, lines))


def _is_new(line: ProvisionItem) -> bool:
    return line.kind == "field" and line.state == "add"


def _is_hidden(line: ProvisionItem) -> bool:
    """Whether it is a field that exists, and that the user does not see."""
    return line.kind == "field" and line.reason is not None and "hidden" in line.reason.notes


def _is_shown(line: ProvisionItem) -> bool:
    """Whether the plan shows it: every field, and any other item that is missing."""
    return line.state != "present" or line.kind == "field"


def create_id_field(app: ConsoleApp, connection: Connection, visitor: Visitor) -> IdFieldPlan:
    """Create what is missing, and record who did it. An error of Salesforce is part of the result.
    Raises StoreUnavailable."""
    made: list[ItemOutcome] = []
    provisioner = app.orgs.provisioner(connection.workspace)
    try:
        applied = provisioner.apply(provisioner.inspect(), made.append)
    except ORG_ERRORS as error:
        _record_history(app, visitor, made)
        after = "Anything created before the error remains; try again to continue."
        return IdFieldPlan(failed=failure_text(app, connection, error, after))
    _record_history(app, visitor, made)
    return _created_plan(applied, connection.username)


def _created_plan(applied: ApplyResult, username: str) -> IdFieldPlan:
    return IdFieldPlan(
        items=_outcomes(applied),
        manual_steps=_manual_steps(click_path(applied.plan, username)),
        done=True,
        late=any(step.state == "not_visible" for step in applied.steps),
    )


def _outcomes(applied: ApplyResult) -> tuple[Item, ...]:
    """Every field, and any other item that could not be created."""
    refused = _refusals(applied)
    lines = [line for line in applied.plan.lines if line.kind == "field" or line.key in refused]
    return tuple(_outcome(line, refused.get(line.key)) for line in lines)


def _refusals(applied: ApplyResult) -> dict[tuple[str, str, str], ItemOutcome]:
    """The failed steps, by the key of their item."""
    return {step.line.key: step for step in applied.steps if step.state in _FAILED}


def _outcome(line: ProvisionItem, refused: ItemOutcome | None) -> Item:
    if refused is not None:
        return "cannot", _what(line), provision_text(refused.reason)
    return "cannot" if line.state == "cannot" else "present", _what(line), ""


def _planned(line: ProvisionItem) -> Item:
    return line.state, _what(line), provision_text(line.reason) if _has_reason(line) else ""


def _has_reason(line: ProvisionItem) -> bool:
    """Whether the plan shows the reason: for an item other than a field, only if it cannot be
    created."""
    return line.kind == "field" or line.state == "cannot"


def _what(line: ProvisionItem) -> str:
    return _WHAT[line.kind].format(object=line.object)


def _manual_steps(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The click path without the commands at its end."""
    return tuple(line for line in lines if "zsf " not in line)


def _record_history(app: ConsoleApp, visitor: Visitor, made: list[ItemOutcome]) -> None:
    names = _new_fields(made)
    if names:
        line = HistoryLine(app.clock.now(), "field_created", visitor.name, {"fields": [*names]})
        app.store.add_history(visitor.workspace, line)


def _new_fields(made: list[ItemOutcome]) -> list[str]:
    lines = [step.line for step in made if step.state == "made"]
    return [f"{line.object}.{line.field}" for line in lines if line.kind == "field"]
