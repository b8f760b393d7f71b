"""A touchpoint as the Task that the draft would make of it, and the usual fields of a Task that
nothing fills. Pure; the values are those of the mapping's rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from zsf_plugin.console.mapping.drafts import TASK
from zsf_plugin.console.mapping.map_row import MapRow
from zsf_plugin.console.mapping.page import MappingPage
from zsf_plugin.console.mapping.touchpoints import channel_label
from zsf_plugin.decision.merge import merge_unconditional
from zsf_plugin.model import ANY_CHANNEL, FieldDescribe, Switches, text_at

_OURS = "Set by Zaplify"
#: Fields that most orgs fill on a Task.
_USUAL = ("Subject", "Description", "Type", "TaskSubtype", "Status", "Priority", "ActivityDate")


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One field of the Task: its label, its value ("": blank), a remark, and how the value does not
    fit."""

    label: str
    value: str
    remark: str = ""
    note: str = ""


def task_lines(page: MappingPage) -> tuple[TaskLine, ...]:
    """The Task's fields: those of the rows, then those that the sync sets itself."""
    rows = [row for row in page.tables.table(TASK).rows if row.fills]
    return (*map(_row_line, rows), *_own_lines(page, {row.field for row in rows}))


def _row_line(row: MapRow) -> TaskLine:
    label = row.describe.label if row.describe is not None else row.field
    return TaskLine(label, row.sample.text, note=row.sample.note)


def _own_lines(page: MappingPage, filled: set[str]) -> Iterator[TaskLine]:
    facts = page.context.org.facts if page.context.org is not None else None
    if "Status" not in filled:
        closed = facts.closed_status if facts is not None else None
        yield TaskLine("Status", closed or "the org’s closed status", _OURS)
    yield TaskLine("Name", f"the record of {_person(page)}", _OURS)
    yield TaskLine("Assigned To", "the Salesforce user with the sender’s e-mail address", _OURS)


def _person(page: MappingPage) -> str:
    event = page.context.event
    first = text_at(event.payload, "prospect", "first_name") if event is not None else None
    return first or "the prospect"


def suggested_fields(page: MappingPage) -> list[FieldDescribe]:
    """The usual fields of a Task that no row fills."""
    describe = page.context.describe(TASK)
    filled = {row.field for row in page.tables.table(TASK).rows}
    known = (describe.field(name) for name in _USUAL if name not in filled) if describe else ()
    return [field for field in known if field is not None and field.createable]


def switches_in_force(page: MappingPage) -> Switches:
    """The switches for everyone whom no rule file singles out."""
    return merge_unconditional(page.context.rules).switches


#: What the templates of activities use.
WORDS_OF_TASKS = {
    "any_channel": ANY_CHANNEL,
    "channel_label": channel_label,
    "suggested_fields": suggested_fields,
    "switches_in_force": switches_in_force,
    "task_lines": task_lines,
}
