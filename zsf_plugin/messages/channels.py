"""The catalogue's words for channels: what was sent, and the word before whom. Data and rendering.

A channel needs no line here: any other is called by its own name, made readable.
"""

from __future__ import annotations

from collections.abc import Mapping

#: What is said of a channel before a name, and between the two.
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


def channel_words(channel: str) -> tuple[str, str]:
    """What was sent, and the word before whom: ("LinkedIn visit", "of"), ("Video note", "to")."""
    known = CHANNELS.get(channel.casefold())
    if known is not None:
        return known
    name = " ".join(channel.replace("_", " ").replace("-", " ").split())
    return (name[:1].upper() + name[1:] if name else "Activity"), "to"
