"""The rules in force: layered from low to high, read again when they change, merged once for each
set that applies.

`files` reads a file, `folder` decides when to read it again, and `decision.merge` defines what a
merge means.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from zsf_plugin.errors import ConfigurationError
from zsf_plugin.model import JsonObject, Rule, Rules, Switches
from zsf_plugin.rulebook.files import Finding, check_document, rule_of
from zsf_plugin.rulebook.folder import InMemoryRules, LoadedFile, RuleFolder
from zsf_plugin.rulebook.ineffective import ineffective_findings
from zsf_plugin.rulebook.layered import Layered
from zsf_plugin.rulebook.match_keys import match_key_findings
from zsf_plugin.rulebook.misplaced import MisplacedFiles
from zsf_plugin.rulebook.names import is_safe_workspace
from zsf_plugin.rulebook.schema import shipped

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from zsf_plugin.ports import LastValidRules

CONSOLE = "console"
#: Hexadecimal digits: short enough to be read out.
DIGEST_LENGTH = 16

_BY_NAME = attrgetter("name")
_CONTENT = attrgetter("layer", "document")
_Files = tuple[LoadedFile, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of a workspace's rules; `console` is the console's document as text, empty if
    there is none. `misplaced` are files that lie elsewhere, and are not read."""

    shared: _Files
    own: _Files
    console: str
    misplaced: _Files = ()

    @property
    def files(self) -> _Files:
        """The files of both folders, low to high, after those that are not read."""
        return (*self.misplaced, *self.shared, *self.own)


@dataclass(frozen=True, slots=True)
class _Console:
    """A console's document as last read, also as text (empty if there is none), and its version;
    None if it has none."""

    document: JsonObject
    text: str
    version: int | None


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """Every layer of a workspace, low to high."""

    rules: tuple[Rule, ...]
    #: All layers merged for the event with that scope.
    rules_for: Callable[[JsonObject], Rules]
    #: As `rules_for`, of those layers alone that have switches.
    rules_with_switches_for: Callable[[JsonObject], Rules]
    #: Changes whenever any rule does, including its `when`.
    digest: str

    def switches_for(self, scope: JsonObject) -> Switches:
        """The switches for the event with that scope: whether a rule applies that sets none does
        not matter, and is not asked."""
        return self.rules_with_switches_for(scope).switches


@dataclass(frozen=True, slots=True)
class WorkspaceRules(RulesInForce):
    """A workspace's rules as last assembled, and their sources."""

    sources: Sources
    findings: tuple[Finding, ...]
    #: The path of each rule file, by the rule's name.
    files: Mapping[str, Path]
    #: Finds what has no effect whatever the event; cached, and no event waits for it.
    pointless: Callable[[], Sequence[Finding]]


