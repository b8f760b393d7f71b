"""What a drain reports: counts and why it stopped, never an entry's content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from zsf_plugin.model import Availability
from zsf_plugin.sync.leases import Holder


@dataclass(frozen=True, slots=True)
class DrainReport:
    """One pass over an outbox: the number of entries done, held, released (what held them changed)
    and still waiting, API calls by purpose, and why it paused (None: nothing due is left).

    `busy`: another drainer holds the org, the `holder` if it is known; nothing was done.
    `throttled_until`: each throttled purpose and when it is checked again. `next_due_at`: when
    something that is not throttled is due (may be past), or None. `recheck_at`: when held entries
    are rechecked even if nothing is due; None if none is held. Times are seconds since 1970.
    `has_yielded`: it ended after a batch, since another drain waits for the org.
    """

    done: int = 0
    held: int = 0
    released: int = 0
    waiting: int = 0
    calls: int = 0
    calls_by_purpose: Mapping[str, int] = field(default_factory=dict)
    paused: Availability | None = None
    busy: bool = False
    holder: Holder | None = None
    throttled_until: Mapping[str, float] = field(default_factory=dict)
    next_due_at: float | None = None
    recheck_at: float | None = None
    has_yielded: bool = False

    @property
    def paused_until(self) -> float | None:
        """When the pause ends; None without a pause, or if a person has to end it."""
        return None if self.paused is None else self.paused.until


def spent(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """Calls by purpose between two counts of the last 24 hours; hours that expired in between count
    as zero."""
    return dict(Counter(after) - Counter(before))
