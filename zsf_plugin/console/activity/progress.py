"""How a backlog proceeds while someone watches: what was done since, the rate, and when it ends.
Pure.

The page sends back what it saw first, so nothing has to be stored.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from zsf_plugin.ports import EntryCounts

#: Fewer entries are no backlog: they end before anyone reads about them.
_MIN_BACKLOG = 20
#: For less time a rate says little.
_MIN_WATCHED_S = 4.0
#: The rate is that of the last minutes: after this time watching starts again.
_MAX_WATCHED_S = 300.0


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
    when it ends (seconds since 1970)."""

    ended: int
    waiting: int
    per_minute: int
    ends_at: float

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
    baseline: Baseline | None, counts: EntryCounts, now: float
) -> tuple[Progress | None, Baseline]:
    """The progress since the baseline, None if nothing proceeds; and the next baseline."""
    ended = counts.done + counts.held + counts.skipped
    watched = now - baseline.at if baseline is not None else math.inf
    if baseline is None or not 0 <= watched <= _MAX_WATCHED_S or ended < baseline.ended:
        return None, Baseline(now, ended)
    since = ended - baseline.ended
    if not since or watched < _MIN_WATCHED_S or since + counts.waiting < _MIN_BACKLOG:
        return None, baseline
    rate = since / watched
    ends_at = now + counts.waiting / rate
    return Progress(since, counts.waiting, max(round(60 * rate), 1), ends_at), baseline
