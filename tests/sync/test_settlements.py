"""How each entry of a round ends, by the class of its errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import pytest

from tests.fakes.events import prospect, purchase
from tests.fakes.org import facts
from tests.sync.planned import (
    ACCOUNT,
    CONTACT,
    LEAD,
    NOW,
    changes,
    create,
    fingerprint,
    no_defect,
    planned,
    update,
    with_entry,
)
from zsf_plugin.errors import (
    DuplicateFound,
    DuplicateRecord,
    Halted,
    OutcomeUnknown,
    QuotaReached,
    ReconnectRequired,
    Rejected,
    RowBusy,
    StoreUnavailable,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model import (
    Cause,
    Changes,
    Link,
    LinkKey,
    Reference,
    Step,
    World,
    Write,
    WriteOutcome,
)
from zsf_plugin.ports import JournalLine, Moment, Settlement
from zsf_plugin.sync.arrivals import MAX_ARRIVAL_DELAY_S
from zsf_plugin.sync.entries import PlannedEntry, WrittenEntry, plan_writes, with_outcomes
from zsf_plugin.sync.links_and_journal import links_to_store
from zsf_plugin.sync.settlements import (
    LOOK_AGAIN,
    EntryOutcome,
    Fingerprint,
    OnDefect,
    entry_outcomes,
    error_about_the_org,
    held_settlement,
    outcome_unknown,
    requeued,
)

ADA = planned(purchase(prospect(1), "e1"))
BOB = planned(purchase(prospect(2), "e2"))
TO_LEAD = Link("prospect", "p1", "Lead", LEAD, {}, "digest")
UPDATE = update("Lead", LEAD, Title="CTO")
FOUND, UPDATED = Step("found", "Lead"), Step("updated", "Lead")


def ended(
    *entries: tuple[PlannedEntry, Changes, Sequence[ZsfError | None]],
    before: Mapping[LinkKey, Link] | None = None,
    fingerprint: Fingerprint = fingerprint,
    on_defect: OnDefect = no_defect,
) -> list[EntryOutcome]:
    """The outcomes of entries whose writes met these errors (None: done), given the links from
    before."""
    batch = plan_writes([(one, change) for one, change, _ in entries])
    errors = [error for _, _, errors in entries for error in errors]
    outcomes = [
        WriteOutcome(write.token, error=error)
        if error is not None
        else WriteOutcome(write.token, write.ref.replace("new:", "made-"))
        for write, error in zip(batch.writes, errors, strict=True)
    ]
    world = World(facts(), before or {})
    return entry_outcomes(
        with_outcomes(batch, outcomes), world, Moment(NOW), fingerprint, on_defect
    )


def ends(error: ZsfError | None, one: PlannedEntry = ADA) -> EntryOutcome:
    """The outcome of one entry with one write."""
    return ended((one, changes(UPDATE, links=(TO_LEAD,)), [error]))[0]


def test_an_entry_whose_writes_are_done_is_done_with_links_and_journal() -> None:
    settlement = ends(None).settlement
    assert (settlement.entry_id, settlement.state, settlement.links) == ("e1", "done", (TO_LEAD,))
    assert (settlement.not_before, settlement.count_attempt, settlement.sent_at) == (
        0.0,
        False,
        None,
    )


def test_the_journal_has_each_done_write_with_the_record_and_its_fields_before_and_after() -> None:
    change = changes(
        create("Account", "new:0", Name="Acme"),
        create("Contact", "new:1", AccountId=Reference("new:0")),
        replace(UPDATE, before={"Title": "Engineer"}),
    )
    (outcome,) = ended((ADA, change, [None, None, None]))
    assert outcome.settlement.journal == (
        JournalLine("e1", "Account", "made-0", "create", {}, {"Name": "Acme"}, NOW),
        JournalLine("e1", "Contact", "made-1", "create", {}, {"AccountId": "made-0"}, NOW),
        JournalLine("e1", "Lead", LEAD, "update", {"Title": "Engineer"}, {"Title": "CTO"}, NOW),
    )


def test_the_journal_of_a_failed_entry_lists_its_successful_writes() -> None:
    change = changes(create("Account", "new:0", Name="Acme"), create("Contact", "new:1"))
    (outcome,) = ended((ADA, change, [None, Rejected("NO")]))
    assert [line.object for line in outcome.settlement.journal] == ["Account"]


@pytest.mark.parametrize(
    ("writes", "reason"),
    [
        pytest.param([], FOUND, id="nothing was written: the last step says why"),
        pytest.param([UPDATE], None, id="what was written is the story"),
    ],
)
def test_a_done_entry_that_wrote_nothing_has_its_last_step_for_a_reason(
    writes: list[Write], reason: Step | None
) -> None:
    change = replace(changes(*writes), steps=(UPDATED, UPDATED, FOUND))
    settlement = ended((ADA, change, [None] * len(writes)))[0].settlement
    assert (settlement.reason, settlement.steps) == (reason, change.steps)


def test_a_done_entry_without_any_step_has_no_reason() -> None:
    assert ended((ADA, changes(), []))[0].settlement.reason is None


def test_a_refusal_holds_the_entry_with_its_cause_and_names_the_write() -> None:
    error = Rejected("FIELD_CUSTOM_VALIDATION_EXCEPTION", fields=("Rating",))
    outcome = ends(error)
    assert (outcome.settlement.entry_id, outcome.settlement.state) == ("e1", "held")
    cause = outcome.settlement.cause
    assert cause is not None
    assert (cause.code, cause.object, cause.field) == (error.code, "Lead", "Rating")
    assert cause.fingerprint == fingerprint(cause)
    assert outcome.settlement.reason == Step("held", "Lead", "Rating", {"cause": error.code})
    assert outcome.refused == (UPDATE, error)
    assert outcome.again is None


def test_a_refused_entry_lists_what_it_found_and_the_named_records_but_no_write() -> None:
    change = replace(changes(UPDATE), steps=(FOUND, UPDATED))
    named = (DuplicateRecord("Lead", LEAD), DuplicateRecord("Contact", CONTACT))
    refusal = DuplicateFound("DUPLICATES_DETECTED", "", named)
    (outcome,) = ended((replace(ADA, looked_up_again=True), change, [refusal]))
    assert outcome.settlement.steps == (
        FOUND,
        Step("named", "Lead", None, {"record": LEAD}),
        Step("named", "Contact", None, {"record": CONTACT}),
    )


def test_an_entry_held_before_it_is_sent_keeps_its_steps_and_drops_its_stale_links() -> None:
    change = Changes(steps=(FOUND,), stale=(TO_LEAD.key,))
    cause = Cause("SEVERAL_MATCH", "Lead", data={"policy": "hold"})
    held = held_settlement(ADA.entry, change, cause, fingerprint)
    assert held == Settlement(
        "e1",
        "held",
        Step("held", "Lead", None, {"policy": "hold", "cause": "SEVERAL_MATCH"}),
        replace(cause, fingerprint=fingerprint(cause)),
        (FOUND,),
        drop_links=(TO_LEAD.key,),
    )


@pytest.mark.parametrize("code", sorted(LOOK_AGAIN))
def test_a_refusal_that_may_be_outdated_is_looked_up_once_more_and_then_held(
    code: str,
) -> None:
    assert ends(Rejected(code)).again == "look"
    assert ends(Rejected(code), replace(ADA, looked_up_again=True)).settlement.state == "held"


def test_a_duplicate_hands_on_the_records_that_salesforce_named() -> None:
    named = (DuplicateRecord("Lead", LEAD),)
    assert ends(DuplicateFound("DUPLICATES_DETECTED", "", named)).candidates == named


@pytest.mark.parametrize(
    ("again", "looked_before", "looked_up_again"),
    [("look", False, True), ("retry", False, False), ("look", True, True), ("retry", True, True)],
)
def test_a_retried_entry_remembers_that_it_was_looked_up_again(
    again: Literal["retry", "look"], looked_before: bool, looked_up_again: bool
) -> None:
    outcome = EntryOutcome(Settlement("e1", "pending"), again)
    one = replace(ADA, looked_up_again=looked_before)
    assert outcome.for_next_round(one) == replace(ADA, looked_up_again=looked_up_again)


def test_a_retried_entry_remembers_the_records_that_were_named_last() -> None:
    first, second = (DuplicateRecord("Lead", LEAD),), (DuplicateRecord("Contact", CONTACT),)
    outcome = EntryOutcome(Settlement("e1", "pending"), "retry", first)
    assert outcome.for_next_round(ADA).candidates == first
    assert outcome.for_next_round(replace(ADA, candidates=second)).candidates == first
    none_named = EntryOutcome(Settlement("e1", "pending"), "retry")
    assert none_named.for_next_round(replace(ADA, candidates=second)).candidates == second


def test_a_lost_answer_is_looked_up_at_once_and_counts() -> None:
    settlement = ends(OutcomeUnknown("no answer")).settlement
    assert (settlement.state, settlement.count_attempt, settlement.not_before) == (
        "writing",
        True,
        NOW,
    )


@pytest.mark.parametrize(("attempts", "wait_s"), [(0, 0.0), (1, 2.0), (4, 16.0)])
def test_further_lost_answers_are_looked_up_after_waits_that_double(
    attempts: int, wait_s: float
) -> None:
    one = with_entry(ADA, attempts=attempts)
    assert ends(OutcomeUnknown("no answer"), one).settlement.not_before == NOW + wait_s


def test_only_a_lost_create_may_still_arrive() -> None:
    lost = OutcomeUnknown("no answer")
    assert ends(lost).settlement.sent_at is None
    (created,) = ended((ADA, changes(create("Lead", "new:0")), [lost]))
    assert created.settlement.sent_at == NOW


def test_a_locked_row_waits_as_long_as_the_error_says() -> None:
    settlement = ends(RowBusy("locked", 2.0)).settlement
    assert (settlement.state, settlement.not_before, settlement.count_attempt) == (
        "pending",
        NOW + 2.0,
        False,
    )


@pytest.mark.parametrize(
    "error", [Unavailable("503"), QuotaReached("daily", 60.0), ReconnectRequired("revoked")]
)
def test_an_error_about_the_org_leaves_the_entry_waiting(error: ZsfError) -> None:
    outcome = ends(error)
    assert (outcome.settlement.state, outcome.again) == ("pending", None)
    assert outcome.settlement.not_before == 0.0


def test_an_entry_whose_create_may_still_arrive_is_looked_up_first_even_after_a_locked_row() -> (
    None
):
    one = with_entry(ADA, sent_at=NOW - MAX_ARRIVAL_DELAY_S + 1)
    assert ends(RowBusy("locked", 2.0), one).settlement.state == "writing"
    assert ends(Unavailable("503"), one).settlement.state == "writing"


def test_a_consequence_of_another_failure_is_retried() -> None:
    outcome = ends(Halted("the request was rolled back"))
    assert (outcome.again, outcome.settlement.entry_id) == ("retry", "e1")
    assert (outcome.settlement.state, outcome.settlement.not_before) == ("pending", 0.0)


def test_an_unknown_outcome_decides_before_a_refusal_and_that_before_its_consequence() -> None:
    change = changes(create("Account", "new:0"), create("Contact", "new:1"))
    refused, halted, lost = Rejected("NO"), Halted("no Account"), OutcomeUnknown("no answer")
    assert ended((ADA, change, [halted, refused]))[0].refused == (change.writes[1], refused)
    assert ended((ADA, change, [refused, lost]))[0].settlement.state == "writing"


def test_an_entry_that_relied_on_a_failed_write_is_decided_again() -> None:
    relying = changes(update("Lead", LEAD, City="Bonn"), depends_on=(LEAD,))
    first, second = ended((ADA, changes(UPDATE), [Rejected("NO")]), (BOB, relying, [None]))
    assert (first.settlement.state, second.again) == ("held", "retry")
    assert len(second.settlement.journal) == 1


def test_an_entry_that_relied_on_a_failed_write_is_not_held_for_its_own_refusal() -> None:
    relying = changes(update("Lead", LEAD, City="Bonn"), depends_on=(LEAD,))
    first = (ADA, changes(UPDATE), [Rejected("FIRST")])
    (_, second) = ended(first, (BOB, relying, [Rejected("SECOND")]))
    assert (second.settlement.state, second.again) == ("pending", "retry")


def test_a_failure_affects_all_later_entries_not_only_the_next() -> None:
    first = (ADA, changes(UPDATE), [Rejected("NO")])
    _, second, third = ended(first, (BOB, changes(), []), (BOB, changes(depends_on=(LEAD,)), []))
    assert (second.again, third.again) == (None, "retry")


def test_an_entry_that_relied_on_a_write_of_a_retried_one_is_decided_again() -> None:
    """The first may write something else once it is looked up again."""
    change = changes(create("Account", "new:0"), create("Contact", "new:1"))
    relying = changes(depends_on=("new:0",))
    first, second = ended((ADA, change, [None, Rejected("NOT_FOUND")]), (BOB, relying, []))
    assert (first.again, second.again) == ("look", "retry")


def test_an_entry_that_relied_on_a_successful_write_of_a_held_one_is_done() -> None:
    change = changes(create("Account", "new:0"), create("Contact", "new:1"))
    relying = changes(depends_on=("new:0",))
    first, second = ended((ADA, change, [None, Rejected("NO")]), (BOB, relying, []))
    assert (first.settlement.state, second.settlement.state) == ("held", "done")


def broken(cause: Cause) -> str:
    raise OverflowError("a value nobody foresaw")


def as_unknown(written: WrittenEntry, error: Exception) -> EntryOutcome:
    assert isinstance(error, OverflowError)
    return outcome_unknown(written, Moment(NOW))


def test_only_an_entry_whose_settlement_has_a_defect_ends_differently() -> None:
    first, second = ended(
        (ADA, changes(UPDATE), [Rejected("NO")]),
        (BOB, changes(update("Lead", "00Q2")), [None]),
        fingerprint=broken,
        on_defect=as_unknown,
    )
    assert (first.settlement.entry_id, first.settlement.state) == ("e1", "writing")
    assert (second.settlement.entry_id, second.settlement.state) == ("e2", "done")


def test_an_entry_that_relied_on_a_write_of_one_with_a_defect_is_decided_again() -> None:
    """Nothing that the first wrote is stored: it will be looked up."""
    change = changes(create("Account", "new:0"), create("Contact", "new:1"))
    relying = changes(depends_on=("new:0",))
    first = (ADA, change, [None, Rejected("NO")])
    _, second = ended(first, (BOB, relying, []), fingerprint=broken, on_defect=as_unknown)
    assert second.again == "retry"


def test_an_expected_error_is_no_defect() -> None:
    def fenced(cause: Cause) -> str:
        raise StoreUnavailable("locked")

    with pytest.raises(StoreUnavailable):
        ended((ADA, changes(UPDATE), [Rejected("NO")]), fingerprint=fenced, on_defect=as_unknown)


@pytest.mark.parametrize(
    ("change", "attempts", "expected"),
    [
        (changes(UPDATE), 0, Settlement("e1", "writing", not_before=NOW, count_attempt=True)),
        (
            changes(create("Lead", "new:0")),
            3,
            Settlement("e1", "writing", not_before=NOW + 8, count_attempt=True, sent_at=NOW),
        ),
    ],
)
def test_with_no_outcome_known_all_answers_count_as_lost(
    change: Changes, attempts: int, expected: Settlement
) -> None:
    one = WrittenEntry(with_entry(ADA, attempts=attempts), change)
    assert outcome_unknown(one, Moment(NOW)) == EntryOutcome(expected)


def test_an_entry_that_relied_on_a_retried_one_is_retried_too() -> None:
    again = changes(UPDATE, depends_on=(ACCOUNT,))
    relying = changes(depends_on=(ACCOUNT,))
    _, second = ended((ADA, again, [Rejected("NOT_FOUND")]), (BOB, relying, []))
    assert second.again == "retry"


def test_an_entry_that_relied_on_no_failed_write_is_done() -> None:
    relying = changes(depends_on=(ACCOUNT,))
    _, second = ended((ADA, changes(UPDATE), [Rejected("NO")]), (BOB, relying, []))
    assert (second.settlement.state, second.again) == ("done", None)


def test_only_a_done_entry_leaves_its_plan_on_the_link() -> None:
    (held,) = ends(Rejected("NO")).settlement.links
    assert (held.record_id, held.plan_digest) == (LEAD, "")


def test_a_link_to_a_record_that_was_not_created_is_not_kept() -> None:
    new = replace(TO_LEAD, record_id="new:0")
    assert links_to_store((new,), {}, (), {}, digests=True) == ()
    assert links_to_store((new,), {}, (), {"new:0": LEAD}, digests=True) == (TO_LEAD,)


ENGINEER = replace(TO_LEAD, written={"Title": "Engineer"}, plan_digest="of before")
CTO = replace(TO_LEAD, written={"Title": "CTO"})


@pytest.mark.parametrize(
    "error",
    [
        RowBusy("locked", 2.0),
        OutcomeUnknown("no answer"),
        Rejected("NOT_FOUND"),
        Rejected("FIELD_CUSTOM_VALIDATION_EXCEPTION"),
    ],
)
def test_a_link_remembers_no_value_that_is_not_known_to_be_written(error: ZsfError) -> None:
    one = (ADA, changes(UPDATE, links=(CTO,)), [error])
    (link,) = ended(one, before={CTO.key: ENGINEER})[0].settlement.links
    assert link.written == {"Title": "Engineer"}
    (link,) = ended(one)[0].settlement.links
    assert link.written == {}


def test_the_link_of_a_failed_entry_keeps_its_written_values() -> None:
    account = Link("company", "c1", "Account", ACCOUNT, {"Name": "Acme", "Phone": "2"})
    before = {account.key: replace(account, written={"Name": "Acme", "Phone": "1"})}
    change = changes(UPDATE, update("Account", ACCOUNT, Phone="2"), links=(CTO, account))
    (outcome,) = ended((ADA, change, [Rejected("NO"), None]), before=before)
    assert {link.kind: link.written for link in outcome.settlement.links} == {
        "prospect": {},
        "company": {"Name": "Acme", "Phone": "2"},
    }


def test_a_link_stores_what_is_written_to_its_record_and_what_was_written_before() -> None:
    account = Link("company", "c1", "Account", ACCOUNT, {"Phone": "2"})
    change = changes(UPDATE, update("Account", ACCOUNT, Phone="2"), links=(account,))
    (link,) = ended((ADA, change, [None, None]))[0].settlement.links
    assert link.written == {"Phone": "2"}


def test_a_link_to_a_created_record_remembers_only_what_it_was_created_with() -> None:
    new = replace(CTO, record_id="new:0")
    change = changes(create("Lead", "new:0", Title="CTO"), links=(new,))
    before = {CTO.key: replace(ENGINEER, written={"City": "Bonn"})}
    (link,) = ended((ADA, change, [None]), before=before)[0].settlement.links
    assert (link.record_id, link.written) == ("made-0", {"Title": "CTO"})


def test_a_link_takes_over_nothing_that_an_earlier_entry_failed_to_write() -> None:
    both = replace(CTO, written={"Title": "CTO", "City": "Bonn"})
    first = (ADA, changes(UPDATE, links=(CTO,)), [Rejected("NO")])
    relying = changes(update("Lead", LEAD, City="Bonn"), links=(both,), depends_on=(LEAD,))
    _, second = ended(first, (BOB, relying, [None]), before={CTO.key: ENGINEER})
    assert [link.written for link in second.settlement.links] == [
        {"Title": "Engineer", "City": "Bonn"}
    ]


def test_a_stale_link_is_dropped_unless_a_new_one_replaces_it() -> None:
    stale = replace(changes(), stale=(TO_LEAD.key, ("company", "c1")))
    replaced = replace(changes(links=(TO_LEAD,)), stale=(TO_LEAD.key, ("company", "c1")))
    assert ended((ADA, stale, []))[0].settlement.drop_links == stale.stale
    assert ended((ADA, replaced, []))[0].settlement.drop_links == (("company", "c1"),)


@pytest.mark.parametrize(
    ("after_s", "state"),
    [(MAX_ARRIVAL_DELAY_S - 1, "writing"), (MAX_ARRIVAL_DELAY_S, "pending")],
)
def test_a_requeued_entry_stays_in_doubt_while_a_lost_create_may_arrive(
    after_s: float, state: str
) -> None:
    entry = with_entry(ADA, sent_at=NOW).entry
    assert requeued(entry, Moment(NOW + after_s)).state == state
    assert requeued(ADA.entry, Moment(NOW + after_s)) == Settlement("e1", "pending", not_before=0.0)
    assert requeued(ADA.entry, Moment(NOW), NOW + 30) == Settlement(
        "e1", "pending", not_before=NOW + 30
    )


@pytest.mark.parametrize(
    ("met", "reported"),
    [
        ([Rejected("NO"), RowBusy("locked", 2.0), OutcomeUnknown("no answer")], None),
        ([Rejected("NO"), Unavailable("503")], Unavailable),
        ([Unavailable("503"), QuotaReached("daily", 60.0)], QuotaReached),
        ([QuotaReached("daily", 60.0), ReconnectRequired("session")], ReconnectRequired),
    ],
)
def test_the_longest_error_about_the_org_pauses_the_drain(
    met: list[ZsfError], reported: type[ZsfError] | None
) -> None:
    writes = [update("Lead", f"00Q{n}", Title="CTO") for n in range(len(met))]
    batch = plan_writes([(ADA, changes(*writes))])
    outcomes = [
        WriteOutcome(write.token, error=error) for write, error in zip(writes, met, strict=True)
    ]
    found = error_about_the_org(with_outcomes(batch, outcomes))
    assert found is None if reported is None else isinstance(found, reported)


@pytest.mark.parametrize(
    ("error", "is_waiting"),
    [
        (RowBusy("locked", 2.0), True),
        (OutcomeUnknown("no answer"), True),
        (Unavailable("503"), True),
        (Rejected("NOT_FOUND"), False),
        (Rejected("FIELD_CUSTOM_VALIDATION_EXCEPTION"), False),
        (None, False),
    ],
)
def test_only_an_entry_that_neither_ended_nor_is_retried_waits_in_the_outbox(
    error: ZsfError | None, is_waiting: bool
) -> None:
    outcome = ends(error)
    waits = outcome.again is None and outcome.settlement.state in ("pending", "writing")
    assert waits is is_waiting


def test_the_first_lookup_of_an_entry_that_was_sent_without_one_is_no_second_one() -> None:
    looked = EntryOutcome(Settlement("e1", "pending"), "look")
    sent_without = replace(ADA, is_presumed=True)
    once = looked.for_next_round(sent_without)
    assert (once.is_presumed, once.looked_up_again) == (False, False)
    assert looked.for_next_round(once).looked_up_again
