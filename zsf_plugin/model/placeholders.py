"""Values that stand for "no value": people and imports enter them where a field is required.

They identify nobody, so no record is matched by one, and in the org one counts as blank.
"""

from __future__ import annotations

import re

# Compared without case, and without brackets and punctuation around them. Listed in docs/rules.md.
_SAYING_NOTHING = r"""
    not[ ](?:provided|available|applicable|specified|known|set|given) | no[ ](?:company|name|value)
    | unspecified | unknown | unknown[ ]company | undefined | n[ ]?[/.][ ]?a | tbd | tba | tbc | xxx
    | to[ ]be[ ]determined | unbekannt | keine[ ]angabe | inconnu | desconocido
"""
#: The same that are names of people too.
_ALSO_NAMES = "none | null | nil | nan"


def _around(words: str) -> re.Pattern[str]:
    return re.compile(rf"[\W_]* (?:{words})? [\W_]*", re.IGNORECASE | re.VERBOSE)


#: A whole text that only says that there is no value: `n/a`, `[not provided]`, `-`.
_PLACEHOLDER = _around(f"{_SAYING_NOTHING} | {_ALSO_NAMES}")
#: The same for the first or last name of a person: `Null` is a name.
_PLACEHOLDER_NAME = _around(_SAYING_NOTHING)
_NAME_FIELDS = frozenset({"FirstName", "LastName"})


def is_placeholder(field: str, text: str) -> bool:
    """Whether a text in that field only says that there is no value."""
    placeholder = _PLACEHOLDER_NAME if field in _NAME_FIELDS else _PLACEHOLDER
    return placeholder.fullmatch(text) is not None
