"""Texts for causes: why an entry is held, and what to do. Data only.

Our own causes come first, then Salesforce's refusals of one record. `docs/errors.md` is generated
from these. None of them ever holds a value of a person's record.
"""

from __future__ import annotations

from collections.abc import Mapping

from zsf_plugin.messages.shape import CauseWords

#: Our own causes. Placeholders are the cause's `object`, `field` and data; on a page `label` is
#: the field's label.
OWN: Mapping[str, CauseWords] = {
    "PERSON_NOT_IN_SALESFORCE": CauseWords(
        "the person is not in Salesforce yet",
        "nothing: it is sent as soon as the prospect is purchased or linked",
        title="The person is not in Salesforce yet",
        todo=(
            "These touchpoints wait for their prospect. They are sent automatically once it is "
            "purchased or linked."
        ),
        brief="the person is not in Salesforce yet",
    ),
    "SEVERAL_MATCH": CauseWords(
        "several records match by {by}, and {unsettled}",
        "merge the records in Salesforce, or set `many` under [match] in a rule",
        title="Several {object}s match one {whom}",
        todo="Choose the right record here, or set a policy for all such cases.",
        brief="{count} {object}s match",
    ),
    "SHARED_MAILBOX": CauseWords(
        "a record with the same {by} has another name, and several people may share it",
        (
            'set `shared_mailbox` under [match] in a rule: "next_key" tries the other match keys, '
            '"connect" takes that record'
        ),
        title="A {object} has the same {by} and another name",
        todo=(
            "Several people may share that. If the record is this prospect, choose it here; "
            "if not, set a policy that treats them as two people."
        ),
        brief="same {by}, another name",
    ),
    "KEY_NOT_ASKABLE": CauseWords(
        "it may exist already, but {unasked}",
        '{make_askable}; another match key, or unasked = "create", under [match] in a rule helps',
        title="Salesforce cannot be searched for the {object} by {by}",
        todo=(
            "The {object} may exist already, but {unasked}: {make_askable}. Another match key in a "
            "rule file helps, or a policy that creates the {object} all the same."
        ),
        brief="Salesforce cannot be searched by {by}",
    ),
    "REQUIRED_EMPTY": CauseWords(
        "required in Salesforce, but {unfilled}",
        "map something to {field}, or give it a default in a rule",
        title="{object} needs {label}, but {unfilled}",
        todo=(
            "Salesforce refuses every new {object} without it. Map a field or choose a fixed value."
        ),
    ),
    "DOES_NOT_FIT": CauseWords(
        "{misfit}",
        "{make_fit}",
        todo="{make_fit_on_page}.",
    ),
    "OBJECT_HIDDEN": CauseWords(
        "the connected user has no permission to create it",
        "give the connected user Read, Create and Edit on {object}",
        title="The connected user has no permission to create {object} records",
        todo=(
            "In Salesforce, give the connected user Read, Create and Edit on {object}. The entries "
            "are then sent automatically."
        ),
        brief="the connected user has no permission to create it",
    ),
    "PERSON_ACCOUNT": CauseWords(
        "the person is a person account, which this plugin does not write",
        "fill in its empty fields in Salesforce, or unmap them; then it is linked as it is",
        title="The person is a person account",
        todo=(
            "The plugin does not write person accounts. Fill in its empty fields in Salesforce, or "
            "unmap them; then it is linked as it is."
        ),
        brief="a person account, which the plugin does not write",
    ),
    "NO_CLOSED_STATUS": CauseWords(
        "the connected user sees no closed Task status",
        "map Status in an [activity] table, or give the connected user access to TaskStatus",
        title="The connected user sees no closed status for activities",
        todo="Give the connected user access to Task Status, or map Status for activities.",
        brief="no closed status for activities is visible",
    ),
    "OUTCOME_UNCLEAR": CauseWords(
        "{lost}",
        "{look_first}",
        title="The connection broke while {object} was being written",
        todo=(
            "The record may or may not exist. Check Salesforce: drop the entry if it does, retry "
            "it if it does not."
        ),
        brief="the connection broke during the write",
    ),
    "INVALID_EVENT": CauseWords(
        "{fault}",
        "fix the payload in the host, then send it as a new event",
        title="A value that Zaplify sent is invalid: {what} {remedy}",
        todo=(
            "Copy the report and send it to Zaplify, who will send the event again. Then drop it "
            "here."
        ),
        brief="invalid data from Zaplify",
    ),
    "GATEWAY_REFUSED": CauseWords(
        "a firewall or proxy on the way to Salesforce refused the record: {answered}",
        (
            "ask whoever runs the firewall or proxy to let requests to Salesforce pass, or unmap "
            "the text that it objects to; one such record is tried every hour"
        ),
        title="A firewall or proxy refuses a {object}",
        todo=(
            "Something between Zaplify and Salesforce, such as a firewall, refuses what these "
            "records hold. Ask whoever runs it to let requests to Salesforce pass, or unmap the "
            "text that it objects to."
        ),
        brief="refused by a firewall or proxy on the way",
    ),
    "DEFECT": CauseWords(
        "an unexpected {error} in zsf-plugin",
        "report it with the log, then retry",
        title="An error in Zaplify’s plugin",
        todo=(
            "Nothing was written for these entries. Copy the report for Zaplify, and retry after "
            "an update."
        ),
        brief="an error in Zaplify’s plugin",
    ),
}

