"""A workspace's connection to one org, and whether the org can be called now. Plain data; the texts
for the codes are in `messages`."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Environment = Literal["production", "sandbox", "custom"]
AvailabilityCode = Literal[
    "available",  # calls may be made
    "not_connected",  # the workspace has no org yet
    "reconnect",  # the sign-in ended: a person has to sign in again
    "previewing",  # nothing is sent until the first preview was seen
    "quota",  # the API calls of the org, or our share, are used up: the workspace pauses
    "throttled",  # the share of API calls for this purpose is used up
    "concurrent",  # too many long requests are running in the org
    "unavailable",  # Salesforce cannot be reached, or failed to answer
    "in_doubt",  # an answer was lost: nothing is created until the outcome is known
]

#: Salesforce's login addresses for all orgs of a kind (salesforce-api.md §1.1).
LOGINS: Mapping[Environment, str] = {
    "production": "https://login.salesforce.com",
    "sandbox": "https://test.salesforce.com",
}
#: The code of a `ReconnectRequired`: the workspace was connected to another org meanwhile.
MOVED = "moved"
_LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


@dataclass(frozen=True, slots=True)
class ReconnectReason:
    """Why a person has to sign in again: the code of a `ReconnectRequired` and its data. The data
    of `legacy` contain the sentence an older version stored."""

    code: str
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Connection:
    """A workspace's connection to one org, pinned by `org_id` (18 characters). `instance_url` is
    the base of the API.

    `org_name` is the org's own name ("" if an older version connected it); `connected_by` is who
    connected it, if known. `state` is `connected`, `reconnect` (a person must sign in again;
    `reason` says why) or `previewing` (connected in the console, and sends nothing until the first
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
        """The org's name, or its id if the name is unknown."""
        return self.org_name or self.org_id


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether the org can be called now. `since` and `until` are seconds since 1970; without
    `until`, a person has to act.

    `detail` is the error's own text, if any, and `error` its code; for `throttled`, `detail` is the
    purpose. `reason` is why a person has to sign in again, if known.
    """

    code: AvailabilityCode = "available"
    detail: str = ""
    since: float | None = None
    until: float | None = None
    reason: ReconnectReason | None = None
    error: str = ""

    @property
    def is_available(self) -> bool:
        """Whether a call may be made now."""
        return self.code == "available"


AVAILABLE = Availability()


def is_loopback(host: str) -> bool:
    """Whether the host is this machine: 127.0.0.0/8, localhost or ::1."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in _LOOPBACK)
