"""One batch: decide, find, reconcile, write, settle. A lone entry is a batch of one; there is no second path."""

from __future__ import annotations

import hashlib
import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from zsf_plugin.decision import causes
from zsf_plugin.decision.decide import decide
from zsf_plugin.decision.identity import external_id_field
from zsf_plugin.decision.questions import selected, wanted
from zsf_plugin.decision.reconcile import is_unchanged, reconcile_all
from zsf_plugin.errors import QuotaReached, ReconnectRequired, RowBusy, Unavailable, ZsfError
from zsf_plugin.model.cause import PERSON_MISSING, Cause
from zsf_plugin.model.changes import Changes, Outcome
from zsf_plugin.model.describe import OrgFacts
from zsf_plugin.model.event import Event
from zsf_plugin.model.link import Connection, LinkKey
from zsf_plugin.model.plan import Plan
from zsf_plugin.model.world import World
from zsf_plugin.ports.clock import Clock
from zsf_plugin.ports.crm import Crm, Purpose
from zsf_plugin.ports.rules import RuleSource
from zsf_plugin.ports.store import Entry, Fence, Settlement, Store
from zsf_plugin.sync.settlements import Batch, settle_held, settle_unwritten, settle_written
from zsf_plugin.sync.writes import Joint, join

_log = logging.getLogger("zsf_plugin.sync")

#: A settlement, and the error about the whole org that came with it.
_Settled = tuple[Settlement, ZsfError | None]

#: Salesforce may finish a request long after its caller gave up: only then is "not there" believed (design §4).
BELIEVE_NO_AFTER_S = 600.0
#: Rounds of questions before a batch is reconciled: company, then its people, then what those lead to, then a probe.
_MOST_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Desk:
    """What a batch works with: one workspace's org, under a lease."""

    store: Store
    crm: Crm
    rules: RuleSource
    clock: Clock
    connection: Connection
    fence: Fence

    def fingerprint(self, facts: OrgFacts) -> Callable[[Cause], str]:
        """What could make a cause go away, as one short text: the rules, the object's describe, the connection."""

        def of(cause: Cause) -> str:
            describe = facts.describe(cause.object) if cause.object and cause.code != PERSON_MISSING else None
            parts = (
                self.rules.digest(self.connection.workspace),
                describe.fingerprint if describe is not None else "",
                repr(self.connection.connected_at),
            )
            return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]

        return of


@dataclass(frozen=True, slots=True)
class BatchResult:
    """How many entries ended done and held, how many held ones a link released; until when a lost answer is unclear."""

    done: int = 0
    held: int = 0
    released: int = 0
    unclear_until: float | None = None
    stopped_by: ZsfError | None = None


def run_batch(desk: Desk, entries: Sequence[Entry], purpose: Purpose) -> BatchResult:
    """Carry a batch through to its settlements. Raises Unavailable, QuotaReached, ReconnectRequired (from looking,
    nothing was written), Fenced, StoreUnavailable."""
    facts = desk.crm.facts()
    planned, broken = _decided(desk, entries)
    try:
        planned, late, changes = _reconciled(desk, facts, planned, purpose)
    except ZsfError:
        raise
    except Exception as error:  # noqa: BLE001 - a defect of ours on one entry must not stop the others
        return _narrowed(desk, entries, purpose, error)
    settlements = broken + late + _write_and_settle(desk, facts, [entry for entry, _ in planned], changes, purpose)
    released = desk.store.settle(desk.fence, [s for s, _ in settlements], desk.clock.now())
    return _result([s for s, _ in settlements], released, next((e for _, e in settlements if e is not None), None))


_Planned = list[tuple[Entry, Plan]]


def _reconciled(
    desk: Desk, facts: OrgFacts, planned: _Planned, purpose: Purpose
) -> tuple[_Planned, list[_Settled], list[Changes]]:
    """What is to be written, and who must wait. Reads only."""
    world = _learned(desk, facts, [plan for _, plan in planned], purpose)
    kept, late = _without_unclear(desk, planned, world)
    changes, _ = reconcile_all([plan for _, plan in kept], world)
    return kept, late, changes


def _narrowed(desk: Desk, entries: Sequence[Entry], purpose: Purpose, error: Exception) -> BatchResult:
    """Halve a batch that met a defect of ours, before anything was written, until the bad entry is held alone."""
    if len(entries) == 1:
        held = _broken(entries[0], error)
        released = desk.store.settle(desk.fence, [held], desk.clock.now())
        return _result([held], released, None)
    middle = len(entries) // 2
    first = run_batch(desk, entries[:middle], purpose)
    if first.stopped_by is not None or first.unclear_until is not None:
        return first
    second = run_batch(desk, entries[middle:], purpose)
    return replace(
        second, done=first.done + second.done, held=first.held + second.held, released=first.released + second.released
    )


def _broken(entry: Entry, error: Exception) -> Settlement:
    """An entry held for a defect of ours. The log gets the place of it, never a value the error may quote."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    _log.error("entry %s met a defect: %s at %s:%s", entry.id, type(error).__name__, at.name, at.lineno)
    cause = causes.defect(type(error).__name__)
    return Settlement(entry.id, "held", cause.text, cause)


def event_of(entry: Entry) -> Event:
    """The entry's event, as it was kept."""
    return Event(entry.kind, entry.workspace, entry.event_id, entry.occurred_at, entry.payload)


def plan_of(rules: RuleSource, event: Event) -> Plan:
    """The plan of an event under the rules now in force."""
    return decide(event, rules.rules_for(event.workspace, event.scope))


