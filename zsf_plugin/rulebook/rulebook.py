"""The rules in force: layers from low to high, edits picked up as they happen, merged once for each
set that applies.

How a file is read is `files`'s, when it is read again `folder`'s, what a merge means
`decision.merge`'s.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from zsf_plugin.decision.merge import applies, merge
from zsf_plugin.errors import ConfigurationError
from zsf_plugin.model.json import JsonObject
from zsf_plugin.model.rules import Rule, Rules
from zsf_plugin.ports.rules import KeptRules, RuleSource
from zsf_plugin.rulebook.files import check_document, lines_in, rule_of
from zsf_plugin.rulebook.findings import Finding
from zsf_plugin.rulebook.folder import KeptFile, KeptInMemory, RuleFolder
from zsf_plugin.rulebook.lines import line_of
from zsf_plugin.rulebook.match_keys import unfilled_match_keys
from zsf_plugin.rulebook.schema import Fault
from zsf_plugin.rulebook.shipped import shipped

CONSOLE = "console"

_SAFE_WORKSPACE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")
_MOST_MERGES = 256

_Files = tuple[KeptFile, ...]


@dataclass(frozen=True, slots=True)
class _Shelf:
    """A workspace's rules as last put together, and what they were put together from."""

    shared: _Files
    own: _Files
    console: str
    rules: tuple[Rule, ...]
    findings: tuple[Finding, ...]
    digest: str
    merged: dict[tuple[int, ...], Rules] = field(default_factory=dict)


class Rulebook:
    """All layers of every workspace. `console(workspace)` gives the console's document, {} where
    there is none.

    `kept` keeps the last good content of files; without it, this object does.

    Safe to use from many threads. A wrong file never stops anything: its last good content stays;
    where there is none, it is left out, but message contents stay out too. Raises what `console`
    and `kept` raise, and ConfigurationError where the installation lacks the shipped rules.
    """

    def __init__(
        self, config_dir: Path, console: Callable[[str], JsonObject], kept: KeptRules | None = None
    ) -> None:
        self._config_dir = config_dir
        self._console = console
        self._lock = threading.Lock()
        self._kept = kept or KeptInMemory()
        self._shared = RuleFolder(config_dir / "rules", "rules", "config", self._kept)
        self._own: dict[str, RuleFolder] = {}
        self._shelves: dict[str | None, _Shelf] = {}
        self._console_rules: dict[str, Rule] = {}

    def rules_for(self, workspace: str, scope: JsonObject) -> Rules:
        """All layers merged for the event whose scope this is; merged once for each set of rules
        that apply."""
        shelf = self._shelf(workspace)
        applying = tuple(i for i, rule in enumerate(shelf.rules) if applies(rule, scope))
        rules = shelf.merged.get(applying)
        if rules is None:
            rules = merge([shelf.rules[i] for i in applying])
            if len(shelf.merged) >= _MOST_MERGES:
                shelf.merged.clear()
            shelf.merged[applying] = rules
        return rules

    def rules(self, workspace: str) -> tuple[Rule, ...]:
        """Every rule that applies to some event, low to high."""
        return self._shelf(workspace).rules

    def findings(self, workspace: str) -> tuple[Finding, ...]:
        """What is wrong with the console's document and the files, in the order of the layers."""
        return self._shelf(workspace).findings

    def never_right(self, workspace: str) -> frozenset[str]:
        """The files of which nothing good is known: a rule that keeps message contents out stands
        in for each."""
        shelf = self._shelf(workspace)
        return frozenset(kept.rule.file for kept in (*shelf.shared, *shelf.own) if kept.stands_in)

    def digest(self, workspace: str) -> str:
        """Changes whenever any rule does, its `when` included."""
        return self._shelf(workspace).digest

    def drafted(self, workspace: str, document: JsonObject) -> RuleSource:
        """The rules with another console document for that workspace; what is in force stays as it
        is.

        Raises ConfigurationError where the document is wrong, with all that is.
        """
        if document and (findings := check_document(CONSOLE, document)):
            raise ConfigurationError(tuple(str(finding) for finding in findings))
        with self._lock:
            files = (*self._shared.files(), *self._own_files(workspace))
        rule = rule_of(CONSOLE, document, "console") if document else None
        return _Draft(self, workspace, _stacked(rule, files))

    def _shelf(self, workspace: str) -> _Shelf:
        document = self._console(workspace)
        console = json.dumps(document, sort_keys=True) if document else ""
        with self._lock:
            shared, own = self._shared.files(), self._own_files(workspace)
            if not console:
                self._console_rules.pop(workspace, None)
            # Workspaces with nothing of their own are one and the same, and share their merges.
            key = workspace if console or own else None
            if key is None:
                self._shelves.pop(workspace, None)
            shelf = self._shelves.get(key)
            if (
                shelf is None
                or shelf.shared is not shared
                or shelf.own is not own
                or shelf.console != console
            ):
                shelf = self._shelves[key] = self._put_together(
                    workspace, shared, own, document, console
                )
            return shelf

    def _own_files(self, workspace: str) -> _Files:
        """The workspace's own files. A name that is no safe part of a path has no folder."""
        if not _SAFE_WORKSPACE.fullmatch(workspace):
            return ()
        folder = self._own.get(workspace)
        if folder is None:
            path = Path("workspaces", workspace, "rules")
            folder = self._own[workspace] = RuleFolder(
                self._config_dir / path, path.as_posix(), "workspace", self._kept
            )
        return folder.files()

    def _put_together(
        self, workspace: str, shared: _Files, own: _Files, document: JsonObject, console: str
    ) -> _Shelf:
        findings = self._take_console(workspace, document)
        rules = _stacked(self._console_rules.get(workspace), (*shared, *own))
        findings += [finding for file in (*shared, *own) for finding in file.findings]
        findings += _match_findings(rules, (*shared, *own))
        return _Shelf(shared, own, console, rules, tuple(findings), _digest(rules))

    def _take_console(self, workspace: str, document: JsonObject) -> list[Finding]:
        """Check the console's document; a wrong one leaves the last good one in force, as a file
        does."""
        findings = list(check_document(CONSOLE, document)) if document else []
        if document and not findings:
            self._console_rules[workspace] = rule_of(CONSOLE, document, "console")
        return findings


