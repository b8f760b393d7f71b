"""`zsf rules test --store`: the cases of a workspace, and their result for its page Rules in the
console."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from zsf_plugin.cli.common import CommandApp, require_workspace
from zsf_plugin.cli.failures import CommandError
from zsf_plugin.cli.streams import note
from zsf_plugin.wiring.tested_rules import CaseCounts, store_result

if TYPE_CHECKING:
    from zsf_plugin.authoring.case_report import CaseReport


def add_store_options(parser: argparse.ArgumentParser) -> None:
    """The option `--store`, which takes a workspace from the option of all commands."""
    parser.add_argument(
        "--store",
        action="store_true",
        help="Run the cases of the workspace, and store the result (counts, names of failed "
        "cases) for its page Rules in the console",
    )


def folders_to_test(app: CommandApp, options: argparse.Namespace) -> list[Path]:
    """The folders with the cases of the workspace. Raises CommandError for other paths: their
    result says nothing of all its rules."""
    if options.paths:
        words = "--store stores the result of all cases of a workspace"
        raise CommandError("store_without_paths", words, "run it without PATH")
    require_workspace(app, options.workspace)
    config_dir = app.settings.config_dir
    folders = (config_dir / "rules", config_dir / "workspaces" / options.workspace / "rules")
    return [folder for folder in folders if folder.is_dir()] or [folders[0]]


def store_report(app: CommandApp, workspace: str, digest: str, report: CaseReport) -> None:
    """Store the result of a run that tested rule files with that digest."""
    failures = tuple(one.name for one in report.results if not one.is_met)
    passed = len(report.results) - report.failed
    counts = CaseCounts(passed, report.failed, len(report.errors), failures)
    store_result(app, workspace, digest, counts)
    note(f"Stored for the workspace {workspace}")
