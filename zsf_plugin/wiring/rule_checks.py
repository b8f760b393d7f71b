"""What is wrong with rules, in force or before they are, also beside the org as its describes were
last read. Makes no call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zsf_plugin.model import KnownFacts
    from zsf_plugin.rulebook import Finding
    from zsf_plugin.wiring.apps import App
    from zsf_plugin.wiring.orgs import Orgs


@dataclass(frozen=True, slots=True)
class OrgRead:
    """The org that rules were checked against: its id, and when its describes were read (seconds
    since 1970)."""

    org_id: str
    read_at: float


@dataclass(frozen=True, slots=True)
class CheckedRules:
    """The findings of rules, low to high, and how many rules are valid. `missing` are those of the
    given paths that do not exist; `org` is None if none is connected, or its fields were never
    read."""

    findings: tuple[Finding, ...]
    valid: int
    missing: tuple[Path, ...]
    org: OrgRead | None


def check_in_force(app: App, workspace: str) -> CheckedRules:
    """Check the rules in force for the workspace. A file that was never valid does not count, even
    if a fallback replaces it. Raises StoreUnavailable."""
    rulebook = app.rulebook
    found = (*rulebook.findings(workspace), *rulebook.warnings(workspace))
    never_valid = rulebook.never_valid(workspace)
    valid = sum(rule.file not in never_valid for rule in rulebook.rules(workspace))
    known = app.orgs.known_facts(workspace)
    return CheckedRules((*found, *app.unfit_rules(workspace)), valid, (), _read(known))


def check_paths(paths: Sequence[Path], orgs: Orgs, workspace: str) -> CheckedRules:
    """Check folders and files that are not in force, over the shipped rules, with the org of that
    workspace. Raises StoreUnavailable."""
    from zsf_plugin.rulebook.drafts import read_drafts
    from zsf_plugin.rulebook.org_findings import org_findings

    drafts = read_drafts(paths)
    found, known = list(drafts.findings), orgs.known_facts(workspace)
    if known is not None:
        merged = drafts.in_force.rules_for({"workspace": workspace})
        found += org_findings(drafts.rules, merged, drafts.files, known.facts)
    valid = len(drafts.rules) - len(drafts.never_valid)
    return CheckedRules(tuple(found), valid, drafts.missing, _read(known))


def _read(known: KnownFacts | None) -> OrgRead | None:
    return None if known is None else OrgRead(known.facts.org_id, known.read_at)
