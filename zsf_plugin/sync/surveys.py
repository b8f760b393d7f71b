"""Surveys: which workspaces have work for a drain, found for all of them at once. Makes no API
call, and costs next to nothing while nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

from zsf_plugin.decision.budget import throttling
from zsf_plugin.model import Limits
from zsf_plugin.ports import Clock, HoldingWorkspace, WaitingWorkspace, WatchedRules
from zsf_plugin.sync.due import HoldInputs, earliest_due

if TYPE_CHECKING:
    from zsf_plugin.ports import Store


@dataclass(frozen=True, slots=True)
class Survey:
    """Every workspace at one moment, those in which something is due that may be sent, and what
    held entries depend on in those that hold any."""

    workspaces: Sequence[str] = ()
    due: frozenset[str] = frozenset()
    held: Mapping[str, HoldInputs] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SurveyParts:
    """What surveys read. `read_at` says when the describes of those workspaces' orgs were read, by
    workspace (seconds since 1970; without those that never were)."""

    store: Store
    rules: WatchedRules
    clock: Clock
    read_at: Callable[[Collection[HoldingWorkspace]], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class _KnownRules:
    """What a workspace's rules said, and what they were read from: the version of the console's
    rules, and the files."""

    sources: tuple[int, object]
    digest: str
    limits: Limits


@dataclass(frozen=True, slots=True)
class _Basis:
    """What a survey was based on. Until `until` nothing becomes due by the time alone."""

    revision: object
    drains: int
    at: float
    until: float
    files: Mapping[str, object]


class Surveyor:
    """Surveys the workspaces of a store. One thread at a time surveys."""

    def __init__(self, parts: SurveyParts) -> None:
        self._parts = parts
        self._last: _Basis | None = None
        self._rules: dict[str, _KnownRules] = {}

    def survey(self, drains: int) -> Survey | None:
        """The workspaces now; None if nothing has changed since the survey before. `drains`: how
        many drains of this process have ended, each of which may leave what the survey before did
        not count. Raises StoreUnavailable."""
        store, now = self._parts.store, self._parts.clock.now()
        revision = store.revision()
        if self._is_as_before(revision, drains, now):
            return None
        self._last = None  # until all was read
        waiting, holding = store.waiting_workspaces(now), store.holding_workspaces()
        metered = [one.workspace for one in waiting if one.limit is not None]
        files = self._files([*metered, *(one.workspace for one in holding)])
        moments = {one.workspace: self._due_at(one, files, now) for one in waiting}
        held = self._hold_inputs(holding, files)
        # a list, since drains that end meanwhile add to them
        self._rules = {name: known for name, known in list(self._rules.items()) if name in files}
        workspaces = store.workspaces()
        later = (at for at in moments.values() if at > now)
        self._last = _Basis(revision, drains, now, min(later, default=inf), files)
        due = frozenset(name for name, at in moments.items() if at <= now)
        return Survey(workspaces, due, held)

    def hold_inputs(self, workspace: str) -> HoldInputs | None:
        """What held entries of the workspace depend on now; None if nothing is held or it is not
        connected. Raises StoreUnavailable."""
        holding = self._parts.store.holding_workspaces(workspace)
        files = self._files([one.workspace for one in holding])
        return self._hold_inputs(holding, files).get(workspace)

    def _is_as_before(self, revision: object, drains: int, now: float) -> bool:
        last = self._last
        if last is None or (last.revision, last.drains) != (revision, drains):
            return False
        is_time = last.at <= now < last.until  # a clock that was set back knows no moment
        return is_time and self._files(last.files) == last.files

    def _files(self, workspaces: Collection[str]) -> Mapping[str, object]:
        return self._parts.rules.file_revisions(workspaces) if workspaces else {}

    def _due_at(self, waiting: WaitingWorkspace, files: Mapping[str, object], now: float) -> float:
        """When something that is not throttled is due, as `due.next_work`."""
        if not waiting.due_at:
            return inf if waiting.paused_until is None else waiting.paused_until
        throttled: Mapping[str, float] = {}
        if waiting.limit is not None:
            name, version = waiting.workspace, waiting.console_version
            limits = self._known_rules(name, version, files).limits
            reading = (waiting.used, waiting.limit, waiting.seen_at)
            throttled = throttling(*reading, limits, now).until
        due = earliest_due(waiting.due_at, throttled, now)
        return inf if due is None else due

    def _hold_inputs(
        self, holding: Sequence[HoldingWorkspace], files: Mapping[str, object]
    ) -> dict[str, HoldInputs]:
        read_at = self._parts.read_at(holding) if holding else {}
        found = {}
        for one in holding:
            rules = self._known_rules(one.workspace, one.console_version, files)
            found[one.workspace] = HoldInputs(
                rules.digest, one.connected_at, one.state, read_at.get(one.workspace)
            )
        return found

    def _known_rules(
        self, workspace: str, console_version: int, files: Mapping[str, object]
    ) -> _KnownRules:
        """What the workspace's rules say, read again if their sources changed."""
        sources = (console_version, files[workspace])
        known = self._rules.get(workspace)
        if known is None or known.sources != sources:
            rules = self._parts.rules
            limits = rules.rules_for(workspace, {"workspace": workspace}).limits
            known = _KnownRules(sources, rules.digest(workspace), limits)
            self._rules[workspace] = known
        return known
