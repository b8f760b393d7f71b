"""What is wrong with rules, in force or before they are, also beside the org as its describes were
last read. Makes no call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zsf_plugin.model import KnownFacts
    from zsf_plugin.rulebook import Finding
    from zsf_plugin.rulebook.rulebook import RulesInForce
    from zsf_plugin.wiring.apps import App

#: How many of the newest events of the outbox are tried.
MAX_SAMPLES = 200


@dataclass(frozen=True, slots=True)
class OrgRead:
    """The org that rules were checked against: its id, and when its describes were read (seconds
    since 1970)."""

    org_id: str
    read_at: float


@dataclass(frozen=True, slots=True)
class CheckedRules:
    """The findings of rules, low to high, and how many rules are valid. `org` is None if none is
    connected, or its fields were never read."""

    findings: tuple[Finding, ...]
    valid: int
    org: OrgRead | None


def check_in_force(app: App, workspace: str) -> CheckedRules:
    """Check the rules in force for the workspace. A file that was never valid does not count, even
    if a fallback replaces it. Raises StoreUnavailable."""
    rulebook = app.rulebook
    found = [*rulebook.findings(workspace), *rulebook.warnings(workspace)]
    rules, never_valid = rulebook.in_force(workspace), rulebook.never_valid(workspace)
    known = app.orgs.known_facts(workspace)
    if known is not None:
        found += _beside_org(app, workspace, known, rules, rules.files)
    valid = sum(rule.file not in never_valid for rule in rules.rules)
    return CheckedRules(tuple(found), valid, _read(known))


def check_paths(app: App, paths: Sequence[Path], workspace: str) -> CheckedRules:
    """Check folders and files that are not in force, over the shipped rules, with the org of that
    workspace. Raises StoreUnavailable."""
    from zsf_plugin.rulebook.drafts import read_drafts

    drafts = read_drafts(paths)
    found, known = list(drafts.findings), app.orgs.known_facts(workspace)
    if known is not None:
        found += _beside_org(app, workspace, known, drafts.in_force, drafts.files)
    valid = len(drafts.rules) - len(drafts.never_valid)
    return CheckedRules(tuple(found), valid, _read(known))


def _beside_org(
    app: App, workspace: str, known: KnownFacts, rules: RulesInForce, files: Mapping[str, Path]
) -> list[Finding]:
    """What does not fit the org, and what the newest events of the outbox meet there."""
    from zsf_plugin.rulebook.org_findings import org_findings
    from zsf_plugin.rulebook.sample_findings import sample_findings
    from zsf_plugin.rulebook.sample_trials import Sample

    found = org_findings(rules.rules, files, known.facts, workspace)
    entries = app.store.entries(workspace, limit=MAX_SAMPLES)
    samples = [Sample(entry.id, entry.event) for entry in entries if entry.payload]
    return [*found, *sample_findings(rules, rules.rules, files, known.facts, samples)]


def _read(known: KnownFacts | None) -> OrgRead | None:
    return None if known is None else OrgRead(known.facts.org_id, known.read_at)
