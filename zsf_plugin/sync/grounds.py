"""What held entries stand on, and when a drain looks at them though nothing is due. Releasing them
is `drain`'s."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zsf_plugin.model.cause import PERSON_MISSING, Cause
from zsf_plugin.model.link import Connection
from zsf_plugin.ports.rules import RuleSource
from zsf_plugin.ports.store import Store
from zsf_plugin.sync.report import DrainReport

#: As long as describes are believed: a look costs one call then, and what changed in Salesforce
#: releases by itself.
LOOK_S = 3600.0
#: Another drain had the org, and perhaps had looked already when the change came.
_BUSY_S = 5.0


@dataclass(frozen=True, slots=True)
class Grounds:
    """What is known of the grounds without a call: the rules' digest, the connection, and when the
    org was read."""

    rules: str
    connected_at: float
    state: str
    read_at: float | None


def grounds(
    store: Store, rules: RuleSource, read_at: Callable[[Connection], float | None], workspace: str
) -> Grounds | None:
    """The grounds as they are now; None where nothing is held, or nobody is connected. Asks nobody
    but the store."""
    connection = store.connection(workspace)
    if connection is None or not store.entries(workspace, state="held", limit=1):
        return None
    return Grounds(
        rules.digest(workspace), connection.connected_at, connection.state, read_at(connection)
    )


def stands_on_describe(cause: Cause) -> bool:
    """Whether the object's describe may make the cause go away; a person who is missing comes by a
    purchase."""
    return bool(cause.object) and cause.code != PERSON_MISSING


def looks_at(report: DrainReport, at: float) -> float:
    """When a drain looks at held entries again, though nothing is due, after one that ended at `at`
    with this report: in an hour, or when what kept it from looking has ended."""
    ends = [at + LOOK_S]
    if report.busy:
        ends.append(at + _BUSY_S)
    if report.paused is not None and report.paused.until is not None:
        ends.append(report.paused.until)
    if "purchases" in report.resting:
        ends.append(report.resting["purchases"])
    return max(at + 1.0, min(ends))
