"""What running cases gave. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.authoring.case_files import Findings
from zsf_plugin.authoring.expectations import Compared
from zsf_plugin.authoring.unreached_keys import UnreachedKey


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case that ran. `line` is where it begins."""

    file: str
    line: int | None
    name: str
    compared: Compared

    @property
    def is_met(self) -> bool:
        """Whether everything is as expected."""
        return not self.compared.differences


@dataclass(frozen=True, slots=True)
class CaseReport:
    """What running the cases gave. `refused` is what is wrong with files of cases, whose cases did
    not run; `findings` is what is wrong with the rules, of which a warning may be none.
    `not_counted` are files of rules whose keys are not known."""

    results: tuple[CaseResult, ...]
    refused: Findings
    findings: Findings
    keys: int
    unreached: tuple[UnreachedKey, ...]
    not_counted: tuple[str, ...] = ()

    @property
    def percent(self) -> float:
        """How many of the keys were reached, in percent; 100 if there is none."""
        if self.keys:
            return 100.0 * self.covered / self.keys
        return 0.0 if self.not_counted else 100.0

    @property
    def covered(self) -> int:
        """How many of the keys were reached."""
        return self.keys - len(self.unreached)

    @property
    def failed(self) -> int:
        """How many cases failed."""
        return sum(not result.is_met for result in self.results)

    @property
    def errors(self) -> Findings:
        """What is wrong with files of cases and of rules, without what may be right."""
        wrong = [one for one in self.findings if one.severity == "error"]
        return (*self.refused, *wrong)
