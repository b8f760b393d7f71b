"""Links and connections: what of the host's stands for what of Salesforce's. Never a record's whole
content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from zsf_plugin.model.json import Json

LinkKind = Literal["prospect", "company", "touchpoint"]
LinkKey = tuple[LinkKind, str]
Environment = Literal["production", "sandbox", "custom"]


@dataclass(frozen=True, slots=True)
class Link:
    """A prospect, company or touchpoint connected to one Salesforce record of `object` (API name)
    with `record_id`.

    `written` is what we wrote last, by field: `if_ours` compares with it. `plan_digest` is that of
    the last plan which left nothing to do: an equal plan needs no look at Salesforce.
    """

    kind: LinkKind
    host_id: str
    object: str
    record_id: str
    written: Mapping[str, Json]
    plan_digest: str = ""

    @property
    def key(self) -> LinkKey:
        """What a link is found by, within its workspace."""
        return (self.kind, self.host_id)


@dataclass(frozen=True, slots=True)
class Reason:
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
    again; `reason` says why) or `previewing` (connected in the console; rests until the first
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
    reason: Reason | None = None
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
