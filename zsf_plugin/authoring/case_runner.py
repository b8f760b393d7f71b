"""Runs files of cases: what is wrong with them, which cases fail and by what, and which keys of the
rules no case reached."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from zsf_plugin.authoring.case_files import CaseFile, read_case_file, rule_folders
from zsf_plugin.authoring.case_org import CaseOrg, FactsOf, WrongOrg, changes_in, org_of
from zsf_plugin.authoring.case_tables import Case
from zsf_plugin.authoring.coverage import RuleCoverage, count_reached
from zsf_plugin.authoring.expectations import Compared, compare
from zsf_plugin.authoring.rule_keys import shown_key
from zsf_plugin.decision.decide import decide_arriving
from zsf_plugin.errors import InvalidEvent
from zsf_plugin.model import Event, JsonObject, OrgFacts
from zsf_plugin.ports import RulesInForce, do_nothing
from zsf_plugin.rulebook import Finding
from zsf_plugin.rulebook.drafts import DraftRules, read_drafts
from zsf_plugin.rulebook.files import RuleLines
from zsf_plugin.rulebook.lines import line_of
from zsf_plugin.rulebook.names import kind_of_name, shown_name
from zsf_plugin.rulebook.rulebook import shipped_rules
from zsf_plugin.rulebook.schema import shipped

#: The event in the arguments of a hook, as intake reads it under those rules. Raises InvalidEvent.
ReadEvent = Callable[[str, JsonObject, RulesInForce], Event]
EVENT_AMONG_RULES = (
    "an event of a case lies among the rules, and would be read as one of them; name it "
    "{name}.event.json"
)


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
class UnreachedKey:
    """A key that no case reached."""

    file: str
    line: int | None
    key: str


@dataclass(frozen=True, slots=True)
class CaseReport:
    """What running the cases gave. `refused` is what is wrong with files of cases, whose cases did
    not run; `findings` is what is wrong with the rules, of which a warning may be none."""

    results: tuple[CaseResult, ...]
    refused: tuple[Finding, ...]
    findings: tuple[Finding, ...]
    keys: int
    unreached: tuple[UnreachedKey, ...]

    @property
    def percent(self) -> float:
        """How many of the keys were reached, in percent; 100 without any key."""
        return 100.0 * (self.keys - len(self.unreached)) / self.keys if self.keys else 100.0


@dataclass(frozen=True, slots=True)
class RunParts:
    """What a run needs from outside: the folder of the configuration, and what reads events and
    builds orgs. `with_rows` counts rows of translations as keys."""

    config_dir: Path
    read_event: ReadEvent
    facts_of: FactsOf
    with_rows: bool = False


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A case with its event and org."""

    case: Case
    event: Event
    org: CaseOrg | None


