"""Undoing in an org: what cascades, what is lost on the way, who else is at work, and what happens
next to the same prospect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_provision import control, permit
from tests.end_to_end.bench import MeteredBench
from zsf_plugin.cli.scripted_browser import allow
from zsf_plugin.connect import Connector
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.errors import Fenced, OutOfOrder, Unavailable
from zsf_plugin.messages.undo import left_text
from zsf_plugin.model import Link
from zsf_plugin.own_calls import own_calls
from zsf_plugin.ports import ORG_LEASE, Entry
from zsf_plugin.sync.org_lease import LEASE_S
from zsf_plugin.undo import UndoPlan

COMPOSITES = {"method": "POST", "path_contains": "/composite", "body_contains": "PATCH"}
DELETIONS = {"method": "DELETE"}
TITLES = {
    "name": "Titles follow Zaplify",
    "fields": {"Lead": {"Title": {"from": "prospect.title", "overwrite": "always"}}},
}


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(OrgSpec.stock()) as emulator:
        yield emulator


@pytest.fixture
def bench(tmp_path: Path, emulator: Emulator) -> Iterator[MeteredBench]:
    bench = MeteredBench(tmp_path, "lead", emulator, rule=TITLES)
    yield bench
    bench.app.close()


@pytest.fixture
def contacts(tmp_path: Path, emulator: Emulator) -> Iterator[MeteredBench]:
    bench = MeteredBench(tmp_path, "contact", emulator)
    yield bench
    bench.app.close()


def entry(bench: MeteredBench, place: int = -1) -> Entry:
    """An entry by its place in order of arrival, by default the last."""
    found = bench.app.store.entry("default", bench.app.store.entries("default")[::-1][place].id)
    assert found is not None
    return found


def undo(bench: MeteredBench, place: int = -1) -> UndoPlan:
    return bench.app.undoer.apply(entry(bench, place), "Ada")


def why(plan: UndoPlan) -> dict[str, str]:
    """By object, why it is left, or its state."""
    return {item.object: item.reason.code if item.reason else item.state for item in plan.items}


def live(emulator: Emulator, name: str) -> list[Any]:
    return emulator.org.records.live_rows(name)


def test_a_plan_changes_nothing_and_takes_few_calls(
    contacts: MeteredBench, emulator: Emulator
) -> None:
    contacts.purchase(1)
    contacts.drain()
    used, writes = emulator.org.used, dict(emulator.org.records.writes)
    before = own_calls()
    plan = contacts.app.undoer.plan(entry(contacts))
    assert why(plan) == {"Contact": "ready", "Account": "ready"}
    assert dict(emulator.org.records.writes) == writes
    assert emulator.org.used - used <= 5
    assert own_calls() - before == {"upkeep": emulator.org.used - used}


def test_an_undone_entry_stays_done_and_the_same_event_is_still_a_duplicate(
    bench: MeteredBench, emulator: Emulator
) -> None:
    bench.purchase(1)
    bench.drain()
    undo(bench)
    assert live(emulator, "Lead") == []
    assert entry(bench).state == "done"
    bench.purchase(1)
    assert bench.app.store.counts("default").waiting == 0
    lines = bench.app.undoer.undone("default", entry(bench).id)
    assert [(line.action, line.by) for line in lines] == [("delete", "Ada")]
    assert [line.by for line in bench.app.store.history("default", codes=["undone"])] == ["Ada"]


def test_a_prospect_that_is_purchased_again_is_created_again(
    bench: MeteredBench, emulator: Emulator
) -> None:
    bench.purchase(1)
    bench.drain()
    undo(bench)
    bench.purchase(1, prefix="again-")
    bench.drain()
    assert len(live(emulator, "Lead")) == 1


def test_no_prospect_stays_linked_to_a_record_that_was_deleted(
    bench: MeteredBench, emulator: Emulator
) -> None:
    """Two prospects are one person: the second counted as synced, with the first one's Lead."""
    same = {"email": "ada@a-company-number-0.example", "last_name": "Byron"}
    bench.purchase(1, **same)
    bench.drain()
    bench.purchase(0, **same)
    bench.drain()
    assert len(live(emulator, "Lead")) == 1
    assert undo(bench, 0).is_whole
    bench.purchase(0, prefix="again-", **same)
    bench.drain()
    assert [row["LastName"] for row in live(emulator, "Lead")] == ["Byron"]


def test_a_search_no_longer_marks_a_person_whose_record_was_deleted(bench: MeteredBench) -> None:
    assert bench.search(1) == {"grey"}
    bench.purchase(1)
    bench.drain()
    assert bench.search(1) == {"black"}
    undo(bench)
    assert bench.search(1) == {"grey"}


def test_a_touchpoint_of_a_prospect_that_was_undone_waits_for_the_person(
    bench: MeteredBench, emulator: Emulator
) -> None:
    bench.purchase(1)
    bench.drain()
    undo(bench)
    bench.touch(1, 1)
    assert bench.app.drains.drain("default").held == 1
    assert live(emulator, "Task") == []


