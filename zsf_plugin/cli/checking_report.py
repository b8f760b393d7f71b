"""What `zsf rules check` found, as JSON and as text: the findings, the folders that were read, and
the org that the rules were checked against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from zsf_plugin.cli.output import counted, utc_time
from zsf_plugin.cli.streams import say
from zsf_plugin.model import JsonObject
from zsf_plugin.rulebook import Finding
from zsf_plugin.rulebook.names import printable_line
from zsf_plugin.wiring.rule_checks import OrgRead


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


def show_findings(checked: RulesReport) -> None:
    """Print the findings, and what was checked."""
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
