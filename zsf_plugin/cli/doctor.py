"""`zsf doctor`: everything that can keep a workspace from syncing, and the step that mends each."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from zsf_plugin.cli.common import (
    add_report_arguments,
    open_application,
    report,
    require_workspace,
)
from zsf_plugin.cli.output import counted, table
from zsf_plugin.cli.streams import progress, say
from zsf_plugin.wiring.doctor.examine import examine
from zsf_plugin.wiring.doctor.found import Check, DoctorFinding, Examination

#: The findings in rules beside the org, which this command shows itself.
_SHOWN = (
    *("FIELD_GONE", "FIELD_MISSING", "FIELD_READ_ONLY", "OBJECT_HIDDEN"),
    *("VALUE_NEVER_FITS", "REQUIRED_UNFILLED"),
)
_COLUMNS = ("check", "state", "what", "what to do")
_COLOURS = {"ok": "green", "error": "red", "warning": "yellow", "skipped": "dim"}


def add_doctor(parser: argparse.ArgumentParser) -> None:
    """The arguments of `doctor`."""
    add_report_arguments(parser, _doctor)


def _doctor(options: argparse.Namespace) -> int:
    with open_application() as app:
        if app.health().ready:  # else that is what it finds
            require_workspace(app, options.workspace)
            app.orgs.findings.leave_unlogged(_SHOWN)
        with progress("Checking the workspace"):
            found = examine(app.console(), options.workspace)
    return report(options, found, Examination.as_json, _show, has_findings=bool(found.findings))


def _show(found: Examination) -> None:
    rows = [row for check in found.checks for row in _rows(check)]
    styles = [_COLOURS[row[1]] for row in rows]
    table(_COLUMNS, rows, title=f"Workspace {found.workspace}", styles=styles)
    findings = counted(len(found.findings), "finding", "findings")
    calls = counted(found.calls, "API call", "API calls")
    say(f"{findings}; {calls}, and nothing was written to Salesforce")


def _rows(check: Check) -> Iterator[tuple[str, str, str, str]]:
    """The check on one row, or each of its findings."""
    name = check.name.replace("_", " ")
    if not check.findings:
        yield name, check.state, check.text, ""
    for found in check.findings:
        yield _row(name, found)


def _row(name: str, found: DoctorFinding) -> tuple[str, str, str, str]:
    return name, found.severity, found.message, found.hint
