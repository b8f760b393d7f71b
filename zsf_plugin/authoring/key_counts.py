"""The keys of rules that are counted, and which of them no case reached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from zsf_plugin.authoring.coverage import count_reached
from zsf_plugin.authoring.rule_coverage import RuleCoverage
from zsf_plugin.authoring.unreached_keys import UnreachedKey, unreached_keys
from zsf_plugin.decision.decide import Decided
from zsf_plugin.model import Event, Rule
from zsf_plugin.rulebook.drafts import DraftRules
from zsf_plugin.rulebook.rulebook import shipped_rules
from zsf_plugin.rulebook.schema import shipped


@dataclass(frozen=True, slots=True)
class KeyCounts:
    """The rules whose keys are counted, by the names of their files: those of authors, or if there
    are none, the shipped ones. `paths` are the files. `with_rows` counts rows of translations.
    `not_counted` are files whose keys are not known: they are invalid, or not read."""

    with_rows: bool
    rules: dict[str, RuleCoverage] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)
    not_counted: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, read: Iterable[DraftRules], *, with_rows: bool) -> KeyCounts:
        """Those of rules that were read, of which no key was reached."""
        counts = cls(with_rows)
        for drafts in read:
            counts.paths.update(drafts.files)
            counts.not_counted.update(drafts.never_valid)
            known = drafts.files.keys() - drafts.never_valid
            counts._add([rule for rule in drafts.rules if rule.file in known])
        if not counts.paths:
            counts.paths.update(_shipped_paths())
            counts._add(shipped_rules())
        return counts

    def _add(self, rules: Iterable[Rule]) -> None:
        for rule in rules:
            coverage = RuleCoverage.of(rule, with_rows=self.with_rows)
            self.rules.setdefault(rule.file, coverage)

    @property
    def total(self) -> int:
        """How many keys there are."""
        return sum(len(rule.keys) for rule in self.rules.values())

    def count(self, drafts: DraftRules, event: Event, decided: Decided) -> None:
        """Count what an event reached of these rules."""
        count_reached(self._counted(drafts), event, decided)

    def _counted(self, drafts: DraftRules) -> dict[str, RuleCoverage]:
        files = (rule.file for rule in drafts.rules)
        return {file: self.rules[file] for file in files if file in self.rules}

    def unreached(self) -> Iterator[UnreachedKey]:
        """The keys that no case reached, file by file."""
        return unreached_keys(self.rules.values(), self.paths)


def _shipped_paths() -> dict[str, Path]:
    """The shipped rules as files, by their names; none if they are packed."""
    folder = shipped("rules")
    if not isinstance(folder, Path):
        return {}
    return {f"shipped/{path.name}": path for path in folder.glob("*.toml")}
