"""The Zaplify ID field as a step: its plan as people read it, and making it. What is planned is
`provision`'s."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zsf_plugin.console.connection.asking import NO_ANSWER, why_not
from zsf_plugin.console.visitors import Visitor
from zsf_plugin.model.link import Connection
from zsf_plugin.ports.store import HistoryLine
from zsf_plugin.provision import Line, Step, click_path
from zsf_plugin.wiring.console import ConsoleApp

Mark = Literal["add", "present", "cannot"]
_WHAT = {
    "field": "A field on {object}",
    "permission_set": "A permission set “Zaplify Sync”",
    "permission": "Read and edit it on {object}",
    "assignment": "The permission set, given to the user of this connection",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that should be there: what, whether it is to be made, and why not."""

    mark: Mark
    what: str
    note: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be made, or with `done` what was. `by_hand` is the way through Setup for what we
    may not make."""

    items: tuple[Item, ...] = ()
    calls: int = 0
    by_hand: tuple[str, ...] = ()
    done: bool = False
    late: bool = False
    failed: str | None = None

    @property
    def todo(self) -> bool:
        """Whether there is something to make."""
        return any(item.mark == "add" for item in self.items)

    @property
    def complete(self) -> bool:
        """Whether all is there."""
        return self.failed is None and all(item.mark == "present" for item in self.items)


def plan_of(app: ConsoleApp, connection: Connection) -> Plan:
    """What would be made. Reads only. Never raises for what Salesforce does. Raises
    StoreUnavailable."""
    try:
        looked = app.orgs.provisioner(connection.workspace).look()
    except NO_ANSWER as error:
        return Plan(failed=why_not(app, connection, error, "Nothing was changed."))
    items = tuple(
        _item(line) for line in looked.plan.lines if line.state != "present" or line.kind == "field"
    )
    return Plan(items, looked.plan.calls, _by_hand(click_path(looked.plan, connection.username)))


def make(app: ConsoleApp, connection: Connection, visitor: Visitor) -> Plan:
    """Make what is missing, and keep who did it. Never raises for what Salesforce does. Raises
    StoreUnavailable."""
    made: list[Step] = []
    provisioner = app.orgs.provisioner(connection.workspace)
    try:
        applied = provisioner.apply(provisioner.look(), made.append)
    except NO_ANSWER as error:
        _note(app, visitor, made)
        return Plan(
            failed=why_not(
                app, connection, error, "What was made until then stays; go on from there."
            )
        )
    _note(app, visitor, made)
    refused = {
        step.line.key: step.reason
        for step in applied.steps
        if step.state in ("refused", "skipped", "wrong")
    }
    items = tuple(
        _made(line, refused)
        for line in applied.plan.lines
        if line.kind == "field" or line.key in refused
    )
    late = any(step.state == "not_visible" for step in applied.steps)
    return Plan(
        items, 0, _by_hand(click_path(applied.plan, connection.username)), done=True, late=late
    )


def _item(line: Line) -> Item:
    says_more = line.kind == "field" or line.state == "cannot"
    return Item(
        line.state, _WHAT[line.kind].format(object=line.object), line.reason if says_more else ""
    )


def _made(line: Line, refused: dict[tuple[str, str, str], str]) -> Item:
    mark: Mark = "cannot" if line.key in refused or line.state == "cannot" else "present"
    return Item(mark, _WHAT[line.kind].format(object=line.object), refused.get(line.key, ""))


def _by_hand(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The click-path, less what is typed on a terminal at its end."""
    return tuple(line for line in lines if "zsf " not in line)


def _note(app: ConsoleApp, visitor: Visitor, made: list[Step]) -> None:
    fields = [step.line for step in made if step.state == "made" and step.line.kind == "field"]
    names = [f"{line.object}.{line.field}" for line in fields]
    if names:
        line = HistoryLine(app.clock.now(), "field_created", visitor.name, {"fields": [*names]})
        app.store.note(visitor.workspace, line)
