"""Words for why an org may not be asked now, by the codes of `model.availability`. Never until
when: a face writes moments its own way."""

from __future__ import annotations

#: Code → a clause in lower case, fit to follow a colon. `{detail}` is what was said of it.
AVAILABILITY_WORDS = {
    "available": "Salesforce may be asked",
    "not_connected": "no connection to Salesforce yet: run `zsf connect`",
    "reconnect": "sign in again: run `zsf connect`",
    "previewing": "nothing is sent before the first preview was seen and what waits was decided on:"
    " open `zsf console`",
    "quota": "our share of the org's API calls is used up",
    "throttled": "the share of the org's API calls for this purpose is used up",
    "concurrent": "too many long requests run in the org at once",
    "unavailable": "Salesforce does not answer",
    "in_doubt": "an answer of Salesforce was lost; nothing is created until it is known what became"
    " of it",
}
#: Codes whose detail is a sentence of its own, and those whose detail follows a colon.
_DETAIL_INSTEAD = frozenset({"reconnect"})
_DETAIL_AFTER = frozenset({"unavailable"})


def availability_in_words(code: str, detail: str = "") -> str:
    """The clause for a code, with the detail where the code has one to show."""
    if detail and code in _DETAIL_INSTEAD:
        return detail
    words = AVAILABILITY_WORDS[code]
    if detail and code in _DETAIL_AFTER:
        return f"{words}: {detail}"
    return words
