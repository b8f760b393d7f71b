"""A machine sleeps around a create whose answer is lost, and which arrives late: it makes one
record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from email.utils import formatdate

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.errors import OutcomeUnknown
from zsf_plugin.model import Lookup, LookupAnswers, Write, WriteOutcome
from zsf_plugin.ports import Stopwatch, Store, do_nothing
from zsf_plugin.salesforce.org_clock import OrgClock

HOUR_S = 3600.0


class LateCrm(FakeCrm):
    """An org whose first write gets no answer, and comes to it with `arrive`. The machine sleeps
    for an hour before that write, or once the look-up after it is answered, and before that answer
    is read."""

    def __init__(self, clock: FakeClock, sleeps: str) -> None:
        super().__init__(facts(external_id=False))
        self._machine, self._sleeps = clock, sleeps
        self._late: Sequence[Write] | None = None
        self._org_clock = OrgClock(clock)
        self.org_time = self._org_clock.now  # type: ignore[method-assign]

    def find(
        self, lookups: Sequence[Lookup], select: Mapping[str, Sequence[str]], purpose: str
    ) -> LookupAnswers:
        found = super().find(lookups, select, purpose)
        if self._sleeps == "look-up" and self._late:
            self._machine.suspend(HOUR_S)
            self.arrive()
        date = formatdate(self._machine.now(), usegmt=True)
        self._org_clock.answered = (date, Stopwatch(self._machine))
        return found

    def write(
        self,
        writes: Sequence[Write],
        purpose: str,
        before_each: Callable[[Sequence[Write]], None] = do_nothing,
    ) -> Sequence[WriteOutcome]:
        if self._late is not None:
            return super().write(writes, purpose, before_each)
        if self._sleeps == "write":
            self._machine.suspend(HOUR_S)
        before_each(writes)
        self._late = list(writes)
        return [WriteOutcome(one.token, error=OutcomeUnknown("connection", {})) for one in writes]

    def arrive(self) -> None:
        """What was sent first comes to the org, if it has not yet."""
        super().write(self._late or (), "purchases")
        self._late = ()


@pytest.mark.parametrize("has_boot_clock", [True, False])
@pytest.mark.parametrize("sleeps", ["write", "look-up"])
def test_a_create_around_which_the_machine_sleeps_makes_one_record(
    store: Store, sleeps: str, has_boot_clock: bool
) -> None:
    clock = FakeClock()
    clock.has_boot_clock = has_boot_clock
    crm = LateCrm(clock, sleeps)
    bench = Bench(store, clock, crm)
    (entry_id,) = bench.feed(purchase(prospect(1)))
    bench.drain()
    clock.sleep(60.0)
    bench.drain()
    crm.arrive()
    clock.sleep(660.0)
    bench.drain()
    assert bench.entry(entry_id).state == "done"
    assert len(bench.rows("Lead")) == 1
