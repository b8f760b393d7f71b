"""The codes of causes that are our own; all others come from Salesforce."""

from __future__ import annotations

#: Holds touchpoints that arrived before their person; released by the person's link.
PERSON_MISSING = "PERSON_NOT_IN_SALESFORCE"
#: Holds entries that match several records; released by a choice or a policy.
SEVERAL_MATCH = "SEVERAL_MATCH"
#: Holds entries whose write may or may not have happened and cannot be checked; only a person
#: releases them.
OUTCOME_UNCLEAR = "OUTCOME_UNCLEAR"
#: Holds hook calls that violate their schema; nothing was kept that could be retried.
INVALID_EVENT = "INVALID_EVENT"
#: Holds entries whose e-mail address another person has in the org; released by a policy.
SHARED_MAILBOX = "SHARED_MAILBOX"
#: Holds entries whose record may exist, since Salesforce cannot be asked by their match key.
KEY_NOT_ASKABLE = "KEY_NOT_ASKABLE"
#: Holds entries that a firewall or proxy on the way to Salesforce refuses; released within the
#: hour, once it lets one of them through.
GATEWAY_REFUSED = "GATEWAY_REFUSED"
REQUIRED_EMPTY = "REQUIRED_EMPTY"
DOES_NOT_FIT = "DOES_NOT_FIT"
OBJECT_HIDDEN = "OBJECT_HIDDEN"
NO_CLOSED_STATUS = "NO_CLOSED_STATUS"
PERSON_ACCOUNT = "PERSON_ACCOUNT"
#: Holds entries that ran into an error in the plugin.
DEFECT = "DEFECT"

#: Every one of them.
OWN_CODES = (
    PERSON_MISSING,
    SEVERAL_MATCH,
    SHARED_MAILBOX,
    OUTCOME_UNCLEAR,
    INVALID_EVENT,
    KEY_NOT_ASKABLE,
    REQUIRED_EMPTY,
    DOES_NOT_FIT,
    OBJECT_HIDDEN,
    NO_CLOSED_STATUS,
    PERSON_ACCOUNT,
    GATEWAY_REFUSED,
    DEFECT,
)
