"""Words for an entry's data from the host: names, companies, sellers, channels. Pure.

Nothing here reveals message text.
"""

from __future__ import annotations

from zsf_plugin.console.labels import MAX_NAME_LENGTH, clipped
from zsf_plugin.messages.text import channel_words, reason_text
from zsf_plugin.model import (
    SEVERAL_MATCH,
    TOUCHPOINT_WITHOUT_TEXT,
    prospect_name,
    table_in,
    text_at,
)
from zsf_plugin.model import seller_name as seller_in
from zsf_plugin.ports import Entry


def person_of(entry: Entry) -> str:
    """The prospect's name, else the company, else the ID."""
    if name := clipped(prospect_name(entry.payload.get("prospect"))):
        return name
    if company := company_of(entry):
        return f"someone at {company}"
    prospect = clipped(entry.lane, 40)
    return f"prospect {prospect}" if prospect else "someone"


def company_of(entry: Entry) -> str:
    """The prospect's company, or ""."""
    return clipped(text_at(entry.payload, "prospect", "company", "name") or "")


def entry_seller(entry: Entry) -> str:
    """The seller's name, else their e-mail, else ""."""
    return clipped(seller_in(entry.payload) or "")


def seller_email(entry: Entry) -> str:
    """The seller's e-mail, or ""."""
    return clipped(text_at(entry.payload, "user", "email") or "")


def event_id_of(entry: Entry, max_length: int = MAX_NAME_LENGTH) -> str:
    """The host's ID of the event."""
    return clipped(entry.event.event_id, max_length)


def touchpoint_step(entry: Entry) -> int | None:
    """The touchpoint's number in its sequence, if it has one."""
    step = table_in(entry.payload, "touchpoint").get("step")
    return step if type(step) is int else None  # a boolean is an int, but no step


def channel_of(entry: Entry) -> tuple[str, str]:
    """The channel with its step, if any, and the preposition before the name: ("E-mail, step 2",
    "to")."""
    channel = text_at(entry.payload, "touchpoint", "channel") or ""
    words, before = channel_words(clipped(channel, 40))
    step = touchpoint_step(entry)
    return words if step is None else f"{words}, step {step}", before


def skip_reason(entry: Entry, max_length: int) -> str:
    """Why the entry was skipped, or ""."""
    return clipped(reason_text(entry.reason, entry.cause) or "", max_length)


def salesforce_message_in(entry: Entry, max_length: int) -> str:
    """The message of Salesforce's refusal; "" for an activity with a text, which the message may
    repeat."""
    cause = entry.cause
    if cause is None or (cause.code != SEVERAL_MATCH and may_repeat_text(entry)):
        return ""
    return clipped(cause.detail or "", max_length)


def may_repeat_text(entry: Entry) -> bool:
    """Whether a Salesforce response to this entry may contain message text."""
    if entry.kind == "purchase":
        return False
    kept = table_in(entry.payload, "touchpoint").keys()
    return not kept or not kept <= set(TOUCHPOINT_WITHOUT_TEXT)


def has_text(entry: Entry) -> bool:
    """Whether message text is stored with the entry."""
    touchpoint = table_in(entry.payload, "touchpoint")
    return bool(touchpoint.get("subject") or touchpoint.get("content"))
