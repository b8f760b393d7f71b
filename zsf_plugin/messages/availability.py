"""Texts for why an org cannot be used now, by the codes of `model.connection`. They never say until
when: terminal and pages each format times their own way."""

from __future__ import annotations

from typing import Protocol

from zsf_plugin.messages.connection import connection_text
from zsf_plugin.messages.shape import CodedReason
from zsf_plugin.messages.unanswered import ANSWERED, unserved_text

#: Code → a clause in lower case that can follow a colon.
AVAILABILITY_WORDS = {
    "available": "Salesforce is available",
    "not_connected": "not connected to Salesforce yet: run `zsf connect`",
    "reconnect": "sign in again: run `zsf connect`",
    "previewing": "nothing is sent until someone has seen the first preview and decided on the "
    "waiting entries: open `zsf console`",
    "quota": "our share of the org's API calls is used up",
    "throttled": "the share of the org's API calls for this purpose is used up",
    "concurrent": "too many long requests are running in the org",
    "unavailable": "Salesforce does not answer",
    "in_doubt": "Salesforce's answer to a write was lost; nothing is created until its outcome is"
    " known",
}
#: After who holds the org's lease, if its process is known to have ended.
HOLDER_ENDED = "its process has ended: the next one takes over at once"
#: The same otherwise.
HOLDER_LIVES = "if that process has ended, another takes over within 15 seconds"
#: The same, after who refreshes a workspace's sign-in.
REFRESHER_ENDED = "its process has ended: the next refresh takes over at once"
REFRESHER_LIVES = (
    "calls that need the new sign-in wait for it; if that process has ended, the next refresh "
    "takes over within 150 seconds"
)
#: Entries are due, and no process holds the org's lease.
NOT_DRAINED = "no_drain"
NOT_DRAINED_TEXT = (
    "entries are due, and no process is sending them: a host or `zsf worker` finds them within 30 "
    "seconds if it runs and can start threads, and its log says if it cannot; `zsf drain` sends "
    "them now"
)
#: What a page says about a pause, if it differs from the clause above. A sentence.
PAUSED_ON_A_PAGE = {"quota": "The org’s API calls for today are used up."}
#: What an entry in a list waits for, if it differs from the clause above.
WAITS = {
    "not_connected": "Waits for a connection to Salesforce",
    "reconnect": "Waits until someone signs in to Salesforce again",
    "previewing": "Waits until you have seen the first preview and decided",
}
#: As `WAITS`, for codes with an end; "until" and the time follow.
WAITS_UNTIL = {"quota": "The org’s API calls are used up; paused"}
#: Why a preview shows only the plan. If the code has an end, the time follows.
PREVIEW_IS_PLAN_ALONE = {
    "not_connected": "Salesforce is not connected. This is only the plan.",
    "reconnect": "Your Salesforce sign-in ended. This is only the plan.",
    "throttled": (
        "Previews are paused to save API calls for purchases. This is only the plan. Next check at "
        "about "
    ),
    "quota": (
        "The org’s API calls for today are used up. This is only the plan. Resumes automatically "
        "at about "
    ),
}
#: The same for any other code.
PREVIEW_WITHOUT_ANSWER = "This is only the plan. The preview is back at "
#: What a page says if Salesforce gave no answer to it, and what follows from that, unless the page
#: says so itself.
NOT_ANSWERED = {
    "reconnect": ("The sign-in ended.", "Reconnect first."),
    "quota": (PAUSED_ON_A_PAGE["quota"], "No call was made."),
    "unavailable": ("Salesforce didn’t answer: {detail}.", ""),
}
#: The same for any other code, and for an error that says itself who answered.
NOT_ANSWERED_ELSE = ("{clause}.", "")
#: Why a badge is unknown: codes of an org that cannot be used now, and those of a search.
BADGE_UNKNOWN = {
    "not_connected": "not connected to Salesforce",
    "reconnect": "the sign-in ended",
    "quota": "the workspace is paused",
    "throttled": "badges are paused",
    "concurrent": "Salesforce doesn’t answer",
    "unavailable": "Salesforce doesn’t answer",
    "in_doubt": "Salesforce’s answer was lost",
    "late": "no answer in time",
    "crowded": "too many searches at once",
    "no_key": "no match key has a value",
    "not_askable": "Salesforce cannot be searched by a match key",
    "unreadable": "the result can’t be read",
    "defect": "the search failed",
}


class CodedAvailability(Protocol):
    """The availability of an org, as far as its text needs it."""

    @property
    def code(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def error(self) -> str: ...
    @property
    def reason(self) -> CodedReason | None: ...


def availability_text(found: CodedAvailability) -> str:
    """The clause for a code, with the detail or the stored reason if there is one."""
    words = AVAILABILITY_WORDS[found.code]
    if found.code == "reconnect" and found.reason is not None:
        return connection_text(found.reason)
    if found.code == "unavailable" and found.detail:
        return unserved_text(found.error, found.detail)
    return words


def not_answered_text(found: CodedAvailability, after: str = "") -> str:
    """What a page says if Salesforce gave no answer, in sentences; `after` says what follows."""
    said, left = NOT_ANSWERED.get(found.code, NOT_ANSWERED_ELSE)
    if found.error in ANSWERED:
        said, left = NOT_ANSWERED_ELSE
    clause = availability_text(found)
    text = said.format(detail=found.detail, clause=clause[:1].upper() + clause[1:])
    return f"{text} {after or left}".rstrip()


def holder_text(machine: str, pid: int | None) -> str:
    """The process that drains an org, as in "process 12 on web-1"."""
    return f"a process on {machine}" if pid is None else f"process {pid} on {machine}"
