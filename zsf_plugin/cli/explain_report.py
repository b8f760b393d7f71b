"""What `zsf rules explain` found, as JSON and as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import cast

from zsf_plugin.cli.checking_report import finding_document
from zsf_plugin.cli.output import (
    cause_document,
    cause_in_words,
    heading,
    say_steps,
    show_values,
    skip_in_words,
    step_document,
    table,
)
from zsf_plugin.cli.streams import note, say
from zsf_plugin.explain import Cost, EventExplanation
from zsf_plugin.messages.steps import CHECKED_WHEN_WRITTEN
from zsf_plugin.model import (
    Changes,
    Json,
    JsonObject,
    KeyPart,
    Plan,
    PlannedField,
    Reference,
    Target,
    Write,
    WriteValue,
)
from zsf_plugin.rulebook import Finding

_WOULD = {"create": "Would create", "update": "Would change"}


@dataclass(frozen=True, slots=True)
class Explained:
    """What an event would do, and what is wrong with the rules that decided it."""

    event: EventExplanation
    findings: Sequence[Finding]

    def is_held(self) -> bool:
        """Whether the event would be held: a person would have to act."""
        return self.event.cause is not None

    def as_json(self) -> JsonObject:
        """The document of `zsf rules explain --json`."""
        explanation = self.event
        plan, changes = explanation.plan, explanation.changes
        return {
            "findings": [finding_document(finding) for finding in self.findings],
            "skipped": _skipped(explanation),
            "cost": cast(Json, asdict(explanation.cost)),
            "plan": None if plan is None else _plan_document(plan),
            "changes": None if changes is None else _changes_document(changes),
        }


def _plan_document(plan: Plan) -> JsonObject:
    targets = {name: _target_document(target) for name, target in plan.targets.items()}
    return {**asdict(plan), "targets": targets}


def _target_document(target: Target) -> JsonObject:
    keys = [[_key_part_document(part) for part in key] for key in target.keys]
    fields = [cast(Json, planned._asdict()) for planned in target.fields]
    return {**asdict(target), "keys": keys, "fields": fields}


def _key_part_document(part: KeyPart) -> JsonObject:
    return {"field": part.field, "compare": part.compare, "value": part.value}


def _changes_document(changes: Changes) -> JsonObject:
    return {
        "cause": None if changes.cause is None else cause_document(changes.cause),
        "steps": [step_document(step) for step in changes.steps],
        "writes": [_write_document(write) for write in changes.writes],
    }


def _write_document(write: Write) -> JsonObject:
    return {
        "action": write.action,
        "object": write.object,
        "record": write.ref,
        "before": {**write.before},
        "after": write.json_values,
    }


def show_explanation(explained: Explained) -> None:
    """Print what the event would do: the plan, the changes if it was looked up, and the cost."""
    for finding in explained.findings:
        note(str(finding))
    _show_effects(explained.event)


def _show_effects(explanation: EventExplanation) -> None:
    if explanation.skipped is not None:
        say(f"Skipped: {_skipped(explanation)}")
    if explanation.plan is not None:
        _show_plan(explanation.plan)
        _show_changes(explanation.changes, explanation.plan)
    say(_cost_in_words(explanation.cost))


def _skipped(explanation: EventExplanation) -> str | None:
    """Why the event is skipped."""
    return skip_in_words(explanation.skipped) if explanation.skipped is not None else None


def _cost_in_words(cost: Cost) -> str:
    if cost.looked is not None:
        return f"API calls: {cost.looked} for the lookup, {cost.to_write} to write"
    if cost.at_most == 0:
        return "No API calls: already synced, nothing changed"
    return (
        f"API calls: at most {cost.at_most} (lookups, a write, and describes that are not cached)"
    )


def _show_plan(plan: Plan) -> None:
    say(_plan_in_words(plan))
    for target in plan.targets.values():
        _show_target(target)


def _plan_in_words(plan: Plan) -> str:
    owner = "the user with the event’s e-mail" if plan.owner_email else "nobody"
    return f"{plan.kind}, mode {plan.mode}; owner: {owner}"


def _show_target(target: Target) -> None:
    table(
        ("Salesforce field", "value", "overwrite", "set by"),
        map(_planned_row, target.fields),
        title=f"{target.object} (match keys: {_keys_in_words(target)})",
    )


def _planned_row(planned: PlannedField) -> tuple[str, ...]:
    return (planned.field, str(planned.value), planned.overwrite, planned.origin)


def _keys_in_words(target: Target) -> str:
    keys = [" + ".join(part.field for part in key) for key in target.keys]
    return "; ".join(keys) or "none usable"


def _show_changes(changes: Changes | None, plan: Plan) -> None:
    if changes is None:
        say_steps(plan.ignored)
        say("Nothing was looked up in Salesforce; add --live for the exact changes")
    else:
        _show_found(changes)
        _show_writes(changes)


def _show_found(changes: Changes) -> None:
    heading("In the org, with nothing written")
    say_steps(changes.steps)
    if changes.cause is not None:
        say(f"  Held: {cause_in_words(changes.cause)}")


def _show_writes(changes: Changes) -> None:
    created = _names_of(changes.writes)
    for write in changes.writes:
        _show_write(write, created)
    if changes.writes:
        say(CHECKED_WHEN_WRITTEN)


def _names_of(writes: Iterable[Write]) -> dict[str, str]:
    """What the records that are written are called where others refer to them."""
    return {write.ref: f"the new {write.object}" for write in writes}


def _show_write(write: Write, created: Mapping[str, str]) -> None:
    title = f"{_WOULD[write.action]} {write.object}"
    show_values(title, _texts(write.before, created), _texts(write.values, created))


def _texts(values: Mapping[str, WriteValue], created: Mapping[str, str]) -> dict[str, str]:
    return {name: _value_in_words(value, created) for name, value in values.items()}


def _value_in_words(value: WriteValue, created: Mapping[str, str]) -> str:
    """The value as text; a reference is named by the record that it will point to."""
    return created.get(value.ref, value.ref) if isinstance(value, Reference) else str(value)
