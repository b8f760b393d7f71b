"""Which keys of rules the events of cases reached (`rule_keys` says what is a key). Pure.

A condition is reached by an event for which it is true; a source of a field, by a plan with its
value; any other setting, by a plan that it decided. Of a skipped event, conditions and the switch
that skips it are reached.
"""

from __future__ import annotations

from collections.abc import Mapping

from zsf_plugin.authoring.field_coverage import count_fields
from zsf_plugin.authoring.rule_coverage import CountedPlan, RuleCoverage
from zsf_plugin.authoring.rule_keys import KeyPath
from zsf_plugin.authoring.used_sources import first_used
from zsf_plugin.decision.decide import Decided
from zsf_plugin.decision.merge import applies
from zsf_plugin.model import Event, FieldRule, MatchKey, PlannedKey, Target

_WHEN: KeyPath = ("when",)
_OWNER: KeyPath = ("owner", "from")
#: The switch that decides whether an event is skipped, by its kind.
_ADMITTING: Mapping[str, KeyPath] = {
    "purchase": ("switches", "sync_prospects"),
    "touchpoint": ("switches", "sync_activities"),
}
#: The settings besides lists and tables that decide every plan.
_SETTINGS: tuple[KeyPath, ...] = (
    ("mode",),
    ("match", "many"),
    ("match", "alerts"),
    ("match", "shared_mailbox"),
    ("match", "unasked"),
    ("owner", "assignment_rules"),
)


def count_reached(rules: Mapping[str, RuleCoverage], event: Event, decided: Decided) -> None:
    """Count what an event reached of those rules, which are by the names of their files."""
    if any(rule.missing for rule in rules.values()):
        _count(CountedPlan(rules, event, decided))


def _count(plan: CountedPlan) -> None:
    _count_conditions(plan)
    plan.reach(_ADMITTING[plan.event.kind])
    if plan.decided.skipped is None:
        _count_settings(plan)
        _count_owner(plan)
        _count_targets(plan)


def _count_conditions(plan: CountedPlan) -> None:
    scope = plan.event.scope
    for one in plan.rules.values():
        if _WHEN in one.missing and applies(one.rule, scope):
            one.reach(_WHEN)


def _count_settings(plan: CountedPlan) -> None:
    for path in _SETTINGS:
        plan.reach(path)
    if plan.event.kind == "touchpoint":
        plan.reach(("switches", "include_contents"))


def _count_targets(plan: CountedPlan) -> None:
    for target in plan.decided.plan.targets.values():
        _count_match(plan, target)
        count_fields(plan, target)


def _count_owner(plan: CountedPlan) -> None:
    setter = plan.setter(_OWNER)
    if setter is None:
        return
    value = setter.value_at(_OWNER)
    if isinstance(value, list):
        used = first_used(plan, FieldRule("OwnerId", tuple(map(str, value))), "Lead")
        if used is not None:
            setter.reach((*_OWNER, used.index))
    elif value is False or plan.decided.plan.owner_email is not None:
        setter.reach(_OWNER)


def _count_match(plan: CountedPlan, target: Target) -> None:
    path: KeyPath = ("match", target.object)
    plan.reach(path)
    planned = {_compared(key) for key in target.keys}
    for index, key in enumerate(plan.decided.rules.match.get(target.object, ())):
        if _compared(key) in planned:
            plan.reach(path, index)


def _compared(key: MatchKey | PlannedKey) -> tuple[tuple[str, str], ...]:
    """The fields of a match key, and how each is compared."""
    return tuple([(part.field, part.compare) for part in key])
