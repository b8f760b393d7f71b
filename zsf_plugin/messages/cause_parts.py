"""Texts for the codes in a cause's data, which fill the placeholders of the texts in `causes`. Data
only."""

from __future__ import annotations

from collections.abc import Mapping

#: How Salesforce can be searched by a field again, by why it cannot.
MAKE_ASKABLE: Mapping[str, str] = {
    "object_hidden": "give the connected user Read on {object}",
    "hidden": (
        "in Setup, give the connected user Read Access to the field {field} of {object} (Field "
        "Permissions of a permission set)"
    ),
    "encrypted": (
        "in Setup, under Encryption Policy, encrypt {field} with the deterministic, "
        "case-insensitive scheme, or not at all"
    ),
    "not_filterable": "no setting of Salesforce changes that",
    "refused": "ask a Salesforce admin why {code} refuses the search, then retry",
    "gateway": "ask whoever runs the firewall or proxy to let such requests to Salesforce pass",
}

#: Why a policy (`many`) chose none of several records.
UNSETTLED: Mapping[str, str] = {
    "hold": "no policy chooses one",
    "oldest": "many = oldest did not choose one",
    "newest_activity": "many = newest_activity did not choose one",
    "same_owner": "many = same_owner did not choose one",
}

#: Why a required field stays empty: it has no value, or its value does not fit.
UNFILLED: Mapping[str, str] = {
    "nothing": "it is empty",
    "misfit": "the mapped value does not fit ({misfit})",
}

#: What a firewall or proxy answered.
ANSWERED: Mapping[str, str] = {
    "page": "it answered with a page (HTTP {status})",
    "text": "it answered with a text (HTTP {status})",
    "empty": "it answered with nothing (HTTP {status})",
    "not_now": "it answered “not now” again and again (HTTP {status})",
    "json": "it answered with JSON that is not Salesforce's (HTTP {status})",
}

#: How often the answer to a write was lost, and what to do then.
LOST: Mapping[str, str] = {
    "once": "the connection broke during the write, and nothing identifies the record",
    "every_time": (
        "no answer of Salesforce came on any attempt to write it: the connection broke, or a "
        "firewall or proxy answered in its place"
    ),
}
LOOK_FIRST: Mapping[str, str] = {
    "once": "check Salesforce: drop the entry if the record is there, else retry it",
    "every_time": (
        "check Salesforce, and what its triggers do with the record: drop the entry if the record "
        "is there, else retry it"
    ),
}

#: What to do about a value that its field does not take, by what is wrong with the field.
CHANGE_FIELD: Mapping[str, str] = {
    "field_gone": (
        "create the field again in Salesforce or make it visible to the connected user, or unmap it"
    ),
    "no_such_field": (
        "create the field in Salesforce or make it visible to the connected user, or unmap it"
    ),
    "not_writable": "make the field editable for the connected user in Salesforce, or unmap it",
}
#: The same where the field is right, for a terminal and for a page.
CHANGE_RULE = (
    'translate it with `values`, map another field, or leave it out (misfit = "leave_out")'
)
CHANGE_MAPPING = "map another field, or leave the value out"
