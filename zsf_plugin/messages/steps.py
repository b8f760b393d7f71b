"""The words for steps, skips, misfits, channels and what else an entry's data names. Data alone.

Placeholders are a step's `object`, `field` and data; `text` fills them in. A text has no capital
and no full stop: a face that shows it alone adds them.
"""

from __future__ import annotations

from collections.abc import Mapping

STEPS: Mapping[str, str] = {
    "found": "{object} found by {by}: {record}",
    "already_logged": "Task already logged: {record}; nothing written",
    "chosen": "{count} {object}s match by {by}; {chosen}",
    "several": "{count} {object}s match by {by}",
    "unlinked": "no {object} linked",
    "unmatched": "no match key has a value; created without a search",
    "created": "{object} created",
    "logged": "Task logged on {person} {record}",
    "updated": "{object} updated: {fields}",
    "shortened": "{field} shortened from {from} to {to} characters",
    "left_out": "{field} left out: {misfit}",
    "owned": "owned by user {user}",
    "no_owner": "no owner sent: {why}",
    "unchanged": "already synced; nothing changed, nothing written",
    "named": "Salesforce named {object} {record}",
    "held": "{cause}",
    "legacy": "{text}",
}

#: Why an entry was skipped.
SKIPS: Mapping[str, str] = {
    "prospects_off": "the switch “sync prospects” was off when it was purchased",
    "activities_off": "the switch “sync activities” was off when it was sent",
    "dropped": "dropped by a person",
    "skipped_at_connect": "it waited for the first connection, and was skipped by choice then",
    "skipped_at_preview": "it waited for the first preview, and was skipped by choice then",
}

#: What stands for a record that is not in the org yet: another entry of the batch creates it.
IN_THIS_BATCH = "in this batch"

#: What a page says of a step where its list of findings has words of its own.
FINDINGS: Mapping[str, str] = {
    "found": "{object} by {by}: {which}",
    "unmatched": "{object}: no match key has a value, so nothing was looked for",
    "created": "{who}: none, so a new {object} was created",
    "owned": "the one active Salesforce user with the owner’s e-mail",
}
#: The same of a record that was found by no match key.
FOUND_BY_ON_A_PAGE: Mapping[str, str] = {
    "link": "{object} by what was matched before: {which}",
    "external_id": "{object} by Zaplify ID: {which}",
}

FOUND_BY: Mapping[str, str] = {
    "link": "its link",
    "external_id": "{fields}",
    "match_key": "{fields}",
}

NO_OWNER: Mapping[str, str] = {
    "not_writable": "the connected user may not set it",
    "no_email": "the event names no user's e-mail",
    "no_user": "no active user has that e-mail",
    "several_users": "several active users have that e-mail",
}

#: Which of several records a policy (`many`) chose.
CHOSEN: Mapping[str, str] = {
    "oldest": "the oldest was taken (many = oldest)",
    "newest_activity": "the one with the newest activity was taken",
    "same_owner": "the one of the same owner was taken",
}

#: What kind of misfit keeps a value out of its field. Follows "Industry left out: ".
MISFITS: Mapping[str, str] = {
    "no_such_field": "the org has no such field, or hides it from the connected user",
    "field_gone": (
        "it was there until {last_seen}; since then it is deleted, or hidden from the connected "
        "user"
    ),
    "not_writable": "the connected user may not write it",
    "unfillable": "a field of type {type} cannot be filled",
    "too_long": "longer than the field's {limit} characters",
    "too_long_to_cut": "longer than the field's {limit} characters, and of no use when cut",
    "not_text": "not a text",
    "not_one_line": "not a single line of text",
    "not_email": "not an e-mail address",
    "not_in_picklist": "not in the picklist",
    "not_boolean": "not true or false",
    "not_whole_number": "not a whole number",
    "not_number": "not a number",
    "out_of_range": "outside the field's range",
    "not_id": "not a Salesforce id",
    "no_record_type": "no record type of that DeveloperName that the connected user may use",
    "not_date": "not a date",
    "not_iso_date": "not an ISO 8601 date or time",
    "outside_calendar": "outside the calendar",
    "no_calendar_day": "not a day of the calendar",
}

#: What is said of a channel before a name, and between the two. A channel needs no line here: any
#: other is called by its own name, made readable.
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
