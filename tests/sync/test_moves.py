"""A workspace that moves between orgs: each org ends as if the workspace had never been in another
one, whatever the order, although the orgs' record ids agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.errors import OutcomeUnknown, QuotaReached
from zsf_plugin.model import Connection, Event, Json, Step, Write
from zsf_plugin.ports import Store
from zsf_plugin.settings import from_environment
from zsf_plugin.store import open_store
from zsf_plugin.sync.arrivals import MAX_ARRIVAL_DELAY_S

ORGS = {name: f"00D00000000000{number}EAA" for number, name in enumerate("ABC", 1)}
_DROPPED = Step("dropped")
STEP_S = MAX_ARRIVAL_DELAY_S + 100


class Killed(BaseException):
    """The process dies."""


class DyingCrm(FakeCrm):
    """An org; with `dies`, the process dies once the next write has arrived there."""

    dies = False

    def write(self, *arguments, **more):  # type: ignore[no-untyped-def]
        outcomes = super().write(*arguments, **more)
        if self.dies:
            self.dies = False
            raise Killed
        return outcomes


class Traveller(Bench):
    """A workspace and the orgs that it moves between; `org` is the connected one."""

    def __init__(self, store: Store, clock: FakeClock, org: str, *, external_id: bool) -> None:
        self.orgs = {
            name: DyingCrm(replace(facts(external_id=external_id), org_id=org_id))
            for name, org_id in ORGS.items()
        }
        self.org = org
        super().__init__(store, clock, self.orgs[org], rule={"mode": "lead"})
        self.parts = replace(self.parts, crm_of=self._crm_of)

    def _crm_of(self, connection: Connection) -> FakeCrm:
        (name,) = (name for name, org_id in ORGS.items() if org_id == connection.org_id)
        return self.orgs[name]

    def move(self, org: str) -> None:
        self.org, self.crm = org, self.orgs[org]
        self.store.forget_connection("default")
        self.connect()

    def waiting(self) -> dict[str, str]:
        """The ids of the entries that have not ended, by event."""
        entries = self.store.entries("default", limit=500)
        return {
            entry.event.event_id: entry.id
            for entry in entries
            if entry.state in ("pending", "writing", "held")
        }

    def drain_or_die(self) -> bool:
        """Whether the drain ended; else the process died and another one took over."""
        try:
            self.drain()
        except Killed:
            self.clock.time += 20  # the lease of the dead
            return False
        return True


def records(crm: FakeCrm) -> list[tuple[str, list[str]]]:
    """What the org holds."""
    found = []
    for object_, rows in crm.rows.items():
        lines = [
            repr(sorted((name, str(value)) for name, value in row.items())) for row in rows.values()
        ]
        found.append((object_, sorted(lines)))
    return found


def new_store(folder: Path) -> Store:
    return open_store(from_environment({}, config_dir=folder, data_dir=folder / "data"))


def event(kind: str, person: int, number: int) -> Event:
    changes: dict[str, Json] = {"title": f"Title {number}"}
    whole = prospect(person, **changes)
    return purchase(whole, f"e{number}") if kind == "buy" else touchpoint(whole, f"t{number}")


Op = tuple[str, str, int]
OPS: st.SearchStrategy[Sequence[Op]] = st.lists(
    st.tuples(
        st.sampled_from(["buy", "buy", "touch", "move", "buy and die", "touch and die"]),
        st.sampled_from("ABC"),
        st.integers(1, 3),
    ),
    min_size=2,
    max_size=12,
)


@given(ops=OPS, external_id=st.booleans())
def test_each_org_ends_as_if_the_workspace_had_only_been_there(
    tmp_path_factory: pytest.TempPathFactory, ops: Sequence[Op], external_id: bool
) -> None:
    clock = FakeClock()

    def traveller(org: str) -> Traveller:
        store = new_store(tmp_path_factory.mktemp("moves"))
        return Traveller(store, clock, org, external_id=external_id)

    real = traveller("A")
    alone = {name: traveller(name) for name in ORGS}
    events: dict[str, Event] = {}

    def follow(handled: Sequence[str], number: int) -> None:
        """What the org's own workspace gets: the events that were handled there, and no others."""
        one = alone[real.org]
        left = list(one.waiting().values())
        one.store.skip("default", _DROPPED, clock.now(), entry_ids=left)
        again = [events[each] for each in events if each in handled]
        one.feed(*(replace(each, event_id=f"{each.event_id} at {number}") for each in again))
        one.drain()

    for number, (what, org, person) in enumerate(ops):
        clock.time += STEP_S
        if what == "move":
            real.move(org)
        else:
            new = event(what.split()[0], person, number)
            events[new.event_id] = new
            real.feed(new)
            real.crm.dies = what.endswith("die")
        before = list(real.waiting())
        if real.drain_or_die():
            real.crm.dies = False
            follow(before, number)
        else:
            entries = real.store.entries("default", state="writing")
            follow([one.event.event_id for one in entries], number)
        assert {name: records(real.orgs[name]) for name in ORGS} == {
            name: records(alone[name].orgs[name]) for name in ORGS
        }
    for one in (real, *alone.values()):
        one.store.close()


@pytest.fixture
def bench(store: Store, clock: FakeClock) -> Traveller:
    return Traveller(store, clock, "A", external_id=False)