def test_a_value_that_was_put_back_is_no_longer_called_ours(
    bench: MeteredBench, emulator: Emulator
) -> None:
    bench.people_exist(1)
    bench.purchase(1)
    bench.drain()
    bench.purchase(1, prefix="promoted-", title="CTO")
    bench.drain()

    def link() -> Link:
        connection = bench.app.orgs.connection("default")
        key = ("prospect", "p1")
        return bench.app.store.links("default", connection.org_id, [key])[key]  # type: ignore[list-item,index]

    assert undo(bench).is_whole
    assert live(emulator, "Lead")[0]["Title"] == "Engineer"
    assert (link().written["Title"], link().plan_digest) == ("Engineer", "")
    assert undo(bench, 0).is_whole
    assert live(emulator, "Lead")[0]["Title"] is None
    assert "Title" not in link().written


def test_an_account_with_what_others_added_stays_with_its_contact_gone(
    contacts: MeteredBench, emulator: Emulator
) -> None:
    contacts.purchase(1)
    contacts.drain()
    account = live(emulator, "Account")[0]["Id"]
    deal = {"Name": "Big", "AccountId": account, "StageName": "Prospecting"}
    emulator.org.seed("Opportunity", deal)
    plan = undo(contacts)
    assert why(plan) == {"Contact": "undone", "Account": "children"}
    assert (live(emulator, "Contact"), len(live(emulator, "Opportunity"))) == ([], 1)


@pytest.mark.parametrize("name", ["Task", "Event"])
def test_a_lead_with_an_activity_of_someone_else_stays(
    bench: MeteredBench, emulator: Emulator, name: str
) -> None:
    bench.purchase(1)
    bench.drain()
    emulator.org.seed(name, {"WhoId": live(emulator, "Lead")[0]["Id"], "Subject": "Lunch"})
    assert why(undo(bench)) == {"Lead": "children"}
    assert len(live(emulator, "Lead")) == 1


def test_an_archived_activity_counts_too(bench: MeteredBench, emulator: Emulator) -> None:
    bench.purchase(1)
    bench.drain()
    lead = live(emulator, "Lead")[0]["Id"]
    emulator.org.seed("Task", {"WhoId": lead, "Subject": "Old", "IsArchived": True})
    assert why(undo(bench)) == {"Lead": "children"}


def test_a_deleted_activity_does_not_count(bench: MeteredBench, emulator: Emulator) -> None:
    bench.purchase(1)
    bench.drain()
    lead = live(emulator, "Lead")[0]["Id"]
    emulator.org.seed("Task", {"WhoId": lead, "Subject": "Gone"})
    task = live(emulator, "Task")[0]["Id"]
    emulator.org.edit("Task", task, {"IsDeleted": True})
    assert why(undo(bench)) == {"Lead": "undone"}


def test_a_user_who_may_not_delete_learns_it_before_anything_is_sent(
    bench: MeteredBench, emulator: Emulator
) -> None:
    bench.purchase(1)
    bench.drain()
    permit(emulator, protected_objects=["Lead"])  # type: ignore[arg-type]
    assert why(bench.app.undoer.plan(entry(bench))) == {"Lead": "protected"}


def test_what_salesforce_refuses_is_left_with_its_code(
    bench: MeteredBench, emulator: Emulator
) -> None:
    bench.purchase(1)
    bench.drain()
    emulator.org.lock_record(live(emulator, "Lead")[0]["Id"])
    item = undo(bench).items[0]
    assert item.reason is not None
    assert (item.state, item.reason.data["code"]) == ("left", "ENTITY_IS_LOCKED")
    assert bench.app.undoer.undone("default", entry(bench).id) == []


def test_a_value_that_salesforce_refuses_is_left_and_the_others_are_put_back(
    bench: MeteredBench, emulator: Emulator
) -> None:
    bench.people_exist(1)
    bench.purchase(1)
    bench.drain()
    rule = {"object": "Lead", "message": "Give a title", "blank": ["Title"], "fields": ["Title"]}
    control(emulator, "POST", "validation_rules", rule)
    plan = undo(bench)
    (item,) = plan.items
    assert (item.state, list(item.fields), list(item.left)) == ("undone", ["Website"], ["Title"])
    assert "Give a title" in left_text(item.left["Title"])
    lead = live(emulator, "Lead")[0]
    assert (lead["Title"], lead["Website"]) == ("Engineer", None)
    control(emulator, "DELETE", "validation_rules")
    assert undo(bench).is_whole
    assert live(emulator, "Lead")[0]["Title"] is None


