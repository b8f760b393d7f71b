"""Words for why an org may not be asked now, by the codes of `model.connection`. Never until
when: a face writes moments its own way."""

from __future__ import annotations

from typing import Protocol

from zsf_plugin.messages.connection import connection_text
from zsf_plugin.messages.shape import CodedReason

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
#: What a page says of a pause, where that is not the clause above. A sentence.
PAUSED_ON_A_PAGE = {"quota": "The org’s calls for today are used up."}
#: What an entry in a list waits for, where that is not the clause above.
WAITS = {
    "not_connected": "Waits for a connection to Salesforce",
    "reconnect": "Waits until somebody signs in to Salesforce again",
    "previewing": "Waits until the first preview was seen and you decided",
}
#: As `WAITS`, of codes that have an end: until when follows.
WAITS_UNTIL = {"quota": "The org’s calls are used up; paused"}
#: Why a preview is the plan alone. Where the code has an end, it follows.
PREVIEW_IS_PLAN_ALONE = {
    "not_connected": "Salesforce is not connected: this is the plan alone.",
    "reconnect": "Your Salesforce sign-in ended: this is the plan alone.",
    "throttled": (
        "Previews are paused, so that purchases keep their calls: this is the plan alone. Checked "
        "again at about "
    ),
    "quota": (
        "The org’s calls for today are used up: this is the plan alone. Goes on by itself at about "
    ),
}
#: As above, of any other code.
PREVIEW_WITHOUT_ANSWER = "This is the plan alone; the preview will be back at "
#: What a page says where it asked and was not answered, and, unless it has more to say itself, what
#: that leaves.
NOT_ANSWERED = {
    "reconnect": ("The sign-in ended.", "Reconnect first."),
    "quota": (PAUSED_ON_A_PAGE["quota"], "Nothing was asked."),
    "unavailable": ("Salesforce didn’t answer: {detail}.", ""),
}
#: As above, of any other code.
NOT_ANSWERED_ELSE = ("{clause}.", "")
#: Why a badge is unknown: codes of an org that may not be asked, and those of a look.
BADGE_UNKNOWN = {
    "not_connected": "not connected to Salesforce",
    "reconnect": "the sign-in ended",
    "quota": "the workspace is paused",
    "throttled": "badges are paused",
    "concurrent": "Salesforce doesn’t answer",
    "unavailable": "Salesforce doesn’t answer",
    "in_doubt": "an answer of Salesforce was lost",
    "late": "no answer in time",
    "crowded": "too many searches at once",
    "no_key": "nothing to look it up by",
    "unreadable": "it can’t be read",
    "defect": "it couldn’t be looked up",
}


class CodedAvailability(Protocol):
    """What was found of an org, as far as words need it."""

    @property
    def code(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def reason(self) -> CodedReason | None: ...


def availability_text(found: CodedAvailability) -> str:
    """The clause for a code, with what was said of it where the code has something to show."""
    words = AVAILABILITY_WORDS[found.code]
    if found.code == "reconnect" and found.reason is not None:
        return connection_text(found.reason)
    if found.code == "unavailable" and found.detail:
        return f"{words}: {found.detail}"
    return words


def not_answered_text(found: CodedAvailability, after: str = "") -> str:
    """What a page says where it asked in vain, in sentences; `after` says what that leaves."""
    said, left = NOT_ANSWERED.get(found.code, NOT_ANSWERED_ELSE)
    clause = availability_text(found)
    text = said.format(detail=found.detail, clause=clause[:1].upper() + clause[1:])
    return f"{text} {after or left}".rstrip()
