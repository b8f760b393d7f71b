"""Match keys that can never match: they name a field that no rule fills. Seen only over all layers
together."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence

from zsf_plugin.model.json import Json, table_in
from zsf_plugin.model.rules import Rule

Path = tuple[str | int, ...]

#: Filled by the sync itself: a Contact's Account is found before the Contact is.
_ALWAYS_FILLED: dict[str, dict[str, None]] = {"Contact": {"AccountId": None}}


def unfilled_match_keys(rules: Sequence[Rule]) -> Iterator[tuple[Rule, Path, str]]:
    """(rule, path, words) of each part of a match key whose field nothing fills, whatever the
    event."""
    filled = _filled_fields(rules)
    for rule in rules:
        for object_, keys in table_in(rule.document, "match").items():
            known = filled.get(object_, {})
            lowered = {name.lower() for name in known}
            for path, field in _parts(("match", object_), keys):
                if field.lower() not in lowered:
                    yield rule, path, _words(object_, field, list(known))


def _words(object_: str, field: str, known: list[str]) -> str:
    close = difflib.get_close_matches(field, known, 1)
    hint = f"did you mean {close[0]}?" if close else f"map it under [fields.{object_}]"
    return f"nothing fills {object_}.{field}, so this key never matches; {hint}"


def _filled_fields(rules: Sequence[Rule]) -> dict[str, dict[str, None]]:
    filled = {name: dict(fields) for name, fields in _ALWAYS_FILLED.items()}
    for rule in rules:
        for object_, entries in table_in(rule.document, "fields").items():
            if isinstance(entries, Mapping):
                mapped = (name for name, entry in entries.items() if entry is not False)
                filled.setdefault(object_, {}).update(dict.fromkeys(mapped))
    return filled


def _parts(path: Path, key: Json) -> Iterator[tuple[Path, str]]:
    """Every field that a list of match keys names, with its path. `many` names none."""
    if isinstance(key, list):
        for position, inner in enumerate(key):
            yield from _parts((*path, position), inner)
    elif isinstance(key, dict):
        yield path, str(key["field"])
    elif isinstance(key, str) and path not in (("match", "many"), ("match", "alerts")):
        yield path, key
