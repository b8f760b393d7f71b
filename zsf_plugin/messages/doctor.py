"""Words of `zsf doctor`: what each check says if it found nothing, and each finding with the step
that mends it. Data and rendering only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]


class DoctorWords(NamedTuple):
    """Templates of a finding. An `error` keeps something from being synced; a `warning` does not,
    or not yet."""

    severity: Severity
    message: str
    hint: str


_GIVE = "in Setup → Permission Sets, with a set that is assigned to this user"
_PROVISION = "run `zsf provision --apply`"

DOCTOR: Mapping[str, DoctorWords] = {
    # this machine
    "CONFIG_MISSING": DoctorWords(
        "error",
        "the config folder {folder} is not there, so no rules are read from it",
        "create it with `zsf init`, mount it, or set ZSF_CONFIG_DIR to another",
    ),
    "DATABASE_UNUSABLE": DoctorWords(
        "error", "the database cannot be used: {reason}", "correct that, then run this again"
    ),
    "DISK_NEARLY_FULL": DoctorWords(
        "warning",
        "the disk of {folder} has {free_mb} MB free: events cannot be stored once it is full",
        "free some space; `zsf purge --older-than 400d` removes entries that ended long ago",
    ),
    "KEY_TOO_SHORT": DoctorWords("warning", "the secret key is too short", "{advice}"),
    "KEY_UNUSABLE": DoctorWords(
        "error", "the secret key cannot be used: {reason}", "correct that, then run this again"
    ),
    "TOKENS_UNREADABLE": DoctorWords("error", "the stored sign-in cannot be decrypted", "{advice}"),
    "NETWORK_UNUSABLE": DoctorWords(
        "error",
        "nothing can be sent: {reason}",
        "correct HTTPS_PROXY, NO_PROXY or REQUESTS_CA_BUNDLE, then run this again",
    ),
    # the connection
    "NOT_CONNECTED": DoctorWords(
        "error",
        "the workspace is not connected to Salesforce, so its entries wait",
        "run `zsf connect`, or choose Connect Salesforce in `zsf console`",
    ),
    "SIGN_IN_ENDED": DoctorWords("error", "{why}", "{advice}"),
    "NOT_STARTED": DoctorWords(
        "warning",
        "nothing is sent until someone has seen the first preview and started syncing",
        "open `zsf console` and follow the steps on Connection",
    ),
    "NO_RENEWAL": DoctorWords("warning", "{why}", "{advice}"),
    "NO_ANSWER": DoctorWords(
        "error", "Salesforce gave no usable answer: {why}", "run this again in a few minutes"
    ),
    # what the connected user may do
    "OBJECT_CLOSED": DoctorWords(
        "error",
        "the connected user {user} cannot {lacks} {object} records",
        "give them Read, Create and Edit on {object} " + _GIVE,
    ),
    "ID_FIELD_MISSING": DoctorWords(
        "warning",
        "Zaplify_Id__c is missing on {places}: without it, writes whose answer was lost are "
        "checked twice",
        f"{_PROVISION}, or create it as `zsf provision` says",
    ),
    "ID_FIELD_HIDDEN": DoctorWords(
        "warning",
        "Zaplify_Id__c exists on {places}, but the connected user {user} cannot see it",
        f"{_PROVISION}, or give them Read Access and Edit Access to it {_GIVE}",
    ),
    "ID_FIELD_READ_ONLY": DoctorWords(
        "warning",
        "the connected user {user} can see Zaplify_Id__c on {places}, but not fill it",
        f"{_PROVISION}, or give them Edit Access to it {_GIVE}",
    ),
    "ID_FIELD_UNKNOWN": DoctorWords(
        "warning",
        "the connected user {user} does not see Zaplify_Id__c on {places}, and may not look in "
        "Setup whether it exists",
        "ask a Salesforce admin to look, or give this user “View Setup and Configuration”; "
        "`zsf provision` lists the steps",
    ),
    "ID_FIELD_REFUSED": DoctorWords(
        "warning",
        "the connected user {user} does not see Zaplify_Id__c on {places}, and Salesforce refused "
        "to say whether it exists ({error})",
        "run this again later",
    ),
    "ID_FIELD_UNSEEN": DoctorWords(
        "warning",
        "Zaplify_Id__c on {places} cannot be checked: the connected user {user} cannot see these "
        "objects",
        "give them access to the objects first, then run this again",
    ),
    "ID_FIELD_UNFIT": DoctorWords(
        "warning",
        "Zaplify_Id__c on {places} is not as it should be",
        "run `zsf provision`, which says what to change",
    ),
    "FIELDS_CLOSED": DoctorWords(
        "warning",
        "mapped fields that do not exist, or that the connected user cannot see or write: {fields}",
        "create them, give this user access, or unmap them; `zsf fields` says which rule maps each",
    ),
    "NO_CLOSED_STATUS": DoctorWords(
        "error",
        "the org has no closed Task status that the connected user can see, so no activity can be "
        "logged",
        "in Setup → Object Manager → Task → Fields & Relationships → Status, mark a value as "
        "Closed; and give this user Read on Task",
    ),
    # work
    "SHARE_USED": DoctorWords(
        "warning",
        "{purpose} pause: {used} of the org's {limit} API calls were used in the last 24 hours, "
        "by everyone",
        "wait, find what else uses them (Setup → Company Information), or raise [limits] in a rule",
    ),
    "PAUSED": DoctorWords("warning", "nothing is sent now: {why}", "it continues by itself"),
    "ENTRIES_HELD": DoctorWords("warning", "held entries: {entries}, because {cause}", "{advice}"),
    "ENTRIES_WAIT": DoctorWords(
        "warning",
        "the oldest waiting entry waits since {since}",
        "run `zsf status`, which says what it waits for, or `zsf drain` to send now",
    ),
    "NOT_DRAINED": DoctorWords("error", "{why}", "start the host or `zsf worker`"),
    "CLOCK_WRONG": DoctorWords(
        "warning",
        "this machine's clock is {seconds} seconds {direction} Salesforce's",
        "synchronise it (NTP): times of events and of retries are wrong",
    ),
}
#: The hint of a finding in the rules, which says itself what to do.
RULES_HINT = "change it where it is set; `zsf rules check` lists all findings"

#: What each check says if it found nothing, in the order in which they run.
CHECKED: Mapping[str, str] = {
    "folders": "rules in {config}, data in {data}",
    "secret_key": "is long enough, and opens what is stored",
    "database": "opens and fits this version; {megabytes} MB",
    "network": "no fault in the settings of proxy and certificates",
    "connection": "{state}, {kind} {org}, as {user}",
    "sign_in": "Salesforce answers, and lets this user use the API",
    "rights": "what mode {modes} takes is allowed",
    "id_field": "Zaplify_Id__c is on every object, and can be read and filled",
    "mapping": "every mapped field exists and can be written",
    "task_status": "activities are logged as {status}",
    "rules": "{rules} rules in force",
    "api_calls": "{used} of {limit} used in 24 hours, by everyone; pauses: {shares}",
    "entries": "{waiting} waiting, none held",
    "sync": "nothing is overdue; {holder} now",
    "clock": "agrees with Salesforce's",
}
#: What of the entries waits, and who sends it.
WAITING_SINCE = "{waiting} (the oldest since {since})"
SENT_BY, SENT_BY_NOBODY = "{holder} is sending", "no process is sending"
#: Why a check was not made.
SKIPPED: Mapping[str, str] = {
    "no_database": "not checked: the database cannot be used",
    "no_key": "not checked: there is no key that opens what is stored",
    "no_sign_in": "not checked: nobody is signed in to Salesforce",
    "no_network": "not checked: nothing can be sent",
    "no_calls": "not checked: the org's API calls are used up",
    "no_answer": "not checked: no answer from Salesforce",
}