def test_a_person_bought_again_in_another_org_is_made_there_and_not_again_back_here(
    bench: Traveller,
) -> None:
    bench.feed(purchase(prospect(1), "e1"))
    bench.drain()
    bench.move("B")
    bench.feed(purchase(prospect(1), "e2"))
    bench.drain()
    assert [len(bench.orgs[name].rows["Lead"]) for name in "AB"] == [1, 1]
    bench.move("A")
    finds = bench.crm.finds
    bench.feed(purchase(prospect(1), "e3"))
    bench.drain()
    assert [len(bench.orgs[name].rows["Lead"]) for name in "AB"] == [1, 1]
    assert bench.crm.finds == finds  # the link still holds, and was checked within the hour


def test_a_stranger_who_has_the_record_id_of_the_old_org_is_not_written(bench: Traveller) -> None:
    bench.feed(purchase(prospect(1), "e1"))
    bench.drain()
    stranger = bench.orgs["B"].add("Lead", LastName="Stranger", Company="Else", Title=None)
    assert stranger in bench.orgs["A"].rows["Lead"]
    bench.move("B")
    bench.feed(purchase(prospect(1, title="CTO"), "e2"), touchpoint(prospect(1), "t1"))
    bench.drain()
    assert bench.orgs["B"].rows["Lead"][stranger]["Title"] is None
    assert len(bench.orgs["B"].rows["Lead"]) == 2
    (task,) = bench.orgs["B"].rows["Task"].values()
    assert task["WhoId"] != stranger


def test_a_touchpoint_is_held_until_its_person_is_in_the_present_org(bench: Traveller) -> None:
    bench.feed(purchase(prospect(1), "e1"))
    bench.drain()
    bench.move("B")
    (sent,) = bench.feed(touchpoint(prospect(1), "t1"))
    bench.drain()
    assert bench.entry(sent).state == "held"
    bench.feed(purchase(prospect(1), "e2"))
    bench.drain()
    assert bench.entry(sent).state == "done"
    assert [len(bench.orgs[name].rows["Task"]) for name in "AB"] == [0, 1]


def test_a_lost_create_is_not_waited_for_elsewhere_and_is_back_here(bench: Traveller) -> None:
    old = bench.orgs["A"]
    on_their_way: list[Write] = []

    def lose(write: Write) -> OutcomeUnknown:
        on_their_way.append(write)
        return OutcomeUnknown("no answer")

    old.refuse = lose
    (entry,) = bench.feed(purchase(prospect(1), "e1"))
    bench.drain()
    assert bench.entry(entry).state == "writing"
    bench.move("B")
    bench.drain()
    assert (bench.entry(entry).state, len(bench.orgs["B"].rows["Lead"])) == ("done", 1)
    old.refuse = lambda _: None
    bench.move("A")
    bench.feed(purchase(prospect(1), "e2"))
    report = bench.drain()
    assert report.paused is not None
    assert report.paused.code == "in_doubt"
    old.add(
        "Lead",
        **{
            name: value for name, value in on_their_way[-1].values.items() if isinstance(value, str)
        },
    )
    bench.clock.time += STEP_S
    bench.drain()
    assert [len(bench.orgs[name].rows["Lead"]) for name in "AB"] == [1, 1]


def test_an_entry_in_doubt_that_comes_back_is_looked_up_before_it_writes(bench: Traveller) -> None:
    bench.orgs["A"].dies = True
    (entry,) = bench.feed(purchase(prospect(1), "e1"))
    assert not bench.drain_or_die()
    bench.move("B")
    bench.move("A")
    assert bench.entry(entry).state == "writing"
    bench.clock.time += STEP_S
    bench.drain()
    assert (bench.entry(entry).state, len(bench.rows("Lead"))) == ("done", 1)


def test_other_workspaces_of_the_old_org_wait_for_what_was_left_in_doubt(bench: Traveller) -> None:
    connection = bench.store.connection("default")
    assert connection is not None
    bench.store.save_connection(
        replace(connection, workspace="south"), bench.store.tokens("default")
    )
    bench.orgs["A"].dies = True
    bench.feed(purchase(prospect(1), "e1"))
    assert not bench.drain_or_die()
    bench.move("B")
    bench.feed(replace(purchase(prospect(1), "e1"), workspace="south"))
    assert bench.drain("south").done == 0
    bench.clock.time += STEP_S
    assert bench.drain("south").done == 1
    assert len(bench.orgs["A"].rows["Lead"]) == 1


def test_a_used_up_allocation_pauses_its_org_and_not_the_next_one(bench: Traveller) -> None:
    def spent() -> None:
        raise QuotaReached("daily", 900.0)

    bench.orgs["A"].before_write = spent
    bench.feed(purchase(prospect(1), "e1"))
    assert bench.drain().paused is not None
    bench.move("B")
    report = bench.drain()
    assert (report.paused, report.done) == (None, 1)


@pytest.mark.parametrize("moves_at", ["lookup", "write"])
def test_a_drain_whose_workspace_moves_writes_nothing_more_to_the_old_org(
    bench: Traveller, moves_at: str
) -> None:
    old = bench.orgs["A"]
    (entry,) = bench.feed(purchase(prospect(1), "e1"))
    find = old.find

    def find_and_move(*arguments, **more):  # type: ignore[no-untyped-def]
        found = find(*arguments, **more)
        bench.move("B")
        return found

    if moves_at == "lookup":
        old.find = find_and_move  # type: ignore[method-assign]
    else:
        old.before_write = lambda: bench.move("B")
    report = bench.drain()
    assert report.busy
    sent_to_old = moves_at == "write"
    assert len(old.rows["Lead"]) == sent_to_old
    assert bench.entry(entry).state == ("done" if sent_to_old else "pending")
    bench.drain()
    assert len(bench.orgs["B"].rows["Lead"]) == (not sent_to_old)
    assert bench.entry(entry).state == "done"
