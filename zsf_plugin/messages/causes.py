"""The catalogue's words for causes: why an entry is held, and what to do. Data alone.

Our own causes stand here, Salesforce's refusals in `refusals`. None of them ever holds a value of a
person's record.
"""

from __future__ import annotations

from collections.abc import Mapping

from zsf_plugin.messages.refusals import REFUSALS
from zsf_plugin.messages.shape import CauseWords

#: Our own causes. Placeholders are the cause's `object`, `field` and data; on a page `label` is
#: what people call the field.
OWN: Mapping[str, CauseWords] = {
    "PERSON_NOT_IN_SALESFORCE": CauseWords(
        "the person is not in Salesforce yet",
        "nothing: it goes out as soon as the prospect is purchased or connected",
        title="The person is not in Salesforce yet",
        todo=(
            "These touchpoints wait for their prospect. They go out by themselves as soon as it "
            "is purchased or found."
        ),
        brief="the person is not in Salesforce yet",
    ),
    "SEVERAL_MATCH": CauseWords(
        "several records match by {by}, and {unsettled}",
        "merge the records in Salesforce, or set `many` under [match] in a rule",
        title="Several {object}s match one {whom}",
        todo="We don’t guess. Choose one here, or choose a policy for all.",
        brief="{count} {object}s match",
    ),
    "REQUIRED_EMPTY": CauseWords(
        "required in Salesforce, and {unfilled}",
        "map something to {field}, or give it a default in a rule",
        title="{object} needs {label}, and {unfilled}",
        todo=(
            "Salesforce refuses every new {object} without it. Map a field or choose a fixed value."
        ),
    ),
    "DOES_NOT_FIT": CauseWords(
        "{misfit}",
        (
            "translate it with `values`, map another field, or let it be left out "
            '(misfit = "leave_out")'
        ),
        todo="Map another field, or let the value be left out.",
    ),
    "OBJECT_HIDDEN": CauseWords(
        "the connected user may not create it",
        "give the connected user Read, Create and Edit on {object}",
        title="The connected user may not create a {object}",
        todo=(
            "In Salesforce, give the connected user Read, Create and Edit on {object}. Then the "
            "entries go out."
        ),
        brief="the connected user may not create it",
    ),
    "PERSON_ACCOUNT": CauseWords(
        "the person is a person account, which this plugin does not write",
        "fill its fields in Salesforce; or map nothing that it lacks, and it is connected as it is",
        title="The person is a person account",
        todo=(
            "Person accounts are not written. Fill its fields in Salesforce; or map nothing that "
            "it lacks, and it is connected as it is."
        ),
        brief="a person account, which is not written",
    ),
    "NO_CLOSED_STATUS": CauseWords(
        "the org shows no closed status to the connected user",
        "map Status in an [activity] table, or let the connected user read TaskStatus",
        title="Salesforce shows no closed status for activities",
        todo="Let the connected user read Task Status, or map Status for activities.",
        brief="no closed status for activities to be seen",
    ),
    "OUTCOME_UNCLEAR": CauseWords(
        "the connection broke {lost}",
        "{look_first}",
        title="The connection broke while a {object} was written",
        todo=(
            "Nobody can tell from here whether it is there. Look in Salesforce: drop the entry if "
            "it is, retry it if not."
        ),
        brief="the connection broke while it was written",
    ),
    "INVALID_EVENT": CauseWords(
        "{fault}",
        "correct the host's payload and send it as a new event",
        title="A value that Zaplify sent is invalid: {what} {remedy}",
        todo="Copy the report for Zaplify, who send it again as a new event; then drop it here.",
        brief="not as agreed, so it could not be taken",
    ),
    "DEFECT": CauseWords(
        "an unforeseen {error} in zsf-plugin",
        "report it with the log; then retry",
        title="Zaplify’s plugin met a fault of its own",
        todo="Nothing of these was written. Copy the report for Zaplify; retry after an update.",
        brief="a fault in Zaplify’s plugin",
    ),
}

CAUSES: Mapping[str, CauseWords] = {**OWN, **REFUSALS}

#: A value that a picklist does not know, whichever cause says so, where it can be translated.
NOT_IN_PICKLIST = CauseWords(
    "not in the picklist",
    "translate it with `values`",
    title="A value is not in the picklist {object} {label}",
    todo="The picklist in Salesforce doesn’t know what Zaplify says. Say once what to write.",
)

#: The heading of a call that names nobody.
NO_PROSPECT_ID = "The call has no prospect id, so we can’t know whom it means"

#: Why a policy (`many`) settled on none of several records.
UNSETTLED: Mapping[str, str] = {
    "hold": "no policy chooses",
    "oldest": "many = oldest did not choose one",
    "newest_activity": "many = newest_activity did not choose one",
    "same_owner": "many = same_owner did not choose one",
}

#: Why a required field stays empty: nothing is mapped, or what is does not fit.
UNFILLED: Mapping[str, str] = {
    "nothing": "nothing fills it",
    "misfit": "what the rules give is {misfit}",
}

#: How often the answer to a write was lost, and what to do then.
LOST: Mapping[str, str] = {
    "once": "while it was written, and nothing identifies the record",
    "every_time": "each time it was written",
}
LOOK_FIRST: Mapping[str, str] = {
    "once": "look in Salesforce; then retry to write it again, or drop it if it is there",
    "every_time": (
        "look in Salesforce, and at what its triggers do with the record; then retry, or drop it "
        "if it is there"
    ),
}
