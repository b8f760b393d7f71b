"""What is left of rules: which of their settings a later rule sets again for every event, and which
rules can apply to no event of a workspace. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from zsf_plugin.decision.expressions import is_true, places_read
from zsf_plugin.decision.merge import paths_set
from zsf_plugin.model import Rule

#: A setting, as `paths_set` names it.
SettingPath = tuple[str, ...]


def can_apply(rule: Rule, workspace: str) -> bool:
    """Whether the rule applies to some event of that workspace, as far as a condition on nothing
    but the workspace shows."""
    if rule.when is None or not places_read(rule.when) <= {("workspace",)}:
        return True
    return is_true(rule.when, {"workspace": workspace})


def from_high_to_low(
    rules: Sequence[Rule],
) -> Iterator[tuple[Rule, frozenset[SettingPath], Mapping[SettingPath, str]]]:
    """Each rule, the highest first, with the settings that it sets, and the files of later rules
    that set those again for every event: of several, the nearest."""
    later: dict[SettingPath, str] = {}
    for rule in reversed(rules):
        paths = paths_set(rule.document)
        yield rule, paths, later
        if rule.when is None:
            later |= dict.fromkeys(paths, rule.file)


def paths_left(rules: Sequence[Rule]) -> list[frozenset[SettingPath]]:
    """The settings of each rule that no later one sets again for every event."""
    left = [paths - later.keys() for _, paths, later in from_high_to_low(rules)]
    return left[::-1]


def path_of_field(section: str, table: str, name: str) -> SettingPath:
    """The path of a field's setting."""
    (path,) = paths_set({section: {table: {name: ""}}})
    return path
