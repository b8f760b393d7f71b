"""What a drain's report says of the next visit to its workspace. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.sync.due import HoldInputs
from zsf_plugin.sync.report import DrainReport

#: Each sign-in is kept alive once a day.
KEEP_ALIVE_INTERVAL_S = 24 * 3600.0
#: Another drainer has the org: try again after this many seconds.
BUSY_DELAY_S = 2.0
#: A drain that made room for others of its org comes back after those have looked for the org.
YIELD_DELAY_S = BUSY_DELAY_S + 0.5
#: No workspace is drained again sooner than this, unless it is woken.
MIN_DELAY_S = 0.05


@dataclass(frozen=True, slots=True)
class Visit:
    """A workspace's last drain: the number of entries left waiting (None: it failed, and its retry
    is planned), until when they must wait (seconds since 1970), and what held entries depended on
    before it."""

    waiting: int | None
    not_before: float = 0.0
    hold_inputs: HoldInputs | None = None


def next_visit(report: DrainReport, began: float, ended: float) -> float:
    """When to visit a workspace after a drain with this report (all in seconds since 1970): when
    something is due, a pause ends or held entries are rechecked, and within a day."""
    moments = [began + KEEP_ALIVE_INTERVAL_S, _resumes_at(report, ended), report.recheck_at]
    earliest = min(at for at in moments if at is not None)
    return max(earliest, ended + MIN_DELAY_S)


def _resumes_at(report: DrainReport, ended: float) -> float | None:
    """When waiting entries can continue; None if nothing waits or a person has to act first."""
    if report.busy:
        return ended + BUSY_DELAY_S
    if report.has_yielded and report.next_due_at is not None:
        return max(report.next_due_at, ended + YIELD_DELAY_S)
    return report.next_due_at if report.paused is None else report.paused.until


def not_before(report: DrainReport, now: float) -> float:
    """Until when waiting entries must wait, by the report alone. Stored pauses are left to the
    store: someone may end them earlier."""
    if report.busy:
        return now + BUSY_DELAY_S
    is_in_doubt = report.paused is not None and report.paused.code == "in_doubt"
    return report.paused_until or 0.0 if is_in_doubt else 0.0
