"""Sets of rules to compare: the files of a folder, as they would be in force in a workspace."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from zsf_plugin.model import Rule
from zsf_plugin.rulebook import Finding
from zsf_plugin.rulebook.drafts import read_drafts
from zsf_plugin.rulebook.names import shown_name
from zsf_plugin.rulebook.rulebook import RulesInForce, as_if_in_force, shipped_rules


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules that are in force, or would be; what is wrong with them; and their files by the rule's
    name."""

    rules: RulesInForce
    findings: tuple[Finding, ...]
    files: dict[str, Path]


def read_rule_set(
    place: Path,
    workspace: str,
    console: Rule | None = None,
    name: str | None = None,
) -> RuleSet:
    """The rules of a folder or file over the shipped ones; between the two, what the console sets.
    A config folder has the folder `rules`, and maybe that of the workspace's own rules. `name`:
    what people call the place, if it is not its path."""
    drafts = read_drafts(_paths(place, workspace))
    shown = _Names(shown_name(str(place)), str(place) if name is None else name)
    own = map(shown.in_rule, drafts.rules[len(shipped_rules()) :])
    of_console = () if console is None else (console,)
    return RuleSet(
        as_if_in_force((*shipped_rules(), *of_console, *own)),
        tuple(map(shown.in_finding, drafts.findings)),
        {shown.in_text(file): path for file, path in drafts.files.items()},
    )


@dataclass(frozen=True, slots=True)
class _Names:
    """What people call a place, instead of its path."""

    path: str
    name: str

    def in_text(self, text: str) -> str:
        """The text with the name."""
        return text if self.path == self.name else text.replace(self.path, self.name)

    def in_rule(self, rule: Rule) -> Rule:
        """The rule with the name in that of its file."""
        return replace(rule, file=self.in_text(rule.file))

    def in_finding(self, finding: Finding) -> Finding:
        """The finding with the name in that of its file, and in its message."""
        file, message = self.in_text(finding.file), self.in_text(finding.message)
        return replace(finding, file=file, message=message)


def console_rule(rules: Sequence[Rule]) -> Rule | None:
    """What the console sets, of the rules in force; None if it sets nothing."""
    return next((rule for rule in rules if rule.layer == "console"), None)


def _paths(place: Path, workspace: str) -> list[Path]:
    if not os.path.isdir(place / "rules"):
        return [place]
    own = place / "workspaces" / workspace / "rules"
    has_own = _is_folder_name(workspace) and os.path.isdir(own)
    return [place / "rules", own] if has_own else [place / "rules"]


def _is_folder_name(workspace: str) -> bool:
    return workspace not in (".", "..") and "/" not in workspace and "\\" not in workspace
