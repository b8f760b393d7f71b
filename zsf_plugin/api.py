"""What hosts and scripts import: the types of our answers to hooks, and three calls.

    from zsf_plugin.api import drain, status

    if status("acme").pending:
        drain("acme", seconds=60)

Each call opens what it needs and closes it again: no thread and no open file is left behind. Who
makes several calls makes them through one `Session`, which opens once. Times are seconds since
1970, ids of records are Salesforce's with 18 characters, and what is returned is plain data that
never changes.

Every error is a `ZsfError`, whose subclass says who must act (docs/errors.md). Any call may raise
`ConfigurationError` (settings or secret key) and `StoreUnavailable` (the database); what else a
call may raise stands with it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, Literal

from zsf_plugin.errors import (
    ConfigurationError,
    InvalidEvent,
    QuotaReached,
    ReconnectRequired,
    StoreUnavailable,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model import Badge, Json, Receipt, Reference, SearchAnswer
from zsf_plugin.settings import Settings, from_environment

if TYPE_CHECKING:
    from zsf_plugin.explain import EventExplanation as FullExplanation
    from zsf_plugin.model import Availability, Connection, PlannedField, Target, Write
    from zsf_plugin.sync.report import DrainReport
    from zsf_plugin.wiring.status import WorkspaceStatus as FullStatus

__all__ = [
    "ApiUsage",
    "Badge",
    "ConfigurationError",
    "ConnectionInfo",
    "DrainResult",
    "ExpectedWrite",
    "Explanation",
    "InvalidEvent",
    "Pause",
    "PlannedRecord",
    "PlannedValue",
    "QuotaReached",
    "Receipt",
    "ReconnectRequired",
    "SearchAnswer",
    "Session",
    "Settings",
    "Status",
    "StoreUnavailable",
    "Unavailable",
    "ZsfError",
    "drain",
    "explain",
    "from_environment",
    "status",
]


@dataclass(frozen=True, slots=True)
class Pause:
    """Why a workspace sends nothing. `code` is stable: `not_connected`, `reconnect`, `previewing`,
    `quota`, `throttled`, `concurrent`, `unavailable` or `in_doubt`; `reason` says it in words;
    `until` is when it is looked at again, None where a person has to act."""

    code: str
    reason: str
    until: float | None


@dataclass(frozen=True, slots=True)
class ApiUsage:
    """The org's API calls. `used` and `limit` are everyone's of the last 24 hours, as Salesforce
    said last, None where it has not yet; `calls_by_purpose` are ours of the last 24 hours
    (`purchases`, `activities`, `badges`, `upkeep`); `resting` maps each throttled purpose to the
    time at which the allocation is read again."""

    used: int | None
    limit: int | None
    calls_by_purpose: Mapping[str, int]
    resting: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """The workspace's org, all None where it is `not_connected`. `reconnect`: a person must sign
    in again; `previewing`: nothing is sent before the first preview was seen."""

    state: Literal["connected", "reconnect", "previewing", "not_connected"]
    environment: Literal["production", "sandbox", "custom"] | None
    instance_url: str | None
    org_id: str | None


@dataclass(frozen=True, slots=True)
class Status:
    """One workspace now. The five counts are entries by state; `held_by` is how many are held by
    each cause; `paused` is None where nothing keeps the workspace from sending."""

    workspace: str
    pending: int
    writing: int
    held: int
    done: int
    skipped: int
    held_by: Mapping[str, int]
    paused: Pause | None
    api: ApiUsage
    connection: ConnectionInfo


@dataclass(frozen=True, slots=True)
class DrainResult:
    """One pass over an outbox: how many entries ended `done` and `held`, how many held ones were
    tried again (`released`), how many still wait, and our API calls by purpose.

    `busy`: another drain has the org, and nothing was done here. `next_at` is when something is due
    again (it may be past), None where nothing waits for a time. `paused` is why the pass ended
    early, None where it did not.
    """

    done: int
    held: int
    released: int
    waiting: int
    calls_by_purpose: Mapping[str, int]
    paused: Pause | None
    busy: bool
    next_at: float | None


@dataclass(frozen=True, slots=True)
class PlannedValue:
    """A value meant for one Salesforce field. `overwrite` is the rule's policy (`if_blank`,
    `always`, `if_ours`, `on_create`), `origin` the rule's file."""

    field: str
    value: Json
    overwrite: str
    origin: str


@dataclass(frozen=True, slots=True)
class PlannedRecord:
    """What an event asks for of one object, by its API name: the fields of each match key that can
    be asked by, in order, and the values to fill."""

    object: str
    match_keys: tuple[tuple[str, ...], ...]
    values: tuple[PlannedValue, ...]


