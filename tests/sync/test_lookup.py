"""One lookup reads everything a batch of plans needs, in as few rounds as possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import plan, plans, prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.sync.bench import Bench
from tests.sync.planned import LEAD, NOW
from zsf_plugin.model import Link, Lookup, LookupAnswers
from zsf_plugin.ports import ORG_LEASE, Settlement, Store
from zsf_plugin.sync.lookup import look_up, look_up_records, with_claimed_tasks, world_with_links


def look_up_events(crm: FakeCrm, store: Store, *events: object, named: tuple[Lookup, ...] = ()):  # type: ignore[no-untyped-def]
    return look_up(plans(events), crm, store, "default", "purchases", named, now=NOW)  # type: ignore[arg-type]


def save_links(store: Store, clock: FakeClock, *links: Link) -> None:
    """Links in the store, as a settled entry leaves them."""
    bench = Bench(store, clock, FakeCrm(facts()))
    (entry,) = bench.feed(purchase(prospect(9), "before"))
    name = ORG_LEASE + bench.crm.org.org_id
    fence = store.acquire_lease(name, "me", clock.now(), ttl_s=15, is_over=lambda _: False)
    assert fence is not None
    store.settle(fence, [Settlement(entry, "done", links=links)], clock.now())


def test_a_hundred_unrelated_people_take_as_many_lookup_rounds_as_one(store: Store) -> None:
    for number in (1, 100):
        crm = FakeCrm(facts())
        look_up_events(crm, store, *(purchase(prospect(n), f"e{n}") for n in range(number)))
        assert crm.finds == 1


def test_a_found_company_takes_another_round_only_for_many_people(store: Store) -> None:
    for number, rounds in ((1, 1), (30, 2)):
        crm = FakeCrm(facts())
        crm.add("Account", Name="Acme 1", Website="acme1.example")
        look_up_events(crm, store, *(purchase(prospect(n), f"e{n}") for n in range(1, number + 1)))
        assert crm.finds == rounds


def test_the_world_has_the_links_of_the_plans_and_no_others(store: Store, clock: FakeClock) -> None:
    mine, other = Link("prospect", "p1", "Lead", LEAD, {}), Link("prospect", "p2", "Lead", LEAD, {})
    save_links(store, clock, mine, other)
    world = world_with_links([plan(purchase(prospect(1)))], FakeCrm(facts()), store, "default", NOW)
    assert dict(world.links) == {mine.key: mine}
    assert world.answered == frozenset()


def test_a_logged_touchpoint_needs_no_lookup(store: Store, clock: FakeClock) -> None:
    save_links(store, clock, Link("touchpoint", "t1", "Task", "00T1", {}))
    crm = FakeCrm(facts())
    look_up_events(crm, store, touchpoint(prospect(1)))
    assert crm.finds == 0


def test_records_that_a_refusal_named_are_read_with_the_rest(store: Store) -> None:
    crm = FakeCrm(facts())
    lead = crm.add("Lead", LastName="Byron")
    mine = crm.add("Contact", LastName="L", Email="ada1@acme1.example")
    named = (Lookup.by_id("Lead", lead), Lookup.by_id("Hidden__c", "a00"))
    world = look_up_events(crm, store, purchase(prospect(1)), named=named)
    assert world.records.keys() == {("Lead", lead), ("Contact", mine)}
    assert crm.finds == 1


class Witness(FakeCrm):
    """Records the purposes and fields of lookups."""

    def __init__(self) -> None:
        super().__init__(facts())
        self.purposes: set[str] = set()
        self.selected: set[tuple[str, str]] = set()

    def find(
        self, lookups: Sequence[Lookup], select: Mapping[str, Sequence[str]], purpose: str
    ) -> LookupAnswers:
        self.purposes.add(purpose)
        self.selected |= {(object_, name) for object_, names in select.items() for name in names}
        return super().find(lookups, select, purpose)


def test_a_lookup_counts_for_its_purpose_and_reads_the_fields_that_plans_may_write(
    store: Store,
) -> None:
    crm = Witness()
    look_up([plan(purchase(prospect(1)))], crm, store, "default", "upkeep", now=NOW)
    assert crm.purposes == {"upkeep"}
    assert {("Lead", "Title"), ("Lead", "Email"), ("Lead", "IsConverted")} <= crm.selected


def test_without_our_id_a_task_of_another_touchpoint_is_claimed(
    store: Store, clock: FakeClock
) -> None:
    crm = FakeCrm(facts(external_id=False))
    lead = crm.add("Lead", LastName="L", Email="ada1@acme1.example")
    task = crm.add("Task", WhoId=lead, Subject="Email, step 1: Hello", ActivityDate="2026-11-01")
    save_links(store, clock, Link("touchpoint", "t0", "Task", task, {}))
    made = plan(touchpoint(prospect(1)))
    world = look_up_records(
        [made], world_with_links([made], crm, store, "default", NOW), crm, "activities"
    )
    world = look_up_records([], world, crm, "activities", [Lookup.by_id("Task", task)])
    assert with_claimed_tasks(world, store).claimed == {task}


def test_a_lookup_includes_the_claimed_tasks_of_other_touchpoints(
    store: Store, clock: FakeClock
) -> None:
    crm = FakeCrm(facts(external_id=False))
    task = crm.add("Task", Subject="Hello")
    save_links(store, clock, Link("touchpoint", "t0", "Task", task, {}))
    assert look_up_events(crm, store, named=(Lookup.by_id("Task", task),)).claimed == {task}


def test_with_our_id_on_tasks_nothing_needs_to_be_claimed(store: Store) -> None:
    crm = FakeCrm(facts())
    task = crm.add("Task", Subject="Hello")
    world = look_up_records(
        [],
        world_with_links([], crm, store, "default", NOW),
        crm,
        "upkeep",
        [Lookup.by_id("Task", task)],
    )
    assert with_claimed_tasks(world, store) is world