class Rulebook:
    """All layers of every workspace. `console(workspace)` returns the console's document, {} if
    there is none, alone or with its version.

    `stored_rules` stores the last valid content of files; without it, this object does.

    Thread-safe. An invalid file never stops anything: its last valid content stays in force; if
    none is known, the file is ignored, but message contents stay off. Raises what `console` and
    `stored_rules` raise, and ConfigurationError if the shipped rules are missing.
    """

    def __init__(
        self,
        config_dir: Path,
        console: Callable[[str], JsonObject | tuple[JsonObject, int]],
        stored_rules: LastValidRules | None = None,
    ) -> None:
        self._config_dir = config_dir
        self._console = console
        self._lock = threading.RLock()
        self._stored_rules = stored_rules or InMemoryRules()
        self._shared = RuleFolder(config_dir / "rules", "rules", "config", self._stored_rules)
        self._own: dict[str, RuleFolder] = {}
        self._misplaced = MisplacedFiles(config_dir)
        self._assembled: dict[str, WorkspaceRules] = {}
        self._common: WorkspaceRules | None = None
        self._console_rules: dict[str, Rule] = {}
        self._consoles: dict[str, _Console] = {}

    def rules_for(self, workspace: str, scope: JsonObject) -> Rules:
        """All layers merged for the event with that scope."""
        return self.in_force(workspace).rules_for(scope)

    def rules(self, workspace: str) -> tuple[Rule, ...]:
        """Every rule that can apply to an event, low to high."""
        return self.in_force(workspace).rules

    def findings(self, workspace: str) -> tuple[Finding, ...]:
        """The findings in the console's document and the files, low to high."""
        with self._lock:
            self._misplaced.look_again(workspace)
        known = self.in_force(workspace)
        certain = (finding for finding in known.pointless() if finding.severity == "error")
        return (*known.findings, *certain)

    def warnings(self, workspace: str) -> tuple[Finding, ...]:
        """What may be a slip in the console's document and the files, but is perhaps meant."""
        found = self.in_force(workspace).pointless()
        return tuple(finding for finding in found if finding.severity == "warning")

    def never_valid(self, workspace: str) -> frozenset[str]:
        """The files with no known valid content: each is replaced by a rule that keeps message
        contents off."""
        files = self._files(workspace)
        return frozenset(file.rule.file for file in files if file.rule and file.is_fallback)

    def digest(self, workspace: str) -> str:
        """A digest that changes whenever any rule does, including its `when`."""
        return self.in_force(workspace).digest

    def with_draft(self, workspace: str, document: JsonObject) -> DraftRules:
        """The rules with another console document for that workspace; the rules in force stay as
        they are.

        Raises ConfigurationError with all findings if the document is invalid.
        """
        rule = _checked(document) if document else None
        return DraftRules(self, workspace, _stacked(rule, self._files(workspace)))

    def _files(self, workspace: str) -> tuple[LoadedFile, ...]:
        return self.in_force(workspace).sources.files

    def file_revisions(self, workspaces: Collection[str]) -> Mapping[str, object]:
        """For each of the workspaces the files of its rules: the same as before if none changed.
        The shared folder is looked at once for all."""
        revisions: dict[str, object] = {}
        with self._lock:
            shared = self._shared.files()
        has_own = _has_entries(self._config_dir / "workspaces")
        for workspace in workspaces:
            with self._lock:  # for each alone: an event may wait for it
                folder = self._own.get(workspace) or self._own_folder(workspace)
                own = folder.files() if folder and has_own else ()
                now_s = time.monotonic()
                misplaced = self._misplaced.files(workspace, now_s, is_safe=folder is not None)
            revisions[workspace] = (shared, own, misplaced)
        return revisions

    def in_force(self, workspace: str, console: _Console | None = None) -> WorkspaceRules:
        """The current rules of the workspace, assembled again if anything changed; with that of the
        console, if it is given."""
        if console is None:
            found = self._console(workspace)
            document, version = found if isinstance(found, tuple) else (found, None)
            text = json.dumps(document, sort_keys=True) if document else ""
            console = self._consoles[workspace] = _Console(document, text, version)
        with self._lock:
            folder = self._own.get(workspace) or self._own_folder(workspace)
            own = folder.files() if folder else ()
            now_s = time.monotonic()
            misplaced = self._misplaced.files(workspace, now_s, is_safe=folder is not None)
            sources = Sources(self._shared.files(), own, console.text, misplaced)
            known = self._assembled.get(workspace)
            if known is None or known.sources != sources:
                known = self._reload(workspace, sources, console.document)
                self._assembled[workspace] = known
            return known

    def last_known(self, workspace: str) -> tuple[WorkspaceRules, int | None]:
        """As `in_force`, with the console's document as it was when it was last read, and the
        version that it had then: whoever stores something by these rules has it checked. None: it
        has no version."""
        console = self._consoles.get(workspace)
        if console is None or console.version is None:
            found = self.in_force(workspace)
            return found, self._consoles[workspace].version
        return self.in_force(workspace, console), console.version

    def _own_folder(self, workspace: str) -> RuleFolder | None:
        """The folder of the workspace's own files; None if the workspace's name is not safe in a
        path."""
        if not is_safe_workspace(workspace):
            return None
        path = Path("workspaces", workspace, "rules")
        folder = RuleFolder(
            self._config_dir / path, path.as_posix(), "workspace", self._stored_rules
        )
        return self._own.setdefault(workspace, folder)

    def _reload(self, workspace: str, sources: Sources, document: JsonObject) -> WorkspaceRules:
        """Assemble the rules of changed sources. Workspaces without rules of their own share one
        result and its merges."""
        if not document:
            self._console_rules.pop(workspace, None)
        if document or sources.own or sources.misplaced:
            return self._assemble(workspace, sources, document)
        if self._common is None or self._common.sources != sources:
            self._common = self._assemble(workspace, sources, document)
        return self._common

    def _assemble(self, workspace: str, sources: Sources, document: JsonObject) -> WorkspaceRules:
        files = sources.files
        findings = self._take_console(workspace, document)
        rules = _stacked(self._console_rules.get(workspace), files)
        for file in files:
            findings.extend(file.findings)
        paths = {file.rule.file: file.path for file in files if file.rule is not None}
        findings += match_key_findings(rules, paths)
        valid = {
            file.rule.file: file.path
            for file in files
            if file.rule is not None and not file.is_fallback
        }
        pointless = lru_cache(1)(partial(ineffective_findings, rules, valid))
        return WorkspaceRules(
            rules, *layers_of(rules), _digest(rules), sources, tuple(findings), paths, pointless
        )

    def _take_console(self, workspace: str, document: JsonObject) -> list[Finding]:
        """Check the console's document; if it is invalid, the last valid one stays in force, as
        with files."""
        findings = list(check_document(CONSOLE, document)) if document else []
        if document and not findings:
            self._console_rules[workspace] = rule_of(CONSOLE, document, "console")
        return findings


