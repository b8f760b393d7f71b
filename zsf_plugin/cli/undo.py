"""`zsf undo`: what undoing an entry changes in Salesforce, and why the rest is left; with --apply
it does that."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zsf_plugin.cli.arguments import identifier
from zsf_plugin.cli.common import CommandApp, Report, add_flag, add_report_arguments
from zsf_plugin.cli.failures import CommandError
from zsf_plugin.cli.output import counted, table
from zsf_plugin.cli.releasing import require_entries
from zsf_plugin.cli.streams import say
from zsf_plugin.cli.undone import say_undone, undone_document
from zsf_plugin.messages.undo import left_text
from zsf_plugin.model import Json, JsonObject
from zsf_plugin.ports import UndoLine
from zsf_plugin.undo import UndoItem, UndoPlan

#: Who undid it, where no person is known.
_BY = "the command line"
_WILL = ("ready", "undone")
_COLOURS = {"delete": "red", "restore": "yellow", "leave": ""}
#: The last column is left out if it is empty.
_COLUMNS = ("", "record", "id", "field", "now", "after", "why it is left")
_MARKS = {"delete": "-", "restore": "←", "leave": "="}


def add_undo(parser: argparse.ArgumentParser) -> None:
    """The arguments of `undo`."""
    run = Report(_run, UndoReport.as_json, _show, UndoReport.has_findings, "Reading the org")
    add_report_arguments(parser, run)
    parser.add_argument(
        "id", type=identifier, metavar="ENTRY", help="Id of an entry, from `zsf outbox list`"
    )
    add_flag(parser, "--apply", "Undo it (default: show the plan)")


@dataclass(frozen=True, slots=True)
class UndoReport:
    """The plan of undoing an entry, or what came of it (`applied`), and what of it was undone in
    all."""

    workspace: str
    plan: UndoPlan
    applied: bool
    undone: Sequence[UndoLine]

    def has_findings(self) -> bool:
        """Whether something cannot be undone."""
        return not self.plan.is_whole

    def as_json(self) -> JsonObject:
        """The document of `zsf undo --json`."""
        return {
            "workspace": self.workspace,
            "entry": self.plan.entry_id,
            "applied": self.applied,
            "plan": [_item_document(item) for item in self.plan.items],
            "reason": left_text(self.plan.reason) if self.plan.reason else None,
            "undone": [undone_document(line) for line in self.undone],
        }


def _run(app: CommandApp, options: argparse.Namespace) -> UndoReport:
    (entry,) = require_entries(app, options.workspace, [options.id])
    undoer = app.undoer
    plan = undoer.apply(entry, _BY) if options.apply else undoer.plan(entry)
    unanswered = [item for item in plan.items if item.reason and item.reason.code == "unanswered"]
    if unanswered:
        what = f"no answer came for {counted(len(unanswered), 'record', 'records')}"
        hint = "run it again: it looks first and finishes"
        raise CommandError("unfinished", f"{what}; the rest is recorded", hint)
    undone = undoer.undone(options.workspace, entry.id)
    return UndoReport(options.workspace, plan, options.apply, undone)


def _item_document(item: UndoItem) -> JsonObject:
    is_undone = item.state in _WILL
    fields: dict[str, Json] = {}
    for name, change in item.fields.items() if is_undone else ():
        fields[name] = {"now": change.now, "back": change.back}
    return {
        "object": item.object,
        "record_id": item.record_id,
        "action": item.action if is_undone else "leave",
        "state": item.state,
        "fields": fields,
        "left": {name: left_text(reason) for name, reason in item.left.items()},
        "reason": _reason(item) or None,
    }


def _reason(item: UndoItem) -> str:
    """Why the whole record is left; "" if it is not."""
    if item.reason is not None:
        return left_text(item.reason)
    if item.is_gone:
        return "it no longer exists"
    return "it holds what it held before" if item.state == "as_before" else ""


def _show(report: UndoReport) -> None:
    plan = report.plan
    if plan.items:
        rows = [row for item in plan.items for row in _rows(item)]
        title = f"Entry {plan.entry_id}: {_title(report)}"
        size = len(_COLUMNS) if any(cells[-1] for _, cells in rows) else len(_COLUMNS) - 1
        cells = [row[:size] for _, row in rows]
        styles = [_COLOURS[action] for action, _ in rows]
        table(_COLUMNS[:size], cells, title=title, styles=styles)
    for line in _summary(report):
        say(line)
    if not (report.applied and report.plan.items):
        say_undone(report.undone)


def _title(report: UndoReport) -> str:
    if not report.applied:
        return "what undo changes"
    is_undone = any(item.state == "undone" for item in report.plan.items)
    return "undone" if is_undone else "nothing was undone"


def _rows(item: UndoItem) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The action and cells of each line about a record."""
    record = (item.object, item.record_id)
    if item.state not in _WILL:
        yield "leave", (_MARKS["leave"], *record, "", "", "", _reason(item))
    elif item.action == "delete":
        yield "delete", (_MARKS["delete"], *record, "the whole record", "", "deleted", "")
    else:
        for name, change in item.fields.items():
            values = (_cell(change.now), _cell(change.back))
            yield "restore", (_MARKS["restore"], *record, name, *values, "")
    for name, reason in item.left.items():
        yield "leave", (_MARKS["leave"], *record, name, "", "", left_text(reason))


def _cell(value: Json) -> str:
    return "-" if value in (None, "") else " ".join(str(value).split())


def _summary(report: UndoReport) -> Iterator[str]:
    plan = report.plan
    if plan.reason is not None:
        yield f"Entry {plan.entry_id}: {left_text(plan.reason)}"
    undone = [item for item in plan.items if item.state in _WILL]
    if undone and report.applied:
        yield f"Undone: {_amount(undone)}"
    elif undone:
        yield f"`zsf undo {plan.entry_id} --apply` undoes this: {_amount(undone)}"
    elif plan.items:
        yield "Nothing of it can be undone now" if not plan.is_whole else "Nothing to change"
    elif report.undone or plan.reason is not None:
        yield "Nothing is left to undo"
    else:
        yield "This entry wrote nothing"


def _amount(items: Sequence[UndoItem]) -> str:
    """`2 records deleted, 3 fields put back`."""
    deleted = sum(item.action == "delete" for item in items)
    fields = sum(len(item.fields) for item in items if item.action == "restore")
    parts = [counted(deleted, "record", "records") + " deleted"] if deleted else []
    if fields:
        parts.append(counted(fields, "field", "fields") + " put back")
    return ", ".join(parts)
