"""What `zsf rules test` found out, and its JSON document."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsf_plugin.authoring.shown_differences import unfilled_note, unknown_notes
from zsf_plugin.cli.checking_report import finding_document
from zsf_plugin.model import Json, JsonObject

if TYPE_CHECKING:
    from zsf_plugin.authoring.case_report import CaseReport, CaseResult
    from zsf_plugin.authoring.expected_values import Difference
    from zsf_plugin.authoring.unreached_keys import UnreachedKey
    from zsf_plugin.rulebook import Finding


@dataclass(frozen=True, slots=True)
class CasesOutput:
    """What running the cases gave, and the coverage that is asked for, in percent. `has_stdout`: it
    may be shown on stdout."""

    report: CaseReport
    fail_under: float
    has_stdout: bool = True

    @property
    def passed(self) -> int:
        """How many cases passed."""
        return len(self.report.results) - self.report.failed

    @property
    def percent(self) -> float:
        """The coverage, cut to one decimal: only all keys are 100 percent."""
        return math.floor(self.report.percent * 10) / 10

    @property
    def is_too_low(self) -> bool:
        """Whether the coverage is lower than what is asked for."""
        return self.report.percent < self.fail_under

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with files of cases and of rules, of which a warning may be none."""
        return (*self.report.refused, *self.report.findings)

    def is_faulty(self) -> bool:
        """Whether a case failed, a file is wrong or the coverage is too low."""
        return bool(self.report.failed or self.report.errors or self.is_too_low)

    def as_json(self) -> JsonObject:
        """The document of `zsf rules test --json`."""
        return {
            "passed": self.passed,
            "failed": self.report.failed,
            "cases": [_case_document(result) for result in self.report.results],
            "coverage": self._coverage_document(),
            "findings": [finding_document(finding) for finding in self.findings],
        }

    def _coverage_document(self) -> JsonObject:
        return {
            "percent": self.percent,
            "keys": self.report.keys,
            "covered": self.report.covered,
            "not_counted": [*self.report.not_counted],
            "uncovered": [_key_document(key) for key in self.report.unreached],
        }


def _key_document(key: UnreachedKey) -> Json:
    return {"file": key.file, "line": key.line, "key": key.key}


def _case_document(result: CaseResult) -> Json:
    return {
        "file": result.file,
        "line": result.line,
        "name": result.name,
        "ok": result.is_met,
        "diff": [_difference_document(one) for one in result.compared.differences],
        "notes": [*unknown_notes(result.compared)],
    }


def _difference_document(one: Difference) -> Json:
    document: JsonObject = {"path": one.path, "expected": one.expected, "actual": one.actual}
    return {**document, "note": unfilled_note(one)} if one.is_unfilled else document
