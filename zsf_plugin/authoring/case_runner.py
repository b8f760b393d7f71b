"""Runs files of cases: what is wrong with them, which cases fail and by what, and which keys of the
rules no case reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from zsf_plugin.authoring.case_files import CaseFile, Findings, read_case_file, without_findings
from zsf_plugin.authoring.case_org import FactsOf
from zsf_plugin.authoring.case_rules import CaseRules
from zsf_plugin.authoring.coverage import count_reached
from zsf_plugin.authoring.expectations import Compared, compare
from zsf_plugin.authoring.key_counts import KeyCounts, UnreachedKey
from zsf_plugin.authoring.prepared_cases import (
    Preparation,
    PreparedCase,
    PreparedFile,
    ReadEvent,
)
from zsf_plugin.authoring.rule_coverage import RuleCoverage
from zsf_plugin.decision.decide import decide_arriving
from zsf_plugin.ports import do_nothing
from zsf_plugin.rulebook.drafts import DraftRules


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
    not run; `findings` is what is wrong with the rules, of which a warning may be none."""

    results: tuple[CaseResult, ...]
    refused: Findings
    findings: Findings
    keys: int
    unreached: tuple[UnreachedKey, ...]

    @property
    def percent(self) -> float:
        """How many of the keys were reached, in percent; 100 without any key."""
        return 100.0 * self.covered / self.keys if self.keys else 100.0

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


@dataclass(frozen=True, slots=True)
class RunParts:
    """What a run needs from outside: the folder of the configuration, and what reads events and
    builds orgs. `with_rows` counts rows of translations as keys."""

    config_dir: Path
    read_event: ReadEvent
    facts_of: FactsOf
    with_rows: bool = False


def run_cases(
    paths: Sequence[Path], parts: RunParts, show: Callable[[int], None] = do_nothing
) -> CaseReport:
    """Run the cases of these files. `show` is called with the number of files that ran."""
    prepared, rules, refused = _prepared(paths, parts)
    keys = KeyCounts.of(rules.read(), with_rows=parts.with_rows)
    results = tuple(_results(prepared, keys, show))
    unreached = tuple(keys.unreached())
    return CaseReport(results, refused, rules.findings(), keys.total, unreached)


def _prepared(
    paths: Iterable[Path], parts: RunParts
) -> tuple[list[PreparedFile], CaseRules, Findings]:
    """The files that can run, the rules they are for, and what is wrong with the other files."""
    files, unread = without_findings(map(read_case_file, paths))
    rules = CaseRules(parts.config_dir, _event_files(files))
    preparation = Preparation(rules, parts.read_event, parts.facts_of)
    prepared, unprepared = without_findings(map(preparation.prepare, files))
    return prepared, rules, (*unread, *unprepared)


def _event_files(files: Iterable[CaseFile]) -> frozenset[Path]:
    return frozenset([path for file in files for path in file.event_files])


def _results(
    prepared: Iterable[PreparedFile], keys: KeyCounts, show: Callable[[int], None]
) -> Iterator[CaseResult]:
    for number, one in enumerate(prepared, 1):
        counted = keys.among(one.rules)
        for case in one.cases:
            compared = _run(case, one.rules, counted)
            yield CaseResult(one.file.name, one.file.line(case.case), case.name, compared)
        show(number)


def _run(one: PreparedCase, rules: DraftRules, counted: Mapping[str, RuleCoverage]) -> Compared:
    decided = decide_arriving(one.event, rules.in_force)
    count_reached(counted, one.event, decided)
    return compare(one.case.expect, one.event, decided, one.changes(decided))
