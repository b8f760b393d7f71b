"""Words for errors that say "not now", by the code of the error: why Salesforce gave no answer to
go by, and why a step cannot be taken yet, or any more. Data and rendering.
"""

from __future__ import annotations

from collections.abc import Mapping

from zsf_plugin.messages.shape import CodedReason, TemplateValues

#: Why there is no answer to go by. Follows a colon, so each is a clause in lower case; the name
#: Salesforce keeps its capital.
UNANSWERED_WORDS: Mapping[str, str] = {
    # the wire
    "connection": "the connection failed ({error})",
    "too_large": "the answer is larger than 64 MiB",
    "http_503": "Salesforce is not available (HTTP 503)",
    "unreadable": "an answer that cannot be read (HTTP {status})",
    # what Salesforce says
    "refused_for_now": "Salesforce says {code}",
    "refused_look": "Salesforce refused to look something up ({code})",
    "refused_batch": "Salesforce refuses each request of this batch as a whole",
    # an answer that lacks what it should have
    "no_page": "an answer names no further page, or one that is none",
    "no_records": "the answer to a query has no records that can be read",
    "no_part": "the answer to a composite lacks a part",
    "no_results": "a collection's answer has not one result for each record",
    "no_verdict": "a result that says neither yes nor no",
    "no_record_id": "created, and the answer names no id",
    "no_id": "the answer has no id",
    "defect": "an answer met a defect of the program (the log says where)",
    # parts of a batch that never left
    "no_store": "the store was not available before this part of the batch",
    "earlier_part": "an earlier part of the batch got no answer",
    # sign-in and refresh
    "login": "the login cannot answer (HTTP {status})",
    "login_unreadable": "the login answered something unreadable (HTTP {status})",
    "login_rate": "too many logins of this user within an hour",
    "address_not_allowed": "this machine's address is not allowed: ask the admin to allow it for "
    "the app",
    "our_app": "{findings}",
    "no_versions": "the org does not say which API versions it knows: start the sign-in again",
    "sign_in_lost": "the answer to the sign-in was lost: start it again",
    "refresh_lost": "the answer to a token refresh was lost",
    "refresh_here": "another process is refreshing the sign-in",
    "refresh_there": "Salesforce is refreshing the sign-in for another process",
    # provisioning
    "lost_again": "an answer was lost {times} times: {last}",
}
#: The first steps of a workspace by name: what one that comes later says of it, in a whole
#: sentence, as a page shows it alone.
FIRST_STEPS: Mapping[str, str] = {
    "connect": "Connect to Salesforce first.",
    "id_field": "Create the Zaplify ID field, or go on without it, first.",
    "mapping": "Fill the required fields first.",
    "preview": "See the first preview first.",
    "waiting": "Decide on the waiting entries first.",
}
#: Why nothing can be decided on the entries that wait, in whole sentences too.
DECISIONS: Mapping[str, str] = {
    "no_preview": "See the first preview before you decide on the entries that wait.",
    "not_connected": "There is nothing to decide on: this workspace is not connected.",
    "signed_in_again": "Somebody signed in anew meanwhile: nothing was sent or skipped. Decide "
    "once more.",
    "no_rest": "There is nothing to decide: this workspace is not waiting for a first preview.",
    "waiting_sent": "It was decided already, by {by}: the entries that waited were sent.",
    "waiting_skipped": "It was decided already, by {by}: the entries that waited were skipped.",
}
_WORDS = {**FIRST_STEPS, **DECISIONS}


def unanswered_text(error: CodedReason) -> str:
    """The clause for a code; a code that has none is shown as it is."""
    template = UNANSWERED_WORDS.get(error.code)
    return error.code if template is None else template.format_map(TemplateValues(error.data))


def order_text(refusal: CodedReason) -> str:
    """The sentence for a code; a code that has none is shown as it is."""
    template = _WORDS.get(refusal.code)
    if template is None:
        return refusal.code
    return template.format_map(
        TemplateValues(refusal.data, by=refusal.data.get("by") or "somebody")
    )
