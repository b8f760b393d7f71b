"""What the simulated processes did, in order: what `rare_states` recognises states by. Plain data.

A process's name stays the same when it is restarted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from zsf_plugin.errors import ZsfError
from zsf_plugin.model import Lookup, Receipt, Write, WriteOutcome
from zsf_plugin.ports import Entry, Fence, Settlement
from zsf_plugin.sync.report import DrainReport


@dataclass(frozen=True, slots=True)
class DrainBegan:
    """A drain begins; what its process does next belongs to it."""


@dataclass(frozen=True, slots=True)
class DrainEnded:
    """A drain ended with a report. One that was killed or failed has none."""

    report: DrainReport


@dataclass(frozen=True, slots=True)
class Took:
    """A lease was taken. `from_holder`: from one that never released it, and `is_dead` by then;
    `writing` entries of any workspace are being written."""

    fence: Fence
    from_holder: bool
    is_dead: bool
    writing: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """A drain read the entries of a kind that are due."""

    kind: str
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class LookedUp:
    """The org was asked for records."""

    purpose: str
    lookups: Sequence[Lookup]
    found: frozenset[str]


@dataclass(frozen=True, slots=True)
class Failed:
    """A call failed as a whole."""

    error: ZsfError


@dataclass(frozen=True, slots=True)
class Marked:
    """Entries were marked before a request, or not, since the lease was lost."""

    is_fenced: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A request was answered. `is_lease_lost`: while it was out, another took the lease."""

    purpose: str
    writes: Sequence[Write]
    outcomes: Sequence[WriteOutcome]
    is_lease_lost: bool


@dataclass(frozen=True, slots=True)
class Settled:
    """Settlements were to be stored, in that many parts. `entries` are those as they were fetched;
    `error` is the class of what ended it early. `is_ours`: the lease was still held."""

    fence: Fence
    settlements: Sequence[Settlement]
    entries: Mapping[str, Entry]
    parts: int
    stored: int
    released: int
    error: str | None
    is_ours: bool


@dataclass(frozen=True, slots=True)
class Released:
    """Entries that were held by a cause were released because something changed."""

    code: str | None
    entries: int


@dataclass(frozen=True, slots=True)
class InDoubtElsewhere:
    """A drain learned of creates of other workspaces that may still arrive."""


@dataclass(frozen=True, slots=True)
class TimesForgotten:
    """Times that a clock ahead had stored were forgotten."""


@dataclass(frozen=True, slots=True)
class Received:
    """A hook returned a receipt."""

    key: tuple[str, str]
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class CommitLost:
    """A transaction was committed, and its process met a broken connection instead of the answer."""


@dataclass(frozen=True, slots=True)
class InsertRecognised:
    """An insert found its own row, which an attempt had left whose COMMIT was not answered."""


#: What others do: an admin, a user in Salesforce, time.
Act = Literal["clock ahead", "clock back", "rules", "move", "merge"]


@dataclass(frozen=True, slots=True)
class Acted:
    """A person or time acted. `during_drain`: a drain was under way; `record_id` was merged; `in_doubt`
    entries are being written; `left` are in doubt in an org that was left."""

    what: Act
    during_drain: bool
    record_id: str | None = None
    in_doubt: int = 0
    left: int = 0


Happening: TypeAlias = (
    DrainBegan | DrainEnded | Took | Fetched | LookedUp | Failed | Marked | Sent | Settled
    | Released | InDoubtElsewhere | TimesForgotten | Received | CommitLost | InsertRecognised
    | Acted
)  # fmt: skip
