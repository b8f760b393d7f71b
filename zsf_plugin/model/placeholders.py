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
PLACEHOLDER = _around(f"{_SAYING_NOTHING} | {_ALSO_NAMES}")
#: The same for the first or last name of a person: `Null` is a name.
PLACEHOLDER_NAME = _around(_SAYING_NOTHING)
#: The fields of a person's name.
NAME_FIELDS = frozenset({"FirstName", "LastName"})
