"""Runs files of cases: what is wrong with them, which cases fail and by what, and which keys of the
rules no case reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from zsf_plugin.authoring.case_events import ReadEvent
from zsf_plugin.authoring.case_files import CaseFile, Findings, read_case_file, without_findings
from zsf_plugin.authoring.case_org import FactsOf
from zsf_plugin.authoring.case_report import CaseReport, CaseResult
from zsf_plugin.authoring.case_rules import CaseRules
from zsf_plugin.authoring.expectations import compare
from zsf_plugin.authoring.key_counts import KeyCounts
from zsf_plugin.authoring.prepared_cases import Preparation, PreparedCase, PreparedFile
from zsf_plugin.ports import do_nothing


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
    unreached, not_counted = tuple(keys.unreached()), tuple(sorted(keys.not_counted))
    return CaseReport(results, refused, rules.findings(), keys.total, unreached, not_counted)


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
        for case in one.cases:
            yield _result(one, case, keys)
        show(number)


def _result(prepared: PreparedFile, one: PreparedCase, keys: KeyCounts) -> CaseResult:
    decided = one.decided(prepared.rules)
    keys.count(prepared.rules, one.event, decided)
    compared = compare(one.case.expect, one.event, decided, one.changes(decided))
    return CaseResult(prepared.file.name, prepared.file.line(one.case), one.name, compared)