def _has_entries(folder: Path) -> bool:
    """Whether anything may be in that folder."""
    try:
        with os.scandir(folder) as entries:
            return any(True for _ in entries)
    except FileNotFoundError:
        return False
    except OSError:
        return True  # whoever reads what is below it meets the same error and handles it


class DraftRules:
    """The rules of every workspace, with an unsaved console document for one of them."""

    def __init__(self, rulebook: Rulebook, workspace: str, rules: tuple[Rule, ...]) -> None:
        self._rulebook = rulebook
        self._workspace = workspace
        self._draft = as_if_in_force(rules)

    def in_force(self, workspace: str) -> RulesInForce:
        """The workspace's rules, with the draft if it is of that workspace."""
        return self._draft if workspace == self._workspace else self._rulebook.in_force(workspace)

    def rules_for(self, workspace: str, scope: JsonObject) -> Rules:
        """All layers merged for the event whose scope this is."""
        return self.in_force(workspace).rules_for(scope)

    def digest(self, workspace: str) -> str:
        """Changes whenever any rule of the workspace does."""
        return self.in_force(workspace).digest


def _checked(document: JsonObject) -> Rule:
    """The rule of the console's document. Raises ConfigurationError with all findings."""
    findings = check_document(CONSOLE, document)
    if findings:
        raise ConfigurationError(tuple(map(str, findings)))
    return rule_of(CONSOLE, document, "console")


def _stacked(console: Rule | None, files: _Files) -> tuple[Rule, ...]:
    """Every layer, low to high."""
    of_files = (file.rule for file in files)
    return (*shipped_rules(), *filter(None, (console, *of_files)))


def as_if_in_force(rules: tuple[Rule, ...]) -> RulesInForce:
    """Those layers, low to high, as they would be in force."""
    return RulesInForce(rules, *layers_of(rules), _digest(rules))


def layers_of(
    rules: tuple[Rule, ...],
) -> tuple[Callable[[JsonObject], Rules], Callable[[JsonObject], Rules]]:
    """What merges all layers for an event, and those that have switches."""
    with_switches = [index for index, rule in enumerate(rules) if "switches" in rule.document]
    every, switching = Layered(rules, range(len(rules))), Layered(rules, with_switches)
    return every.for_event, switching.for_event


@lru_cache(maxsize=1)
def shipped_rules() -> tuple[Rule, ...]:
    """The shipped rules, read once per process and not checked: tests check them, and a host should
    not wait for it."""
    entries = sorted(shipped("rules").iterdir(), key=_BY_NAME)
    return tuple(_shipped_rule(entry) for entry in entries if entry.name.endswith(".toml"))


def _shipped_rule(entry: Traversable) -> Rule:
    document = tomllib.loads(entry.read_text(encoding="utf-8"))
    return rule_of(f"shipped/{entry.name}", document, "shipped")


def digest_of_files(rules: Iterable[Rule]) -> str:
    """A digest that changes whenever any of those rules does, but for that of the console."""
    return _digest([rule for rule in rules if rule.layer != "console"])


def _digest(rules: Iterable[Rule]) -> str:
    return digest_of_texts(map(text_of, rules))


def text_of(rule: Rule) -> str:
    """What of a rule counts for a digest."""
    return json.dumps(_CONTENT(rule), sort_keys=True)


def digest_of_texts(texts: Iterable[str]) -> str:
    """The digest of the rules with these texts, low to high."""
    content = f"[{', '.join(texts)}]"
    return hashlib.sha256(content.encode()).hexdigest()[:DIGEST_LENGTH]
