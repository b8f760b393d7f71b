"""What others saved in the mapping since a draft was begun: each field and the mode, before and
after. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from zsf_plugin.console.console_rules import console_document, rule_entry, with_console
from zsf_plugin.console.labels import MODES, OVERWRITES, Labels, small
from zsf_plugin.console.mapping.document import digest_of
from zsf_plugin.console.mapping.drafts import OBJECTS
from zsf_plugin.console.presenters.sources import words_for
from zsf_plugin.decision.merge import merge_unconditional
from zsf_plugin.model import FieldRule, JsonObject, Rule, Rules
from zsf_plugin.ports import SavedRules

#: A change by someone else: (what, before, saved now).
SavedChange: TypeAlias = "tuple[str, str, str]"
#: Before the first save.
_NO_DOCUMENT: JsonObject = {}


def saved_since(
    rules: Sequence[Rule], versions: Sequence[SavedRules], seen: str, label: Labels
) -> tuple[SavedChange, ...]:
    """What changed since the version with the digest `seen`; nothing if it is not among the
    `versions`, newest first."""
    documents = [one.document for one in versions] + [_NO_DOCUMENT]
    before = next((one for one in documents if digest_of(one) == seen), None)
    if before is None:
        return ()
    now = _merged(rules, console_document(rules))
    return tuple(_changes(_merged(rules, before), now, label))


def _merged(rules: Sequence[Rule], document: JsonObject) -> Rules:
    """The shipped rules with that document of the console over them."""
    shipped = [rule for rule in rules if rule.layer == "shipped"]
    return merge_unconditional(with_console(shipped, document))


def _changes(before: Rules, now: Rules, label: Labels) -> Iterator[SavedChange]:
    if before.mode != now.mode:
        yield "Mode", MODES[before.mode], MODES[now.mode]
    for object_ in OBJECTS:
        for name in {**before.fields.get(object_, {}), **now.fields.get(object_, {})}:
            was, is_ = before.field_rule(object_, name), now.field_rule(object_, name)
            if _entry(was) != _entry(is_):
                yield f"{object_}: {label(object_, name)}", *_before_and_now(was, is_)


def _before_and_now(was: FieldRule | None, now: FieldRule | None) -> tuple[str, str]:
    """What filled a field, and what fills it now."""
    before, after = _filled_by(was), _filled_by(now)
    return before, f"{after}; details changed" if before == after else after


def _entry(rule: FieldRule | None) -> object:
    return None if rule is None else rule_entry(rule)


def _filled_by(rule: FieldRule | None) -> str:
    """`Job title, if blank`."""
    if rule is None:
        return "Not mapped"
    words = words_for(rule)
    source = words.detail if words.is_value else words.label
    return f"{source}, {small(OVERWRITES[rule.overwrite])}"
