"""How each entry of a round ends, by the class of its errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.fakes.events import prospect, purchase
from tests.sync.planned import (
    ACCOUNT,
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
    Candidate,
    DuplicateFound,
    Halted,
    OutcomeUnknown,
    QuotaReached,
    ReconnectRequired,
    Rejected,
    RowBusy,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model import Changes, Link, LinkKey, Outcome
from zsf_plugin.sync.entries import PlannedEntry, plan_writes, with_outcomes
from zsf_plugin.sync.settlements import (
    LATE_ARRIVAL_S,
    LOOK_AGAIN,
    EntryOutcome,
    entry_outcomes,
    error_about_the_org,
    kept_links,
    put_back,
)

ADA = planned(purchase(prospect(1), "e1"))
BOB = planned(purchase(prospect(2), "e2"))
TO_LEAD = Link("prospect", "p1", "Lead", LEAD, {}, "digest")
UPDATE = update("Lead", LEAD, Title="CTO")


def ended(
    *entries: tuple[PlannedEntry, Changes, list[ZsfError | None]],
    before: Mapping[LinkKey, Link] | None = None,
) -> list[EntryOutcome]:
    """The outcomes of entries whose writes met these errors (None: done), over the links of
    before."""
    batch = plan_writes([(one, change) for one, change, _ in entries])
    errors = [error for _, _, errors in entries for error in errors]
    outcomes = [
        Outcome(write.token, error=error)
        if error is not None
        else Outcome(write.token, write.ref.replace("new:", "made-"))
        for write, error in zip(batch.writes, errors, strict=True)
    ]
    return entry_outcomes(with_outcomes(batch, outcomes), before or {}, NOW, fingerprint, no_defect)


def ends(error: ZsfError | None, one: PlannedEntry = ADA) -> EntryOutcome:
    """The outcome of one entry with one write."""
    return ended((one, changes(UPDATE, links=(TO_LEAD,)), [error]))[0]


def test_an_entry_whose_writes_are_done_is_done_with_links_and_journal() -> None:
    settlement = ends(None).settlement
    assert (settlement.state, settlement.links) == ("done", (TO_LEAD,))
    (line,) = settlement.journal
    assert (line.record_id, line.after, line.at) == (LEAD, {"Title": "CTO"}, NOW)


def test_a_refusal_holds_the_entry_with_its_cause_and_names_the_write() -> None:
    error = Rejected("FIELD_CUSTOM_VALIDATION_EXCEPTION")
    outcome = ends(error)
    assert outcome.settlement.state == "held"
    assert outcome.settlement.cause is not None
    assert outcome.settlement.cause.fingerprint == fingerprint(outcome.settlement.cause)
    assert outcome.refused == (UPDATE, error)
    assert outcome.again is None


@pytest.mark.parametrize("code", sorted(LOOK_AGAIN))
def test_what_may_have_changed_since_we_looked_is_looked_at_once_more_and_held_then(
    code: str,
) -> None:
    assert ends(Rejected(code)).again == "look"
    assert ends(Rejected(code), replace(ADA, looked_again=True)).settlement.state == "held"


def test_a_duplicate_hands_on_the_records_that_salesforce_named() -> None:
    named = (Candidate("Lead", LEAD),)
    assert ends(DuplicateFound("DUPLICATES_DETECTED", "", named)).candidates == named


def test_a_lost_answer_is_looked_up_at_once_and_counts() -> None:
    settlement = ends(OutcomeUnknown("no answer")).settlement
    assert (settlement.state, settlement.spend, settlement.not_before) == ("writing", True, NOW)


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


def test_a_locked_row_waits_as_long_as_it_is_said_to_take() -> None:
    settlement = ends(RowBusy("locked", 2.0)).settlement
    assert (settlement.state, settlement.not_before, settlement.spend) == (
        "pending",
        NOW + 2.0,
        False,
    )


@pytest.mark.parametrize(
    "error", [Unavailable("503"), QuotaReached("daily", 60.0), ReconnectRequired("revoked")]
)
def test_what_is_about_the_org_leaves_the_entry_waiting(error: ZsfError) -> None:
    outcome = ends(error)
    assert (outcome.settlement.state, outcome.again) == ("pending", None)


def test_an_unknown_outcome_decides_before_a_refusal_and_that_before_its_consequence() -> None:
    change = changes(create("Account", "new:0"), create("Contact", "new:1"))
    refused, halted, lost = Rejected("NO"), Halted("no Account"), OutcomeUnknown("no answer")
    assert ended((ADA, change, [halted, refused]))[0].refused == (change.writes[1], refused)
    assert ended((ADA, change, [refused, lost]))[0].settlement.state == "writing"


def test_who_relied_on_a_record_whose_write_failed_is_decided_again() -> None:
    relying = changes(update("Lead", LEAD, City="Bonn"), depends_on=(LEAD,))
    first, second = ended((ADA, changes(UPDATE), [Rejected("NO")]), (BOB, relying, [None]))
    assert (first.settlement.state, second.again) == ("held", "retry")
    assert len(second.settlement.journal) == 1


def test_who_relied_on_one_that_goes_on_goes_on_too() -> None:
    again = changes(UPDATE, depends_on=(ACCOUNT,))
    relying = changes(depends_on=(ACCOUNT,))
    _, second = ended((ADA, again, [Rejected("NOT_FOUND")]), (BOB, relying, []))
    assert second.again == "retry"


def test_who_relied_on_nothing_that_failed_is_done() -> None:
    relying = changes(depends_on=(ACCOUNT,))
    _, second = ended((ADA, changes(UPDATE), [Rejected("NO")]), (BOB, relying, []))
    assert (second.settlement.state, second.again) == ("done", None)


def test_only_a_done_entry_leaves_its_plan_on_the_link() -> None:
    (held,) = ends(Rejected("NO")).settlement.links
    assert (held.record_id, held.plan_digest) == (LEAD, "")


def test_a_link_to_a_record_that_was_not_created_is_not_kept() -> None:
    new = replace(TO_LEAD, record_id="new:0")
    assert kept_links((new,), {}, (), {}, digests=True) == ()
    assert kept_links((new,), {}, (), {"new:0": LEAD}, digests=True) == (TO_LEAD,)


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


def test_of_an_entry_that_failed_a_link_remembers_what_is_written_all_the_same() -> None:
    account = Link("company", "c1", "Account", ACCOUNT, {"Name": "Acme", "Phone": "2"})
    before = {account.key: replace(account, written={"Name": "Acme", "Phone": "1"})}
    change = changes(UPDATE, update("Account", ACCOUNT, Phone="2"), links=(CTO, account))
    (outcome,) = ended((ADA, change, [Rejected("NO"), None]), before=before)
    assert {link.kind: link.written for link in outcome.settlement.links} == {
        "prospect": {},
        "company": {"Name": "Acme", "Phone": "2"},
    }


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
    [(LATE_ARRIVAL_S - 1, "writing"), (LATE_ARRIVAL_S, "pending")],
)
def test_who_is_put_back_stays_in_doubt_while_a_lost_create_may_arrive(
    after_s: float, state: str
) -> None:
    entry = with_entry(ADA, sent_at=NOW).entry
    assert put_back(entry, NOW + after_s).state == state
    assert put_back(ADA.entry, NOW + after_s).state == "pending"


@pytest.mark.parametrize(
    ("met", "told"),
    [
        ([Rejected("NO"), RowBusy("locked", 2.0), OutcomeUnknown("no answer")], None),
        ([Rejected("NO"), Unavailable("503")], Unavailable),
        ([Unavailable("503"), QuotaReached("daily", 60.0)], QuotaReached),
        ([QuotaReached("daily", 60.0), ReconnectRequired("session")], ReconnectRequired),
    ],
)
def test_of_errors_about_the_org_the_one_that_lasts_longest_pauses_the_drain(
    met: list[ZsfError], told: type[ZsfError] | None
) -> None:
    writes = [update("Lead", f"00Q{n}", Title="CTO") for n in range(len(met))]
    batch = plan_writes([(ADA, changes(*writes))])
    outcomes = [Outcome(write.token, error=error) for write, error in zip(writes, met, strict=True)]
    found = error_about_the_org(with_outcomes(batch, outcomes))
    assert found is None if told is None else isinstance(found, told)


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
def test_only_who_neither_ended_nor_goes_on_waits_in_the_outbox(
    error: ZsfError | None, is_waiting: bool
) -> None:
    assert ends(error).is_waiting is is_waiting
