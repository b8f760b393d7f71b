"""What has no effect in the rules, whatever the event: expressions that are the same for every one,
and rules of which nothing is left, since later ones that apply to every event set the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from zsf_plugin.messages.rule_findings import RULE_OVERRIDDEN, finding_text
from zsf_plugin.model import Rule
from zsf_plugin.rulebook.conditions import condition_findings
from zsf_plugin.rulebook.effect import from_high_to_low
from zsf_plugin.rulebook.files import Finding, RuleLines


def ineffective_findings(rules: Sequence[Rule], files: Mapping[str, Path]) -> list[Finding]:
    """The findings of both kinds; `files` holds the path of each valid rule file, by the rule's
    name. Reads the files that have one, so no event waits for it."""
    return [*condition_findings(rules, files), *overridden_findings(rules, files)]


def overridden_findings(rules: Sequence[Rule], files: Mapping[str, Path]) -> list[Finding]:
    """A warning for each of those rules, low to high; `files` holds the path of each valid rule
    file, by the rule's name. All others are left out: shipped rules are there to be overridden,
    and what stands for an invalid file says nothing that its author wrote."""
    found, lines = [], RuleLines(files)
    for rule, by in overridden([rule for rule in rules if rule.file in files]):
        words = finding_text(RULE_OVERRIDDEN, {"files": ", ".join(by)})
        found.append(lines.finding(rule, (), words, RULE_OVERRIDDEN, "warning"))
    return found


def overridden(rules: Sequence[Rule]) -> list[tuple[Rule, list[str]]]:
    """The rules that people wrote of which nothing is left, low to high, each with the files of
    their layer that set the same: a workspace may set otherwise what applies to all others."""
    found = []
    for _, of_layer in groupby(rules, attrgetter("layer")):
        found += _overridden_in_layer([*of_layer])
    return found


def _overridden_in_layer(rules: Sequence[Rule]) -> list[tuple[Rule, list[str]]]:
    found = []
    for rule, paths, later in from_high_to_low(rules):
        if rule.layer != "shipped" and paths and paths <= later.keys():
            by = dict.fromkeys(later[path] for path in sorted(paths))
            found.append((rule, list(by)))
    return found[::-1]
