"""Map values: what Zaplify says, and what a picklist is to get for it. Pure; part of the draft like
all of a row.

A translation is a line of `values` in the field's rule; "" leaves the value out
(`schemas/rule.schema.json`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from zsf_plugin.console.mapping.drafts import FIXED
from zsf_plugin.console.mapping.fitting import picklist_choices
from zsf_plugin.decision.expressions import evaluate
from zsf_plugin.decision.fit import fit
from zsf_plugin.model import (
    FieldDescribe,
    FieldRule,
    Json,
    JsonObject,
    ObjectDescribe,
    PlannedField,
)

#: What a choice stands for beside a value of the picklist, which FIXED begins.
AS_IT_IS, LEFT_OUT = "", "leave-out"
#: So many values of recent prospects are shown.
_MAX_VALUES = 50

#: One value that Zaplify says, what it becomes (as a choice), and whether the picklist knows that.
ValueLine: TypeAlias = "tuple[str, str, bool]"


def value_lines(
    rule: FieldRule, field: FieldDescribe, describe: ObjectDescribe, scopes: Iterable[JsonObject]
) -> tuple[ValueLine, ...]:
    """Values of recent prospects that the picklist lacks, then what is translated already."""
    values = rule.values or {}
    fresh = [
        (said, AS_IT_IS, False)
        for said in _said(rule, scopes)
        if said not in values and not _fits(said, field, describe)
    ]
    kept = [(said, _choice(into), _is_known(into, field)) for said, into in values.items()]
    return (*fresh[:_MAX_VALUES], *kept)


def options(field: FieldDescribe) -> list[tuple[str, str]]:
    """What can be chosen for a value: (choice, words)."""
    return [(AS_IT_IS, "As it is"), (LEFT_OUT, "Left out"), *picklist_choices(field)]


def translations_in(form: Mapping[str, str]) -> str:
    """The translations of a posted page, as the draft carries them."""
    table = {said: _translation(into) for said, into in _choices_in(form)}
    return json.dumps(table, ensure_ascii=False)


def _choices_in(form: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(what Zaplify says, the choice for it) of a posted page; what stays as it is has none."""
    for name, said in form.items():
        into = form.get(f"into-{name.removeprefix('said-')}", AS_IT_IS)
        is_chosen = into == LEFT_OUT or into.startswith(FIXED)
        if name.startswith("said-") and said.strip() and is_chosen:
            yield said.strip(), into


def _translation(choice: str) -> str:
    """What a choice stands for: the reverse of `_choice`."""
    return "" if choice == LEFT_OUT else choice.removeprefix(FIXED)


def _said(rule: FieldRule, scopes: Iterable[JsonObject]) -> list[str]:
    """What the rule's sources give, each once, in the order of the prospects."""
    found = (_said_by(rule, scope) for scope in scopes)
    return list(dict.fromkeys(filter(None, found)))


def _said_by(rule: FieldRule, scope: JsonObject) -> str | None:
    """The first text that one of the sources gives for a prospect."""
    values = (evaluate(source, scope) for source in rule.sources)
    return next((one for one in values if isinstance(one, str) and one.strip()), None)


def _fits(said: str, field: FieldDescribe, describe: ObjectDescribe) -> bool:
    planned = PlannedField(field.name, said, "if_blank", "leave_out", "shorten", "")
    return _is_known(said, field) and fit(planned, field, describe).misfit is None


def _is_known(into: Json, field: FieldDescribe) -> bool:
    """Whether the picklist has the value, by name or label."""
    text = str(into).casefold()
    return not text or text in _names(field)


def _names(field: FieldDescribe) -> set[str]:
    """The values of the picklist and their labels, in one case."""
    return {
        name.casefold() for one in field.picklist if one.active for name in (one.value, one.label)
    }


def _choice(into: Json) -> str:
    return f"{FIXED}{into}" if into != "" else LEFT_OUT
