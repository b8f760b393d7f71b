"""Expressions of rules that are the same for every event, as findings. The rules stay in force:
nothing about them is invalid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, cast

from zsf_plugin.forking import fork_guard
from zsf_plugin.messages.rule_findings import SUSPECT, UNKNOWN_PLACE, finding_text
from zsf_plugin.model import Json, Rule
from zsf_plugin.rulebook.bounds import MAX_FINDINGS
from zsf_plugin.rulebook.files import Finding, RuleLines, Severity, expressions_in, finding_at
from zsf_plugin.rulebook.lines import Path
from zsf_plugin.rulebook.schema import SchemaViolation, schema_document

if TYPE_CHECKING:
    from zsf_plugin.decision.possible import Possible

#: (path in the rule, code, words)
_Found = tuple[Path, str, str]


def condition_findings(rules: Sequence[Rule], files: Mapping[str, FilePath]) -> list[Finding]:
    """What is certain about the expressions of those rules, of each at most `MAX_FINDINGS`; `files`
    holds the path of each rule
    file, by the rule's name. Shipped rules are left out: a test checks them."""
    findings, lines = [], RuleLines(files)
    for rule in rules:
        if rule.layer == "shipped":
            continue
        for path, code, words in islice(found_in(rule), MAX_FINDINGS):
            severity: Severity = "warning" if code in SUSPECT else "error"
            violation = SchemaViolation(path, words)
            findings.append(finding_at(rule.file, lines.of(rule), violation, code, severity))
    return findings


def found_in(rule: Rule) -> Iterator[_Found]:
    """What is certain about the expressions of a rule."""
    for path, text in expressions_in(rule.document):
        for code, words in _found(text, path == ("when",)):
            yield path, code, words


@lru_cache(maxsize=4096)
def _found(text: str, is_condition: bool) -> tuple[tuple[str, str], ...]:
    with fork_guard.inside():  # no rule may have an expression, and few commands look at them
        from zsf_plugin.decision.pointless import pointless_parts, unknown_places

    event = event_of_schemas()
    found: list[tuple[str, str]] = []
    for part in pointless_parts(text, event, is_condition=is_condition):
        found.append((part.code, finding_text(part.code, part.data)))
    for place, meant in unknown_places(text, event):
        found.append((UNKNOWN_PLACE, finding_text(UNKNOWN_PLACE, {"text": place, "meant": meant})))
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1)
def event_of_schemas() -> Possible:
    """What the schemas of payloads say about every event."""
    with fork_guard.inside():
        from zsf_plugin.decision.pointless import event_like

    names = ("prospect", "touchpoint", "user")
    return event_like({name: cast(Json, schema_document(name)) for name in names})
