"""A typed rule over the rules in force: what is wrong with it, and the rules as they would be with
it. Pure; nothing is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from zsf_plugin.console.presenters.deciders import origins_of, short
from zsf_plugin.decision.merge import applies
from zsf_plugin.model import JsonObject, Rule
from zsf_plugin.rulebook import Finding
from zsf_plugin.rulebook.files import lines_by_pointer, parse_rule
from zsf_plugin.rulebook.ineffective import ineffective_findings
from zsf_plugin.rulebook.match_keys import match_key_findings
from zsf_plugin.rulebook.rulebook import RulesInForce, as_if_in_force

#: The name of the typed rule; it ends as the files of its format do.
THIS_RULE = "this rule"
_TOML, _JSON = f"{THIS_RULE}.toml", f"{THIS_RULE}.json"
_LAYERS = {"shipped": "Default", "console": "Console", _TOML: THIS_RULE, _JSON: THIS_RULE}


@dataclass(frozen=True, slots=True)
class DraftedRule:
    """The typed rule, None if it is invalid or nothing was typed; what is wrong with it, and the
    rules with it above all others, None without it. `text` is what was typed; `org_read_at` is when
    the org's fields were read that it was checked against, None if it was not."""

    rule: Rule | None = None
    findings: tuple[Finding, ...] = ()
    in_force: RulesInForce | None = None
    text: str = ""
    org_read_at: float | None = None

    def with_lines(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """The findings, each with the line of the key that it is about, or of the next above."""
        found = tuple(findings)
        if not found or self.rule is None:
            return found
        lines = lines_by_pointer(self.rule.file, _encoded(self.text))
        return tuple(replace(one, line=_line_above(one.pointer, lines)) for one in found)

    def applies_to(self, scope: JsonObject) -> bool:
        """Whether the rule applies to the event with that scope."""
        return self.rule is not None and applies(self.rule, scope)


def drafted_rule(text: str, rules: Sequence[Rule]) -> DraftedRule:
    """The rule of that text, TOML or JSON, over those rules."""
    if not text.strip():
        return DraftedRule()
    name = _JSON if text.lstrip().startswith("{") else _TOML
    rule, findings = parse_rule(name, _encoded(text), "workspace")
    if rule is None:
        return DraftedRule(findings=tuple(sorted(findings, key=_line_of)))
    whole = (*rules, rule)
    found = (*match_key_findings(whole, {}), *ineffective_findings(whole, {}))
    own = [finding for finding in found if finding.file == name]
    drafted = DraftedRule(rule, (), as_if_in_force(whole), text)
    return replace(drafted, findings=drafted.with_lines(own))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _line_above(pointer: str, lines: Mapping[str, int]) -> int | None:
    while pointer and pointer not in lines:
        pointer = pointer.rpartition("/")[0]
    return lines.get(pointer)


def _line_of(finding: Finding) -> int:
    return finding.line or 0


@dataclass(frozen=True, slots=True)
class Origins:
    """Names what set a value by its rule file; `layers` is that name, or `shipped` or `console`."""

    layers: Mapping[str, str]

    def name(self, file: str) -> str:
        """The name for people."""
        layer = self.layers.get(file, file)
        return _LAYERS.get(layer, short(layer))


def rule_origins(rules: Sequence[Rule]) -> Origins:
    """The names of those rules, and of the typed one."""
    return Origins(origins_of(rules))
