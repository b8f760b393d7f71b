"""Keys of a rule that stand among its fields, where they would be taken for fields of Salesforce
and do nothing: `include_contents = false` under `[activity.email]` forbids nothing. Pure.

No field is named so: Salesforce's own are not, and those of an org end in `__c`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from zsf_plugin.forking import fork_guard
from zsf_plugin.model import JsonObject, field_entries
from zsf_plugin.rulebook.lines import Path

_SWITCHES = ("sync_prospects", "sync_activities", "include_contents")
_OF_THE_RULE = frozenset(("when", "mode", "switches"))
_LETTERS = re.compile(r"[^a-z]")
_BY_LETTERS = {_LETTERS.sub("", name): name for name in _SWITCHES} | {"contents": _SWITCHES[-1]}
#: `include_content`, `includeContents` and `sync-activites` are meant for switches.
_CLOSE = 0.85
#: However it is spelled, it has one of these: comparing whole names costs more than all else.
_FRAGMENTS = ("clud", "onten", "sync", "prosp", "activ")

_IS_A_SWITCH = "is a switch, and does nothing here; write {name} under [switches]"
_IS_OF_THE_RULE = (
    "is a key of the rule, and does nothing here; write it at the top, above the first [table]"
)


def misplaced_keys(document: JsonObject) -> Iterator[tuple[Path, str]]:
    """The path and message of each, in a document that is valid by the schema."""
    for path, _ in field_entries(document):
        if words := _words(path[-1]):
            yield path, words


def _words(key: str) -> str:
    """What to do with a key that is no field; empty for a field."""
    if "__" in key:
        return ""
    if key.casefold() in _OF_THE_RULE:
        return _IS_OF_THE_RULE
    letters = _LETTERS.sub("", key.casefold())
    if not any(map(letters.__contains__, _FRAGMENTS)):
        return ""
    with fork_guard.inside():
        from difflib import get_close_matches

    close = get_close_matches(letters, _BY_LETTERS, 1, _CLOSE)
    return _IS_A_SWITCH.format(name=_BY_LETTERS[close[0]]) if close else ""
