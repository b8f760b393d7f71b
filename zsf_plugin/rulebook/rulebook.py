"""The rules in force: layers from low to high, re-read when a file changes, the last good version of each kept."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from zsf_plugin.decision.merge import applies, merge
from zsf_plugin.model.json import JsonObject
from zsf_plugin.model.rules import Layer, Rule, Rules
from zsf_plugin.rulebook.files import check_document, parse_rule, rule_of
from zsf_plugin.rulebook.findings import Finding
from zsf_plugin.rulebook.shipped import shipped

_SAFE_WORKSPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_ENDINGS = (".toml", ".json")
#: (path, changed at in ns, size, inode) of each rule file: what tells that one was edited.
_Signature = tuple[tuple[str, int, int, int], ...]


@dataclass(slots=True)
class _Shelf:
    """One workspace's rules as last read."""

    signature: _Signature
    console: str
    rules: tuple[Rule, ...]
    findings: tuple[Finding, ...]
    digest: str
    merged: dict[tuple[int, ...], Rules] = field(default_factory=dict)


class Rulebook:
    """All layers of every workspace. `console(workspace)` gives the console's document, {} where there is none.

    Safe to use from many threads. A wrong file never stops anything: it is left out, or its last good content stays.
    """

    def __init__(self, config_dir: Path, console: Callable[[str], JsonObject]) -> None:
        self._config_dir = config_dir
        self._console = console
        self._lock = threading.Lock()
        self._shelves: dict[str, _Shelf] = {}
        self._good: dict[str, Rule] = {}

    def rules_for(self, workspace: str, scope: JsonObject) -> Rules:
        """All layers merged for the event whose scope this is; merged once for each set of rules that apply."""
        shelf = self._shelf(workspace)
        applying = tuple(i for i, rule in enumerate(shelf.rules) if applies(rule, scope))
        rules = shelf.merged.get(applying)
        if rules is None:
            rules = shelf.merged[applying] = merge([shelf.rules[i] for i in applying])
        return rules

    def rules(self, workspace: str) -> tuple[Rule, ...]:
        """Every rule in force for some event, low to high."""
        return self._shelf(workspace).rules

    def findings(self, workspace: str) -> tuple[Finding, ...]:
        """What is wrong with the files and the console's document, by file."""
        return self._shelf(workspace).findings

    def digest(self, workspace: str) -> str:
        """Changes whenever any rule does, its `when` included."""
        return self._shelf(workspace).digest

    def _shelf(self, workspace: str) -> _Shelf:
        files = list(self._files(workspace))
        signature = tuple(_stamp(path) for path, _, _ in files)
        document = self._console(workspace)
        console = json.dumps(document, sort_keys=True)
        with self._lock:
            shelf = self._shelves.get(workspace)
            if shelf is None or shelf.signature != signature or shelf.console != console:
                shelf = self._shelves[workspace] = self._read(files, signature, document, console)
            return shelf

    def _files(self, workspace: str) -> Iterator[tuple[Path, str, Layer]]:
        """(path, name as people know it, layer) of each rule file above the console, low to high."""
        folders: list[tuple[Path, Layer]] = [(self._config_dir / "rules", "config")]
        if _SAFE_WORKSPACE.fullmatch(workspace):
            folders.append((self._config_dir / "workspaces" / workspace / "rules", "workspace"))
        for folder, layer in folders:
            try:
                paths = sorted(folder.iterdir(), key=lambda path: path.name)
            except OSError:
                continue
            for path in paths:
                if path.suffix in _ENDINGS and not path.name.startswith("."):
                    yield path, str(path.relative_to(self._config_dir)), layer

    def _read(
        self, files: list[tuple[Path, str, Layer]], signature: _Signature, document: JsonObject, console: str
    ) -> _Shelf:
        rules = list(_shipped_rules())
        findings: list[Finding] = []
        if document:
            faults = check_document("console", document)
            findings += faults
            if not faults:
                rules.append(rule_of("console", document, "console"))
        for path, name, layer in files:
            rule, faults = self._read_file(path, name, layer)
            findings += faults
            if rule is not None:
                rules.append(rule)
        return _Shelf(signature, console, tuple(rules), tuple(findings), _digest(rules))

    def _read_file(self, path: Path, name: str, layer: Layer) -> tuple[Rule | None, tuple[Finding, ...]]:
        try:
            rule, findings = parse_rule(name, path.read_bytes(), layer)
        except OSError as error:
            rule, findings = None, (Finding(name, None, "", f"cannot be read ({error.strerror}); check its rights"),)
        if rule is not None:
            self._good[str(path)] = rule
        return rule or self._good.get(str(path)), findings


def _shipped_rules() -> Iterator[Rule]:
    for entry in sorted(shipped("rules").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(_ENDINGS):
            rule, _ = parse_rule(entry.name, entry.read_bytes(), "shipped")
            if rule is not None:
                yield rule


def _stamp(path: Path) -> tuple[str, int, int, int]:
    try:
        stat = path.stat()
    except OSError:
        return (str(path), 0, 0, 0)
    return (str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino)


def _digest(rules: list[Rule]) -> str:
    content = [rule.document for rule in rules]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
