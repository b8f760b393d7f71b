"""Texts for errors that mean "not now", by the code of the error: why Salesforce gave no usable
answer, and why a step comes too early or too late. Data and rendering only.
"""

from __future__ import annotations

from collections.abc import Mapping

from zsf_plugin.messages.network import NETWORK_WORDS
from zsf_plugin.messages.shape import CodedReason, TemplateValues, filled_or_code

#: Why there is no usable answer. Clauses in lower case that follow a colon; the name Salesforce
#: keeps its capital.
UNANSWERED_WORDS: Mapping[str, str] = {
    # the network
    "connection": "the connection failed ({error})",
    "silent": "no answer came within {seconds} seconds",
    "too_large": "Salesforce's answer is larger than 64 MiB",
    "http_503": "Salesforce is not available (HTTP 503)",
    "http_429": "too many requests were sent through this network (HTTP 429)",
    "unreadable": "Salesforce's answer is unreadable (HTTP {status})",
    "gateway": "something between this machine and Salesforce, such as a firewall or a proxy, "
    "answered in its place (HTTP {status})",
    "gateway_searches": "a firewall or proxy on the way to Salesforce refuses searches (HTTP "
    "{status})",
    "gateway_describes": "a firewall or proxy on the way to Salesforce refuses the describes, by "
    "which the org's fields are read (HTTP {status}): ask whoever runs it to let them through",
    "gateway_refuses": "a firewall or proxy on the way to Salesforce refuses the records that are "
    "sent (HTTP {status})",
    # errors that Salesforce reports
    "refused_for_now": "Salesforce reports {code}",
    "session_ended": "the session ended during a call",
    "refused_look": "Salesforce refused a query ({code})",
    "refused_batch": "Salesforce refused every request of this batch as a whole",
    # incomplete answers
    "no_page": "a query's answer has no valid address for its next page",
    "no_records": "a query's answer has no readable records",
    "no_part": "a composite's answer lacks a part",
    "no_results": "a collection's answer lacks results for some records",
    "no_verdict": "a result says neither success nor failure",
    "no_record_id": "the record was created, but the answer has no ID",
    "no_id": "the answer has no ID",
    "defect": "zsf-plugin failed on Salesforce's answer (the log says where)",
    # parts of a batch that were never sent
    "no_store": "the database was not available before this part of the batch",
    "earlier_part": "an earlier part of the batch got no answer",
    # sign-in and refresh
    "login": "Salesforce's login service is not available (HTTP {status})",
    "login_unreadable": "the answer of Salesforce's login service is unreadable (HTTP {status})",
    "login_moved": "what answers at the login address is not Salesforce's login service (HTTP "
    "{status}): if the org's address (My Domain) is another now, connect again with that",
    "login_busy": "Salesforce's login service is not available for now ({error})",
    "login_hours": "the user may not sign in at this hour ({error}): ask a Salesforce admin to "
    "change the login hours of the profile",
    "login_rate": "this user signed in too often within an hour ({error})",
    "address_not_allowed": "this machine's IP address is not allowed ({error}): ask a Salesforce "
    "admin to allow it for the app",
    "address_or_hours": "this machine's IP address is not allowed, or the user may not sign in at "
    "this hour ({error}): ask a Salesforce admin to check the login IP ranges and login hours of "
    "the profile, and the app's IP restrictions",
    "our_app": "{findings}",
    "no_versions": "the org does not list its API versions: start the sign-in again",
    "sign_in_lost": "the answer to the sign-in was lost: start the sign-in again",
    "refresh_lost": "the answer to a token refresh was lost",
    "refresh_here": "another process is refreshing the sign-in",
    "refresh_there": "Salesforce is refreshing the sign-in for another process",
    # provisioning
    "lost_again": "the answer was lost {times} times: {last}",
}
#: The first steps of a workspace by name: what a later step says while this one is open. Whole
#: sentences, because a page shows them alone.
FIRST_STEPS: Mapping[str, str] = {
    "connect": "Connect to Salesforce first.",
    "id_field": "Set up the Zaplify ID field first, or continue without it.",
    "mapping": "Fill the required fields first.",
    "preview": "Review the preview first.",
    "waiting": "Start syncing first.",
}
#: Why no decision on the waiting entries is possible. Whole sentences as well.
DECISIONS: Mapping[str, str] = {
    "no_preview": "Review the preview before you decide on the waiting entries.",
    "not_connected": "There is nothing to decide: this workspace is not connected.",
    "signed_in_again": "Someone signed in again in the meantime, so nothing was sent or skipped. "
    "Decide again.",
    "no_rest": "There is nothing to decide: this workspace is not waiting for a first preview.",
    "waiting_sent": "This was already decided by {by}: the waiting entries are sent.",
    "waiting_skipped": "This was already decided by {by}: the waiting entries were skipped.",
}
#: Why an entry cannot be undone now. Whole sentences as well.
UNDOING: Mapping[str, str] = {
    "undo_waiting": "Entry {entry} is {state}: it can be undone once it has ended. Nothing was "
    "changed.",
    "undo_held": "Entry {entry} is held, and may be written again: drop it first, then undo it. "
    "Nothing was changed.",
    "undo_elsewhere": "Entry {entry} was written in the org {org}, which this workspace is not "
    "connected to: connect it again first. Nothing was changed.",
    "undo_differs": (
        "Salesforce changed in the meantime. Nothing was undone: this is what would change now."
    ),
    "undo_busy": "Another process is syncing this org. Nothing was changed: try again in a moment.",
    "undo_paused": "Salesforce cannot be called now: {why}. Nothing was changed.",
}
#: Salesforce answered, and does not let the user sign in for now.
REFUSED_FOR_NOW = frozenset(
    {"login_busy", "login_hours", "login_rate", "address_not_allowed", "address_or_hours"}
)
#: Someone answered, or no one was asked: the clause says so itself.
ANSWERED = REFUSED_FOR_NOW | frozenset(
    {
        "gateway",
        "gateway_describes",
        "gateway_searches",
        "gateway_refuses",
        "http_429",
        "login_moved",
        "our_app",
        "refresh_here",
        "refresh_there",
        "refused_batch",
        "refused_for_now",
        "refused_look",
        "session_ended",
    }
)
_WORDS = {**FIRST_STEPS, **DECISIONS, **UNDOING}


def unanswered_text(error: CodedReason) -> str:
    """The clause for a code, with what to do if it is the network; an unknown code is shown as it
    is."""
    template = UNANSWERED_WORDS.get(error.code)
    if error.code in NETWORK_WORDS:
        template = ": ".join(NETWORK_WORDS[error.code])
    return filled_or_code(template, error.code, TemplateValues(error.data))


def unserved_text(code: str, why: str) -> str:
    """The clause of an error of that code, with who did not serve us, if the clause does not say
    it; an older version stored no code."""
    if code in REFUSED_FOR_NOW:
        return f"Salesforce refused the sign-in: {why}"
    return why if code in ANSWERED else f"Salesforce does not answer: {why}"


def order_text(refusal: CodedReason) -> str:
    """The sentence for a code; an unknown code is shown as it is."""
    values = TemplateValues(refusal.data, by=refusal.data.get("by") or "someone")
    return filled_or_code(_WORDS.get(refusal.code), refusal.code, values)
