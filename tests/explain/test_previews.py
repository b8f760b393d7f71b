"""A preview says what a drain then writes, writes nothing itself, and asks the org for nothing that
it knows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import NOWHERE, prospect, purchase
from tests.fakes.org import describe, facts
from tests.sync.bench import Bench
from zsf_plugin.errors import QuotaReached, ReconnectRequired, Unavailable, ZsfError
from zsf_plugin.explain.differences import differences
from zsf_plugin.explain.lookup_cache import OwnerNames
from zsf_plugin.explain.preview import Preview, PreviewParts, Previews
from zsf_plugin.model import Event, FieldDescribe, JsonObject, Step, Write
from zsf_plugin.own_calls import note_own_call
from zsf_plugin.ports import Store, WorkspacePause
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.settings import from_environment
from zsf_plugin.store import open_store
from zsf_plugin.sync.availability import OrgAvailability

ADA = purchase(prospect(1))


class PreviewBench(Bench):
    """A bench with previews; `calls` are those that the org would count."""

    def __init__(
        self, store: Store, clock: FakeClock, crm: FakeCrm, rule: JsonObject | None = None
    ) -> None:
        super().__init__(store, clock, crm, rule=rule)
        self.book = Rulebook(NOWHERE, lambda _: self.rule)
        availability = OrgAvailability(store, self.book, clock)
        self.previews = Previews(PreviewParts(store, clock, availability, lambda _: crm))
        self.whole = crm.find
        crm.find = self._counted  # type: ignore[method-assign]

    def _counted(self, *arguments: object) -> object:
        note_own_call("upkeep")
        return self.whole(*arguments)  # type: ignore[arg-type]

    def preview(self, event: Event = ADA, **document: object) -> Preview:
        draft: JsonObject = {**self.rule, **document}  # type: ignore[dict-item]
        return self.previews.of(event, self.book.with_draft(event.workspace, draft))

    def calls_of(self, event: Event = ADA, **document: object) -> int:
        before = self.crm.finds
        self.preview(event, **document)
        return self.crm.finds - before


@pytest.fixture
def bench(store: Store, clock: FakeClock) -> PreviewBench:
    return PreviewBench(store, clock, FakeCrm(facts()))


def written(preview: Preview) -> list[tuple[str, str, dict[str, object]]]:
    changes = preview.explanation.changes
    assert changes is not None
    return [_plain(write) for write in changes.writes]


def _plain(write: Write) -> tuple[str, str, dict[str, object]]:
    return write.action, write.object, dict(write.values)


@pytest.mark.parametrize("mode", ["lead", "contact"])
@pytest.mark.parametrize("known", [False, True])
def test_a_preview_of_a_draft_says_what_a_drain_writes_once_it_is_saved(
    bench: PreviewBench, mode: str, known: bool
) -> None:
    if known:
        bench.crm.add(
            "Lead" if mode == "lead" else "Contact",
            LastName="L",
            Email="ada1@acme1.example",
            Title="CFO",
        )
    title = {"from": "prospect.title", "overwrite": "always"}
    draft = {"mode": mode, "fields": {"Lead": {"Title": title}, "Contact": {"Title": title}}}
    preview = bench.preview(**draft)
    assert bench.crm.written == []
    bench.rule = draft  # saved
    bench.feed(ADA)
    bench.drain()
    assert written(preview) == [_plain(write) for write in bench.crm.written]


def test_an_edit_that_needs_no_new_lookup_costs_no_call(bench: PreviewBench) -> None:
    bench.crm.add("Lead", LastName="L", Email="ada1@acme1.example", Title="CFO")
    assert bench.calls_of() > 0
    always = {"Lead": {"Title": {"from": "prospect.title", "overwrite": "always"}}}
    assert bench.calls_of(fields=always) == 0
    assert bench.calls_of(fields={"Lead": {"Title": False}}) == 0
    assert bench.calls_of(mode="contact") == 0
    assert bench.calls_of() == 0


def test_a_field_that_was_not_read_is_read_once(bench: PreviewBench, clock: FakeClock) -> None:
    bench.calls_of()
    more = {"Lead": {"IsConverted": "prospect.x", "MasterRecordId": "prospect.title"}}
    assert bench.calls_of(fields=more) == 1
    assert bench.calls_of(fields=more) == 0


def test_another_match_key_is_looked_up(bench: PreviewBench) -> None:
    bench.calls_of()
    assert (
        bench.calls_of(
            match={"Lead": ["Phone"], "Contact": ["Phone"]}, fields={"Lead": {"Phone": "'1'"}}
        )
        > 0
    )


def test_a_lookup_is_repeated_after_two_minutes(bench: PreviewBench, clock: FakeClock) -> None:
    first = bench.calls_of()
    clock.sleep(119)
    assert bench.calls_of() == 0
    clock.sleep(2)
    assert bench.calls_of() == first


def test_records_that_a_drain_writes_are_visible_at_once(bench: PreviewBench) -> None:
    assert [action for action, _, _ in written(bench.preview())] == ["create"]
    bench.feed(ADA)
    bench.drain()
    changed = {"Lead": {"Title": {"value": "Countess", "overwrite": "always"}}}
    assert written(bench.preview(fields=changed)) == [("update", "Lead", {"Title": "Countess"})]


def test_fields_that_are_new_in_the_org_are_seen_at_once(bench: PreviewBench) -> None:
    draft = {"Lead": {"New__c": "prospect.title"}}
    assert "New__c" not in written(bench.preview(fields=draft))[0][2]
    lead = describe("Lead", extra=(FieldDescribe("New__c", "New", "string", length=80),))
    bench.crm.org = replace(bench.crm.org, describes={**bench.crm.org.describes, "Lead": lead})
    assert written(bench.preview(fields=draft))[0][2]["New__c"] == "Engineer"


def test_the_cost_is_that_of_a_drain_however_often_it_was_previewed(bench: PreviewBench) -> None:
    bench.crm.add("Lead", LastName="L", Email="ada1@acme1.example")
    costs = [bench.preview().explanation.cost for _ in range(3)]
    assert len(set(costs)) == 1
    assert (costs[0].looked, costs[0].to_write) == (1, 1)


def test_an_unchanged_plan_needs_no_lookup(bench: PreviewBench) -> None:
    bench.feed(ADA)
    bench.drain()
    preview, calls = bench.preview(), bench.calls_of()
    assert calls == 0
    assert written(preview) == []
    assert preview.explanation.cost.looked == 0


def test_a_switch_that_is_off_is_shown_with_the_plan(
    bench: PreviewBench,
) -> None:
    preview = bench.preview(switches={"sync_prospects": False})
    assert preview.explanation.skipped is not None
    assert written(preview) != []


def test_without_a_connection_only_the_plan_is_shown(bench: PreviewBench) -> None:
    bench.store.forget_connection("default")
    preview = bench.preview()
    assert (preview.unknown and preview.unknown.code, preview.explanation.changes) == (
        "not_connected",
        None,
    )
    assert preview.explanation.plan is not None


def _share(bench: PreviewBench, used: int) -> None:
    bench.store.note_usage(bench.crm.org.org_id, used, 100, bench.clock.now())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda bench: _share(bench, 50), "throttled"),
        (
            lambda bench: bench.store.pause(
                "default", WorkspacePause("quota", "", 0.0, bench.clock.now() + 9)
            ),
            "quota",
        ),
        (
            lambda bench: bench.store.pause(
                "default", WorkspacePause("unavailable", "", 0.0, bench.clock.now() + 9)
            ),
            "unavailable",
        ),
        (
            lambda bench: bench.store.save_connection(
                replace(bench.store.connection("default"), state="reconnect")
            ),
            "reconnect",
        ),
    ],
)
def test_previews_are_throttled_with_badges(
    bench: PreviewBench, change: Callable[[PreviewBench], None], why: str
) -> None:
    change(bench)
    preview = bench.preview()
    assert preview.unknown is not None
    assert (preview.unknown.code, preview.explanation.changes, bench.crm.finds) == (why, None, 0)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (Unavailable("gone", 60.0), "unavailable"),
        (QuotaReached("daily", 60.0), "quota"),
        (QuotaReached("concurrent", 5.0), "concurrent"),
        (ReconnectRequired("revoked"), "reconnect"),
    ],
)
def test_a_missing_answer_is_reported_and_not_requested_again_at_once(
    bench: PreviewBench, error: ZsfError, why: str
) -> None:
    asked = []

    def broken(*_: object) -> object:
        asked.append(1)
        raise error

    bench.whole = broken  # type: ignore[assignment]
    for _ in range(3):
        preview = bench.preview()
        assert preview.unknown is not None
        assert (preview.unknown.code, preview.explanation.plan is None) == (why, False)
    assert len(asked) == 1


def test_the_owner_of_a_found_person_is_named_and_looked_up_once(
    store: Store, clock: FakeClock
) -> None:
    crm = FakeCrm(facts())
    crm.rows["User"]["005000000000001AAA"] = {"Email": "b@x.example", "Name": "Björn Åkerlund"}
    crm.org = replace(crm.org, describes={**crm.org.describes, "User": describe("Contact")})
    crm._seen = lambda _, row: dict(row)  # type: ignore[method-assign]
    bench = PreviewBench(store, clock, crm)
    crm.add("Lead", LastName="L", Email="ada1@acme1.example", OwnerId="005000000000001AAA")
    assert bench.preview().owner == "Björn Åkerlund"
    assert bench.calls_of() == 0


def test_a_preview_is_shown_even_if_the_owners_name_may_not_be_read(
    bench: PreviewBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise QuotaReached("daily", 60.0)

    bench.crm.add("Lead", LastName="L", Email="ada1@acme1.example")
    monkeypatch.setattr(OwnerNames, "name", refuse)
    preview = bench.preview()
    assert (preview.unknown, preview.owner) == (None, None)
    assert preview.explanation.changes is not None
    assert bench.preview().unknown is not None, "what the error pauses was not recorded"


def lines(preview: Preview) -> dict[str, dict[str, tuple[str, object, object]]]:
    explanation = preview.explanation
    assert explanation.plan is not None
    assert preview.world is not None
    assert explanation.changes is not None
    reported = differences(explanation.plan, preview.world, explanation.changes)
    return {
        one.object: {line.field: (line.effect, line.before, line.after) for line in one.lines}
        for one in reported
    }


def test_a_difference_shows_what_changes_what_stays_and_what_is_left_out(
    bench: PreviewBench,
) -> None:
    bench.crm.add(
        "Contact",
        LastName="Lovelace1",
        FirstName="Ada1",
        Email="ada1@acme1.example",
        Title="CFO",
        Phone="1",
    )
    person = prospect(1, phone="2", email="ada1@acme1.example")
    fields = {
        "Title": {"from": "prospect.title", "overwrite": "always"},
        "MailingCity": "'Reykjavík'",
        "AccountId": {"value": "x"},
        "Nope__c": {"value": "x"},
    }
    reported = lines(bench.preview(purchase(person), mode="contact", fields={"Contact": fields}))[
        "Contact"
    ]
    assert reported["Title"] == ("changes", "CFO", "Engineer")
    assert reported["MailingCity"] == ("changes", None, "Reykjavík")
    assert reported["Phone"] == ("stays", "1", None)
    assert reported["LastName"] == ("stays", "Lovelace1", None)
    assert reported["Nope__c"][0] == "left_out"


def test_a_leads_account_is_linked_and_none_of_its_fields_change(bench: PreviewBench) -> None:
    bench.crm.add("Account", Name="Acme 1", Website="acme1.example", Phone="1")
    reported = lines(bench.preview())
    assert reported["Account"] == {}
    assert set(reported["Lead"]) >= {"LastName", "Company", "Zaplify_Id__c"}


OVERWRITES = ("if_blank", "always", "if_ours", "on_create")
SOURCES = ("prospect.title", "prospect.phone", "prospect.company.name", "'L' && prospect.nothing")


@st.composite
def drafts(draw: st.DrawFn) -> JsonObject:
    """What a person may make of the mapping."""
    fields = {
        name: draw(
            st.just(False)
            | st.fixed_dictionaries({"from": st.sampled_from(SOURCES), "overwrite": _OVERWRITES})
        )
        for name in draw(
            st.sets(st.sampled_from(("Title", "Phone", "City", "MailingCity", "Nope__c")))
        )
    }
    keys = draw(
        st.sampled_from(
            [[{"field": "Email", "compare": "email"}], ["LastName"], [["FirstName", "LastName"]]]
        )
    )
    many = draw(st.sampled_from(["hold", "oldest"]))
    return {
        "mode": draw(st.sampled_from(["lead", "contact"])),
        "fields": {"Lead": fields, "Contact": fields},
        "match": {"Lead": keys, "Contact": keys, "many": many},
    }


_OVERWRITES = st.sampled_from(OVERWRITES)
PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "object": st.sampled_from(["Lead", "Contact"]),
            "LastName": st.sampled_from(["Lovelace1", "Byron"]),
            "Email": st.sampled_from(["ada1@acme1.example", "other@x.example"]),
            "Title": st.sampled_from([None, "CFO", "Engineer"]),
        }
    ),
    max_size=3,
)


@settings(max_examples=20)
@given(edits=st.lists(drafts(), min_size=1, max_size=4), people=PEOPLE, synced=st.booleans())
def test_after_any_edits_a_preview_says_exactly_what_a_drain_writes(
    edits: list[JsonObject], people: list[dict[str, str]], synced: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(from_environment({}, config_dir=folder, data_dir=folder))
        clock = FakeClock()
        bench = PreviewBench(store, clock, FakeCrm(facts()))
        bench.parts = replace(
            bench.parts, heartbeat_of=lambda *_: nullcontext()
        )  # a lease then ends by itself alone
        for row in people:
            bench.crm.add(
                row["object"], **{name: value for name, value in row.items() if name != "object"}
            )
        if synced:
            bench.feed(ADA)
            bench.drain()
            clock.sleep(60.0)
            held = [entry.id for entry in store.entries("default", state="held")]
            store.skip(
                "default",
                Step("dropped"),  # released by a change of the rules, it would be written too
                0.0,
                entry_ids=held,
            )
        again = purchase(prospect(1, phone="2"), "e2")
        reported = [bench.preview(again, **draft) for draft in edits][-1].explanation.changes
        assert reported is not None
        bench.rule = edits[-1]
        bench.crm.written.clear()
        (entry,) = bench.feed(again)
        bench.drain()
        cause = bench.entry(entry).cause
        assert [_plain(write) for write in reported.writes] == [
            _plain(write) for write in bench.crm.written
        ]
        assert (reported.cause and reported.cause.group) == (cause and cause.group)
        store.close()
