"""What others saved in the mapping since a draft was begun: each field and the mode, before and
after. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TypeAlias

from zsf_plugin.console.console_rules import console_document, rule_entry, with_console
from zsf_plugin.console.labels import MODES, OVERWRITES, small
from zsf_plugin.console.mapping.document import digest_of
from zsf_plugin.console.mapping.mapping_context import MappingContext
from zsf_plugin.console.mapping.table_places import TablePlace, places_of
from zsf_plugin.console.presenters.sources import Source, words_for
from zsf_plugin.decision.merge import merge_unconditional
from zsf_plugin.model import FieldRule, JsonObject, Rule, Rules
from zsf_plugin.ports import SavedRules

#: A change by someone else: (what, before, saved now).
SavedChange: TypeAlias = "tuple[str, str, str]"
#: Before the first save.
_NO_DOCUMENT: JsonObject = {}


def saved_since(
    context: MappingContext, versions: Sequence[SavedRules], seen: str
) -> tuple[SavedChange, ...]:
    """What changed on the page since the version with the digest `seen`; nothing if it is not among
    the `versions`, newest first."""
    documents = [one.document for one in versions] + [_NO_DOCUMENT]
    before = next((one for one in documents if digest_of(one, context.channel) == seen), None)
    if before is None:
        return ()
    was = _merged(context.rules, before)
    now = _merged(context.rules, console_document(context.rules))
    mode = () if context.channel else _mode_changes(was, now)
    tables = (_table_changes(context, place, was, now) for place in places_of(context.channel))
    return (*mode, *chain.from_iterable(tables))


def _merged(rules: Sequence[Rule], document: JsonObject) -> Rules:
    """The shipped rules with that document of the console over them."""
    shipped = [rule for rule in rules if rule.layer == "shipped"]
    return merge_unconditional(with_console(shipped, document))


def _mode_changes(before: Rules, now: Rules) -> Iterator[SavedChange]:
    if before.mode != now.mode:
        yield "Mode", MODES[before.mode], MODES[now.mode]


def _table_changes(
    context: MappingContext, place: TablePlace, before: Rules, now: Rules
) -> Iterator[SavedChange]:
    """Each field of a table that something else fills now."""
    known = context.sources_by_path
    for name in {**place.rules_in(before), **place.rules_in(now)}:
        was, is_ = place.rule_in(before, name), place.rule_in(now, name)
        if _entry(was) != _entry(is_):
            texts = _filled_by(place, was, known), _filled_by(place, is_, known)
            yield _place_text(context, place, name), *_distinct(*texts)


def _distinct(before: str, after: str) -> tuple[str, str]:
    """Both texts, which say so if they do not show the difference."""
    return before, f"{after}; details changed" if before == after else after


def _entry(rule: FieldRule | None) -> object:
    return None if rule is None else rule_entry(rule)


def _place_text(context: MappingContext, place: TablePlace, name: str) -> str:
    """`Lead: Title`, by the field's label; by its API name if the field is not known."""
    field = context.field(place.object, name)
    return f"{place.object}: {field.label if field is not None else name}"


def _filled_by(place: TablePlace, rule: FieldRule | None, known: Mapping[str, Source]) -> str:
    """`Job title, if blank`; a Task is never overwritten."""
    if rule is None:
        return "Not mapped"
    source = words_for(rule, known).name
    if place.section == "activity":
        return source
    return f"{source}, {small(OVERWRITES[rule.overwrite])}"