@pytest.mark.parametrize("kind", ["drop_before", "drop_after_commit", "truncated_json"])
@pytest.mark.parametrize("match", [DELETIONS, COMPOSITES], ids=["deleting", "putting back"])
def test_after_a_lost_answer_the_next_run_looks_first_and_finishes(
    bench: MeteredBench, emulator: Emulator, kind: str, match: dict[str, str]
) -> None:
    if match is COMPOSITES:
        bench.people_exist(1)
    bench.purchase(1)
    bench.drain()
    emulator.faults.add({"kind": kind, "match": match})
    first = undo(bench)
    assert why(first) == {"Lead": "unanswered"}
    assert [line.state for line in bench.app.store.undo_lines("default", "e1")] == ["sent"]
    assert bench.app.undoer.undone("default", "e1") == []
    writes = dict(emulator.org.records.writes)
    second = undo(bench)
    assert why(second) == {"Lead": "undone"}
    if kind != "drop_before":
        assert dict(emulator.org.records.writes) == writes  # it had arrived
    assert len(bench.app.undoer.undone("default", "e1")) == 1
    assert undo(bench).items == ()
    titles = [row["Title"] for row in live(emulator, "Lead")]
    assert titles == ([None] if match is COMPOSITES else [])


def test_a_run_that_dies_after_sending_is_finished_by_the_next(
    bench: MeteredBench, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.purchase(1)
    bench.drain()
    with monkeypatch.context() as dying:
        dying.setattr(bench.app.store, "settle_undo", _die)
        with pytest.raises(SystemExit):
            undo(bench)
    assert live(emulator, "Lead") == []
    assert why(undo(bench)) == {"Lead": "undone"}
    connection = bench.app.orgs.connection("default")
    assert bench.app.store.links("default", connection.org_id, [("prospect", "p1")]) == {}


def test_a_run_that_dies_before_sending_has_changed_nothing(
    bench: MeteredBench, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.purchase(1)
    bench.drain()
    with monkeypatch.context() as dying:
        dying.setattr(bench.app.store, "mark_undoing", _die)
        with pytest.raises(SystemExit):
            undo(bench)
    assert len(live(emulator, "Lead")) == 1
    assert why(undo(bench)) == {"Lead": "undone"}


def _die(*_: object) -> None:
    raise SystemExit


def test_an_outage_before_anything_was_sent_is_raised_and_changes_nothing(
    bench: MeteredBench, emulator: Emulator
) -> None:
    bench.purchase(1)
    bench.drain()
    emulator.faults.add({"kind": "html_503", "times": 1})
    with pytest.raises(Unavailable):
        undo(bench)
    assert len(live(emulator, "Lead")) == 1


def test_nothing_is_sent_once_another_took_the_lease(
    bench: MeteredBench, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.purchase(1)
    bench.drain()
    store, mark = bench.app.store, bench.app.store.mark_undoing
    name = ORG_LEASE + bench.app.orgs.connection("default").org_id

    def overtaken(*arguments: Any) -> None:
        now = bench.clock.now()
        assert store.acquire_lease(name, "another", now, ttl_s=LEASE_S, is_over=lambda _: True)
        mark(*arguments)

    monkeypatch.setattr(store, "mark_undoing", overtaken)
    with pytest.raises(Fenced):
        undo(bench)
    assert len(live(emulator, "Lead")) == 1


def test_while_another_process_syncs_it_asks_for_room_and_then_gives_up(
    bench: MeteredBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.purchase(1)
    bench.drain()
    store, shift = bench.app.store, 0.0
    name = ORG_LEASE + bench.app.orgs.connection("default").org_id
    fence = store.acquire_lease(
        name, "another", bench.clock.now(), ttl_s=LEASE_S, is_over=lambda _: False
    )
    assert fence is not None
    real = bench.clock.monotonic

    def sleep(seconds: float) -> None:
        nonlocal shift
        shift += seconds
        store.renew_lease(fence, bench.clock.now(), ttl_s=LEASE_S)

    monkeypatch.setattr(bench.clock, "sleep", sleep)
    monkeypatch.setattr(bench.clock, "monotonic", lambda: real() + shift)
    with pytest.raises(OutOfOrder, match="Another process"):
        undo(bench)
    assert store.is_wanted(fence)


def test_an_entry_that_may_still_be_written_is_not_undone(bench: MeteredBench) -> None:
    bench.purchase(1)
    with pytest.raises(OutOfOrder, match="pending"):
        bench.app.undoer.plan(entry(bench))


def test_an_entry_of_another_org_is_not_undone(bench: MeteredBench) -> None:
    bench.purchase(1)
    bench.drain()
    with Emulator(OrgSpec.stock()) as other:
        assert other.org.org_id != bench.emulator.org.org_id
        _connect(bench, other)
        with pytest.raises(OutOfOrder, match="connect it again"):
            undo(bench)


def _connect(bench: MeteredBench, other: Emulator) -> None:
    app = bench.app
    sign_in = app.login.begin(other.url, "undo", "http://localhost:1/oauth/callback")
    grant = app.login.finish(sign_in, allow(sign_in.authorize_url))
    connector = Connector(app.store, app.login, app.clock)
    connector.disconnect("default", "Ada")
    connector.finish("default", grant, sign_in, "custom", "send")


def test_without_a_connection_nothing_is_undone(bench: MeteredBench) -> None:
    bench.purchase(1)
    bench.drain()
    Connector(bench.app.store, bench.app.login, bench.app.clock).disconnect("default", "Ada")
    with pytest.raises(OutOfOrder, match="Nothing was changed"):
        undo(bench)
