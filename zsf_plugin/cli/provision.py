"""`zsf provision`: the plan of the fields that Salesforce should have, and with --apply making
them."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from zsf_plugin.cli.common import add_report_arguments, application
from zsf_plugin.cli.output import fail, heading, say, say_json, table
from zsf_plugin.errors import QuotaReached, Unavailable
from zsf_plugin.model.json import Json, JsonObject
from zsf_plugin.model.link import Connection
from zsf_plugin.provision import Applied, Line, Looked, Plan, Step, click_path

_GO_ON = "what was made until then stays"
_KINDS = {
    "field": "field",
    "permission_set": "permission set",
    "permission": "permission",
    "assignment": "assignment",
}
_MARKS = {"add": "+", "present": "✓", "cannot": "✗"}
_COLOURS = {"add": "yellow", "present": "green", "cannot": "red"}
_STEPS = {
    "made": "made",
    "present": "there already",
    "refused": "refused",
    "skipped": "not tried",
    "visible": "visible",
    "not_visible": "not visible yet",
    "wrong": "not as wanted",
}


def add_provision(parser: argparse.ArgumentParser) -> None:
    """The arguments of `provision`."""
    add_report_arguments(parser, _provision)
    parser.add_argument(
        "--apply", action="store_true", help="make what is missing (default: show the plan)"
    )


def _provision(options: argparse.Namespace) -> int:
    try:
        return _planned(options)
    except QuotaReached as error:
        return fail(
            f"{error}; {_GO_ON}: run it again when calls are left (`zsf status` says how "
            f"many are used)"
        )
    except Unavailable as error:
        return fail(f"{error}; {_GO_ON}: run it again, it goes on from there")


def _planned(options: argparse.Namespace) -> int:
    with application() as app:
        connection = app.orgs.connection(options.workspace)
        provisioner = app.orgs.provisioner(options.workspace)
        looked = provisioner.look()
        if not options.json:
            _show_plan(looked, connection)
        on_step: Callable[[Step], None] = _ignore if options.json else _show_step
        done = provisioner.apply(looked, on_step) if options.apply else None
    plan = done.plan if done is not None else looked.plan
    manual = click_path(plan, connection.username)
    if options.json:
        say_json(_document(options.workspace, looked, done, manual))
    else:
        _show_end(looked, done, manual)
    return 0 if (done.complete if done is not None else plan.complete) else 1


def _show_plan(looked: Looked, connection: Connection) -> None:
    kind = "sandbox" if connection.is_sandbox else "org"
    heading(f"Fields of Zaplify in {kind} {connection.org_id}, as {connection.username}")
    rows = [
        (_MARKS[line.state], _KINDS[line.kind], _name(line), line.state, line.reason)
        for line in looked.plan.lines
    ]
    styles = [_COLOURS[line.state] for line in looked.plan.lines]
    table(("", "what", "name", "state", "why"), rows, styles=styles)
    calls = f"looking took {looked.calls} API calls"
    say(
        f"{calls}; applying takes {looked.plan.calls}"
        if looked.plan.todo
        else f"{calls}; there is nothing to make"
    )


def _show_step(step: Step) -> None:
    """One step on its own line, as it happens; what was not tried is summed up at the end."""
    if step.state == "skipped":
        return
    reason = f": {step.reason}" if step.reason else ""
    say(f"  {_STEPS[step.state].ljust(15)}  {_KINDS[step.line.kind]} {_name(step.line)}{reason}")


def _ignore(_: Step) -> None:
    """With --json the steps stand in the document."""


def _show_end(looked: Looked, done: Applied | None, manual: tuple[str, ...]) -> None:
    skipped = sum(step.state == "skipped" for step in done.steps) if done is not None else 0
    if skipped:
        say(f"  {_STEPS['skipped'].ljust(15)}  {skipped} more, which need it")
    if manual:
        heading("By hand")
        for line in manual:
            say(line)
    elif done is None and looked.plan.todo:
        say(
            "`zsf provision --apply` makes what is marked +; nothing is ever deleted, and no "
            "field changed"
        )
    elif done is not None and done.steps:
        say(_summary(done))


def _summary(done: Applied) -> str:
    if not done.complete:
        return "not all is as it should be: see above"
    late = any(step.state == "not_visible" for step in done.steps)
    return (
        "made; Salesforce shows it within a minute"
        if late
        else "made, and visible to the connected user"
    )


def _document(
    workspace: str, looked: Looked, done: Applied | None, manual: tuple[str, ...]
) -> JsonObject:
    plan: Plan = done.plan if done is not None else looked.plan
    return {
        "workspace": workspace,
        "plan": [_line(line) for line in plan.lines],
        "calls": {"looked": looked.calls, "to_apply": looked.plan.calls},
        "applied": done is not None and done.complete,
        "steps": [_step(step) for step in done.steps] if done is not None else [],
        "manual": list(manual) or None,
    }


def _line(line: Line) -> dict[str, Json]:
    named: dict[str, Json] = {"kind": line.kind, "object": line.object or None, "field": line.field}
    return {**named, "state": line.state, "reason": line.reason or None}


def _step(step: Step) -> JsonObject:
    return {**_line(step.line), "state": step.state, "reason": step.reason or None}


def _name(line: Line) -> str:
    return f"{line.object}.{line.field}" if line.object else line.field
