"""Values that a picklist does not know: which they are, what the picklist has, and the translation
that fixes them.

A fix is a line of `values` in the console's layer for that field; everything else the field's rule
says stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from zsf_plugin.console.console_rules import (
    Refused,
    Saved,
    Stale,
    entry_of,
    lock_of,
    read_console_rules,
    save_console_rules,
)
from zsf_plugin.decision.expressions import evaluate
from zsf_plugin.decision.fit import fit, is_blank
from zsf_plugin.model.describe import FieldDescribe, ObjectDescribe
from zsf_plugin.model.json import Json, JsonObject
from zsf_plugin.ports.store import Entry, HistoryLine
from zsf_plugin.sync.desk import plan_of
from zsf_plugin.wiring.console import ConsoleApp

#: So many different values are offered at once, from so many entries of the cause.
MOST_VALUES = 10
LOOK_AT = 200
#: In a translation: the value is dropped.
LEAVE_OUT = ""


@dataclass(frozen=True, slots=True)
class PicklistFix:
    """What a person has to say: for each value that Zaplify has (with how many entries), what
    Salesforce gets.

    `others` of the entries have another value, or none. `options` are the picklist's own (value,
    label). `locked`: the rule file that decides instead of the console. `required`: nothing can be
    left out.
    """

    object: str
    field: str
    label: str
    values: tuple[tuple[str, int], ...]
    others: int
    options: tuple[tuple[str, str], ...]
    required: bool
    locked: str | None = None


def picklist_fix(
    app: ConsoleApp, workspace: str, group: str, object_: str, field: str
) -> PicklistFix | None:
    """The fix of one cause; None where the org's picklist is not known, or no value of the entries
    is the reason."""
    org = app.orgs.known_facts(workspace)
    describe = org.facts.describe(object_) if org is not None else None
    known = describe.field(field) if describe is not None else None
    if describe is None or known is None or not known.picklist:
        return None
    entries = app.store.entries(workspace, state="held", cause=group, limit=LOOK_AT)
    counted = Counter(
        value for entry in entries if (value := _unknown(app, entry, describe, known)) is not None
    )
    if not counted:
        return None
    rules = app.rulebook.rules(workspace)
    return PicklistFix(
        object=object_,
        field=known.name,
        label=known.label or known.name,
        values=tuple(shown := counted.most_common(MOST_VALUES)),
        others=len(entries) - sum(number for _, number in shown),
        options=tuple((item.value, item.label) for item in known.picklist if item.active),
        required=known.required,
        locked=lock_of(rules, "fields", object_, known.name),
    )


def save_translation(
    app: ConsoleApp, workspace: str, fix: PicklistFix, chosen: Mapping[str, str], by: str
) -> Saved | Stale | Refused:
    """Put the choices into the console's layer. Values that the picklist lacks are left aside."""
    allowed = {value for value, _ in fix.options} | (set() if fix.required else {LEAVE_OUT})
    known = {value for value, _ in fix.values}
    good = {raw: value for raw, value in chosen.items() if raw in known and value in allowed}
    layer = read_console_rules(app, workspace)
    rules = app.rulebook.rules_for(workspace, {"workspace": workspace})
    rule = rules.filling(fix.object, fix.field)
    if rule is None or not good:
        return Refused(())
    entry = entry_of(replace(rule, values={**(rule.values or {}), **good}))
    line = HistoryLine(app.clock.now(), "mapping", by, {"fields": [f"{fix.object}.{rule.field}"]})
    return save_console_rules(
        app,
        workspace,
        with_field(layer.document, fix.object, rule.field, entry),
        layer.version,
        line,
    )


def _unknown(
    app: ConsoleApp, entry: Entry, describe: ObjectDescribe, field: FieldDescribe
) -> str | None:
    """What Zaplify says for the field, where the picklist lacks it."""
    event = entry.event
    target = plan_of(app.rulebook, event).targets.get(describe.name)
    planned = target.planned(field.name) if target is not None else None
    rule = app.rulebook.rules_for(event.workspace, event.scope).filling(describe.name, field.name)
    if planned is None or rule is None or fit(planned, field, describe).misfit is None:
        return None
    raw = first_value(rule.sources, event.scope)
    return raw if isinstance(raw, str) else None


def first_value(sources: Sequence[str], scope: JsonObject) -> Json:
    """What the first source that has anything says; None where none does."""
    values = (evaluate(source, scope) for source in sources)
    return next((value for value in values if not is_blank(value)), None)


def with_field(document: JsonObject, object_: str, field: str, entry: Json) -> JsonObject:
    """The document with that field's entry; a spelling of another case gives way."""
    tables = document.get("fields")
    fields: dict[str, Json] = dict(tables) if isinstance(tables, dict) else {}
    table = fields.get(object_)
    kept = (
        {name: value for name, value in table.items() if name.lower() != field.lower()}
        if isinstance(table, dict)
        else {}
    )
    return {**document, "fields": {**fields, object_: {**kept, field: entry}}}
