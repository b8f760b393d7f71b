"""Expressions of rules that are the same for every event, as findings. The rules stay in force:
nothing about them is invalid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path as FilePath

from zsf_plugin.messages.rule_findings import SUSPECT
from zsf_plugin.model import Rule
from zsf_plugin.rulebook.bounds import MAX_FINDINGS
from zsf_plugin.rulebook.document_violations import expressions_in
from zsf_plugin.rulebook.files import Finding, RuleLines, Severity
from zsf_plugin.rulebook.lines import Path
from zsf_plugin.rulebook.pointless_expressions import found_in_text

#: (path in the rule, code, words)
_Found = tuple[Path, str, str]


def condition_findings(rules: Sequence[Rule], files: Mapping[str, FilePath]) -> list[Finding]:
    """What is certain about the expressions of those rules, of each at most `MAX_FINDINGS`; `files`
    holds the path of each rule file, by the rule's name. Shipped rules are left out: a test checks
    them."""
    findings, lines = [], RuleLines(files)
    for rule in rules:
        if rule.layer == "shipped":
            continue
        for path, code, words in islice(found_in(rule), MAX_FINDINGS):
            severity: Severity = "warning" if code in SUSPECT else "error"
            findings.append(lines.finding(rule, path, words, code, severity))
    return findings


def found_in(rule: Rule) -> Iterator[_Found]:
    """What is certain about the expressions of a rule."""
    for path, text in expressions_in(rule.document):
        for code, words in found_in_text(text, path == ("when",)):
            yield path, code, words
