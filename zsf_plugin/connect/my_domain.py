"""A company's name at Salesforce, completed to its My Domain address. Pure: whether an address is
trusted is decided where it is used."""

from __future__ import annotations

import re

from zsf_plugin.model import is_loopback

#: A company's name, and after two hyphens that of its sandbox.
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(--[a-z0-9]+)?", re.IGNORECASE)
PRODUCTION_SUFFIX = ".my.salesforce.com"
SANDBOX_SUFFIX = ".sandbox.my.salesforce.com"


def completed_address(typed: str) -> str:
    """`acme` → its My Domain address, `acme--uat` → that of its sandbox; anything else
    unchanged."""
    found = _NAME.fullmatch(typed.strip())
    if found is None or is_loopback(found[0].lower()):
        return typed
    return f"https://{found[0].lower()}{SANDBOX_SUFFIX if found[1] else PRODUCTION_SUFFIX}"
