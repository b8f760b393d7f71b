"""Connecting a workspace to an org: sign in, pin the org, keep the connection; and ending it.
Speaks to ports alone."""

from zsf_plugin.connect.connector import (
    LOGINS,
    REHEARSAL,
    Connected,
    Connector,
    client_id_for,
    is_rehearsal,
)
from zsf_plugin.connect.loopback import Loopback
from zsf_plugin.connect.previewing import decide, has_seen_preview, last_line, preview_seen

__all__ = [
    "LOGINS",
    "REHEARSAL",
    "Connected",
    "Connector",
    "Loopback",
    "client_id_for",
    "decide",
    "has_seen_preview",
    "is_rehearsal",
    "last_line",
    "preview_seen",
]
