"""`zsf rules check`: what is wrong with the rules in force, or with files before they are; the
folders that were read, and the org that the rules were checked against."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from zsf_plugin.cli import arguments
from zsf_plugin.cli.common import Actions, CommandApp, Report, add_action, add_flag
from zsf_plugin.cli.given_paths import require_config_folder, require_paths
from zsf_plugin.cli.output import counted, utc_time
from zsf_plugin.cli.streams import say
from zsf_plugin.model import JsonObject
from zsf_plugin.rulebook import Finding
from zsf_plugin.rulebook.names import printable_line
from zsf_plugin.wiring.rule_checks import CheckedRules, OrgRead, check_in_force, check_paths

_GIVE_PATHS = "give folders of rules, or files"


@dataclass(frozen=True, slots=True)
class RulesReport:
    """All that is wrong with the rules, the folders and files that were read, the folders of the
    configuration that are not there, how many rules there are, and the check against the org if
    there was one.

    `is_draft`: they were read from given paths, and are not in force.
    """

    findings: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    is_strict: bool
    folders: tuple[Path, ...]
    absent: tuple[Path, ...]
    rules: int
    org: OrgRead | None
    is_draft: bool

    def is_faulty(self) -> bool:
        """Whether anything is wrong, with `--strict` also if it only may be."""
        return bool(self.findings) or (self.is_strict and bool(self.warnings))

    def as_json(self) -> JsonObject:
        """The document of `zsf rules check --json`."""
        org = self.org
        return {
            "findings": [*map(finding_document, (*self.findings, *self.warnings))],
            "folders": [str(folder) for folder in self.folders],
            "absent": [str(folder) for folder in self.absent],
            "rules": self.rules,
            "org": None if org is None else {"org_id": org.org_id, "read_at": org.read_at},
        }


def finding_document(finding: Finding) -> JsonObject:
    """A finding in JSON."""
    document: JsonObject = asdict(finding)
    return document


def finding_in_words(finding: Finding) -> str:
    """A finding on one line; one that may be none says so."""
    if finding.severity == "error":
        return printable_line(f"{finding}")
    return printable_line(f"{finding.place}: warning: {finding.message}")


def add_check(actions: Actions) -> None:
    """The action `check`."""
    help_ = "List every error in the rules, in force or not; exit with 1 if there is one"
    check = Report(_check_rules, RulesReport.as_json, _show_findings, RulesReport.is_faulty)
    shown = ("zsf rules check", "zsf rules check new-rules/ --strict")
    parser = add_action(actions, "check", check, help_, shown)
    parser.add_argument(
        "paths",
        type=arguments.path,
        nargs="*",
        metavar="PATH",
        help="Folders and files to check, over the shipped rules (default: the rules in force)",
    )
    add_flag(parser, "--strict", "Exit with 1 for a warning too")


def _check_rules(app: CommandApp, options: argparse.Namespace) -> RulesReport:
    """Check the given files and folders, or the rules of the workspace. Raises CommandError if one
    of them is not there."""
    if options.paths:
        return _check_paths(app, options, options.paths)
    config_dir = app.settings.config_dir
    require_config_folder(config_dir)
    workspace = options.workspace
    folders = (config_dir / "rules", config_dir / "workspaces" / workspace / "rules")
    absent = tuple(folder for folder in folders if not os.path.isdir(folder))
    read = tuple(path for path in folders if path not in absent and os.access(path, os.R_OK))
    return _report(options, check_in_force(app, workspace), read, absent)


def _check_paths(
    app: CommandApp, options: argparse.Namespace, paths: Sequence[Path]
) -> RulesReport:
    require_paths(paths, _GIVE_PATHS)
    read = tuple(path for path in paths if os.access(path, os.R_OK))
    return _report(options, check_paths(app, paths, options.workspace), read, ())


def _report(
    options: argparse.Namespace,
    checked: CheckedRules,
    folders: tuple[Path, ...],
    absent: tuple[Path, ...],
) -> RulesReport:
    return RulesReport(
        findings=tuple(one for one in checked.findings if one.severity == "error"),
        warnings=tuple(one for one in checked.findings if one.severity == "warning"),
        is_strict=options.strict,
        folders=folders,
        absent=absent,
        rules=checked.valid,
        org=checked.org,
        is_draft=bool(options.paths),
    )


def _show_findings(checked: RulesReport) -> None:
    for finding in (*checked.findings, *checked.warnings):
        say(finding_in_words(finding))
    _show_read(checked)
    say(_org_in_words(checked.org))
    say(_counts_in_words(checked))


def _show_read(checked: RulesReport) -> None:
    say(f"Read {_listed(checked.folders) or 'no folder of rules'} and the shipped rules")
    if checked.absent:
        say(f"Not there: {_listed(checked.absent)}")


def _listed(paths: Sequence[Path]) -> str:
    return ", ".join(map(str, paths))


def _counts_in_words(checked: RulesReport) -> str:
    rules = counted(checked.rules, "rule", "rules")
    state = "read, not in force" if checked.is_draft else "in force"
    findings = counted(len(checked.findings), "finding", "findings")
    return f"{rules} {state}, {findings}{_warnings_in_words(checked)}"


def _warnings_in_words(checked: RulesReport) -> str:
    if not checked.warnings:
        return ""
    return f", {counted(len(checked.warnings), 'warning', 'warnings')}"


def _org_in_words(org: OrgRead | None) -> str:
    if org is None:
        return "Not checked against an org: none is connected, or its fields were never read"
    return f"Checked against the fields of org {org.org_id}, read {utc_time(org.read_at)}"
