"""Values of sample events that their fields in the org do not take whole, by the rules that fill
them. Pure but for the lines of the files, which are read if something is found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path as FilePath
from typing import NamedTuple

from zsf_plugin.decision.decide import decide_arriving
from zsf_plugin.decision.fit import fit
from zsf_plugin.messages.rule_findings import finding_text
from zsf_plugin.messages.text import misfit_text
from zsf_plugin.model import (
    Event,
    FieldDescribe,
    ObjectDescribe,
    OrgFacts,
    PlannedField,
    Rule,
    table_in,
)
from zsf_plugin.ports import RulesInForce
from zsf_plugin.rulebook.files import Finding, RuleLines, finding_at
from zsf_plugin.rulebook.schema import SchemaViolation


class _Misfit(NamedTuple):
    """What values of a rule's field are: the rule by its name, the field, and why they do not
    fit."""

    file: str
    object: str
    field: str
    why: str


def sample_findings(
    in_force: RulesInForce,
    rules: Sequence[Rule],
    files: Mapping[str, FilePath],
    facts: OrgFacts,
    events: Iterable[Event],
) -> list[Finding]:
    """A warning for each field that people map, and each reason why a value of some event does not
    fit it. `files` holds the path of each rule file, by the rule's name."""
    misfits: Counter[_Misfit] = Counter()
    tried = 0
    for event in events:
        tried += 1
        misfits.update(set(_misfits(event, in_force, facts)))
    by_name = {rule.file: rule for rule in rules if rule.layer != "shipped"}
    found, lines = [], RuleLines(files)
    for misfit, count in misfits.items():
        rule = by_name.get(misfit.file)
        if rule is not None:
            data = {**misfit._asdict(), "count": count, "tried": tried}
            words = finding_text("SAMPLE_MISFIT", data)
            violation = SchemaViolation(_path_of(rule, misfit), words)
            place = lines.of(rule)
            found.append(finding_at(rule.file, place, violation, "SAMPLE_MISFIT", "warning"))
    return found


def _misfits(event: Event, in_force: RulesInForce, facts: OrgFacts) -> Iterator[_Misfit]:
    decided = decide_arriving(event, in_force)
    if decided.skipped is not None:
        return
    for target in decided.plan.targets.values():
        describe = facts.describes.get(target.object)
        if describe is None:
            continue
        for planned in target.fields:
            field = describe.field(planned.field)
            why = "" if field is None else _why_unfit(planned, field, describe)
            if why:
                yield _Misfit(planned.origin, target.object, planned.field, why)


def _why_unfit(planned: PlannedField, field: FieldDescribe, describe: ObjectDescribe) -> str:
    """Why the value is left out or shortened, in words; empty if it fits."""
    if field.name in describe.address_lists:
        return ""  # the other parts of the record's address decide
    fitted = fit(planned, field, describe)
    if fitted.misfit is not None:
        return misfit_text(fitted.misfit_data)
    return misfit_text({"misfit": "too_long", "limit": field.length}) if fitted.shortened else ""


def _path_of(rule: Rule, misfit: _Misfit) -> tuple[str, ...]:
    """Where the rule fills that field, in its own spelling: of an activity, the first table that
    does."""
    is_activity = misfit.object == "Task"
    section = "activity" if is_activity else "fields"
    tables = table_in(rule.document, section)
    for name in tables if is_activity else [misfit.object]:
        for field in table_in(tables, name):
            if field.lower() == misfit.field.lower():
                return (section, name, field)
    return (section,)
