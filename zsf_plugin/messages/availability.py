"""Words for why an org may not be asked now, by the codes of `model.availability`. Never until
when: a face writes moments its own way."""

from __future__ import annotations

from typing import Protocol

from zsf_plugin.messages.connection import Reason, connection_text

#: Code → a clause in lower case, fit to follow a colon.
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


class Found(Protocol):
    """What was found of an org, as far as words need it."""

    @property
    def code(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def reason(self) -> Reason | None: ...


def availability_text(found: Found) -> str:
    """The clause for a code, with what was said of it where the code has something to show."""
    words = AVAILABILITY_WORDS[found.code]
    if found.code == "reconnect" and found.reason is not None:
        return connection_text(found.reason)
    if found.code == "unavailable" and found.detail:
        return f"{words}: {found.detail}"
    return words
