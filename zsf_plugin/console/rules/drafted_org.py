"""A typed rule beside the org, by its describes as last read: what `zsf rules check` would say of
it there. Makes no call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from zsf_plugin.console.rules.drafted_rule import DraftedRule
from zsf_plugin.messages.rule_findings import ORG
from zsf_plugin.model import KnownFacts
from zsf_plugin.rulebook import Finding
from zsf_plugin.rulebook.org_findings import org_findings_of
from zsf_plugin.wiring.apps import ConsoleApp


def checked_beside_org(app: ConsoleApp, workspace: str, drafted: DraftedRule) -> DraftedRule:
    """The typed rule with what is found in it there, if an org is connected and its fields were
    ever read. Raises StoreUnavailable."""
    known = app.orgs.known_facts(workspace)
    if known is None:
        return drafted
    found = drafted.with_lines(_found(app, workspace, drafted, known))
    return replace(drafted, findings=(*drafted.findings, *found), org_read_at=known.read_at)


def _found(
    app: ConsoleApp, workspace: str, drafted: DraftedRule, known: KnownFacts
) -> Iterator[Finding]:
    """What does not fit in the rule, and the required fields that only it leaves empty."""
    rule, in_force = drafted.rule, drafted.in_force
    if rule is None or in_force is None:
        return
    before = {one.pointer for one in app.unfit_rules(workspace) if one.file == ORG}
    for one in org_findings_of(rule.file, in_force.rules, known.facts, workspace):
        if one.file != ORG or one.pointer not in before:
            yield one
