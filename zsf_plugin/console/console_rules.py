"""The console's layer of the rules: reading it, saving it with its history, and what rule files
above it decide.

One document a workspace, by the schema of rule files. What it means is the rulebook's; who may
change it the visitors'.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zsf_plugin.model.json import Json, JsonObject
from zsf_plugin.model.rules import FieldRule, Rule
from zsf_plugin.ports.store import HistoryLine
from zsf_plugin.rulebook.files import check_document
from zsf_plugin.rulebook.findings import Finding
from zsf_plugin.rulebook.rulebook import CONSOLE
from zsf_plugin.wiring.console import ConsoleApp

_ABOVE = ("config", "workspace")


@dataclass(frozen=True, slots=True)
class ConsoleRules:
    """The console's document, {} where nothing was saved, and the version that a save has to
    name."""

    document: JsonObject
    version: int


@dataclass(frozen=True, slots=True)
class Saved:
    """The document is in force, as that version."""

    version: int


@dataclass(frozen=True, slots=True)
class Stale:
    """Somebody saved in between; nothing was changed. `now` is what is in force."""

    now: ConsoleRules


@dataclass(frozen=True, slots=True)
class Refused:
    """The document is no valid rule; nothing was changed."""

    findings: tuple[Finding, ...]


def read_console_rules(app: ConsoleApp, workspace: str) -> ConsoleRules:
    """What the console has set so far. Raises StoreUnavailable."""
    return ConsoleRules(*app.store.console_rule(workspace))


def save_console_rules(
    app: ConsoleApp, workspace: str, document: JsonObject, expected_version: int, line: HistoryLine
) -> Saved | Stale | Refused:
    """Put a document in force where nobody was faster, with its line of history. Raises
    StoreUnavailable."""
    findings = tuple(check_document(CONSOLE, document)) if document else ()
    if findings:
        return Refused(findings)
    if app.store.save_console_rule(
        workspace, document, expected_version=expected_version, line=line
    ):
        return Saved(expected_version + 1)
    return Stale(read_console_rules(app, workspace))


def lock_of(rules: Sequence[Rule], *path: str) -> str | None:
    """The rule file that sets this key for every event, and so above the console; None where the
    console may."""
    return next((rule.file for rule in _setting(rules, path) if rule.when is None), None)


def decided_for_some(rules: Sequence[Rule], *path: str) -> list[tuple[str, str]]:
    """(file, when) of the rule files that set this key for some events."""
    return [(rule.file, rule.when) for rule in _setting(rules, path) if rule.when is not None]


def entry_of(rule: FieldRule) -> Json:
    """A field's rule as a rule file writes it, as short as can be."""
    sources: Json = rule.sources[0] if len(rule.sources) == 1 else list(rule.sources)
    table: dict[str, Json] = {"from": sources} if rule.sources else {}
    plain = FieldRule(rule.field)
    for key in ("value", "default", "values", "overwrite", "misfit", "too_long"):
        if getattr(rule, key) != getattr(plain, key):
            table[key] = getattr(rule, key)
    return sources if list(table) == ["from"] else table


def _setting(rules: Sequence[Rule], path: Sequence[str]) -> Iterator[Rule]:
    """Rules above the console that set the key, the one with the last word first."""
    return (rule for rule in reversed(rules) if rule.layer in _ABOVE and _sets(rule.document, path))


def _sets(document: JsonObject, path: Sequence[str]) -> bool:
    """Whether the document has the key; Salesforce's names are the same in any case (§ ground rule
    5)."""
    here: object = document
    for name in path:
        if not isinstance(here, dict):
            return False
        known = next((key for key in here if key.lower() == name.lower()), None)
        if known is None:
            return False
        here = here[known]
    return True
