"""`zsf rules check`: what is wrong with the rules in force, or with files before they are."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from zsf_plugin.cli import arguments
from zsf_plugin.cli.checking_report import RulesReport, show_findings
from zsf_plugin.cli.common import Actions, CommandApp, Report, add_action, add_flag
from zsf_plugin.cli.given_paths import require_config_folder, require_paths
from zsf_plugin.wiring.rule_checks import CheckedRules, check_in_force, check_paths

_GIVE_PATHS = "give folders of rules, or files"


def add_check(actions: Actions) -> None:
    """The action `check`."""
    help_ = "List every error in the rules, in force or not; exit with 1 if there is one"
    check = Report(_check_rules, RulesReport.as_json, show_findings, RulesReport.is_faulty)
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
