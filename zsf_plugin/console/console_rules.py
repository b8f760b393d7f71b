"""The console's layer of the rules: one document per workspace, saved with its history, and the
rule files that override it.

The document follows the schema of rule files; the rulebook interprets it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from zsf_plugin.model import FieldRule, Json, JsonObject, Rule, channel_name, table_in
from zsf_plugin.ports import HistoryLine
from zsf_plugin.rulebook.files import Finding, check_document
from zsf_plugin.rulebook.rulebook import CONSOLE
from zsf_plugin.wiring.apps import ConsoleApp

_ABOVE = ("config", "workspace")
#: Keys of a field's rule besides its sources.
_KEYS = ("value", "default", "values", "overwrite", "misfit", "too_long")
#: The code of a line of history: a former version of the document was restored.
RESTORED = "restored"
#: `stale`: someone saved in between; `refused`: the document is invalid. Both change nothing.
SaveOutcome: TypeAlias = Literal["saved", "stale", "refused"]


def save_console_rules(
    app: ConsoleApp, workspace: str, document: JsonObject, expected_version: int, line: HistoryLine
) -> SaveOutcome:
    """Save a document as version `expected_version + 1`, with its line of history, unless someone
    saved in between. Raises StoreUnavailable."""
    if findings_in(document):
        return "refused"
    saved = app.store.save_console_rule(
        workspace, document, expected_version=expected_version, line=line
    )
    return "saved" if saved else "stale"


def findings_in(document: JsonObject) -> Sequence[Finding]:
    """What is wrong with a document; nothing if it is empty."""
    return check_document(CONSOLE, document) if document else ()


def console_document(rules: Sequence[Rule]) -> JsonObject:
    """The console's document among the rules in force."""
    return next((rule.document for rule in rules if rule.layer == "console"), {})


def with_console(rules: Sequence[Rule], document: JsonObject) -> tuple[Rule, ...]:
    """The rules with that document as the console's."""
    below = [rule for rule in rules if rule.layer == "shipped"]
    above = [rule for rule in rules if rule.layer not in ("shipped", "console")]
    own = [Rule(CONSOLE, "console", document)] if document else []
    return (*below, *own, *above)


def locking_file(rules: Sequence[Rule], *path: str) -> str | None:
    """The rule file above the console that sets this key for every event; None if the console may
    set it."""
    return next((rule.file for rule in _setting(rules, path) if rule.when is None), None)


def conditional_files(rules: Sequence[Rule], *path: str) -> list[tuple[str, str]]:
    """(file, when) of the rule files that set this key for some events."""
    return [(rule.file, rule.when) for rule in _setting(rules, path) if rule.when is not None]


def is_set(rules: Sequence[Rule], *path: str) -> bool:
    """Whether any rule sets this key, for all or some events."""
    return any(_sets(rule.document, path) for rule in rules)


def rule_entry(rule: FieldRule) -> Json:
    """A field's rule in the shortest form of a rule file."""
    plain, sources = FieldRule(rule.field), list(rule.sources)
    differing = {
        key: getattr(rule, key) for key in _KEYS if getattr(rule, key) != getattr(plain, key)
    }
    read: Json = sources[0] if len(sources) == 1 else sources
    if not sources:
        return differing
    return {"from": read, **differing} if differing else read


def with_field(document: JsonObject, object_: str, field: str, entry: Json) -> JsonObject:
    """The document with that field's entry, replacing one in another case."""
    fields = table_in(document, "fields")
    table = {**without_field(table_in(fields, object_), field), field: entry}
    return {**document, "fields": {**fields, object_: table}}


def without_field(table: Mapping[str, Json], field: str) -> dict[str, Json]:
    """An object's entries without the field's, in any case."""
    return {name: entry for name, entry in table.items() if name.lower() != field.lower()}


def _setting(rules: Sequence[Rule], path: Sequence[str]) -> Iterator[Rule]:
    """Rules above the console that set the key, highest precedence first."""
    for rule in reversed(rules):
        if rule.layer in _ABOVE and _sets(rule.document, path):
            yield rule


def _sets(document: JsonObject, path: Sequence[str]) -> bool:
    """Whether the document has the key. Salesforce's names and channels are not case-sensitive."""
    section: object = document
    for name in path:
        if not isinstance(section, dict):
            return False
        by_name = {channel_name(key): key for key in reversed(section)}
        if channel_name(name) not in by_name:
            return False
        section = section[by_name[channel_name(name)]]
    return True
