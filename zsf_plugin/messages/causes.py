"""The catalogue's words for causes: why an entry is held, and what to do. Data alone.

Our own causes come first, then Salesforce's refusals of one record. `docs/errors.md` is made from
these. None of them ever holds a value of a person's record.
"""

from __future__ import annotations

from collections.abc import Mapping

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

#: The words of a refusal that has none of its own.
UNKNOWN = CauseWords(
    "Salesforce refused it",
    "read what Salesforce said (`zsf outbox show ID`), change what it names, retry",
    todo="Read what Salesforce said, change what it names, then retry.",
)
#: Salesforce's refusals of one record, by its code: the error table of salesforce-api.md §4.2. What
#: is about the whole org (limits, sessions, maintenance) is no refusal of a record.
REFUSALS: Mapping[str, CauseWords] = {
    # what was written
    "REQUIRED_FIELD_MISSING": CauseWords(
        "a field that the org demands is empty",
        "map the field, or give it a default; if a page layout or rule demands it, ask its admin",
        title="{object} needs {label}, and nothing fills it",
        todo=(
            "Salesforce refuses every new {object} without it. Map a field or choose a fixed value."
        ),
    ),
    "STRING_TOO_LONG": CauseWords(
        "the text is longer than the field",
        'let the rule shorten it (too_long = "shorten"), or map a longer field',
        todo="Let the mapping shorten it, or map a longer field.",
    ),
    "INVALID_EMAIL_ADDRESS": CauseWords(
        "not an e-mail address to Salesforce", "correct the e-mail in Zaplify, or unmap the field"
    ),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": CauseWords(
        "not a value of its restricted picklist, or not one of the record's type",
        (
            "add the value to the picklist (and to the record type), or translate it with "
            "`values` in a rule"
        ),
        todo=(
            "Add the value to the picklist and to the record type in Salesforce, or map another"
            " value."
        ),
    ),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": CauseWords(
        "a validation rule of the org refused the record",
        "map values that satisfy the rule, or exempt the connected user from it, then retry",
        todo=(
            "Map values that satisfy the validation rule, or exempt the connected user from it in "
            "Salesforce. Each entry shows the rule’s message."
        ),
        has_admin_message=True,
    ),
    "FIELD_FILTER_VALIDATION_EXCEPTION": CauseWords(
        "the filter of a lookup field refused the value",
        "map another value, or change the lookup filter in Salesforce",
        has_admin_message=True,
    ),
    "FIELD_INTEGRITY_EXCEPTION": CauseWords(
        "the value contradicts another field, or is no state or country of the org's lists",
        (
            "translate it with `values` in a rule, map the code fields (StateCode, "
            "CountryCode), or unmap it"
        ),
        todo="Map the code fields (StateCode, CountryCode), translate the value, or unmap it.",
    ),
    "NUMBER_OUTSIDE_VALID_RANGE": CauseWords(
        "the number is too large for the field", "map a field with room for it"
    ),
    "INVALID_TYPE_ON_FIELD_IN_RECORD": CauseWords(
        "the value is of another type than the field", "map a value of the field's type"
    ),
    "JSON_PARSER_ERROR": CauseWords(
        "a value could not be read as its field's type",
        "map a value of the field's type, or unmap the field",
    ),
    "MALFORMED_ID": CauseWords(
        "an id that is none, or of another object", "map no ids, or the right object's"
    ),
    # fields and objects that the user may not touch
    "INVALID_FIELD": CauseWords(
        "the field is gone, or hidden from the connected user",
        (
            "give the connected user access to it, or map another field; `zsf fields --refresh`"
            " shows what there is"
        ),
        todo="Give the connected user access to it in Salesforce, or map another field.",
    ),
    "INVALID_FIELD_FOR_INSERT_UPDATE": CauseWords(
        "the connected user may not write the field",
        "make the field editable for the connected user, or unmap it; then `zsf fields --refresh`",
        todo=(
            "Make the field editable for the connected user, or unmap it; then refresh the fields."
        ),
    ),
    "INVALID_TYPE": CauseWords(
        "the object is hidden from the connected user",
        "give the connected user Read, Create and Edit on the object",
    ),
    "INSUFFICIENT_ACCESS": CauseWords(
        "the connected user lacks a permission",
        "give the connected user the permission Salesforce names",
    ),
    "INSUFFICIENT_ACCESS_OR_READONLY": CauseWords(
        "the connected user may not edit the record",
        "give the connected user edit access to the record",
    ),
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": CauseWords(
        "the connected user may not use the record it points at",
        "share the parent record with the connected user",
    ),
    "INVALID_CROSS_REFERENCE_KEY": CauseWords(
        "the record it points at is gone or hidden, or its record type is not the user's",
        "share the record, or give the connected user the record type",
    ),
    "NOT_FOUND": CauseWords(
        "the record is gone, or hidden from the connected user",
        "share the record with the connected user, then retry",
    ),
    # records that changed
    "CANNOT_UPDATE_CONVERTED_LEAD": CauseWords(
        "the Lead was converted, and its Contact cannot be found",
        "share the Contact with the connected user, then retry",
    ),
    "ENTITY_IS_DELETED": CauseWords(
        "the record was deleted", "restore it in Salesforce, or retry to have it looked for anew"
    ),
    "ENTITY_IS_LOCKED": CauseWords(
        "the record is in an approval process",
        "when the approval has ended, `zsf outbox retry --cause CODE`",
        todo="Wait until the approval has ended, then retry.",
    ),
    "DUPLICATE_VALUE": CauseWords(
        (
            "a record with the same unique value exists, and it cannot be connected: it is "
            "hidden from the connected user, or a converted Lead whose Contact is gone"
        ),
        "share that record with the connected user, or clear its value, then retry",
        title="Salesforce says a duplicate exists that this user may not see",
        todo=(
            "Share that {object} with the connected user, or clear its value in Salesforce, "
            "then retry."
        ),
    ),
    "DUPLICATE_EXTERNAL_ID": CauseWords(
        "several records carry the same external ID", "merge them, then retry"
    ),
    "DUPLICATES_DETECTED": CauseWords(
        (
            "a duplicate rule of the org refused it: records like it exist, none of them "
            "certainly the same"
        ),
        (
            "open the records that `zsf outbox show ID` names: merge or correct them; or let "
            'alerts be saved (alerts = "save" under [match] in a rule)'
        ),
        title="Salesforce says a duplicate of a {object} exists",
        todo=(
            "Open the records that it names: merge or correct them, then retry. Where it names "
            "none, Salesforce says a duplicate exists that this user may not see."
        ),
    ),
    # the customer's own code and settings
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": CauseWords(
        "an Apex trigger of the org failed on it",
        "its developer can say why: `zsf outbox show ID` has its words",
        todo="The trigger’s developer can say why. Its words stand with each entry.",
    ),
    "CANNOT_EXECUTE_FLOW_TRIGGER": CauseWords(
        "a flow of the org failed on it",
        "its builder can say why: `zsf outbox show ID` has its words",
        todo="The flow’s builder can say why. Its words stand with each entry.",
    ),
    "APEX_ERROR": CauseWords("Apex code of the org failed on it", "its developer can say why"),
    "LIMIT_EXCEEDED": CauseWords(
        "Apex code of the org ran into a governor limit", "its developer can say why"
    ),
    "STORAGE_LIMIT_EXCEEDED": CauseWords(
        "the org's data storage is full",
        "free some storage, then `zsf outbox retry --cause CODE`",
        todo="Free some storage in Salesforce, then retry.",
    ),
    "FUNCTIONALITY_NOT_ENABLED": CauseWords(
        "the org has a feature switched off that this needs",
        "an admin enables the feature Salesforce names",
    ),
    "TXN_SECURITY_NO_ACCESS": CauseWords(
        "a transaction security policy of the org blocked it",
        "an admin exempts the connected user from the policy",
    ),
    "TXN_SECURITY_METERING_ERROR": CauseWords(
        "a transaction security policy of the org blocked it",
        "an admin exempts the connected user from the policy",
    ),
    # owners
    "INACTIVE_OWNER_OR_USER": CauseWords(
        "the owner is inactive",
        "reactivate the user, or let no owner be sent ([owner] in a rule)",
        todo="Reactivate the user in Salesforce, or let no owner be sent.",
    ),
    "OP_WITH_INVALID_USER_TYPE_EXCEPTION": CauseWords(
        "that kind of user cannot own the record",
        "choose another owner ([owner] in a rule)",
        todo="Let somebody else own the record, or let no owner be sent.",
    ),
    "TRANSFER_REQUIRES_READ": CauseWords(
        "the owner may not read the object", "give the owner read access to the object"
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
