"""Texts for steps, skips, misfits, channels and other codes in an entry's data. Data only.

Placeholders are a step's `object`, `field` and data; `text` fills them in. A text has no capital
and no full stop: whatever shows it as a sentence adds them.
"""

from __future__ import annotations

from collections.abc import Mapping

STEPS: Mapping[str, str] = {
    "found": "{object} found by {by}: {record}",
    "already_logged": "Task already logged: {record}; nothing written",
    "chosen": "{count} {object}s match by {by}; {chosen}",
    "several": "{count} {object}s match by {by}",
    "other_person": (
        "{object} {record} has the same {by} but another name, and several people may share it: "
        "not connected"
    ),
    "names_differ": "the name in Salesforce differs: {object}.{names}; connected all the same",
    "not_filled": "{object} left as it is: another person’s, who shares a match key",
    "unasked": "{object} not searched by {by}: {unasked}",
    "usual_forms": (
        "no {object} found by {by}: Salesforce compares that only as a whole, so its usual "
        "spellings were searched, and another spelling is not found"
    ),
    "unlinked": "no {object} linked",
    "unnamed": "no {object} created: the event gives no company name",
    "unmatched": "no match key has a value that can be searched by; created without a search",
    "names_none": (
        "not matched by {field}: the company is a word such as “self-employed”, which names none"
    ),
    "created": "{object} created",
    "logged": "Task logged on {person} {record}",
    "updated": "{object} updated: {fields}",
    "ignored": "{field} ignored: {fault}",
    "undecided": (
        "{field} not applied: its condition costs too much time for an event of this size; "
        "what it switches off is off all the same"
    ),
    "shortened": "{field} shortened from {from} to {to} characters",
    "left_out": "{field} left out: {misfit}",
    "parts_left_out": "{field} written without {count} of its values{named}: {misfit}",
    "other_source": (
        "{field} filled from its next source or default, since the first does not fit: {misfit}"
    ),
    "owned": "owned by user {user}",
    "owner_mapped": "owned by {owner}, which a rule maps to {field}",
    "owner_by_rules": "the org’s assignment rules decide the owner, if one of them applies",
    "no_owner": "no owner sent: {why}",
    "unchanged": "already synced, nothing changed",
    "answer_lost": "an earlier write got no answer: what it changed is not recorded",
    "named": "Salesforce named {object} {record}",
    "held": "{cause}",
    "legacy": "{text}",
}

#: Why an entry was skipped.
SKIPS: Mapping[str, str] = {
    "prospects_off": "the switch “sync prospects” was off when it was purchased",
    "activities_off": "the switch “sync activities” was off when it was sent",
    "dropped": "dropped by a person",
    "skipped_at_connect": "it waited for the first connection, and a person chose to skip it then",
    "skipped_at_preview": "it waited for the first preview, and a person chose to skip it then",
}

#: Shown for a record that is not in the org yet: another entry of the batch creates it.
IN_THIS_BATCH = "in this batch"

#: What no preview knows.
CHECKED_WHEN_WRITTEN = (
    "Salesforce checks its validation rules, triggers and duplicate rules only when it writes; "
    "it may still refuse a value"
)

#: Texts of a page's list of findings, for steps that read differently there.
FINDINGS: Mapping[str, str] = {
    "found": "{object} by {by}: {which}",
    "unmatched": "{object}: no match key has a value to search by, so there was no search",
    "created": "{who}: none found, so a new {object} was created",
    "ignored": "{field} from Zaplify was ignored: {fault}",
    "other_person": (
        "{object} with the same {by} but another name: not connected, since several people may "
        "share it"
    ),
    "names_differ": "the {object} has another name ({names}), but is connected by {by}",
    "owned": "the one active Salesforce user with the owner’s e-mail",
    "owner_mapped": "set by a rule",
}
#: The same for a record that was found by its link or external ID.
FOUND_BY_ON_A_PAGE: Mapping[str, str] = {
    "link": "{object}: already linked",
    "external_id": "{object} by Zaplify ID: {which}",
}

