"""Fingerprints of causes: what could make a cause go away, as one short text. When it changes, what
is held by that cause is tried again. Reads no store, asks no org."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from zsf_plugin import __version__
from zsf_plugin.model import DEFECT, OUTCOME_UNCLEAR, Cause, OrgFacts
from zsf_plugin.sync.due import depends_on_describe

#: The fingerprint of a cause now; empty where only a person can judge.
Fingerprint = Callable[[Cause], str]


def fingerprint_of(cause: Cause, rules: str, connected_at: float, facts: OrgFacts) -> str:
    """The rules (by their digest), the object's describe, the connection; for a defect of ours,
    another version of us. Empty for what only a person can judge: nothing releases it by itself."""
    if cause.code == OUTCOME_UNCLEAR:
        return ""
    parts = [rules, _describe_print(cause, facts), repr(connected_at)]
    if cause.code == DEFECT:
        parts.append(__version__)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def _describe_print(cause: Cause, facts: OrgFacts) -> str:
    """The fingerprint of the describe that may make the cause go away; empty where none may."""
    describe = facts.describes.get(cause.object or "")
    return describe.fingerprint if describe and depends_on_describe(cause) else ""