@dataclass(frozen=True, slots=True)
class ExpectedWrite:
    """One record that would be created or updated. `record` is its id, or `new:N` for one that
    does not exist yet; `before` and `after` are field values, `before` empty for a creation. A
    value `new:N` stands for the id of that new record."""

    action: Literal["create", "update"]
    object: str
    record: str
    before: Mapping[str, Json]
    after: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would become of an event, with nothing written.

    `skipped` says why nothing would, else None. `records` is the plan. `writes` and `held_by` are
    known with `live` alone: what would be written, and the cause that holds the event instead;
    `writes` is None where nobody looked. `max_calls` bounds the API calls that syncing it takes.
    """

    skipped: str | None
    mode: Literal["lead", "contact"] | None
    records: tuple[PlannedRecord, ...]
    writes: tuple[ExpectedWrite, ...] | None
    held_by: str | None
    max_calls: int


class Session:
    """Several calls on what is opened once; a context manager, safe to use from several threads.

        with Session() as session:
            session.drain("acme")
            print(session.status("acme").held)

    `settings` are those of the environment (`ZSF_*`) unless given; whatever they say, nothing is
    drained in the background.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        from zsf_plugin.wiring.apps import CommandApp
        from zsf_plugin.wiring.parts import Parts

        chosen = from_environment(os.environ) if settings is None else settings
        self._app = CommandApp(Parts(replace(chosen, drain="external")))

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close files and HTTP connections. A call after this raises StoreUnavailable."""
        self._app.close()

    def status(self, workspace: str) -> Status:
        """As the function `status`."""
        return _public_status(self._app.status(workspace))

    def drain(
        self,
        workspace: str,
        *,
        max_entries: int | None = None,
        seconds: float | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> DrainResult:
        """As the function `drain`."""
        report = self._app.drains.drain(
            workspace, max_entries=max_entries, seconds=seconds, stopping=stopping
        )
        return _public_result(report)

    def explain(self, event: Mapping[str, object], *, live: bool = False) -> Explanation:
        """As the function `explain`."""
        explainer = self._app.explainer
        arguments = {name: value for name, value in event.items() if name != "hook"}
        read = explainer.read_event(str(event.get("hook")), arguments)
        return _public_explanation(explainer.explain(read, live=live))


def status(workspace: str, *, settings: Settings | None = None) -> Status:
    """The workspace now, without a call to Salesforce."""
    with Session(settings) as session:
        return session.status(workspace)


def drain(
    workspace: str,
    *,
    max_entries: int | None = None,
    seconds: float | None = None,
    stopping: Callable[[], bool] = lambda: False,
    settings: Settings | None = None,
) -> DrainResult:
    """Send what is due of the workspace, until nothing is: what an engine of the host's own calls.

    It ends sooner after `max_entries`, after `seconds`, or once `stopping()` is true; what was
    begun is finished first. Safe beside any other drain, in any process: one at a time has the org.
    What Salesforce does raises nothing, and is in the result.
    """
    with Session(settings) as session:
        return session.drain(workspace, max_entries=max_entries, seconds=seconds, stopping=stopping)


def explain(
    event: Mapping[str, object], *, live: bool = False, settings: Settings | None = None
) -> Explanation:
    """What would become of an event, with nothing written: a hook's name under `hook`, and the
    hook's arguments beside it, as a line of `zsf feed` has them.

    With `live` the workspace's org is looked at, and the exact changes are known. Raises
    InvalidEvent where a hook would hold the event as invalid; with `live` also ReconnectRequired
    (not connected, or the sign-in ended), QuotaReached and Unavailable.
    """
    with Session(settings) as session:
        return session.explain(event, live=live)


def _public_status(full: FullStatus) -> Status:
    counts = full.counts
    return Status(
        workspace=full.workspace,
        pending=counts.pending,
        writing=counts.writing,
        held=counts.held,
        done=counts.done,
        skipped=counts.skipped,
        held_by=_held_by(full),
        paused=_public_pause(full.paused),
        api=_api_usage(full),
        connection=_public_connection(full.connection),
    )


def _held_by(full: FullStatus) -> dict[str, int]:
    """Entries by cause; causes that differ in their words alone are one."""
    entries: Counter[str] = Counter()
    for group in full.held:
        entries[group.cause.group] += group.entries
    return dict(entries)


def _api_usage(full: FullStatus) -> ApiUsage:
    usage = full.allocation
    return ApiUsage(usage.used, usage.limit, dict(usage.by_purpose), dict(full.throttled_until))


def _public_connection(full: Connection | None) -> ConnectionInfo:
    if full is None:
        return ConnectionInfo("not_connected", None, None, None)
    return ConnectionInfo(full.state, full.environment, full.instance_url, full.org_id)


def _public_pause(paused: Availability | None) -> Pause | None:
    if paused is None:
        return None
    from zsf_plugin.messages.availability import availability_text

    return Pause(paused.code, availability_text(paused), paused.until)


def _public_result(report: DrainReport) -> DrainResult:
    return DrainResult(
        done=report.done,
        held=report.held,
        released=report.released,
        waiting=report.waiting,
        calls_by_purpose=dict(report.calls_by_purpose),
        paused=_public_pause(report.paused),
        busy=report.busy,
        next_at=report.next_due_at,
    )


def _public_explanation(full: FullExplanation) -> Explanation:
    plan, changes = full.plan, full.changes
    return Explanation(
        skipped=full.skipped,
        mode=None if plan is None else plan.mode,
        records=() if plan is None else tuple(map(_public_record, plan.targets.values())),
        writes=None if changes is None else tuple(map(_public_write, changes.writes)),
        held_by=None if changes is None or changes.cause is None else changes.cause.group,
        max_calls=full.cost.at_most,
    )


def _public_record(target: Target) -> PlannedRecord:
    keys = tuple(tuple(part.field for part in key) for key in target.keys)
    return PlannedRecord(target.object, keys, tuple(map(_public_value, target.fields)))


def _public_value(planned: PlannedField) -> PlannedValue:
    return PlannedValue(planned.field, planned.value, planned.overwrite, planned.origin)


def _public_write(write: Write) -> ExpectedWrite:
    after = {field: _id_or_value(value) for field, value in write.values.items()}
    return ExpectedWrite(write.action, write.object, write.ref, dict(write.before), after)


def _id_or_value(value: Json | Reference) -> Json:
    return value.ref if isinstance(value, Reference) else value