@dataclass(slots=True)
class _Run:
    """One run: rules, orgs and coverage are built once for all cases that share them."""

    parts: RunParts
    no_rules: frozenset[Path]
    drafts: dict[tuple[Path, ...], DraftRules] = field(default_factory=dict)
    by_file: dict[Path, DraftRules] = field(default_factory=dict)
    facts: dict[str, OrgFacts] = field(default_factory=dict)
    coverage: dict[str, RuleCoverage] = field(default_factory=dict)

    def rules_of(self, file: CaseFile) -> DraftRules:
        """The rules that a file's cases are for."""
        known = self.by_file.get(file.path)
        if known is None:
            folders = rule_folders(file, self.parts.config_dir)
            if folders not in self.drafts:
                self.drafts[folders] = read_drafts(folders, self.no_rules)
            known = self.by_file[file.path] = self.drafts[folders]
        return known

    def facts_of(self, fields: Mapping[str, Sequence[JsonObject]]) -> OrgFacts:
        """The facts of an org with those fields."""
        text = json.dumps(fields, sort_keys=True)
        known = self.facts.get(text)
        if known is None:
            known = self.facts[text] = self.parts.facts_of(fields)
        return known

    def prepare(self, file: CaseFile) -> list[_Prepared] | tuple[Finding, ...]:
        """All cases of a file, or what is wrong with them."""
        drafts = self.rules_of(file)
        if drafts.missing and file.folders:
            place = ("rules", file.folders.index(drafts.missing[0]))
            return (file.finding(place, f"there is no {drafts.missing[0]}"),)
        prepared: list[_Prepared] = []
        found: list[Finding] = []
        for case in file.cases:
            one = self._prepare(file, case, drafts)
            if isinstance(one, Finding):
                found.append(one)
            else:
                prepared.append(one)
        return tuple(found) if found else prepared

    def _prepare(self, file: CaseFile, case: Case, drafts: DraftRules) -> _Prepared | Finding:
        try:
            event = self.parts.read_event(case.hook, case.event, drafts.in_force)
            org = None if case.org is None else org_of(case.org, self.facts_of)
        except InvalidEvent as error:
            if case.event_file is not None:
                words = f"{case.event_file}: {error.pointer}: {error.reason}"
                return file.finding((*case.place, "event_file"), words)
            keys = [key.replace("~1", "/").replace("~0", "~") for key in error.pointer.split("/")]
            return file.finding((*case.place, "event", *keys[1:]), error.reason)
        except WrongOrg as error:
            return file.finding((*case.place, *error.place), str(error))
        return _Prepared(case, event, org)

    def count_keys(self) -> None:
        """Begin to count the keys of the authors' rules; if there are none, of the shipped ones."""
        for drafts in self.drafts.values():
            for rule in drafts.rules:
                if rule.file in drafts.files and rule.file not in self.coverage:
                    one = RuleCoverage.of(rule, with_rows=self.parts.with_rows)
                    self.coverage[rule.file] = one
        if not self.coverage:
            for rule in shipped_rules():
                one = RuleCoverage.of(rule, with_rows=self.parts.with_rows)
                self.coverage[rule.file] = one

    def result(self, file: CaseFile, one: _Prepared) -> CaseResult:
        """Run one case."""
        drafts = self.rules_of(file)
        decided = decide_arriving(one.event, drafts.in_force)
        count_reached(self._counted(drafts), one.event, decided)
        changes = None if one.org is None else changes_in(decided.plan, one.org)
        compared = compare(one.case.expect, one.event, decided, changes)
        return CaseResult(file.name, file.line(one.case), one.case.name, compared)

    def _counted(self, drafts: DraftRules) -> dict[str, RuleCoverage]:
        """The rules among those whose keys are counted."""
        names = [rule.file for rule in drafts.rules if rule.file in self.coverage]
        return {name: self.coverage[name] for name in names}

    def unreached(self) -> Iterator[UnreachedKey]:
        """The keys that no case reached, file by file."""
        paths = _shipped_paths()
        for drafts in self.drafts.values():
            paths |= drafts.files
        lines = RuleLines(paths)
        for name, one in self.coverage.items():
            missing = one.unreached()
            known = lines.of(one.rule) if missing else {}
            for key in missing:
                yield UnreachedKey(name, line_of(known, key), shown_key(key))


def run_cases(
    paths: Sequence[Path], parts: RunParts, show: Callable[[int], None] = do_nothing
) -> CaseReport:
    """Run the cases of these files. `show` is called with the number of files that ran."""
    files: list[CaseFile] = []
    refused: list[Finding] = []
    for path in paths:
        read = read_case_file(path)
        if isinstance(read, CaseFile):
            files.append(read)
        else:
            refused += read
    events = {case.event_file for file in files for case in file.cases if case.event_file}
    run = _Run(parts, frozenset(events))
    prepared: list[tuple[CaseFile, list[_Prepared]]] = []
    for file in files:
        cases = run.prepare(file)
        if isinstance(cases, list):
            prepared.append((file, cases))
        else:
            refused += cases
    run.count_keys()
    results: list[CaseResult] = []
    for number, (file, cases) in enumerate(prepared, 1):
        results += [run.result(file, one) for one in cases]
        show(number)
    keys = sum(len(one.keys) for one in run.coverage.values())
    found = _findings(run.drafts.values(), events)
    return CaseReport(tuple(results), tuple(refused), found, keys, tuple(run.unreached()))


def _findings(drafts: Iterable[DraftRules], events: Collection[Path]) -> tuple[Finding, ...]:
    """What is wrong with the rules, each once; and the events that lie among them."""
    found = dict.fromkeys(finding for one in drafts for finding in one.findings)
    for one in drafts:
        folders = {path.parent for path in one.files.values()}
        for event in sorted(events):
            if event.parent in folders and kind_of_name(event.name) == "rule":
                words = EVENT_AMONG_RULES.format(name=event.stem)
                name = shown_name(str(event))
                found[Finding(name, None, "", words, "EVENT_AMONG_RULES", "warning")] = None
    return tuple(found)


def _shipped_paths() -> dict[str, Path]:
    """The shipped rules as files, by their names; none if they are packed."""
    folder = shipped("rules")
    if not isinstance(folder, Path):
        return {}
    return {f"shipped/{path.name}": path for path in folder.glob("*.toml")}