class _Draft:
    """Every workspace's rules, one of them with a console document that is not saved."""

    def __init__(self, kept: Rulebook, workspace: str, rules: tuple[Rule, ...]) -> None:
        self._kept = kept
        self._workspace = workspace
        self._rules = rules

    def rules_for(self, workspace: str, scope: JsonObject) -> Rules:
        """All layers merged for the event whose scope this is."""
        if workspace != self._workspace:
            return self._kept.rules_for(workspace, scope)
        return merge([rule for rule in self._rules if applies(rule, scope)])

    def digest(self, workspace: str) -> str:
        """Changes whenever any rule of the workspace does."""
        return (
            self._kept.digest(workspace) if workspace != self._workspace else _digest(self._rules)
        )


def _stacked(console: Rule | None, files: _Files) -> tuple[Rule, ...]:
    """Every layer, low to high."""
    return tuple(
        rule
        for rule in (*_shipped_rules(), console, *(file.rule for file in files))
        if rule is not None
    )


def _match_findings(rules: Sequence[Rule], files: _Files) -> list[Finding]:
    paths = {file.rule.file: file.path for file in files}
    found = []
    for rule, path, words in unfilled_match_keys(rules):
        line = line_of(lines_in(paths[rule.file]), path) if rule.file in paths else None
        found.append(Finding(rule.file, line, Fault(path, words).pointer, words))
    return found


@lru_cache(maxsize=1)
def _shipped_rules() -> tuple[Rule, ...]:
    """The shipped rules, read once a process; unchecked, for tests do that and a host should not
    wait for it."""
    entries = sorted(
        (e for e in shipped("rules").iterdir() if e.name.endswith(".toml")), key=lambda e: e.name
    )
    documents = (
        (entry.name, tomllib.loads(entry.read_text(encoding="utf-8"))) for entry in entries
    )
    return tuple(rule_of(f"shipped/{name}", document, "shipped") for name, document in documents)


def _digest(rules: Sequence[Rule]) -> str:
    content = [[rule.layer, rule.document] for rule in rules]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
