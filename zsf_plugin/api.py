"""The public Python API for hosts and scripts: the types that hooks return, and four functions.

    from zsf_plugin.api import drain, status

    if status("acme").pending:
        drain("acme", seconds=60)

Each call opens what it needs and closes it again, leaving no thread and no open file. For several
calls use one `Session`, which opens once. Times are seconds since 1970, record ids are Salesforce's
18-character ids, and results are plain, immutable data.

Every error is a `ZsfError`, whose subclass says who must act (docs/errors.md). Any call may raise
`ConfigurationError` (settings or secret key) and `StoreUnavailable` (the database); other errors
are listed with each call.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
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
from zsf_plugin.model import Badge, Health, Json, Receipt, SearchAnswer
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
    "Health",
    "Holder",
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
    "health",
    "status",
]


@dataclass(frozen=True, slots=True)
class Pause:
    """Why a workspace sends nothing. `code` is stable: `not_connected`, `reconnect`, `previewing`,
    `quota`, `throttled`, `concurrent`, `unavailable` or `in_doubt`; `reason` says it in words;
    `until` is when it is checked again, None if a person has to act."""

    code: str
    reason: str
    until: float | None


@dataclass(frozen=True, slots=True)
class ApiUsage:
    """The org's API calls. `used` and `limit` cover all users' calls of the last 24 hours, as last
    reported by Salesforce (None: not yet); `calls_by_purpose` are ours of the last 24 hours
    (`purchases`, `activities`, `badges`, `upkeep`); `resting` maps each throttled purpose to the
    time at which the allocation is read again."""

    used: int | None
    limit: int | None
    calls_by_purpose: Mapping[str, int]
    resting: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """The workspace's org; all None if it is `not_connected`. `reconnect`: a person must sign in
    again; `previewing`: nothing is sent until the first preview was seen."""

    state: Literal["connected", "reconnect", "previewing", "not_connected"]
    environment: Literal["production", "sandbox", "custom"] | None
    instance_url: str | None
    org_id: str | None


@dataclass(frozen=True, slots=True)
class Status:
    """One workspace now. The five counts are entries by state; `held_by` is the number of entries
    held by each cause; `paused` is None if the workspace may send."""

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
class Holder:
    """The process that drains an org: its machine and id (None: not known), since when, and when it
    last said so, by its own clock. `is_dead`: it has ended, so the next drain takes over at
    once."""

    machine: str
    pid: int | None
    since: float | None
    renewed_at: float
    is_dead: bool


@dataclass(frozen=True, slots=True)
class DrainResult:
    """One pass over an outbox: the number of entries that ended `done` and `held`, of held ones
    that were retried (`released`) and of those still `waiting`, and our API calls by purpose.

    `busy`: another drain has the org, and nothing was done here; `holder` is the process that
    drains it, None if not known. `next_at` is when something is due again (it may be past), None if
    nothing is. `paused` is why the pass ended early, None if it did not.
    """

    done: int
    held: int
    released: int
    waiting: int
    calls_by_purpose: Mapping[str, int]
    paused: Pause | None
    busy: bool
    holder: Holder | None
    next_at: float | None


@dataclass(frozen=True, slots=True)
class PlannedValue:
    """A value planned for one Salesforce field. `overwrite` is the rule's policy (`if_blank`,
    `always`, `if_ours`, `on_create`), `origin` the rule's file."""

    field: str
    value: Json
    overwrite: str
    origin: str


@dataclass(frozen=True, slots=True)
class PlannedRecord:
    """What an event asks for of one object, by its API name: the fields of each usable match key,
    in order, and the values to fill."""

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
    """What syncing an event would do, with nothing written.

    `skipped` is why the event would be skipped, else None. `records` is the plan. Only `live` fills
    `writes`, what would be written (else None), and `held_by`, the cause that would hold the event.
    `max_calls` is the most API calls that syncing it can take.
    """

    skipped: str | None
    mode: Literal["lead", "contact"] | None
    records: tuple[PlannedRecord, ...]
    writes: tuple[ExpectedWrite, ...] | None
    held_by: str | None
    max_calls: int


class Session:
    """Makes several calls and opens everything once; a context manager, safe to use from several
    threads.

        with Session() as session:
            session.drain("acme")
            print(session.status("acme").held)

    `settings` default to those of the environment (`ZSF_*`). A session never drains in the
    background.
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
        """Like the function `status`."""
        return _public_status(self._app.status(workspace))

    def drain(
        self,
        workspace: str,
        *,
        max_entries: int | None = None,
        seconds: float | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> DrainResult:
        """Like the function `drain`."""
        report = self._app.drains.drain(
            workspace, max_entries=max_entries, seconds=seconds, stopping=stopping
        )
        return _public_result(report)

    def explain(self, event: Mapping[str, object], *, live: bool = False) -> Explanation:
        """Like the function `explain`."""
        explainer = self._app.explainer
        arguments = {name: value for name, value in event.items() if name != "hook"}
        read = explainer.read_event(str(event.get("hook")), arguments)
        return _public_explanation(explainer.explain(read, live=live))


def status(workspace: str, *, settings: Settings | None = None) -> Status:
    """The workspace now, without a call to Salesforce."""
    with Session(settings) as session:
        return session.status(workspace)


def health(*, settings: Settings | None = None) -> Health:
    """Whether events can be stored, and how long work has been due. Raises nothing but
    ConfigurationError, for settings that are not accepted."""
    with Session(settings) as session:
        return session._app.health()


def drain(
    workspace: str,
    *,
    max_entries: int | None = None,
    seconds: float | None = None,
    stopping: Callable[[], bool] = lambda: False,
    settings: Settings | None = None,
) -> DrainResult:
    """Send everything that is due in the workspace, for hosts that run drains themselves.

    It ends early after `max_entries`, after `seconds`, or once `stopping()` is true, and finishes
    the current batch first. Safe beside other drains in any process: only one at a time uses the
    org. Salesforce errors are not raised but reported in the result.
    """
    with Session(settings) as session:
        return session.drain(workspace, max_entries=max_entries, seconds=seconds, stopping=stopping)


def explain(
    event: Mapping[str, object], *, live: bool = False, settings: Settings | None = None
) -> Explanation:
    """What syncing an event would do, with nothing written. `event` has a hook's name under `hook`
    and the hook's arguments beside it, like a line of `zsf feed`.

    With `live` it reads the workspace's org and returns the exact changes. Raises InvalidEvent if a
    hook would hold the event as invalid; with `live` also ReconnectRequired (not connected, or the
    sign-in ended), QuotaReached and Unavailable.
    """
    with Session(settings) as session:
        return session.explain(event, live=live)


def _public_status(full: FullStatus) -> Status:
    return Status(
        workspace=full.workspace,
        **asdict(full.counts),
        held_by=_held_by(full),
        paused=_public_pause(full.paused),
        api=_api_usage(full),
        connection=_public_connection(full.connection),
    )


def _held_by(full: FullStatus) -> dict[str, int]:
    """Entries by cause; causes that differ only in their wording count as one."""
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
    holder = report.holder
    return DrainResult(
        done=report.done,
        held=report.held,
        released=report.released,
        waiting=report.waiting,
        calls_by_purpose=dict(report.calls_by_purpose),
        paused=_public_pause(report.paused),
        busy=report.busy,
        holder=None if holder is None else Holder(**asdict(holder)),
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
    before, after = dict(write.before), write.json_values
    return ExpectedWrite(write.action, write.object, write.ref, before, after)
