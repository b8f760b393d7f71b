"""The keys that no case reached, with their lines in the files of their rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from zsf_plugin.authoring.rule_coverage import RuleCoverage
from zsf_plugin.authoring.rule_keys import shown_key
from zsf_plugin.rulebook.files import RuleLines
from zsf_plugin.rulebook.lines import line_of


@dataclass(frozen=True, slots=True)
class UnreachedKey:
    """A key that no case reached."""

    file: str
    line: int | None
    key: str


def unreached_keys(
    rules: Iterable[RuleCoverage], paths: Mapping[str, Path]
) -> Iterator[UnreachedKey]:
    """Those of rules, file by file; `paths` are the files by their names."""
    lines = RuleLines(paths)
    for rule in rules:
        if rule.missing:
            yield from _of_rule(rule, lines)


def _of_rule(rule: RuleCoverage, lines: RuleLines) -> Iterator[UnreachedKey]:
    known = lines.of(rule.rule)
    for key in rule.unreached():
        yield UnreachedKey(rule.rule.file, line_of(known, key), shown_key(key))