def learn(crm: Crm, world: World, plans: Sequence[Plan], purpose: Purpose) -> World:
    """The world once all that these plans need was asked, in as few rounds as they allow."""
    asking = [plan for plan in plans if not is_unchanged(plan, world)]
    fields = selected(asking, world.facts)
    for _ in range(_MOST_ROUNDS):
        lookups = wanted(asking, world)
        if not lookups:
            break
        world = world.learned(lookups, crm.find(lookups, fields, purpose))
    return world


def link_keys(plan: Plan) -> set[LinkKey]:
    """The links a plan may look at."""
    return {target.link for target in plan.targets.values()}


def _decided(desk: Desk, entries: Sequence[Entry]) -> tuple[list[tuple[Entry, Plan]], list[_Settled]]:
    """A plan each; an entry that breaks the deciding is held by itself, so that it cannot stop the others."""
    planned: list[tuple[Entry, Plan]] = []
    broken: list[_Settled] = []
    for entry in entries:
        try:
            planned.append((entry, plan_of(desk.rules, event_of(entry))))
        except ZsfError:
            raise
        except Exception as error:  # noqa: BLE001 - a defect of ours on one entry must not stop the lane of another
            broken.append((_broken(entry, error), None))
    return planned, broken


def _learned(desk: Desk, facts: OrgFacts, plans: Sequence[Plan], purpose: Purpose) -> World:
    keys: set[LinkKey] = {key for plan in plans for key in link_keys(plan)}
    links = desk.store.links(desk.connection.workspace, keys)
    return learn(desk.crm, World(facts, links), plans, purpose)


def _without_unclear(
    desk: Desk, planned: list[tuple[Entry, Plan]], world: World
) -> tuple[list[tuple[Entry, Plan]], list[_Settled]]:
    """Take out entries whose lost write may still arrive, and hold those that nothing identifies.

    With a unique external ID neither is needed: a late arrival and a second try collide instead of doubling.
    """
    kept: list[tuple[Entry, Plan]] = []
    late: list[_Settled] = []
    for entry, plan in planned:
        risky = _risky_object(plan, world) if entry.sent_at is not None else None
        if risky is None or entry.sent_at is None:
            kept.append((entry, plan))
        elif desk.clock.now() < entry.sent_at + BELIEVE_NO_AFTER_S:
            until = entry.sent_at + BELIEVE_NO_AFTER_S
            late.append((Settlement(entry.id, "writing", sent_at=entry.sent_at, not_before=until), None))
        elif risky != "Task" and not plan.targets[risky].keys:
            held = settle_held(entry, Changes(), causes.outcome_unclear(risky), desk.fingerprint(world.facts))
            late.append((held, None))
        else:
            kept.append((entry, plan))
    return kept, late


def _risky_object(plan: Plan, world: World) -> str | None:
    """The object this plan would create with nothing unique to tell a double by, or None."""
    changes = reconcile_all([plan], world)[0][0]
    for write in changes.writes:
        describe = world.facts.describe(write.object)
        name = external_id_field(describe)
        unique = describe is not None and name is not None and describe.fields[name].unique
        if write.action == "create" and not unique:
            return write.object
    return None


def _write_and_settle(
    desk: Desk, facts: OrgFacts, entries: Sequence[Entry], changes: Sequence[Changes], purpose: Purpose
) -> list[_Settled]:
    """Settle what needs no write; write the rest in one go, marked as being written before anything is sent."""
    fingerprint = desk.fingerprint(facts)
    settled: list[_Settled] = []
    writing: list[tuple[Entry, Changes]] = []
    for entry, change in zip(entries, changes, strict=True):
        if change.cause is not None:
            settled.append((settle_held(entry, change, change.cause, fingerprint), None))
        elif change.writes or change.needs:
            writing.append((entry, change))
        else:
            settled.append((settle_unwritten(entry, change), None))
    if writing:
        to_write, to_change = zip(*writing, strict=True)
        settled += _written(desk, to_write, to_change, purpose, fingerprint)
    return settled


def _written(
    desk: Desk,
    entries: Sequence[Entry],
    changes: Sequence[Changes],
    purpose: Purpose,
    fingerprint: Callable[[Cause], str],
) -> list[_Settled]:
    joint: Joint = join(changes)
    desk.store.begin(desk.fence, [entry.id for entry in entries], desk.clock.now())
    outcomes = {outcome.ref: outcome for outcome in desk.crm.write(joint.writes, purpose)}
    settlements = settle_written(Batch(entries, changes, joint, outcomes, desk.clock.now(), fingerprint))
    return [(settlement, _general(outcomes)) for settlement in settlements]


def _general(outcomes: dict[str, Outcome]) -> ZsfError | None:
    """An error that is about the org, not about a record: the drain has to rest for it."""
    errors = [outcome.error for outcome in outcomes.values() if not isinstance(outcome.error, RowBusy)]
    kinds = (ReconnectRequired, QuotaReached, Unavailable)
    return next((error for kind in kinds for error in errors if isinstance(error, kind)), None)


def _result(settlements: Sequence[Settlement], released: int, error: ZsfError | None) -> BatchResult:
    unclear = [s.not_before for s in settlements if s.state == "writing"]
    return BatchResult(
        done=sum(s.state == "done" for s in settlements),
        held=sum(s.state == "held" for s in settlements),
        released=released,
        unclear_until=max(unclear, default=None),
        stopped_by=error,
    )
