"""The plan of an event under two sets of rules, beside each other: what the second one changes, and
what set each value. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from zsf_plugin.console.labels import MODES, OVERWRITES, Labels, small
from zsf_plugin.console.presenters.match_settings import MATCH_NAMES, MATCH_SETTINGS, MatchName
from zsf_plugin.console.presenters.records import value_text
from zsf_plugin.console.rules.drafted_rule import THIS_RULE, Origins, rule_origins
from zsf_plugin.console.rules.setting_words import keys_text
from zsf_plugin.decision.decide import Decided
from zsf_plugin.messages.text import step_text
from zsf_plugin.model import PERSON_OBJECTS, Plan, PlannedField, Rule, Step, Target

Change = Literal["", "new", "changed", "gone"]
_NOBODY = "Nobody"
_NO_KEY = "No match key has a value"


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One line of the plan. `was` is its value under the rules in force, if that is another;
    `by` is what set it, `note` how it is written."""

    title: str
    value: str
    key: str = ""
    was: str | None = None
    by: str = ""
    note: str = ""
    change: Change = ""

    @property
    def is_ours(self) -> bool:
        """Whether the typed rule set it."""
        return self.by == THIS_RULE


@dataclass(frozen=True, slots=True)
class PlanPart:
    """The lines about an object, or about the whole event. `note` says under which rules alone the
    object is written."""

    title: str
    rows: tuple[PlanRow, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The plan under the rules with the typed one; each row says whether that changed it."""

    parts: tuple[PlanPart, ...]

    @property
    def changes(self) -> int:
        """The number of rows that differ."""
        return sum(row.change != "" for part in self.parts for row in part.rows)


def compare(before: Decided, after: Decided, rules: Sequence[Rule], label: Labels) -> Comparison:
    """The plan `after`, compared with that `before`. `rules` are those that were merged, `label`
    names the fields of the org. A skipped event writes no object."""
    origins = rule_origins(rules)
    parts = [PlanPart("Event", tuple(_event_rows(before, after, origins)))]
    old, new = _objects(before.plan), _objects(after.plan)
    objects = () if after.skipped is not None else dict.fromkeys((*new, *old))
    for object_ in objects:
        rows = tuple(_object_rows(object_, before.plan, after.plan, origins, label))
        parts.append(PlanPart(object_, rows, _only_in(object_, old, new)))
    return Comparison(tuple(parts))


def _only_in(object_: str, old: Collection[str], new: Collection[str]) -> str:
    if object_ not in new:
        return "only under the rules in force"
    return "" if object_ in old else f"only with {THIS_RULE}"


def _event_rows(before: Decided, after: Decided, origins: Origins) -> Iterator[PlanRow]:
    def by(pointer: str) -> str:
        return origins.name(after.rules.origins.get(pointer, ""))

    was, now = before.plan, after.plan
    yield _row("Result", _result(before), _result(after), by(_switch_of(now)))
    yield _row("Prospects become", MODES[was.mode], MODES[now.mode], by("/mode"))
    yield _row("Owner", _owner(was), _owner(now), by("/owner/from"))
    for name in MATCH_NAMES:
        answers = _answer(name, before), _answer(name, after)
        if len({*answers}) > 1:
            yield _row(MATCH_SETTINGS[name].title, *answers, by(f"/match/{name}"))


def _switch_of(plan: Plan) -> str:
    """The pointer to the switch of such events."""
    return f"/switches/{'sync_prospects' if plan.kind == 'purchase' else 'sync_activities'}"


def _answer(name: MatchName, decided: Decided) -> str:
    """What a setting of matching says."""
    return MATCH_SETTINGS[name].answers[getattr(decided.rules, name)].title


def _row(title: str, was: str, now: str, by: str) -> PlanRow:
    if was == now:
        return PlanRow(title, now, by=by)
    return PlanRow(title, now, was=was, by=by, change="changed")


def _result(decided: Decided) -> str:
    """That the event is synced, or why it is skipped."""
    if decided.skipped is None:
        return "Synced"
    return f"Skipped: {step_text(Step(decided.skipped))}"


def _owner(plan: Plan) -> str:
    return plan.owner_email or _NOBODY


def _objects(plan: Plan) -> list[str]:
    """The objects that a plan writes or, for an activity, looks for; the activity first."""
    wanted = ("Task", PERSON_OBJECTS[plan.mode], "Account" if plan.mode == "contact" else "")
    return [name for name in wanted if name in plan.targets]


def _object_rows(
    object_: str, before: Plan, after: Plan, origins: Origins, label: Labels
) -> Iterator[PlanRow]:
    was, now = before.targets.get(object_), after.targets.get(object_)
    if object_ != "Task":
        yield _row("Found by", _keys(was, label), _keys(now, label), "")
        if after.kind == "touchpoint":  # it writes no person
            return
    old, new = _fields(was), _fields(now)
    for name in {**new, **old}:
        yield _field_row(object_, old.get(name), new.get(name), origins, label)


def _keys(target: Target | None, label: Labels) -> str:
    """The usable match keys of a target."""
    if target is None or not target.keys:
        return _NO_KEY
    keys = ([(part.field, part.compare) for part in key] for key in target.keys)
    return keys_text(keys, target.object, label)


def _fields(target: Target | None) -> dict[str, PlannedField]:
    return {one.field: one for one in target.fields} if target is not None else {}


def _field_row(
    object_: str,
    old: PlannedField | None,
    new: PlannedField | None,
    origins: Origins,
    label: Labels,
) -> PlanRow:
    if new is None:
        return _row_of_gone(object_, old, label)
    row = _row_of_field(object_, new, origins, label)
    if old is None:
        return replace(row, change="new")
    return (
        row if _says_the_same(old, new) else replace(row, was=_what_was(old, new), change="changed")
    )


def _row_of_gone(object_: str, old: PlannedField | None, label: Labels) -> PlanRow:
    assert old is not None
    title, key = _named(object_, old.field, label)
    return PlanRow(title, "", key, value_text(old.value), change="gone")


def _row_of_field(object_: str, new: PlannedField, origins: Origins, label: Labels) -> PlanRow:
    title, key = _named(object_, new.field, label)
    by, note = origins.name(new.origin), OVERWRITES[new.overwrite]
    return PlanRow(title, value_text(new.value), key, by=by, note=note)


def _named(object_: str, field: str, label: Labels) -> tuple[str, str]:
    """A field's label, and its API name if that is another."""
    title = label(object_, field)
    return title, "" if title == field else field


def _says_the_same(old: PlannedField, new: PlannedField) -> bool:
    """Whether they differ at most in what set them."""
    return old._replace(origin="") == new._replace(origin="")


def _what_was(old: PlannedField, new: PlannedField) -> str:
    """The value that was planned, with its policy if that is another."""
    policy = "" if old.overwrite == new.overwrite else f" ({small(OVERWRITES[old.overwrite])})"
    return f"{value_text(old.value)}{policy}"
