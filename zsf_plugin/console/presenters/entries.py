"""Words for what an entry has from its host: names, companies, sellers, channels. Pure.

Nothing here tells any part of what a message said.
"""

from __future__ import annotations

from zsf_plugin.console.labels import clipped
from zsf_plugin.messages.channels import channel_words
from zsf_plugin.model import SEVERAL_MATCH, TOUCHPOINT_WITHOUT_TEXT, name_of, text_at
from zsf_plugin.model import seller_of as seller_in
from zsf_plugin.model.text import one_line
from zsf_plugin.ports import Entry


def person_of(entry: Entry) -> str:
    """The prospect's name; what else tells who it is where it has none."""
    prospect = entry.payload.get("prospect")
    if name := clipped(name_of(prospect)):
        return name
    company = company_of(entry)
    if company:
        return f"somebody at {company}"
    return f"prospect {clipped(entry.lane, 40)}" if one_line(entry.lane) else "somebody"


def company_of(entry: Entry) -> str:
    """The prospect's company, or nothing."""
    return clipped(text_at(entry.payload, "prospect", "company", "name") or "")


def seller_of(entry: Entry) -> str:
    """The name of who purchased or sent; the e-mail where there is no name; or nothing."""
    return clipped(seller_in(entry.payload) or "")


def seller_email(entry: Entry) -> str:
    """The seller's e-mail, or nothing."""
    return clipped(text_at(entry.payload, "user", "email") or "")


def channel_of(entry: Entry) -> tuple[str, str]:
    """What was sent, with its step where there is one, and the word before whom: ("E-mail, step 2",
    "to")."""
    channel = clipped(text_at(entry.payload, "touchpoint", "channel") or "", 40)
    words, before = channel_words(channel)
    touchpoint = entry.payload.get("touchpoint")
    step = touchpoint.get("step") if isinstance(touchpoint, dict) else None
    is_number = isinstance(step, int) and not isinstance(step, bool)
    return (f"{words}, step {step}" if is_number else words), before


def salesforces_words(entry: Entry, longest: int) -> str | None:
    """What Salesforce said when it refused; None for an activity that had a text, which the words
    may repeat."""
    if entry.cause is None or (entry.cause.code != SEVERAL_MATCH and may_repeat_text(entry)):
        return None
    return clipped(entry.cause.detail or "", longest) or None


def may_repeat_text(entry: Entry) -> bool:
    """Whether an answer of Salesforce's to this entry may hold some of what a message said."""
    if entry.kind == "purchase":
        return False
    touchpoint = entry.payload.get("touchpoint")
    return not isinstance(touchpoint, dict) or not touchpoint.keys() <= set(TOUCHPOINT_WITHOUT_TEXT)


def has_text(entry: Entry) -> bool:
    """Whether anything of what the message said was kept with the entry."""
    touchpoint = entry.payload.get("touchpoint")
    return isinstance(touchpoint, dict) and bool(
        touchpoint.get("subject") or touchpoint.get("content")
    )
