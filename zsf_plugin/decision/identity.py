"""Stable identities: what a host's thing is called in Salesforce and in our links. The same thing,
the same name."""

from __future__ import annotations

import base64
import hashlib

from zsf_plugin.model import JsonObject, LinkKind, text_at
from zsf_plugin.model.compare import normal_form


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


def company_id(prospect: JsonObject) -> str | None:
    """What the prospect's company is linked by: the host's id, else its domain, else its name; None
    without one."""
    host_id = text_at(prospect, "company", "id")
    if host_id:
        return host_id
    for key in ("domain", "website"):
        domain = normal_form("domain", text_at(prospect, "company", key) or "")
        if domain:
            return f"domain:{domain}"
    name = normal_form("text", text_at(prospect, "company", "name") or "")
    return f"name:{name}" if name else None
