"""How a backlog proceeds: what was done, the rate, and about when it ends. Pure.

The rate is that of the last minutes, whether or not someone watched. What was done counts from when
a page saw it first: the page sends that back, so nothing has to be stored.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from zsf_plugin.ports import EntryCounts

#: Fewer entries are no backlog: they end before anyone reads about them.
_MIN_BACKLOG = 20
#: The time of which the rate is.
RATED_S = 180.0
#: Nobody can know what a day brings.
_MAX_LEFT_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Baseline:
    """When watching began (seconds since 1970), and how many entries had ended then."""

    at: float
    ended: int

    @property
    def text(self) -> str:
        """As the page sends it back."""
        return f"{self.at!r}.{self.ended}"


@dataclass(frozen=True, slots=True)
class Progress:
    """A running backlog: entries that ended since the baseline and that wait, the rate, and about
    when it ends (seconds since 1970; None if that is more than a day ahead)."""

    ended: int
    waiting: int
    per_minute: int
    ends_at: float | None

    @property
    def total(self) -> int:
        """Both together."""
        return self.ended + self.waiting


def parse_baseline(text: str) -> Baseline | None:
    """What the page sent back; None for anything else."""
    at, _, ended = text.rpartition(".")
    try:
        parsed = Baseline(float(at), int(ended))
    except ValueError:
        return None
    return parsed if math.isfinite(parsed.at) else None


def progress_since(
    baseline: Baseline | None,
    counts: EntryCounts,
    ended_together: Sequence[tuple[float, int]],
    now: float,
) -> tuple[Progress | None, Baseline]:
    """The progress since the baseline, None if nothing proceeds or no rate is known; and the next
    baseline. `ended_together` are (when, how many) of the last `RATED_S` seconds, oldest first."""
    ended = counts.done + counts.held + counts.skipped
    lately = sum(number for _, number in ended_together)
    if not lately or not counts.waiting:
        return None, Baseline(now, ended)
    is_good = baseline is not None and baseline.at <= now and baseline.ended <= ended
    begun = baseline if baseline and is_good else Baseline(ended_together[0][0], ended - lately)
    rate = _rate(ended_together, now)
    if not rate or lately + counts.waiting < _MIN_BACKLOG:
        return None, begun
    left_s = counts.waiting / rate
    ends_at = now + left_s if left_s <= _MAX_LEFT_S else None
    return Progress(ended - begun.ended, counts.waiting, max(round(60 * rate), 1), ends_at), begun


def _rate(ended_together: Sequence[tuple[float, int]], now: float) -> float:
    """Entries a second; 0 if only one batch ended, since nobody knows how long that took."""
    (first, _), *others = ended_together
    return sum(number for _, number in others) / max(now - first, 1.0)
