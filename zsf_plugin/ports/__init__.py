"""The ports, as Protocols: what the core needs of a CRM, a store and a clock.

Implementations live elsewhere (`salesforce/`, `store/`, the tests' fakes) and are put together only
by `wiring`. Other packages import every port from here.
"""

from __future__ import annotations

from zsf_plugin.ports.clock import MAX_CLOCK_SKEW_S, Clock, Moment
from zsf_plugin.ports.crm import (
    Crm,
    Login,
    Metadata,
    PendingSignIn,
    Purpose,
    RenewalFault,
    SignInResult,
    Usage,
    do_nothing,
)
from zsf_plugin.ports.rules import LastValidRules, RulesInForce, RuleSource
from zsf_plugin.ports.store import (
    ASKED_AGAIN,
    MAX_SCANNED,
    ORG_LEASE,
    WITH_ID,
    AcceptResult,
    Allocation,
    DigestKey,
    Entry,
    EntryCounts,
    EntryFilter,
    EntryPage,
    Fact,
    Fence,
    HeldGroup,
    HeldLease,
    HistoryLine,
    JournalLine,
    NewEntry,
    ReleasedBy,
    Resealed,
    Settlement,
    Store,
    WorkspacePause,
)

__all__ = [
    "ASKED_AGAIN",
    "MAX_CLOCK_SKEW_S",
    "MAX_SCANNED",
    "ORG_LEASE",
    "WITH_ID",
    "AcceptResult",
    "Allocation",
    "Clock",
    "Crm",
    "DigestKey",
    "Entry",
    "EntryCounts",
    "EntryFilter",
    "EntryPage",
    "Fact",
    "Fence",
    "HeldGroup",
    "HeldLease",
    "HistoryLine",
    "JournalLine",
    "LastValidRules",
    "Login",
    "Metadata",
    "Moment",
    "NewEntry",
    "PendingSignIn",
    "Purpose",
    "ReleasedBy",
    "RenewalFault",
    "Resealed",
    "RuleSource",
    "RulesInForce",
    "Settlement",
    "SignInResult",
    "Store",
    "Usage",
    "WorkspacePause",
    "do_nothing",
]
