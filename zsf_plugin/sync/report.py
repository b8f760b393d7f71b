"""What a drain tells: counts and why it stopped. No entry's content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from zsf_plugin.ports.store import Pause


@dataclass(frozen=True, slots=True)
class DrainReport:
    """One pass over an outbox: how many entries ended how, how many held ones were tried again
    since what they waited for has changed, how many still wait, API calls made and for what, why it
    rests.

    `busy`: another drainer holds the org; nothing was done. `resting`: purposes that rest, each
    with when it is looked at again. `wakes_at`: when something that does not rest is due (may be
    past), or None. `looks_at`: when held entries are looked at again though nothing is due, or None
    where none is held.
    """

    done: int = 0
    held: int = 0
    released: int = 0
    waiting: int = 0
    calls: int = 0
    calls_by_purpose: Mapping[str, int] = field(default_factory=dict)
    paused: Pause | None = None
    busy: bool = False
    resting: Mapping[str, float] = field(default_factory=dict)
    wakes_at: float | None = None
    looks_at: float | None = None

    def plus(self, done: int, held: int, released: int) -> DrainReport:
        """This report with more entries ended, and released."""
        return replace(
            self, done=self.done + done, held=self.held + held, released=self.released + released
        )


def spent(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """Calls by purpose between two counts of the last 24 hours; hours that ran out in between count
    as none."""
    made = {purpose: calls - before.get(purpose, 0) for purpose, calls in after.items()}
    return {purpose: calls for purpose, calls in made.items() if calls > 0}
