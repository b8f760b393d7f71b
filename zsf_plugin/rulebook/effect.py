"""What is left of rules: which of their settings a later rule sets again for every event, and which
rules can apply to no event of a workspace. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from zsf_plugin.decision.expressions import is_true, places_read
from zsf_plugin.decision.merge import paths_set
from zsf_plugin.model import Rule


def can_apply(rule: Rule, workspace: str) -> bool:
    """Whether the rule applies to some event of that workspace, as far as a condition on nothing
    but the workspace shows."""
    if rule.when is None or not places_read(rule.when) <= {("workspace",)}:
        return True
    return is_true(rule.when, {"workspace": workspace})


def paths_left(rules: Sequence[Rule]) -> list[frozenset[tuple[str, ...]]]:
    """The settings of each rule that no later one sets again for every event, as `paths_set` names
    them."""
    left = []
    later: set[tuple[str, ...]] = set()
    for rule in reversed(rules):
        paths = paths_set(rule.document)
        left.append(paths - later)
        if rule.when is None:
            later |= paths
    return left[::-1]


def path_of_field(section: str, table: str, name: str) -> tuple[str, ...]:
    """The path of a field's setting, as `paths_set` names it."""
    (path,) = paths_set({section: {table: {name: ""}}})
    return path
