from .clock import MAX_CLOCK_SKEW_S, Clock, Stopwatch
from .crm import (
    Crm,
    Login,
    Metadata,
    PendingSignIn,
    Purpose,
    RecordSearches,
    RenewalFault,
    SignInResult,
    Usage,
    do_nothing,
)
from .engine import WORKER_STOP_TIMEOUT_S, EngineWork, WorkEngine
from .moments import Moment
from .removal import Dependent, Dependents, RecordRemoval, WantedRecords
from .rules import (
    HookRules,
    LastValidRules,
    RulesInForce,
    RuleSource,
    WatchedRules,
)
from .store.allocation import Allocation
from .store.constants import (
    ASKED_AGAIN,
    MAX_RULE_VERSIONS,
    MAX_SCANNED,
    ORG_LEASE,
    REFRESH_LEASE,
    REFRESH_LEASE_S,
    WITH_ID,
)
from .store.counts import EntryCounts
from .store.daily import DailyNumbers, Outcome
from .store.entries import AcceptResult, Entry, NewEntry
from .store.facts import STAMP, Fact, describes_name, describes_stamp
from .store.held_groups import HeldGroup
from .store.history import HistoryLine, ReleasedBy, SavedRules
from .store.leases import Fence, HeldLease
from .store.pages import EntryFilter, EntryPage
from .store.purging import PurgedPart
from .store.secrets import DigestKey, Resealed
from .store.settlements import JournalLine, Settlement
from .store.surveys import HoldingWorkspace, WaitingWorkspace
from .store.undos import SettledUndo, UndoAction, UndoLine, Undos, UndoState
from .store.upkeep import StoreSize, WorkspaceOverview
from .store.whole import Store
from .store.workspaces import WorkspacePause

__all__ = [
    "ASKED_AGAIN",
    "MAX_CLOCK_SKEW_S",
    "MAX_RULE_VERSIONS",
    "MAX_SCANNED",
    "ORG_LEASE",
    "REFRESH_LEASE",
    "REFRESH_LEASE_S",
    "STAMP",
    "WITH_ID",
    "WORKER_STOP_TIMEOUT_S",
    "AcceptResult",
    "Allocation",
    "Clock",
    "Crm",
    "DailyNumbers",
    "Dependent",
    "Dependents",
    "DigestKey",
    "EngineWork",
    "Entry",
    "EntryCounts",
    "EntryFilter",
    "EntryPage",
    "Fact",
    "Fence",
    "HeldGroup",
    "HeldLease",
    "HistoryLine",
    "HoldingWorkspace",
    "HookRules",
    "JournalLine",
    "LastValidRules",
    "Login",
    "Metadata",
    "Moment",
    "NewEntry",
    "Outcome",
    "PendingSignIn",
    "PurgedPart",
    "Purpose",
    "RecordRemoval",
    "RecordSearches",
    "ReleasedBy",
    "RenewalFault",
    "Resealed",
    "RuleSource",
    "RulesInForce",
    "SavedRules",
    "SettledUndo",
    "Settlement",
    "SignInResult",
    "Stopwatch",
    "Store",
    "StoreSize",
    "UndoAction",
    "UndoLine",
    "UndoState",
    "Undos",
    "Usage",
    "WaitingWorkspace",
    "WantedRecords",
    "WatchedRules",
    "WorkEngine",
    "WorkspaceOverview",
    "WorkspacePause",
    "describes_name",
    "describes_stamp",
    "do_nothing",
]
