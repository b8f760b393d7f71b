"""What Salesforce's refusals of one record mean, in words for an admin: code → why, and what to do.
Data alone.

From the error table of salesforce-api.md §4.2. `docs/errors.md` is made from these; a code that is
missing here is held with `UNKNOWN`. What is about the whole org (limits, sessions, maintenance) is
no refusal of a record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """`why` follows "Lead.Industry: "; `advice` is what to do about it. Neither ever holds a
    value."""

    why: str
    advice: str


UNKNOWN = Refusal(
    "Salesforce refused it",
    "read what Salesforce said (`zsf outbox show ID`), change what it names, retry",
)

REFUSALS: Mapping[str, Refusal] = {
    # what was written
    "REQUIRED_FIELD_MISSING": Refusal(
        "a field that the org demands is empty",
        "map the field, or give it a default; if a page layout or rule demands it, ask its admin",
    ),
    "STRING_TOO_LONG": Refusal(
        "the text is longer than the field",
        'let the rule shorten it (too_long = "shorten"), or map a longer field',
    ),
    "INVALID_EMAIL_ADDRESS": Refusal(
        "not an e-mail address to Salesforce", "correct the e-mail in Zaplify, or unmap the field"
    ),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": Refusal(
        "not a value of its restricted picklist, or not one of the record's type",
        (
            "add the value to the picklist (and to the record type), or translate it with "
            "`values` in a rule"
        ),
    ),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": Refusal(
        "a validation rule of the org refused it",
        (
            "`zsf outbox show ID` has the rule's own words: satisfy it by a mapping, or exempt "
            "the connected user"
        ),
    ),
    "FIELD_FILTER_VALIDATION_EXCEPTION": Refusal(
        "the filter of a lookup field refused it",
        "map another value, or change the lookup's filter",
    ),
    "FIELD_INTEGRITY_EXCEPTION": Refusal(
        "the value contradicts another field, or is no state or country of the org's lists",
        (
            "translate it with `values` in a rule, map the code fields (StateCode, CountryCode), "
            "or unmap it"
        ),
    ),
    "NUMBER_OUTSIDE_VALID_RANGE": Refusal(
        "the number is too large for the field", "map a field with room for it"
    ),
    "INVALID_TYPE_ON_FIELD_IN_RECORD": Refusal(
        "the value is of another type than the field", "map a value of the field's type"
    ),
    "JSON_PARSER_ERROR": Refusal(
        "a value could not be read as its field's type",
        "map a value of the field's type, or unmap the field",
    ),
    "MALFORMED_ID": Refusal(
        "an id that is none, or of another object", "map no ids, or the right object's"
    ),
    # fields and objects that the user may not touch
    "INVALID_FIELD": Refusal(
        "the field is gone, or hidden from the connected user",
        (
            "give the connected user access to it, or map another field; `zsf fields --refresh` "
            "shows what there is"
        ),
    ),
    "INVALID_FIELD_FOR_INSERT_UPDATE": Refusal(
        "the connected user may not write the field",
        "make the field editable for the connected user, or unmap it; then `zsf fields --refresh`",
    ),
    "INVALID_TYPE": Refusal(
        "the object is hidden from the connected user",
        "give the connected user Read, Create and Edit on the object",
    ),
    "INSUFFICIENT_ACCESS": Refusal(
        "the connected user lacks a permission",
        "give the connected user the permission Salesforce names",
    ),
    "INSUFFICIENT_ACCESS_OR_READONLY": Refusal(
        "the connected user may not edit the record",
        "give the connected user edit access to the record",
    ),
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": Refusal(
        "the connected user may not use the record it points at",
        "share the parent record with the connected user",
    ),
    "INVALID_CROSS_REFERENCE_KEY": Refusal(
        "the record it points at is gone or hidden, or its record type is not the user's",
        "share the record, or give the connected user the record type",
    ),
    "NOT_FOUND": Refusal(
        "the record is gone, or hidden from the connected user",
        "share the record with the connected user, then retry",
    ),
    # records that changed
    "CANNOT_UPDATE_CONVERTED_LEAD": Refusal(
        "the Lead was converted, and its Contact cannot be found",
        "share the Contact with the connected user, then retry",
    ),
    "ENTITY_IS_DELETED": Refusal(
        "the record was deleted", "restore it in Salesforce, or retry to have it looked for anew"
    ),
    "ENTITY_IS_LOCKED": Refusal(
        "the record is in an approval process",
        "when the approval has ended, `zsf outbox retry --cause CODE`",
    ),
    "DUPLICATE_VALUE": Refusal(
        "a record with the same unique value exists, and it cannot be connected: it is "
        "hidden from the connected user, "
        "or a converted Lead whose Contact is gone",
        "share that record with the connected user, or clear its value, then retry",
    ),
    "DUPLICATE_EXTERNAL_ID": Refusal(
        "several records carry the same external ID", "merge them, then retry"
    ),
    "DUPLICATES_DETECTED": Refusal(
        (
            "a duplicate rule of the org refused it: records like it exist, none of them "
            "certainly the same"
        ),
        "open the records that `zsf outbox show ID` names: merge or correct them; "
        'or let alerts be saved (alerts = "save" under [match] in a rule)',
    ),
    # the customer's own code and settings
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": Refusal(
        "an Apex trigger of the org failed on it",
        "its developer can say why: `zsf outbox show ID` has its words",
    ),
    "CANNOT_EXECUTE_FLOW_TRIGGER": Refusal(
        "a flow of the org failed on it",
        "its builder can say why: `zsf outbox show ID` has its words",
    ),
    "APEX_ERROR": Refusal("Apex code of the org failed on it", "its developer can say why"),
    "LIMIT_EXCEEDED": Refusal(
        "Apex code of the org ran into a governor limit", "its developer can say why"
    ),
    "STORAGE_LIMIT_EXCEEDED": Refusal(
        "the org's data storage is full", "free some storage, then `zsf outbox retry --cause CODE`"
    ),
    "FUNCTIONALITY_NOT_ENABLED": Refusal(
        "the org has a feature switched off that this needs",
        "an admin enables the feature Salesforce names",
    ),
    "TXN_SECURITY_NO_ACCESS": Refusal(
        "a transaction security policy of the org blocked it",
        "an admin exempts the connected user from the policy",
    ),
    "TXN_SECURITY_METERING_ERROR": Refusal(
        "a transaction security policy of the org blocked it",
        "an admin exempts the connected user from the policy",
    ),
    # owners
    "INACTIVE_OWNER_OR_USER": Refusal(
        "the owner is inactive", "reactivate the user, or let no owner be sent ([owner] in a rule)"
    ),
    "OP_WITH_INVALID_USER_TYPE_EXCEPTION": Refusal(
        "that kind of user cannot own the record", "choose another owner ([owner] in a rule)"
    ),
    "TRANSFER_REQUIRES_READ": Refusal(
        "the owner may not read the object", "give the owner read access to the object"
    ),
}
