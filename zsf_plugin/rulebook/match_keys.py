"""Match keys that never match because no rule fills one of their fields, seen over all layers
together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path as FilePath

from zsf_plugin.forking import fork_guard
from zsf_plugin.messages.rule_findings import MATCH_KEY_UNFILLED, MATCH_KEY_UNMAPPED, finding_text
from zsf_plugin.model import Json, Rule, field_entries, table_in
from zsf_plugin.rulebook.bounds import MAX_FINDINGS
from zsf_plugin.rulebook.files import Finding, RuleLines
from zsf_plugin.rulebook.lines import Path

#: The length of a policy's path (`match`, `many`); that of a match key is longer.
_POLICY_DEPTH = 2

#: In lower case, what the sync fills itself: a Contact's Account is found before the Contact.
_ALWAYS_FILLED: Mapping[str, Sequence[str]] = {"Contact": ("accountid",)}


def match_key_findings(rules: Sequence[Rule], files: Mapping[str, FilePath]) -> list[Finding]:
    """The unfilled parts as findings, at most `MAX_FINDINGS`; `files` holds the path of each rule
    file, by the rule's name."""
    found, lines = [], RuleLines(files)
    for rule, path, words in islice(unfilled_match_keys(rules), MAX_FINDINGS):
        found.append(lines.finding(rule, path, words, MATCH_KEY_UNFILLED))
    for rule, path, words in islice(unmapped_match_keys(rules), MAX_FINDINGS):
        found.append(lines.finding(rule, path, words, MATCH_KEY_UNMAPPED, "warning"))
    return found


def unfilled_match_keys(rules: Sequence[Rule]) -> Iterator[tuple[Rule, Path, str]]:
    """The rule, path and message of each part of a match key whose field no rule ever fills, of
    those that people wrote."""
    filled = _Filled(rules)
    for rule in rules:
        for object_, path, field in _parts_of(rule):
            if rule.layer != "shipped" and not filled.has(object_, field):
                yield rule, path, _words(object_, field, filled.names_of(object_))


def unmapped_match_keys(rules: Sequence[Rule]) -> Iterator[tuple[Rule, Path, str]]:
    """The rule, path and message of each entry that unmaps a field of a shipped match key which is
    in force."""
    filled, replaced = _Filled(rules), _replaced_objects(rules)
    for rule in rules:
        for object_, path, field in _parts_of(rule):
            unmapped = filled.unmapped.get((object_, field.lower()))
            if rule.layer == "shipped" and unmapped is not None and object_ not in replaced:
                data = {"object": object_, "field": field, "key": _key_at(rule, path)}
                yield *unmapped, finding_text(MATCH_KEY_UNMAPPED, data)


def _replaced_objects(rules: Sequence[Rule]) -> set[str]:
    """The objects whose match keys people set for every event."""
    replacing = [rule for rule in rules if rule.layer != "shipped" and rule.when is None]
    return {object_ for rule in replacing for object_ in table_in(rule.document, "match")}


def _key_at(rule: Rule, path: Path) -> str:
    """The fields of the match key with the part at that path: `FirstName + LastName + Company`."""
    whole = path[: _POLICY_DEPTH + 1]
    return " + ".join(field for _, other, field in _parts_of(rule) if other[: len(whole)] == whole)


class _Filled:
    """The fields that rules fill, low to high. `unmapped` are those that one of them unmaps for
    every event, and no later one fills, with the rule and the path of the entry."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.unmapped: dict[tuple[str, str], tuple[Rule, Path]] = {}
        self._names: dict[tuple[str, str], str] = {}
        for rule in rules:
            for path, entry in field_entries(rule.document):
                if path[0] == "fields":
                    self._take(rule, path, entry)

    def has(self, object_: str, field: str) -> bool:
        """Whether some rule fills that field, or the sync does."""
        lowered = field.lower()
        return (object_, lowered) in self._names or lowered in _ALWAYS_FILLED.get(object_, ())

    def names_of(self, object_: str) -> list[str]:
        """The fields of the object that rules fill."""
        return [name for (other, _), name in self._names.items() if other == object_]

    def _take(self, rule: Rule, path: tuple[str, str, str], entry: Json) -> None:
        key = (path[1], path[2].lower())
        if entry is not False:
            self._names[key] = path[2]
            self.unmapped.pop(key, None)
        elif rule.when is None:
            self._names.pop(key, None)
            self.unmapped[key] = rule, path


def _words(object_: str, field: str, known: Iterable[str]) -> str:
    with fork_guard.inside():
        from difflib import get_close_matches

    close = get_close_matches(field, known, 1)
    hint = f"did you mean {close[0]}?" if close else f"map it under [fields.{object_}]"
    data = {"object": object_, "field": field, "hint": hint}
    return finding_text(MATCH_KEY_UNFILLED, data)


def _parts_of(rule: Rule) -> Iterator[tuple[str, Path, str]]:
    """The object, path and field of each part of the rule's match keys."""
    for object_, keys in table_in(rule.document, "match").items():
        for path, field in _parts(("match", object_), keys):
            yield object_, path, field


def _parts(path: Path, key: Json) -> Iterator[tuple[Path, str]]:
    """Every field in a list of match keys, with its path. Policies, such as `many`, have none."""
    if isinstance(key, list):
        for position, inner in enumerate(key):
            yield from _parts((*path, position), inner)
    elif isinstance(key, dict):
        yield path, str(key["field"])
    elif isinstance(key, str) and len(path) > _POLICY_DEPTH:
        yield path, key
