"""The pieces of a sentence about an entry, and the words for what comes from a host: names, channels, sellers. Pure.

No part of what a message said is ever a piece: nothing here reads a touchpoint's subject or content.
"""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.model.event import name_of, text_at
from zsf_plugin.model.event import seller_of as seller_in
from zsf_plugin.model.text import one_line
from zsf_plugin.ports.store import Entry

#: Beyond so many characters a name is cut in a list; its whole stands in the entry.
LONGEST_NAME = 120

#: Channels that the shipped rules know: what is said of one before a name, and between the two.
_CHANNELS = {
    "email": ("E-mail", "to"),
    "linkedin_message": ("LinkedIn message", "to"),
    "linkedin_connection": ("LinkedIn connection request", "to"),
    "linkedin_visit": ("LinkedIn visit", "of"),
    "call": ("Call", "to"),
    "sms": ("SMS", "to"),
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a sentence: plain words; a `name`, shown strong and kept apart from other scripts' direction; or a time
    of day, `at` in seconds since 1970."""

    text: str = ""
    name: bool = False
    at: float | None = None


Sentence = tuple[Piece, ...]


def plain(text: str) -> Piece:
    """Words of ours."""
    return Piece(text)


def named(text: str) -> Piece:
    """A name of somebody or something, whatever it holds."""
    return Piece(shown(text), name=True)


def moment(at: float) -> Piece:
    """A time of day."""
    return Piece(at=at)


def shown(text: str, longest: int = LONGEST_NAME) -> str:
    """A host's or org's text on one line that any page can hold, cut where it is very long."""
    whole = one_line(text)
    return whole if len(whole) <= longest else whole[: longest - 1].rstrip() + "…"


def words_of(sentence: Sentence) -> str:
    """The sentence as text, times left out: for titles and tests."""
    return "".join(piece.text for piece in sentence)


def joined(*sentences: Sentence) -> Sentence:
    """Those that say anything, with a middle dot between them."""
    pieces: list[Piece] = []
    for sentence in sentences:
        if sentence:
            pieces += [plain(" · ")] if pieces else []
            pieces += sentence
    return tuple(pieces)


def person_of(entry: Entry) -> str:
    """The prospect's name; what else tells who it is where it has none."""
    prospect = entry.payload.get("prospect")
    if name := shown(name_of(prospect)):
        return name
    company = company_of(entry)
    if company:
        return f"somebody at {company}"
    return f"prospect {shown(entry.lane, 40)}" if one_line(entry.lane) else "somebody"


def company_of(entry: Entry) -> str:
    """The prospect's company, or nothing."""
    return shown(text_at(entry.payload, "prospect", "company", "name") or "")


def seller_of(entry: Entry) -> str:
    """The name of who purchased or sent; the e-mail where there is no name; or nothing."""
    return shown(seller_in(entry.payload) or "")


def seller_email(entry: Entry) -> str:
    """The seller's e-mail, or nothing."""
    return shown(text_at(entry.payload, "user", "email") or "")


def channel_of(entry: Entry) -> tuple[str, str]:
    """What was sent, with its step where there is one, and the word before whom: ("E-mail, step 2", "to")."""
    channel = shown(text_at(entry.payload, "touchpoint", "channel") or "", 40)
    words, before = _CHANNELS.get(channel, (f"Touchpoint ({channel})" if channel else "Activity", "to"))
    touchpoint = entry.payload.get("touchpoint")
    step = touchpoint.get("step") if isinstance(touchpoint, dict) else None
    is_number = isinstance(step, int) and not isinstance(step, bool)
    return (f"{words}, step {step}" if is_number else words), before


def has_text(entry: Entry) -> bool:
    """Whether anything of what the message said was kept with the entry."""
    touchpoint = entry.payload.get("touchpoint")
    return isinstance(touchpoint, dict) and bool(touchpoint.get("subject") or touchpoint.get("content"))
