"""`zsf provision`: the plan of the fields that Salesforce should have; with --apply it creates
them."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from zsf_plugin.cli.common import (
    add_flag,
    add_report_arguments,
    open_application,
    report,
    require_workspace,
)
from zsf_plugin.cli.failures import CommandError, unanswered_in_words
from zsf_plugin.cli.output import heading, kind_of_org, table
from zsf_plugin.cli.streams import progress, say
from zsf_plugin.errors import QuotaReached, Unavailable
from zsf_plugin.messages.provision import provision_text
from zsf_plugin.model import Connection, Json, JsonObject
from zsf_plugin.provision import (
    ApplyResult,
    Inspection,
    ItemOutcome,
    Provisioner,
    ProvisionItem,
    ProvisionPlan,
    click_path,
)

_KEPT = "what was created so far stays"
_KINDS = {
    "field": "field",
    "permission_set": "permission set",
    "permission": "permission",
    "assignment": "assignment",
}
_MARKS = {"add": "+", "present": "✓", "cannot": "✗"}
_COLOURS = {"add": "yellow", "present": "green", "cannot": "red"}
_STEPS = {
    "made": "created",
    "present": "exists already",
    "refused": "refused",
    "skipped": "not tried",
    "visible": "visible",
    "not_visible": "not visible yet",
    "wrong": "defined otherwise",
}


def add_provision(parser: argparse.ArgumentParser) -> None:
    """The arguments of `provision`."""
    add_report_arguments(parser, _provision)
    add_flag(parser, "--apply", "Create what is missing (default: show the plan)")


def _provision(options: argparse.Namespace) -> int:
    try:
        return _run(options)
    except QuotaReached as error:
        hint = "run it again when calls are left; `zsf status` shows how many are used"
        raise CommandError("quota_reached", f"{error}; {_KEPT}", hint) from error
    except Unavailable as error:
        hint = "run it again to continue from there"
        raise CommandError("unavailable", f"{unanswered_in_words(error)}; {_KEPT}", hint) from error


@dataclass(frozen=True, slots=True)
class ProvisionReport:
    """One run for a workspace: what was found, the result of --apply (None without it), the plan
    that is left, and the steps that a person has to do in Setup."""

    workspace: str
    inspection: Inspection
    done: ApplyResult | None
    plan: ProvisionPlan
    manual: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether Salesforce has all that it should."""
        return self.plan.complete if self.done is None else self.done.complete

    def as_json(self) -> JsonObject:
        """The document of `zsf provision --json`."""
        return {
            "workspace": self.workspace,
            "plan": [_line(line) for line in self.plan.lines],
            "calls": {"looked": self.inspection.calls, "to_apply": self.inspection.plan.calls},
            "applied": self.done is not None and self.done.complete,
            "steps": [_step(step) for step in self.done.steps] if self.done is not None else [],
            "manual": list(self.manual) or None,
        }


def _run(options: argparse.Namespace) -> int:
    run = _carry_out(options)
    return report(
        options, run, ProvisionReport.as_json, _show_end, has_findings=not run.is_complete
    )


def _carry_out(options: argparse.Namespace) -> ProvisionReport:
    """Show the plan, and with --apply carry it out, one line per step."""
    with open_application() as app:
        require_workspace(app, options.workspace)
        connection = app.orgs.connection(options.workspace)
        provisioner = app.orgs.provisioner(options.workspace)
        with progress("Reading the org's fields"):
            inspection = provisioner.inspect()
        if not options.json:
            _show_plan(inspection, connection)
        done = _apply(provisioner, inspection, options) if options.apply else None
    plan = done.plan if done is not None else inspection.plan
    return ProvisionReport(
        options.workspace, inspection, done, plan, click_path(plan, connection.username)
    )


def _apply(
    provisioner: Provisioner, inspection: Inspection, options: argparse.Namespace
) -> ApplyResult:
    if not options.json:
        return provisioner.apply(inspection, _show_step)
    with progress("Creating fields"):
        return provisioner.apply(inspection, _ignore)


def _show_plan(inspection: Inspection, connection: Connection) -> None:
    plan, org = inspection.plan, f"{kind_of_org(connection)} {connection.org_id}"
    table(
        ("", "what", "name", "state", "why"),
        map(_row, plan.lines),
        title=f"Zaplify's fields in {org}, as {connection.username}",
        styles=[_COLOURS[line.state] for line in plan.lines],
    )
    next_ = f"--apply takes {plan.calls} more" if plan.todo else "nothing to create"
    say(f"The check took {inspection.calls} API calls; {next_}")


def _row(line: ProvisionItem) -> tuple[str, ...]:
    return (
        _MARKS[line.state],
        _KINDS[line.kind],
        _name(line),
        line.state,
        provision_text(line.reason),
    )


def _show_step(step: ItemOutcome) -> None:
    """Show a step as it happens; those that were not tried are summed up at the end."""
    if step.state != "skipped":
        reason = f": {provision_text(step.reason)}" if step.reason else ""
        _say_step(step.state, f"{_KINDS[step.line.kind]} {_name(step.line)}{reason}")


def _say_step(state: str, what: str) -> None:
    say(f"  {_STEPS[state]:15}  {what}")


def _ignore(_: ItemOutcome) -> None:
    """With --json the steps are in the document."""


def _show_end(run: ProvisionReport) -> None:
    if run.done is not None:
        _show_skipped(run.done)
    if run.manual:
        _show_manual(run.manual)
    elif run.done is None:
        _show_how_to_apply(run.plan)
    elif run.done.steps:
        say(_summary(run.done))


def _show_how_to_apply(plan: ProvisionPlan) -> None:
    if plan.todo:
        say(
            "`zsf provision --apply` creates what is marked +; nothing is deleted, and no existing "
            "field is changed"
        )


def _show_skipped(done: ApplyResult) -> None:
    skipped = sum(step.state == "skipped" for step in done.steps)
    if skipped:
        _say_step("skipped", f"{skipped} more that depend on it")


def _show_manual(lines: tuple[str, ...]) -> None:
    heading("To do in Setup")
    for line in lines:
        say(line)


def _summary(done: ApplyResult) -> str:
    if not done.complete:
        return "Not everything could be created; see above"
    if any(step.state == "not_visible" for step in done.steps):
        return "Created; Salesforce shows it within a minute"
    return "Created, and visible to the connected user"


def _line(line: ProvisionItem) -> dict[str, Json]:
    named: dict[str, Json] = {"kind": line.kind, "object": line.object or None, "field": line.field}
    return {**named, "state": line.state, "reason": provision_text(line.reason) or None}


def _step(step: ItemOutcome) -> JsonObject:
    return {**_line(step.line), "state": step.state, "reason": provision_text(step.reason) or None}


def _name(line: ProvisionItem) -> str:
    return f"{line.object}.{line.field}" if line.object else line.field
