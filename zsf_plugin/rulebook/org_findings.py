"""What in the rules does not fit the org, by its describes as last read: fields that it lacks or
does not let the connected user write, constants that their field does not take, and required fields
that nothing fills. Pure but for the lines of the files, which are read if something is found.

Nothing of it is invalid: the rules stay in force, and each event is decided by what its own values
meet. Shipped rules are left out, since many orgs hide some of their fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path as FilePath
from typing import NamedTuple

from zsf_plugin.messages.rule_findings import ORG, finding_text
from zsf_plugin.model import (
    Json,
    ObjectDescribe,
    OrgFacts,
    Rule,
    field_entries,
    table_in,
)
from zsf_plugin.rulebook.constants import (
    constants_in,
    holds_every_record,
    never_taken,
    record_type_set,
    why_missing,
)
from zsf_plugin.rulebook.effect import can_apply, path_of_field, paths_left
from zsf_plugin.rulebook.files import Finding, RuleLines, Severity
from zsf_plugin.rulebook.lines import Path
from zsf_plugin.rulebook.near_names import closest
from zsf_plugin.rulebook.required_fields import Unfilled, unfilled_fields

#: What a person reads before the next check; looking for what was meant takes up to 20 ms each.
MAX_FINDINGS = 20
#: Stands for the org, where no rule is at fault.
_OF_ORG = Rule(ORG, "shipped", {})


class _Found(NamedTuple):
    """One problem at a path of a rule."""

    rule: Rule
    path: Path
    code: str
    words: str
    severity: Severity


class _Mapped(NamedTuple):
    """A field of the org that a rule fills, where it says so, and how."""

    rule: Rule
    path: Path
    object: str
    name: str
    entry: Json


def org_findings(
    rules: Sequence[Rule],
    files: Mapping[str, FilePath],
    facts: OrgFacts,
    workspace: str,
) -> list[Finding]:
    """The findings in those rules of a workspace, low to high, at most `MAX_FINDINGS` of
    fields that rules fill, and of required ones that they do not; `files` holds the path of each
    rule file, by the rule's name. What a later rule sets again for every event is left out, and
    what can apply to no event of the workspace."""
    reachable = [rule for rule in rules if can_apply(rule, workspace)]
    found = _as_findings(_in_files(_mapped_fields(reachable), facts), files)
    return [*found, *_as_findings(_unfilled(reachable, facts, workspace), files)]


def org_findings_of(
    file: str, rules: Sequence[Rule], facts: OrgFacts, workspace: str
) -> list[Finding]:
    """As `org_findings`, without those in other rules than that of this name, which is in no
    file."""
    reachable = [rule for rule in rules if can_apply(rule, workspace)]
    own = (mapped for mapped in _mapped_fields(reachable) if mapped.rule.file == file)
    found = _as_findings(_in_files(own, facts), {})
    unfilled = _unfilled(reachable, facts, workspace)
    of_it = (one for one in unfilled if one.rule.file in (file, ORG))
    return [*found, *_as_findings(of_it, {})]


def _as_findings(found: Iterable[_Found], files: Mapping[str, FilePath]) -> Iterator[Finding]:
    """The first of them, each with its line."""
    lines = RuleLines(files)
    for one in islice(found, MAX_FINDINGS):
        yield lines.finding(one.rule, one.path, one.words, one.code, one.severity)


def _in_files(fields: Iterable[_Mapped], facts: OrgFacts) -> Iterator[_Found]:
    hidden: set[tuple[str, str]] = set()
    for mapped in fields:
        describe = facts.describes.get(mapped.object)
        if describe is not None:
            yield from _of_field(mapped, describe)
        elif (mapped.rule.file, mapped.object) not in hidden:
            hidden.add((mapped.rule.file, mapped.object))
            words = finding_text("OBJECT_HIDDEN", {"object": mapped.object})
            yield _Found(mapped.rule, mapped.path[:2], "OBJECT_HIDDEN", words, "error")


def _mapped_fields(rules: Sequence[Rule]) -> Iterator[_Mapped]:
    """Every mapping of a rule that people wrote, unless a later one sets it again for every
    event."""
    left = paths_left(rules)
    for rule, paths in zip(rules, left, strict=True):
        if rule.layer == "shipped":
            continue
        for path, entry in field_entries(rule.document):
            if entry is not False and path_of_field(*path) in paths:
                section, table, name = path
                object_ = table if section == "fields" else "Task"
                yield _Mapped(rule, path, object_, name, entry)


def _of_field(mapped: _Mapped, describe: ObjectDescribe) -> Iterator[_Found]:
    field = describe.field(mapped.name)
    if field is None:
        code = "FIELD_MISSING" if describe.gone_since(mapped.name) is None else "FIELD_GONE"
        meant = closest(mapped.name, describe.fields)
        data = {
            "object": describe.name,
            "field": mapped.name,
            "why": why_missing(describe, mapped.name),
            "hint": f"did you mean {meant}? " if meant else "",
        }
        yield _Found(mapped.rule, mapped.path, code, finding_text(code, data), "error")
    elif not field.createable and not field.updateable:
        data = {"object": describe.name, "field": field.name}
        words = finding_text("FIELD_READ_ONLY", data)
        yield _Found(mapped.rule, mapped.path, "FIELD_READ_ONLY", words, "error")
    else:
        section, table = mapped.path[:2]
        entries = table_in(table_in(mapped.rule.document, str(section)), str(table))
        layers = (record_type_set(entries, describe),)
        for path, value in constants_in(mapped.path, mapped.entry):
            found = never_taken(value, field, describe, layers)
            if found is not None:
                is_held = holds_every_record(mapped.entry, path[len(mapped.path) :], found, field)
                severity: Severity = "error" if is_held else "warning"
                yield _Found(mapped.rule, path, "VALUE_NEVER_FITS", found.words, severity)


def _unfilled(rules: Sequence[Rule], facts: OrgFacts, workspace: str) -> Iterator[_Found]:
    """The required fields of the objects that these rules create, which are empty for some
    event."""
    for unfilled in unfilled_fields(rules, facts, workspace):
        (object_, name), by = unfilled.gap, unfilled.by
        section = 'activity."*"' if object_ == "Task" else f"fields.{object_}"
        data = {
            "object": object_,
            "field": name,
            "section": section,
            "some": _events_in_words(unfilled),
        }
        words = finding_text("REQUIRED_UNFILLED", data)
        path: Path = ("activity", "*") if object_ == "Task" else ("fields", object_)
        found = (by.rule, by.path) if by is not None else (_OF_ORG, (*path, name))
        yield _Found(*found, "REQUIRED_UNFILLED", words, "error")


def _events_in_words(unfilled: Unfilled) -> str:
    """The events that meet it, in words; nothing for every event."""
    files = unfilled.files
    if not files:
        return ""
    if not unfilled.is_elsewhere:
        return f" for events of {' and '.join(files)}"
    return f" for events that {' or '.join(files)} {'do' if files[1:] else 'does'} not apply to"
