"""`zsf rules check`: the folders that were read, what is wrong with their files, and how many rules
are in force."""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from zsf_plugin.cli.common import CommandApp
from zsf_plugin.cli.failures import CommandError
from zsf_plugin.cli.output import counted
from zsf_plugin.cli.streams import say
from zsf_plugin.model import Json, JsonObject
from zsf_plugin.rulebook import Finding
from zsf_plugin.rulebook.names import printable_line


@dataclass(frozen=True, slots=True)
class RulesReport:
    """All that is wrong with the rules, the folders that were read, and how many rules are in
    force."""

    findings: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    is_strict: bool
    folders: tuple[Path, ...]
    rules: int

    def is_faulty(self) -> bool:
        """Whether anything is wrong, with `--strict` also if it only may be."""
        return bool(self.findings) or (self.is_strict and bool(self.warnings))

    def as_json(self) -> JsonObject:
        """The document of `zsf rules check --json`."""
        return {
            "findings": [*map(finding_document, (*self.findings, *self.warnings))],
            "folders": [str(folder) for folder in self.folders],
            "rules": self.rules,
        }


def finding_document(finding: Finding) -> Json:
    """A finding in JSON."""
    document: JsonObject = asdict(finding)
    return document


def check_rules(app: CommandApp, options: argparse.Namespace) -> RulesReport:
    """Check the rules of the workspace. Raises CommandError if there is no configuration folder."""
    config_dir = app.settings.config_dir
    if not os.path.isdir(config_dir):
        hint = "run `zsf init` to create it, or set ZSF_CONFIG_DIR to another"
        raise CommandError("no_config_folder", f"there is no config folder {config_dir}", hint)
    workspace = options.workspace
    return RulesReport(
        app.rulebook.findings(workspace),
        app.rulebook.warnings(workspace),
        options.strict,
        _folders(config_dir, workspace),
        _in_force(app, options),
    )


def _folders(config_dir: Path, workspace: str) -> tuple[Path, ...]:
    """The folders that hold rules of the workspace, low to high."""
    candidates = (config_dir / "rules", config_dir / "workspaces" / workspace / "rules")
    return tuple(folder for folder in candidates if os.path.isdir(folder))


def _in_force(app: CommandApp, options: argparse.Namespace) -> int:
    """How many rules apply. A file that was never valid does not count, even if a
    fallback replaces it."""
    never_valid = app.rulebook.never_valid(options.workspace)
    rules = app.rulebook.rules(options.workspace)
    return sum(rule.file not in never_valid for rule in rules)


def show_findings(checked: RulesReport) -> None:
    """Print the findings, a line each, and what was read."""
    for finding in checked.findings:
        say(printable_line(f"{finding}"))
    for warning in checked.warnings:
        say(printable_line(f"{warning.place}: warning: {warning.message}"))
    read = ", ".join(map(str, checked.folders)) or "no folder of rules"
    say(f"Read {read} and the shipped rules")
    rules = counted(checked.rules, "rule", "rules")
    findings = counted(len(checked.findings), "finding", "findings")
    warnings = counted(len(checked.warnings), "warning", "warnings") if checked.warnings else ""
    say(f"{rules} in force, {findings}{warnings and ', '}{warnings}")
