"""Sets of rules to compare: the files of a folder, as they would be in force in a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
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

    @property
    def errors(self) -> list[Finding]:
        """What is certainly wrong."""
        return [finding for finding in self.findings if finding.severity == "error"]


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
    shown = partial(_renamed, shown_name(str(place)), str(place) if name is None else name)
    of_files = [
        replace(rule, file=shown(rule.file)) for rule in drafts.rules[len(shipped_rules()) :]
    ]
    every = (*shipped_rules(), *([console] if console is not None else []), *of_files)
    findings = [
        replace(one, file=shown(one.file), message=shown(one.message)) for one in drafts.findings
    ]
    files = {shown(file): path for file, path in drafts.files.items()}
    return RuleSet(as_if_in_force(every), tuple(findings), files)


def _renamed(path: str, name: str, text: str) -> str:
    return text if path == name else text.replace(path, name)


def console_rule(rules: Sequence[Rule]) -> Rule | None:
    """What the console sets, of the rules in force; None if it sets nothing."""
    return next((rule for rule in rules if rule.layer == "console"), None)


def _paths(place: Path, workspace: str) -> list[Path]:
    if not (place / "rules").is_dir():
        return [place]
    own = place / "workspaces" / workspace / "rules"
    is_safe = workspace not in (".", "..") and "/" not in workspace and "\\" not in workspace
    return [place / "rules", *([own] if is_safe and own.is_dir() else [])]
