"""Cases ready to run: with the rules, the event and the org of each. What is wrong is a finding;
then no case of the file runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from zsf_plugin.authoring.case_events import ReadEvent, event_of
from zsf_plugin.authoring.case_files import CaseFile, Findings, without_findings
from zsf_plugin.authoring.case_org import CaseOrg, FactsOf, changes_in, org_of
from zsf_plugin.authoring.case_rules import CaseRules
from zsf_plugin.authoring.case_tables import Case, WrongCase
from zsf_plugin.decision.decide import Decided, decide_arriving
from zsf_plugin.model import Changes, Event, JsonObject, OrgFacts
from zsf_plugin.rulebook.drafts import DraftRules


@dataclass(frozen=True, slots=True)
class PreparedCase:
    """A case with its event and org."""

    case: Case
    event: Event
    org: CaseOrg | None

    @property
    def name(self) -> str:
        """What the case shows."""
        return self.case.name

    def decided(self, rules: DraftRules) -> Decided:
        """What those rules make of the event."""
        return decide_arriving(self.event, rules.in_force)

    def changes(self, decided: Decided) -> Changes | None:
        """What would be written in the org; None without one."""
        if self.org is None:
            return None
        return changes_in(decided.plan, self.org) if decided.skipped is None else Changes()


@dataclass(frozen=True, slots=True)
class PreparedFile:
    """A file of cases, all of which can run, with the rules they are for."""

    file: CaseFile
    rules: DraftRules
    cases: tuple[PreparedCase, ...]


@dataclass(frozen=True, slots=True)
class Preparation:
    """What prepares cases. The facts of orgs with the same fields are built once."""

    rules: CaseRules
    read_event: ReadEvent
    build_facts: FactsOf
    _facts: dict[str, OrgFacts] = field(default_factory=dict)

    def prepare(self, file: CaseFile) -> PreparedFile | Findings:
        """All cases of a file, or what is wrong with them."""
        rules = self.rules.of(file)
        if rules.missing and file.folders:
            return _missing(file, rules)
        cases, wrong = without_findings(self._cases(file, rules))
        return wrong or PreparedFile(file, rules, tuple(cases))

    def _cases(self, file: CaseFile, rules: DraftRules) -> Iterator[PreparedCase | Findings]:
        for case in file.cases:
            try:
                yield self._prepared(case, rules)
            except WrongCase as error:
                yield (file.parsed.finding(error.violation(case.index)),)

    def _prepared(self, case: Case, rules: DraftRules) -> PreparedCase:
        event = event_of(case, rules.in_force, self.read_event)
        return PreparedCase(case, event, self._org(case))

    def _org(self, case: Case) -> CaseOrg | None:
        return None if case.org is None else org_of(case.org, self._facts_of)

    def _facts_of(self, fields: Mapping[str, Sequence[JsonObject]]) -> OrgFacts:
        """The facts of an org with those fields."""
        text = json.dumps(fields, sort_keys=True)
        if text not in self._facts:
            self._facts[text] = self.build_facts(fields)
        return self._facts[text]


def _missing(file: CaseFile, rules: DraftRules) -> Findings:
    path = rules.missing[0]
    return (file.finding(("rules", file.folders.index(path)), f"there is no {path}"),)