FOUND_BY: Mapping[str, str] = {
    "link": "its link",
    "external_id": "{fields}",
    "match_key": "{fields}",
}

NO_OWNER: Mapping[str, str] = {
    "not_writable": "the connected user has no permission to set it",
    "no_email": "neither the event nor [owner] in a rule gives an e-mail address for it",
    "no_user": "no active user has that e-mail",
    "several_users": "several active users have that e-mail",
    "users_not_askable": "Salesforce cannot be searched for a user with that e-mail",
}

#: Which of several records a policy (`many`) chose.
CHOSEN: Mapping[str, str] = {
    "oldest": "the oldest was chosen (many = oldest)",
    "newest_activity": "the one with the newest activity was chosen",
    "same_owner": "the one with the same owner was chosen",
}

#: Why Salesforce was not searched by a match key. Follows "Contact not searched by Email: ".
UNASKED: Mapping[str, str] = {
    "object_hidden": "the object is hidden from the connected user",
    "hidden": "{field} does not exist there, or is hidden from the connected user",
    "encrypted": "{field} is encrypted, and Salesforce cannot search by it",
    "not_filterable": "Salesforce cannot search by {field}",
    "refused": "Salesforce refused the search ({code})",
    "gateway": "a firewall or proxy on the way to Salesforce refused the search{by_status}",
}

#: Why a value does not fit its field. Follows "Industry left out: ".
MISFITS: Mapping[str, str] = {
    "no_such_field": "the field does not exist, or is hidden from the connected user",
    "field_gone": (
        "it was last seen on {last_seen}; since then, it was deleted, or hidden from the "
        "connected user"
    ),
    "not_writable": "the connected user has no permission to write it",
    "unfillable": "fields of type {type} cannot be filled",
    "too_long": "longer than the field's {limit} characters",
    "too_long_to_cut": "longer than the field's {limit} characters, and useless if shortened",
    "not_text": "not text",
    "not_one_line": "not a single line of text",
    "not_email": "not an e-mail address",
    "not_website": "an e-mail address, not a website",
    "one_only": "the field takes one only",
    "not_in_picklist": "not in the picklist",
    "not_in_list": "not on the org's list of states and countries",
    "not_of_country": "not a state of its country on the org's list",
    "without_country": "a state needs its country, which is missing",
    "other_states_country": "the record's state is not one of that country",
    "not_boolean": "not true or false",
    "not_whole_number": "not a whole number, or not certain which",
    "not_number": "not a number, or not certain which",
    "out_of_range": "outside the field's range",
    "not_id": "not a Salesforce ID",
    "no_record_type": "no record type with that DeveloperName is available to the connected user",
    "not_date": "not a date",
    "not_iso_date": "not an ISO 8601 date or time",
    "outside_calendar": "outside the years 1700 to 4000",
    "no_calendar_day": "not a valid date",
    "refused": "Salesforce refused the value ({refusal})",
    "placeholder": "it only says that there is no value",
    "too_costly": "its expression costs too much time for an event of this size; make it simpler",
    "other_last_name": "Salesforce has another last name, and both together would be nobody's",
}

#: A channel's name, and the preposition before the person's. A channel that is not listed has its
#: own name, made readable.
CHANNELS: Mapping[str, tuple[str, str]] = {
    "email": ("E-mail", "to"),
    "linkedin_message": ("LinkedIn message", "to"),
    "linkedin_connection": ("LinkedIn connection request", "to"),
    "linkedin_visit": ("LinkedIn visit", "of"),
    "call": ("Call", "to"),
    "sms": ("SMS", "to"),
    "whatsapp": ("WhatsApp message", "to"),
    "telegram": ("Telegram message", "to"),
    "wechat": ("WeChat message", "to"),
    "instagram": ("Instagram message", "to"),
    "facebook": ("Facebook message", "to"),
    "meeting": ("Meeting", "with"),
}
