"""Match keys that never match because no rule fills one of their fields, seen over all layers
together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path as FilePath

from zsf_plugin.forking import fork_guard
from zsf_plugin.messages.rule_findings import MATCH_KEY_UNFILLED, finding_text
from zsf_plugin.model import Json, Rule, field_entries, table_in
from zsf_plugin.rulebook.bounds import MAX_FINDINGS
from zsf_plugin.rulebook.files import Finding, RuleLines
from zsf_plugin.rulebook.lines import Path

#: The length of a policy's path (`match`, `many`); that of a match key is longer.
_POLICY_DEPTH = 2

#: Filled by the sync itself: a Contact's Account is found before the Contact.
_ALWAYS_FILLED: dict[str, dict[str, None]] = {"Contact": {"AccountId": None}}


def match_key_findings(rules: Sequence[Rule], files: Mapping[str, FilePath]) -> list[Finding]:
    """The unfilled parts as findings, at most `MAX_FINDINGS`; `files` holds the path of each rule
    file, by the rule's name."""
    found, lines = [], RuleLines(files)
    for rule, path, words in islice(unfilled_match_keys(rules), MAX_FINDINGS):
        found.append(lines.finding(rule, path, words, MATCH_KEY_UNFILLED))
    return found


def unfilled_match_keys(rules: Sequence[Rule]) -> Iterator[tuple[Rule, Path, str]]:
    """The rule, path and message of each part of a match key whose field no rule ever fills."""
    filled = _filled_fields(rules)
    folded = {object_: {name.lower() for name in names} for object_, names in filled.items()}
    for rule in rules:
        for object_, path, field in _parts_of(rule):
            if field.lower() not in folded.get(object_, ()):
                yield rule, path, _words(object_, field, filled.get(object_, {}))


def _words(object_: str, field: str, known: Iterable[str]) -> str:
    with fork_guard.inside():
        from difflib import get_close_matches

    close = get_close_matches(field, known, 1)
    hint = f"did you mean {close[0]}?" if close else f"map it under [fields.{object_}]"
    data = {"object": object_, "field": field, "hint": hint}
    return finding_text(MATCH_KEY_UNFILLED, data)


def _filled_fields(rules: Sequence[Rule]) -> dict[str, dict[str, None]]:
    filled = {name: dict(fields) for name, fields in _ALWAYS_FILLED.items()}
    for rule in rules:
        for object_, name in _filled_by(rule):
            filled.setdefault(object_, {})[name] = None
    return filled


def _filled_by(rule: Rule) -> Iterator[tuple[str, str]]:
    """The object and field of each mapping in the rule."""
    for (section, object_, name), entry in field_entries(rule.document):
        if section == "fields" and entry is not False:
            yield object_, name


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
