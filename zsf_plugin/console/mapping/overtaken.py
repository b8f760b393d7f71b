"""What others saved in the mapping since a draft was begun: each field and the mode, before and
after. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TypeAlias

from zsf_plugin.console.console_rules import console_document, rule_entry, with_console
from zsf_plugin.console.labels import MODES, OVERWRITES, Labels, small
from zsf_plugin.console.mapping.document import digest_of
from zsf_plugin.console.mapping.drafts import TASK
from zsf_plugin.console.mapping.table_places import TablePlace, places_of
from zsf_plugin.console.presenters.sources import words_for
from zsf_plugin.decision.merge import merge_unconditional
from zsf_plugin.model import FieldRule, JsonObject, Rule, Rules
from zsf_plugin.ports import SavedRules

#: A change by someone else: (what, before, saved now).
SavedChange: TypeAlias = "tuple[str, str, str]"
#: Before the first save.
_NO_DOCUMENT: JsonObject = {}


def saved_since(
    rules: Sequence[Rule],
    versions: Sequence[SavedRules],
    seen: str,
    label: Labels,
    channel: str = "",
) -> tuple[SavedChange, ...]:
    """What changed since the version with the digest `seen`; nothing if it is not among the
    `versions`, newest first. With a `channel`, in what fills its activities."""
    documents = [one.document for one in versions] + [_NO_DOCUMENT]
    before = next((one for one in documents if digest_of(one, channel) == seen), None)
    if before is None:
        return ()
    now = _merged(rules, console_document(rules))
    was = _merged(rules, before)
    mode = () if channel else _mode_changes(was, now)
    tables = (_table_changes(place, was, now, label) for place in places_of(channel))
    return (*mode, *chain.from_iterable(tables))


def _merged(rules: Sequence[Rule], document: JsonObject) -> Rules:
    """The shipped rules with that document of the console over them."""
    shipped = [rule for rule in rules if rule.layer == "shipped"]
    return merge_unconditional(with_console(shipped, document))


def _mode_changes(before: Rules, now: Rules) -> Iterator[SavedChange]:
    if before.mode != now.mode:
        yield "Mode", MODES[before.mode], MODES[now.mode]


def _table_changes(
    place: TablePlace, before: Rules, now: Rules, label: Labels
) -> Iterator[SavedChange]:
    """Each field of a table that something else fills now."""
    for name in {**place.rules_in(before), **place.rules_in(now)}:
        was, is_ = place.rule_in(before, name), place.rule_in(now, name)
        if _entry(was) != _entry(is_):
            object_ = place.object
            yield f"{object_}: {label(object_, name)}", *_before_and_now(object_, was, is_)


def _before_and_now(object_: str, was: FieldRule | None, now: FieldRule | None) -> tuple[str, str]:
    """What filled a field, and what fills it now."""
    before, after = _filled_by(object_, was), _filled_by(object_, now)
    return before, f"{after}; details changed" if before == after else after


def _entry(rule: FieldRule | None) -> object:
    return None if rule is None else rule_entry(rule)


def _filled_by(object_: str, rule: FieldRule | None) -> str:
    """`Job title, if blank`; a Task is never overwritten."""
    if rule is None:
        return "Not mapped"
    words = words_for(rule)
    source = words.detail if words.is_value else words.label
    return source if object_ == TASK else f"{source}, {small(OVERWRITES[rule.overwrite])}"
