"""Values that stand for "no value": people and imports enter them where a field is required.

They identify nobody, so no record is matched by one, and in the org one counts as blank.
"""

from __future__ import annotations

import re

# Compared without case, and without brackets and punctuation around them. Listed in docs/values.md.
# A blank stands for what is written between words: `not_provided`, `NotProvided`.
_SAYING_NOTHING = r"""
    not (?:provided|available|applicable|specified|known|set|given|disclosed|entered)
    |no (?:company|company name|name|value|data|information|answer)|unspecified|unknown
    |unknown (?:company|name)|undefined|n ?[/.\\|_] ?a|tbd|tba|tbc|xxx
    |to be (?:determined|confirmed|announced|defined|advised)
    |unbekannt|keine angaben?|nicht (?:angegeben|bekannt|vorhanden|verfügbar)
    |inconnue?|non (?:renseignée?|communiquée?|précisée?|spécifiée?|disponible|applicable)
    |desconocid[oa]|no (?:disponible|aplica|especificado|informado)|sin (?:datos|especificar)
    |desconhecid[oa]|não (?:informado|disponível|aplicável|especificado)
    |sconosciut[oa]|non (?:disponibile|specificato|applicabile)
    |onbekend|niet (?:bekend|opgegeven|beschikbaar)|okän[dt]|ej angiv[ei]t|ukendt|ukjent
    |ikke (?:oplyst|oppgitt|angivet|angitt)|nieznan[yae]|brak danych|nie podano
"""
#: The same that are names of people too, or their initials.
_ALSO_NAMES = "none|null|nil|nan|k[.] ?a"


def _pattern(words: str) -> re.Pattern[str]:
    listed = "".join(map(str.strip, words.splitlines())).replace(" ", r"[\s_-]*")
    return re.compile(rf"(?:{listed})[\W_]*", re.IGNORECASE)


_LETTER = re.compile(r"[^\W_]")
#: A whole text that only says that there is no value, from its first letter on: `n/a`, `tbd)`.
_PLACEHOLDER = _pattern(f"{_SAYING_NOTHING}|{_ALSO_NAMES}")
#: The same for the first or last name of a person: `Null` is a name.
_PLACEHOLDER_NAME = _pattern(_SAYING_NOTHING)
_NAME_FIELDS = frozenset({"FirstName", "LastName"})


def is_placeholder(field: str, text: str) -> bool:
    """Whether a text in that field only says that there is no value; takes time in proportion to
    its length."""
    letter = _LETTER.search(text)
    if letter is None:
        return True  # `-`
    placeholder = _PLACEHOLDER_NAME if field in _NAME_FIELDS else _PLACEHOLDER
    return placeholder.fullmatch(text, letter.start()) is not None
