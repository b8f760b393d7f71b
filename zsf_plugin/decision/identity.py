"""Stable identities: what a host's thing is called in Salesforce and in our links. The same thing,
the same name."""

from __future__ import annotations

import base64
import hashlib

from zsf_plugin.model import Compare, Json, LinkKind, text_at
from zsf_plugin.model.compare import normal_form

#: What a company without an id is known by: a key of it, how that is compared, what we call it.
_COMPANY_NAMES: tuple[tuple[str, Compare, str], ...] = (
    ("domain", "domain", "domain"),
    ("website", "domain", "domain"),
    ("name", "text", "name"),
)


def external_id(workspace: str, kind: LinkKind, host_id: str) -> str:
    """The value of `Zaplify_Id__c`: 28 characters of `[a-z2-7-]`, the same for the same thing for
    ever.

    A digest rather than the host's id: that may be long, or hold characters that trouble a URL
    (§3.5).
    """
    digest = hashlib.sha256(
        "\x1f".join((workspace, kind, host_id)).encode("utf-8", "surrogatepass")
    ).digest()
    return f"z{kind[0]}-" + base64.b32encode(digest[:16]).decode().rstrip("=").lower()


def company_id(prospect: Json) -> str | None:
    """What the prospect's company is linked by: the host's id, else its domain, else its name; None
    without one."""
    host_id = text_at(prospect, "company", "id")
    if host_id is not None:
        return host_id
    for key, compare, prefix in _COMPANY_NAMES:
        name = normal_form(compare, text_at(prospect, "company", key) or "")
        if name is not None:
            return f"{prefix}:{name}"
    return None
