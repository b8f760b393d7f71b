"""Prepares files of cases for a run: which can run, the rules they are for, and what is wrong with
the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from zsf_plugin.authoring.case_events import ReadEvent
from zsf_plugin.authoring.case_files import CaseFile, Findings, read_case_file, without_findings
from zsf_plugin.authoring.case_org import FactsOf
from zsf_plugin.authoring.case_rules import CaseRules
from zsf_plugin.authoring.prepared_cases import Preparation, PreparedFile


@dataclass(frozen=True, slots=True)
class RunParts:
    """What a run needs from outside: the folder of the configuration, and what reads events and
    builds orgs. `with_rows` counts rows of translations as keys."""

    config_dir: Path
    read_event: ReadEvent
    facts_of: FactsOf
    with_rows: bool = False


def prepared_files(
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
