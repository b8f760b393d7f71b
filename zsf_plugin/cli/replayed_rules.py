"""The rules of a replay, before and after, for the workspace of each event."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zsf_plugin.cli.rule_diff_report import IN_FORCE
from zsf_plugin.cli.rule_places import RulePlace, rule_place
from zsf_plugin.cli.sided_findings import SidedFindings

if TYPE_CHECKING:
    from zsf_plugin.authoring.rule_pair import RulePair
    from zsf_plugin.cli.common import CommandApp

    _Pairs = dict[str, RulePair]

SHIPPED = "the shipped rules"
#: Pairs of rules that are remembered, by workspace; with more, all are forgotten.
MAX_WORKSPACES = 1_000


@contextmanager
def replayed_rules(app: CommandApp, against: str | None) -> Iterator[ReplayedRules]:
    """The rules in force and those of the place `against`; without it, the shipped rules and those
    in force. Raises CommandError."""
    if against is None:
        yield ReplayedRules(app, None)
        return
    with rule_place(against) as place:
        yield ReplayedRules(app, place)


class ReplayedRules:
    """The rules before and after, by workspace: each is read once. `findings` are those of their
    files."""

    def __init__(self, app: CommandApp, place: RulePlace | None) -> None:
        self._app = app
        self._place = place
        self._pairs: _Pairs = {}
        self.findings = SidedFindings()

    @property
    def names(self) -> tuple[str, str]:
        """What people call the rules before and after."""
        return (SHIPPED, IN_FORCE) if self._place is None else (IN_FORCE, self._place.name)

    def of(self, workspace: str) -> RulePair:
        """The pair of that workspace."""
        if workspace not in self._pairs:
            self._remember(workspace)
        return self._pairs[workspace]

    def _remember(self, workspace: str) -> None:
        if len(self._pairs) >= MAX_WORKSPACES:
            self._pairs.clear()
        self._pairs[workspace] = self._read(workspace)

    def _read(self, workspace: str) -> RulePair:
        from zsf_plugin.authoring.rule_pair import RulePair
        from zsf_plugin.authoring.rule_sets import console_rule, read_rule_set
        from zsf_plugin.rulebook.rulebook import as_if_in_force

        in_force = self._app.rulebook.in_force(workspace)
        if self._place is None:
            shipped = tuple(rule for rule in in_force.rules if rule.layer == "shipped")
            self.findings.add("after", in_force.findings)
            return RulePair(as_if_in_force(shipped), in_force)
        console = console_rule(in_force.rules)
        after = read_rule_set(self._place.path, workspace, console, self._place.name)
        self.findings.add("before", in_force.findings)
        self.findings.add("after", after.findings)
        return RulePair(in_force, after.rules)
