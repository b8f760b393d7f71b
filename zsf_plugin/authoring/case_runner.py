"""Runs files of cases: what is wrong with them, which cases fail and by what, and which keys of the
rules no case reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from zsf_plugin.authoring.case_org import KnownFields
from zsf_plugin.authoring.case_preparation import RunParts, prepared_files
from zsf_plugin.authoring.case_report import CaseReport, CaseResult
from zsf_plugin.authoring.expectations import compare
from zsf_plugin.authoring.key_counts import KeyCounts
from zsf_plugin.authoring.prepared_cases import PreparedCase, PreparedFile
from zsf_plugin.ports import do_nothing


def run_cases(
    paths: Sequence[Path], parts: RunParts, show: Callable[[int], None] = do_nothing
) -> CaseReport:
    """Run the cases of these files. `show` is called with the number of files that ran."""
    prepared, rules, refused = prepared_files(paths, parts)
    keys = KeyCounts.of(rules.read(), with_rows=parts.with_rows)
    results = tuple(_results(prepared, keys, KnownFields(parts.facts_of), show))
    unreached, not_counted = tuple(keys.unreached()), tuple(sorted(keys.not_counted))
    return CaseReport(results, refused, rules.findings(), keys.total, unreached, not_counted)


def _results(
    prepared: Iterable[PreparedFile],
    keys: KeyCounts,
    known: KnownFields,
    show: Callable[[int], None],
) -> Iterator[CaseResult]:
    for number, one in enumerate(prepared, 1):
        for case in one.cases:
            yield _result(one, case, keys, known)
        show(number)


def _result(
    prepared: PreparedFile, one: PreparedCase, keys: KeyCounts, known: KnownFields
) -> CaseResult:
    decided = one.decided(prepared.rules)
    keys.count(prepared.rules, one.event, decided)
    changes, has_field = one.changes(decided), known.of_org(one.org)
    compared = compare(one.case.expect, one.event, decided, changes, has_field)
    return CaseResult(prepared.file.name, prepared.file.line(one.case), one.name, compared)
