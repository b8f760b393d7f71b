"""Connects workspaces to orgs and disconnects them: sign in, check the org, store the connection.
Uses ports only."""

from zsf_plugin.connect.connector import (
    EMULATOR_CLIENT_ID,
    Connector,
    ConnectResult,
    client_id_for,
    is_emulator,
)
from zsf_plugin.connect.loopback import LISTEN, Callback, Loopback
from zsf_plugin.connect.my_domain import PRODUCTION_SUFFIX, SANDBOX_SUFFIX, completed_address
from zsf_plugin.connect.orgs import (
    FormerOrg,
    former_org,
    org_named,
    other_org_before,
    settled_elsewhere,
)
from zsf_plugin.connect.previewing import (
    Waiting,
    decide,
    has_seen_preview,
    last_line,
    preview_seen,
    previewing_connection,
)

__all__ = [
    "EMULATOR_CLIENT_ID",
    "LISTEN",
    "PRODUCTION_SUFFIX",
    "SANDBOX_SUFFIX",
    "Callback",
    "ConnectResult",
    "Connector",
    "FormerOrg",
    "Loopback",
    "Waiting",
    "client_id_for",
    "completed_address",
    "decide",
    "former_org",
    "has_seen_preview",
    "is_emulator",
    "last_line",
    "org_named",
    "other_org_before",
    "preview_seen",
    "previewing_connection",
    "settled_elsewhere",
]