#: For a refusal without an entry in `REFUSALS`.
UNKNOWN = CauseWords(
    "Salesforce refused the record",
    "read Salesforce's message (`zsf outbox show ID`), fix what it names, then retry",
    todo="Read Salesforce’s message, fix what it names, then retry.",
)
#: Salesforce's refusals of one record, by its code: the error table of salesforce-api.md §4.2.
#: Errors about the whole org (limits, sessions, maintenance) are not among them.
REFUSALS: Mapping[str, CauseWords] = {
    # what was written
    "REQUIRED_FIELD_MISSING": CauseWords(
        "a field that the org requires is empty",
        (
            "map the field, or give it a default; if a page layout or rule requires it, ask a "
            "Salesforce admin"
        ),
        title="{object} needs {label}, but it is empty",
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
        "Salesforce does not accept the e-mail address",
        "correct the e-mail in Zaplify, or unmap the field",
    ),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": CauseWords(
        "not in the restricted picklist, or not available for the record type",
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
        "the value conflicts with another field, or is not in the org's state and country lists",
        (
            "translate it with `values` in a rule, map the code fields (StateCode, "
            "CountryCode), or unmap it"
        ),
        todo="Map the code fields (StateCode, CountryCode), translate the value, or unmap it.",
    ),
    "NUMBER_OUTSIDE_VALID_RANGE": CauseWords(
        "the number is too large for the field", "map a field that holds larger numbers"
    ),
    "INVALID_TYPE_ON_FIELD_IN_RECORD": CauseWords(
        "the value has the wrong type for the field", "map a value of the field's type"
    ),
    "JSON_PARSER_ERROR": CauseWords(
        "Salesforce could not read a value as its field's type",
        "map a value of the field's type, or unmap the field",
    ),
    "MALFORMED_ID": CauseWords(
        "a value is not a Salesforce ID, or is the ID of another object",
        "map an ID of the right object, or unmap the field",
    ),
    # fields and objects that the user cannot access
    "INVALID_FIELD": CauseWords(
        "the field is gone, or hidden from the connected user",
        (
            "give the connected user access to it, or map another field; `zsf fields --refresh`"
            " lists the fields"
        ),
        todo="Give the connected user access to it in Salesforce, or map another field.",
    ),
    "INVALID_FIELD_FOR_INSERT_UPDATE": CauseWords(
        "the connected user has no permission to write the field",
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
        "give the connected user the permission that Salesforce names",
    ),
    "INSUFFICIENT_ACCESS_OR_READONLY": CauseWords(
        "the connected user has no permission to edit the record",
        "give the connected user edit access to the record",
    ),
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": CauseWords(
        "the connected user has no access to the record that it refers to",
        "share the parent record with the connected user",
    ),
    "INVALID_CROSS_REFERENCE_KEY": CauseWords(
        "the record that it refers to is gone or hidden, or the user lacks the record type",
        "share the record with the connected user, or give them the record type",
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
        "the record was deleted",
        "restore it in Salesforce, or retry to search again",
    ),
    "ENTITY_IS_LOCKED": CauseWords(
        "the record is locked by an approval process",
        "wait until the approval has ended, then `zsf outbox retry --cause CODE`",
        todo="Wait until the approval has ended, then retry.",
    ),
    "DUPLICATE_VALUE": CauseWords(
        (
            "a record with the same unique value exists, but cannot be linked: it is hidden from "
            "the connected user, or is a converted Lead whose Contact is gone"
        ),
        "share that record with the connected user, or clear its value, then retry",
        title="A duplicate exists that the connected user cannot see",
        todo=(
            "Share that {object} with the connected user, or clear its value in Salesforce, "
            "then retry."
        ),
    ),
    "DUPLICATE_EXTERNAL_ID": CauseWords(
        "several records have the same external ID", "merge them, then retry"
    ),
    "DUPLICATES_DETECTED": CauseWords(
        (
            "a duplicate rule of the org refused the record: similar records exist, but none is "
            "certainly the same"
        ),
        (
            "merge or correct the records that `zsf outbox show ID` names; or allow saving despite "
            'alerts (alerts = "save" under [match] in a rule)'
        ),
        title="Salesforce found a duplicate of a {object}",
        todo=(
            "Open the records that Salesforce names: merge or correct them, then retry; or save "
            "despite alerts. If it names none, the connected user cannot see the duplicate."
        ),
    ),
    # the customer's own code and settings
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": CauseWords(
        "an Apex trigger of the org failed",
        "ask the trigger's developer; `zsf outbox show ID` has the error message",
        todo="Ask the trigger’s developer. Each entry shows the error message.",
    ),
    "CANNOT_EXECUTE_FLOW_TRIGGER": CauseWords(
        "a flow of the org failed",
        "ask the flow's author; `zsf outbox show ID` has the error message",
        todo="Ask the flow’s author. Each entry shows the error message.",
    ),
    "APEX_ERROR": CauseWords(
        "Apex code of the org failed",
        "ask its developer; `zsf outbox show ID` has the error message",
        todo="Ask the developer of the Apex code. Each entry shows the error message.",
    ),
    "LIMIT_EXCEEDED": CauseWords(
        "Apex code of the org exceeded a governor limit",
        "ask its developer; `zsf outbox show ID` has the error message",
        todo="Ask the developer of the Apex code. Each entry shows the error message.",
    ),
    "STORAGE_LIMIT_EXCEEDED": CauseWords(
        "the org's data storage is full",
        "free up storage in Salesforce, then `zsf outbox retry --cause CODE`",
        todo="Free up storage in Salesforce, then retry.",
    ),
    "FUNCTIONALITY_NOT_ENABLED": CauseWords(
        "a Salesforce feature that this needs is off in the org",
        "ask a Salesforce admin to enable the feature that Salesforce names",
    ),
    "TXN_SECURITY_NO_ACCESS": CauseWords(
        "a transaction security policy of the org blocked the write",
        "ask a Salesforce admin to exempt the connected user from the policy",
    ),
    "TXN_SECURITY_METERING_ERROR": CauseWords(
        "a transaction security policy of the org blocked the write",
        "ask a Salesforce admin to exempt the connected user from the policy",
    ),
    # owners
    "INACTIVE_OWNER_OR_USER": CauseWords(
        "the owner is inactive",
        "reactivate the user, or send no owner ([owner] in a rule)",
        todo="Reactivate the user in Salesforce, or send no owner.",
    ),
    "OP_WITH_INVALID_USER_TYPE_EXCEPTION": CauseWords(
        "users of this type cannot own the record",
        "choose another owner, or send none ([owner] in a rule)",
        todo="Choose another owner, or send none.",
    ),
    "TRANSFER_REQUIRES_READ": CauseWords(
        "the owner has no read access to the object", "give the owner read access to the object"
    ),
}

CAUSES: Mapping[str, CauseWords] = {**OWN, **REFUSALS}

#: For a value that is not in its picklist, under any cause, where it can be translated.
NOT_IN_PICKLIST = CauseWords(
    "not in the picklist",
    "translate it with `values`",
    title="A value is not in the picklist {object} {label}",
    todo=(
        "The picklist in Salesforce lacks a value that Zaplify sends. Choose what to write instead."
    ),
)

#: The heading for a hook call that names no prospect.
NO_PROSPECT_ID = "The event has no prospect ID, so it is not clear whom it is about"
