"""What is wrong with the rule files of the two sides of a comparison: each finding once, with the
sides it is of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zsf_plugin.cli.checking_report import finding_document, finding_in_words
from zsf_plugin.cli.output import counted
from zsf_plugin.cli.streams import warn

if TYPE_CHECKING:
    from zsf_plugin.model import Json
    from zsf_plugin.rulebook import Finding

    _Sides = dict[str, None]


@dataclass(slots=True)
class SidedFindings:
    """The findings so far, in order, with their sides."""

    _sides: dict[Finding, _Sides] = field(default_factory=dict)

    def add(self, side: str, findings: Iterable[Finding]) -> None:
        """Add those of one side."""
        for finding in findings:
            self._sides.setdefault(finding, {})[side] = None

    @property
    def errors(self) -> int:
        """How many of them are certainly wrong."""
        return sum(finding.severity == "error" for finding in self._sides)

    def documents(self) -> list[Json]:
        """They as in `zsf rules check --json`, each with its sides."""
        return [*map(self._document, self._sides)]

    def _document(self, finding: Finding) -> Json:
        document = finding_document(finding)
        return {**document, "sides": [*self._sides[finding]]}

    def lines(self) -> Iterator[str]:
        """A line for each: `a and b: 10-ours.toml:1: …`."""
        for finding, sides in self._sides.items():
            yield f"{' and '.join(sides)}: {finding_in_words(finding)}"

    def in_words(self) -> str:
        """How many are certainly wrong, behind other counts; empty for none."""
        return f", {counted(self.errors, 'finding', 'findings')}" if self.errors else ""


def note_findings(findings: SidedFindings) -> None:
    """They on stderr, a line each."""
    for line in findings.lines():
        warn(line)
