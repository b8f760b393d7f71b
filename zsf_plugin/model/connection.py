"""A workspace's connection to one org: its addresses, its secrets, and whether the org may be asked
now; if not, why and until when. Plain data; the words for the codes are in `messages`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Environment = Literal["production", "sandbox", "custom"]
AvailabilityCode = Literal[
    "available",  # it may be asked
    "not_connected",  # the workspace has no org yet
    "reconnect",  # the sign-in ended: a person has to sign in again
    "previewing",  # nothing is sent before the first preview was seen
    "quota",  # the org's API calls, or our share of them, are used: the whole workspace pauses
    "throttled",  # the share of API calls that this purpose may use is used
    "concurrent",  # too many long requests run in the org at once
    "unavailable",  # Salesforce could not be reached, or could not answer
    "in_doubt",  # an answer was lost: nothing is created until it is known what became of it
]

_LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


@dataclass(frozen=True, slots=True)
class ReconnectReason:
    """Why a connection cannot go on without a person: the code of a `ReconnectRequired` with its
    data; `legacy` has among its data the sentence that an older version stored."""

    code: str
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Connection:
    """A workspace's connection to one org, pinned by `org_id` (18 characters). `instance_url` is
    the API's base.

    `org_name` is what the org calls itself ("" where an older version connected), `connected_by`
    the person who did it, where known. `state` is `connected`, `reconnect` (a person must sign in
    again; `reason` says why) or `previewing` (connected in the console; paused until the first
    preview was seen).
    """

    workspace: str
    org_id: str
    user_id: str
    username: str
    environment: Environment
    login_url: str
    instance_url: str
    client_id: str
    is_sandbox: bool
    api_version: str
    connected_at: float
    state: Literal["connected", "reconnect", "previewing"] = "connected"
    reason: ReconnectReason | None = None
    org_name: str = ""
    connected_by: str | None = None

    @property
    def org(self) -> str:
        """What people call the org: its name, or its id where no name is known."""
        return self.org_name or self.org_id


@dataclass(frozen=True, slots=True, repr=False)
class Tokens:
    """A connection's secrets. Has no repr on purpose: it must not reach a log by accident.

    `version` counts rotations: a refresher that waited compares it to see that another one was
    faster.
    """

    access: str
    refresh: str | None
    version: int = 0
    refreshed_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether the org may be asked. `since` and `until` are seconds since 1970; `until` None: until
    a person acts.

    `detail` is what the wire said of it, "" where nothing; for `throttled`, the purpose. `reason`:
    why a person has to sign in again, where that is known.
    """

    code: AvailabilityCode = "available"
    detail: str = ""
    since: float | None = None
    until: float | None = None
    reason: ReconnectReason | None = None

    @property
    def is_available(self) -> bool:
        """Whether a call may be made now."""
        return self.code == "available"


AVAILABLE = Availability()


def is_loopback(host: str) -> bool:
    """Whether the host is this machine: 127.0.0.0/8, localhost, ::1."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in _LOOPBACK)
