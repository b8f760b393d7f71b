"""One round's fold: the entries of a batch over the world, in order, and who of them may be sent
together. Pure.

What goes out together must end as if it had gone out one by one, whatever is refused. So an entry
whose kin wrote something in this round is sent along only where it relies on those very records (a
failed write then takes it back), and only where it would write the same if their changes to them
failed; else it waits for the round after. What was refused a moment ago is not sent again word for
word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from zsf_plugin.decision.overlap import OBJECTS, Group
from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.errors import Rejected
from zsf_plugin.model.cause import Cause
from zsf_plugin.model.changes import Changes, Write
from zsf_plugin.model.world import World
from zsf_plugin.ports.store import Settlement
from zsf_plugin.sync.desk import Case
from zsf_plugin.sync.doubts import Doubts
from zsf_plugin.sync.settlements import cause_of, kept_links, settle_held, with_candidates
from zsf_plugin.sync.writes import content_of

Refusals = dict[tuple[object, ...], Rejected]


@dataclass(slots=True)
class Fold:
    """A round as it is folded: who is sent with what, who is settled without, who waits for the
    next round.

    `unclear` are entries whose lost create may still arrive: while there are any, nothing of this
    batch is written.
    """

    world: World
    kin: Mapping[str, tuple[Group, ...]]
    refusals: Refusals
    doubts: Doubts
    fingerprint: Callable[[Cause], str]
    sending: list[tuple[Case, Changes]] = field(default_factory=list)
    settled: list[Settlement] = field(default_factory=list)
    later: list[Case] = field(default_factory=list)
    unclear: list[Settlement] = field(default_factory=list)
    _plain: World | None = None
    _written: dict[Group, set[str]] = field(default_factory=dict)
    _updated: set[str] = field(default_factory=set)
    _created: set[str] = field(default_factory=set)
    _closed: set[Group] = field(default_factory=set)

    def take(self, case: Case) -> None:
        """Fold one more entry. Raises whatever a defect in deciding raises; the fold is as it was
        then."""
        change, world = reconcile(case.plan, self.world)
        if self._must_wait(case, change):
            self.later.append(case)
            self._closed |= set(self._groups(case))
        elif (doubt := self.doubts.about(case, change, self.world)) is not None:
            self._doubtful(case, doubt)
        elif change.cause is not None:
            cause = with_candidates(change.cause, case.candidates)
            self.settled.append(settle_held(case.entry, change, cause, self.fingerprint))
        elif (known := self._refused_before(change)) is not None:
            self._hold_unsent(case, change, known)
        else:
            self._send(case, change, world)

    def _hold_unsent(self, case: Case, change: Changes, cause: Cause) -> None:
        """As if it had been sent and refused: what it is linked to, it stays linked to."""
        links = kept_links(change.links, {}, digests=False)
        for link in links:
            self.world = self.world.with_link(link)
        held = settle_held(case.entry, replace(change, steps=()), cause, self.fingerprint)
        self.settled.append(replace(held, links=links))

    def _send(self, case: Case, change: Changes, world: World) -> None:
        self._plain = _with_creates(self._without_updates(), change, world)
        self.world = world
        self.sending.append((case, change))
        self._updated |= {write.ref for write in change.writes if write.action == "update"}
        open_ = bool(
            change.writes or change.depends_on & self._created or change.depends_on & self._updated
        )
        self._created |= {write.ref for write in change.writes if write.action == "create"}
        for group in self._groups(case):
            mine = {write.ref for write in change.writes if write.object in OBJECTS[group[0]]}
            self._written.setdefault(group, set()).update(mine)
            if open_ and not mine and not self._settled_on(group, case, change):
                self._closed.add(
                    group
                )  # taken back, or looked at anew, it might yet find or write one of this kin

    def _settled_on(self, group: Group, case: Case, change: Changes) -> bool:
        """Whether the entry already relies on a record of that kin, or never writes one."""
        if case.plan.kind == "touchpoint" or (group[0] == "company" and case.plan.mode == "lead"):
            return True
        return any(
            self.world.record(name, ref) is not None
            for name in OBJECTS[group[0]]
            for ref in change.depends_on
        )

    def _without_updates(self) -> World:
        """The world as it will be where each change to a record fails, and each create works."""
        return self.world if self._plain is None else self._plain

    def _groups(self, case: Case) -> tuple[Group, ...]:
        return self.kin[case.entry.id]

    def _must_wait(self, case: Case, change: Changes) -> bool:
        """Whether what kin wrote in this round, and may yet fail, could change what this entry
        wants."""
        for group in self._groups(case):
            written = self._written.get(group, set())
            relies = change.cause is None and written <= change.depends_on
            if group in self._closed or (written and not relies):
                return True
        touched = self._updated & change.depends_on
        if touched and not self._is_steady(case, change, touched):
            return True
        return not _hangs_together(change, self._created)

    def _is_steady(self, case: Case, change: Changes, touched: set[str]) -> bool:
        """Whether the entry would write the same if all changes of its kin failed, but for those
        that it then had to make itself: a failure takes it back, and it makes them in the round
        after."""
        plain = replace(self._without_updates(), created=self.world.created)
        other, _ = reconcile(case.plan, plain)
        mine = [
            write for write in other.writes if write.ref not in touched or write in change.writes
        ]
        return (list(change.writes), change.depends_on, change.cause) == (
            mine,
            other.depends_on,
            other.cause,
        )

    def _refused_before(self, change: Changes) -> Cause | None:
        """The cause of a write that was refused word for word a moment ago, where all else depends
        on it."""
        if not change.writes:
            return None
        first, *rest = change.writes
        error = self.refusals.get(content_of(first, {}))
        if error is None or not all(_depends(write, first) for write in rest):
            return None
        return cause_of(error, first.object)

    def _doubtful(self, case: Case, cause: Cause) -> None:
        until = self.doubts.until(case.entry)
        if until is not None:
            self.unclear.append(
                Settlement(case.entry.id, "writing", sent_at=case.entry.sent_at, not_before=until)
            )
        else:
            self.doubts = replace(self.doubts, lanes=self.doubts.lanes | {case.entry.lane})
            self.settled.append(settle_held(case.entry, Changes(), cause, self.fingerprint))


def _hangs_together(change: Changes, created: AbstractSet[str]) -> bool:
    """Whether what an entry creates cannot be made without those new records of earlier entries
    that it relies on: were one of them refused, the entry might not want it."""
    leaning = set(change.depends_on & created)
    if not leaning:
        return True
    made = [write for write in change.writes if write.action == "create"]
    for write in made:
        if write.references.isdisjoint(leaning):
            return False
        leaning.add(write.ref)
    return True


def _depends(write: Write, first: Write) -> bool:
    """Whether a write cannot be made without the record that the first one creates."""
    return first.action == "create" and first.ref in write.references


def _with_creates(plain: World, change: Changes, world: World) -> World:
    """A world with what an entry creates and links, and none of its changes to records that are
    there."""
    for write in change.writes:
        record = world.record(write.object, write.ref)
        if write.action == "create" and record is not None:
            plain = plain.with_record(record)
    for link in change.links:
        plain = plain.with_link(link)
    return plain
