"""Rules that are not in force: read from any folders and files, over the shipped ones, as they
would be if they were dropped in.

Nothing is stored, and no last valid content takes the place of an invalid file.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from zsf_plugin.model import Layer, Rule
from zsf_plugin.rulebook.files import Finding, read_rule, rule_of
from zsf_plugin.rulebook.folder import FALLBACK, InMemoryRules, LoadedFile, RuleFolder, unread_file
from zsf_plugin.rulebook.ineffective import ineffective_findings
from zsf_plugin.rulebook.match_keys import match_key_findings
from zsf_plugin.rulebook.names import shown_name, suggested_name, why_no_rule
from zsf_plugin.rulebook.regular_files import is_absent
from zsf_plugin.rulebook.rulebook import RulesInForce, as_if_in_force, shipped_rules


@dataclass(frozen=True, slots=True)
class DraftRules:
    """The rules of the given folders and files, low to high, over the shipped ones."""

    in_force: RulesInForce
    #: What is wrong with them; a `warning` may be none.
    findings: tuple[Finding, ...]
    #: The files of the rules, by the rule's name.
    files: dict[str, Path]
    #: The rules that stand for a file that is invalid or not read.
    never_valid: frozenset[str]
    #: Those of the given paths that do not exist.
    missing: tuple[Path, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule that can apply to an event, low to high."""
        return self.in_force.rules


def read_drafts(paths: Sequence[Path], no_rules: Collection[Path] = ()) -> DraftRules:
    """Read folders of rules, and single files. A file that is invalid or not read is a finding;
    what may have been meant to keep message contents off does so, as in a folder in force.
    `no_rules` are files in the folders that are left out."""
    loaded: list[LoadedFile] = []
    missing = []
    for path in paths:
        if os.path.isdir(path):
            folder = RuleFolder(path, shown_name(str(path)), _layer_of(path), InMemoryRules())
            loaded += [file for file in folder.files() if file.path not in no_rules]
        elif _is_missing(path):
            missing.append(path)
        else:
            loaded.append(_read_file(path))
    found: list[Finding] = []
    for file in loaded:
        found += file.findings
    rules = (*shipped_rules(), *[file.rule for file in loaded if file.rule is not None])
    files = {file.rule.file: file.path for file in loaded if file.rule is not None}
    never_valid = frozenset(
        file.rule.file for file in loaded if file.rule is not None and file.is_fallback
    )
    valid = {name: path for name, path in files.items() if name not in never_valid}
    found += match_key_findings(rules, files)
    found += ineffective_findings(rules, valid)
    return DraftRules(as_if_in_force(rules), tuple(found), files, never_valid, tuple(missing))


def _is_missing(path: Path) -> bool:
    """Whether nothing is there; what cannot be looked at is read, to say why not."""
    try:
        return is_absent(path)
    except OSError:
        return False


def _layer_of(folder: Path) -> Layer:
    """That of a workspace's own rules if the folder is called as theirs."""
    *_, above, _, name = ("", "", *folder.absolute().parts)
    return "workspace" if (above, name) == ("workspaces", "rules") else "config"


def no_rule_file(path: Path) -> LoadedFile | None:
    """A file that is given by itself, and has no name of a rule; None if it has one."""
    name, why = shown_name(str(path)), why_no_rule(path.name)
    if why is None:
        return None
    data = {"folder": shown_name(str(path.parent)), "suggested": suggested_name(path.name)}
    return unread_file(path, name, why, data, "config")


def _read_file(path: Path) -> LoadedFile:
    if other := no_rule_file(path):
        return other
    name = shown_name(str(path))
    rule, findings = read_rule(path, name, "config")
    if rule is None:
        return LoadedFile(path, rule_of(name, FALLBACK, "config"), findings, is_fallback=True)
    return LoadedFile(path, rule, findings)
