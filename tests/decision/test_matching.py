"""Matching: link, external ID, then match keys in order; the configured policy resolves several
matches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.crm import FakeCrm
from tests.fakes.events import plan, prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.sync.planned import record, world_of
from zsf_plugin.decision.matching import find_match, owner_id, owner_value, unique_extreme
from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.decision.search import COMPANY, PEOPLE
from zsf_plugin.messages.text import cause_text, step_text
from zsf_plugin.model import (
    Changes,
    Event,
    Json,
    Link,
    LookupParts,
    ObjectDescribe,
    Record,
    Step,
    World,
)
from zsf_plugin.sync.lookup import look_up_records

MAIL = "seller@zaplify.example"


@pytest.fixture
def org() -> FakeCrm:
    return FakeCrm(facts(), {"seller@zaplify.example": "005000000000001AAA"})


def outcome(
    org: FakeCrm, event: Event, mode: str = "lead", links: tuple[Link, ...] = (), **rule: Json
) -> Changes:
    made = plan(event, mode, **rule)  # type: ignore[arg-type]
    world = World(org.org, {link.key: link for link in links})
    return reconcile(made, look_up_records([made], world, org, "purchases"))[0]


def linked_to(changes: Changes) -> str:
    return next(link.record_id for link in changes.links if link.kind == "prospect")


@pytest.mark.parametrize("mode", ["lead", "contact"])
@pytest.mark.parametrize("object_", ["Lead", "Contact"])
def test_a_person_is_found_as_lead_or_contact_in_either_mode(
    org: FakeCrm, mode: str, object_: str
) -> None:
    known = org.add(object_, LastName="Lovelace", Email="ADA1@Acme1.example")
    changes = outcome(org, purchase(prospect(1)), mode)
    assert linked_to(changes) == known
    assert all(write.action == "update" or write.object == "Account" for write in changes.writes)


def test_under_one_key_a_contact_takes_precedence_over_a_lead(org: FakeCrm) -> None:
    org.add("Lead", LastName="Lovelace", Email="ada1@acme1.example")
    contact = org.add("Contact", LastName="Lovelace", Email="ada1@acme1.example")
    assert linked_to(outcome(org, purchase(prospect(1)))) == contact


def test_an_earlier_key_wins_over_a_later_one(org: FakeCrm) -> None:
    org.add("Lead", FirstName="Ada1", LastName="Lovelace1", Company="Acme 1")
    by_mail = org.add("Lead", LastName="Byron", Email="ada1@acme1.example")
    assert linked_to(outcome(org, purchase(prospect(1)))) == by_mail


def test_a_converted_lead_leads_to_its_contact(org: FakeCrm) -> None:
    contact = org.add("Contact", LastName="Lovelace")
    org.add(
        "Lead",
        LastName="Lovelace",
        Email="ada1@acme1.example",
        IsConverted=True,
        ConvertedContactId=contact,
    )
    assert linked_to(outcome(org, purchase(prospect(1)))) == contact


def test_a_link_takes_precedence_over_everything(org: FakeCrm) -> None:
    org.add("Contact", LastName="Lovelace", Email="ada1@acme1.example")
    mine = org.add("Lead", LastName="Other", Company="Other")
    assert (
        linked_to(
            outcome(org, purchase(prospect(1)), links=(Link("prospect", "p1", "Lead", mine, {}),))
        )
        == mine
    )


def test_a_link_to_a_missing_record_is_dropped_and_the_person_matched_again(org: FakeCrm) -> None:
    known = org.add("Lead", LastName="Lovelace", Email="ada1@acme1.example")
    gone = Link("prospect", "p1", "Lead", "00Q00000000000ZAAA", {})
    changes = outcome(org, purchase(prospect(1)), links=(gone,))
    assert linked_to(changes) == known
    assert changes.stale == (("prospect", "p1"),)


@pytest.mark.parametrize(
    "website", ["acme1.example", "https://www.ACME1.example/en?x=1", "WWW.acme1.example"]
)
def test_a_company_is_found_by_its_bare_domain(org: FakeCrm, website: str) -> None:
    account = org.add("Account", Name="Quite another name", Website=website)
    changes = outcome(org, purchase(prospect(1)), "contact")
    assert next(link.record_id for link in changes.links if link.kind == "company") == account


def test_a_shared_domain_matches_nothing(org: FakeCrm) -> None:
    org.add("Account", Name="Someone else", Website="https://linkedin.com/company/else")
    company: Json = {
        "id": "c1",
        "name": "Acme 1",
        "website": "https://www.linkedin.com/company/acme",
    }
    changes = outcome(org, purchase(prospect(1, company=company)), "contact")
    assert [write.object for write in changes.writes] == ["Account", "Contact"]


def test_a_default_is_never_used_to_match(org: FakeCrm) -> None:
    org.add("Lead", FirstName="Ada1", LastName="Lovelace1", Company="[not provided]")
    changes = outcome(org, purchase(prospect(1, company=None, email=None)))
    assert [write.action for write in changes.writes] == ["create"]
    assert "no match key has a value" in " ".join(step_text(step) for step in changes.steps)


def test_in_lead_mode_a_matching_account_is_linked_and_never_written(org: FakeCrm) -> None:
    account = org.add("Account", Name="Acme 1")
    changes = outcome(org, purchase(prospect(1)))
    assert {link.kind: link.record_id for link in changes.links}["company"] == account
    assert [write.object for write in changes.writes] == ["Lead"]


def test_a_contact_whose_prospect_names_no_company_has_no_account(org: FakeCrm) -> None:
    (write,) = outcome(org, purchase(prospect(1, company=None)), "contact").writes
    assert (write.object, "AccountId" in write.values) == ("Contact", False)


def test_several_matches_are_held_unless_a_policy_chooses(org: FakeCrm) -> None:
    org.add("Lead", LastName="A", Email="ada1@acme1.example", CreatedDate="2026-01-02")
    org.add("Lead", LastName="B", Email="ada1@acme1.example", CreatedDate="2026-01-01")
    cause = outcome(org, purchase(prospect(1))).cause
    assert cause is not None
    assert cause.code == "SEVERAL_MATCH"


def test_a_tie_is_not_resolved_by_a_policy(org: FakeCrm) -> None:
    for _ in range(2):
        org.add("Lead", LastName="A", Email="ada1@acme1.example")
    changes = outcome(org, purchase(prospect(1)), match={"many": "oldest"})
    assert changes.cause is not None


def test_there_is_no_owner_if_several_users_share_the_address(org: FakeCrm) -> None:
    org.rows["User"]["005000000000002AAA"] = {"Email": "Seller@zaplify.example"}
    changes = outcome(org, purchase(prospect(1)))
    assert "OwnerId" not in changes.writes[0].values
    assert "several active users have that e-mail" in " ".join(
        step_text(step) for step in changes.steps
    )


def test_an_existing_record_keeps_its_owner_and_its_values(org: FakeCrm) -> None:
    org.add(
        "Lead",
        LastName="Lovelace",
        Company="Old",
        Email="ada1@acme1.example",
        OwnerId="005000000000007AAA",
    )
    (write,) = outcome(org, purchase(prospect(1))).writes
    assert "OwnerId" not in write.values
    assert "Company" not in write.values
    assert write.values["Title"] == "Engineer"


def test_if_ours_overwrites_only_what_we_wrote_last(org: FakeCrm) -> None:
    rule: Json = {"Lead": {"Title": {"from": "prospect.title", "overwrite": "if_ours"}}}
    lead = org.add("Lead", LastName="L", Email="ada1@acme1.example", Title="Old", Zaplify_Id__c="x")
    ours = Link("prospect", "p1", "Lead", lead, {"Title": "Old"})
    theirs = Link("prospect", "p1", "Lead", lead, {"Title": "Something else"})
    assert _titles(outcome(org, purchase(prospect(1)), links=(ours,), fields=rule)) == ["Engineer"]
    assert _titles(outcome(org, purchase(prospect(1)), links=(theirs,), fields=rule)) == []


def _titles(changes: Changes) -> list[object]:
    return [write.values["Title"] for write in changes.writes if "Title" in write.values]


def test_a_required_field_that_nothing_fills_holds_the_entry(org: FakeCrm) -> None:
    cause = outcome(org, purchase(prospect(1, first_name=None, last_name=None))).cause
    assert cause is not None
    assert cause_text(cause) == "Lead.LastName: required in Salesforce, but it is empty"


def test_without_an_external_id_a_logged_task_is_recognised_by_person_day_and_subject() -> None:
    org = FakeCrm(facts(external_id=False))
    lead = org.add("Lead", LastName="Lovelace", Email="ada1@acme1.example")
    task = org.add("Task", WhoId=lead, Subject="Email, step 1", ActivityDate="2026-11-01")
    changes = outcome(org, touchpoint(prospect(1), content=None, subject=None))
    assert changes.writes == ()
    assert changes.links[0].record_id == task


def test_a_link_into_a_merge_cycle_is_stale_and_the_person_matched_by_a_key() -> None:
    """Salesforce names the winner of a merge; two that name each other lead to no record."""
    circle = [
        record("Lead", "00Q1", MasterRecordId="00Q2"),
        record("Lead", "00Q2", MasterRecordId="00Q1"),
    ]
    known = record("Lead", "00Q3", Email="ada1@acme1.example")
    world = world_of(*circle, known, links=[Link("prospect", "p1", "Lead", "00Q1", {})])
    match = find_match(plan(purchase(prospect(1))), PEOPLE, world)
    assert (match.record, match.stale) == (known, (("prospect", "p1"),))


def test_a_link_to_a_merged_record_leads_to_the_winner() -> None:
    loser = record("Lead", "00Q1", MasterRecordId="00Q2")
    winner = record("Lead", "00Q2")
    world = world_of(loser, winner, links=[Link("prospect", "p1", "Lead", "00Q1", {})])
    match = find_match(plan(purchase(prospect(1))), PEOPLE, world)
    assert (match.record, match.by, match.stale) == (winner, "link", ())


def test_our_id_is_compared_exactly() -> None:
    made = plan(purchase(prospect(1, email=None, company=None)))
    ours = made.targets["Lead"].external_id
    exact = record("Lead", "00Q1", Zaplify_Id__c=ours)
    other = record("Lead", "00Q2", Zaplify_Id__c=ours.upper())
    assert find_match(made, PEOPLE, world_of(exact)).record == exact
    assert find_match(made, PEOPLE, world_of(other)).record is None


def test_only_a_record_matched_by_a_key_is_uncertain() -> None:
    made = plan(purchase(prospect(1)))
    by_key = record("Lead", "00Q1", Email="ada1@acme1.example")
    by_id = record("Lead", "00Q2", Zaplify_Id__c=made.targets["Lead"].external_id)
    assert find_match(made, PEOPLE, world_of(by_key)).by == "match_key"
    assert find_match(made, PEOPLE, world_of(by_key, by_id)).by == "external_id"


def test_a_person_account_with_the_companys_name_is_not_the_company() -> None:
    person = record("Account", "0011", Name="Acme 1", IsPersonAccount=True)
    assert find_match(plan(purchase(prospect(1))), COMPANY, world_of(person)).record is None


@pytest.mark.parametrize(
    ("many", "chosen"),
    [("oldest", "00Q2"), ("newest_activity", "00Q1"), ("same_owner", "00Q2"), ("hold", None)],
)
def test_the_configured_policy_chooses_among_several(many: str, chosen: str | None) -> None:
    rows = [
        record("Lead", "00Q1", CreatedDate="2026-02", LastActivityDate="2026-09", OwnerId="005B"),
        record("Lead", "00Q2", CreatedDate="2026-01", LastActivityDate="2026-03", OwnerId="005A"),
    ]
    twins = [replace(row, values={**row.values, "Email": "ada1@acme1.example"}) for row in rows]
    seller = Record("User", "005A", {"Email": "seller@zaplify.example"})
    made = plan(purchase(prospect(1)), match={"many": many})
    match = find_match(made, PEOPLE, world_of(*twins, seller))
    assert (match.record.id if match.record else None) == chosen
    assert match.several == (None if chosen else 2)


def test_a_merge_cycle_matches_nothing_and_ends_the_search(org: FakeCrm) -> None:
    made = plan(purchase(prospect(1)))
    link = Link("prospect", "p1", "Lead", "00Q000000000001AAA", {})
    first = Record("Lead", "00Q000000000001AAA", {"MasterRecordId": "00Q000000000002AAA"})
    second = Record("Lead", "00Q000000000002AAA", {"MasterRecordId": "00Q000000000001AAA"})
    world = World(org.org, {link.key: link}).with_records([first, second])
    match = find_match(made, PEOPLE, world)
    assert (match.record, match.stale) == (None, (link.key,))


def test_a_merge_leads_to_the_live_record(org: FakeCrm) -> None:
    made = plan(purchase(prospect(1)))
    link = Link("prospect", "p1", "Lead", "00Q000000000001AAA", {})
    lost = Record("Lead", "00Q000000000001AAA", {"MasterRecordId": "00Q000000000002AAA"})
    won = Record("Lead", "00Q000000000002AAA", {"LastName": "Lovelace"})
    world = World(org.org, {link.key: link}).with_records([lost, won])
    assert find_match(made, PEOPLE, world).record == won


def test_a_match_reports_how_it_was_found_and_no_id_for_a_new_record() -> None:
    lead = record("Lead", "00Q1", Email="ada1@acme1.example")
    found = find_match(plan(purchase(prospect(1))), PEOPLE, world_of(lead))
    by_email: dict[str, Json] = {"by": "match_key", "record": "00Q1", "fields": ["Email"]}
    assert found.steps == (Step("found", "Lead", data=by_email),)
    assert (found.by, found.fields) == ("match_key", ("Email",))
    new = record("Lead", "new:0", Email="ada1@acme1.example")
    (step,) = find_match(plan(purchase(prospect(1))), PEOPLE, world_of(new)).steps
    assert step.data == {**by_email, "record": None}


def test_a_record_found_by_a_link_or_our_id_is_not_reported_as_matched_by_a_key() -> None:
    made = plan(purchase(prospect(1)))
    ours = record("Lead", "00Q1", Zaplify_Id__c=made.targets["Lead"].external_id)
    by_id = find_match(made, PEOPLE, world_of(ours))
    assert (by_id.by, by_id.fields) == ("external_id", ("Zaplify_Id__c",))
    link = Link("prospect", "p1", "Lead", "00Q1", {})
    linked = find_match(made, PEOPLE, world_of(record("Lead", "00Q1"), links=[link]))
    assert linked.steps == (Step("found", "Lead", data={"by": "link", "record": "00Q1"}),)
    assert (linked.by, linked.fields) == ("link", ())


def test_a_policys_choice_reports_the_number_of_matches_and_the_key() -> None:
    older = record("Lead", "00Q1", Email="ada1@acme1.example", CreatedDate="2026-01-01")
    newer = record("Lead", "00Q2", Email="ada1@acme1.example", CreatedDate="2026-01-02")
    made = plan(purchase(prospect(1)), match={"many": "oldest"})
    found = find_match(made, PEOPLE, world_of(newer, older))
    assert found.record == older
    data: dict[str, Json] = {"count": 2, "fields": ["Email"], "policy": "oldest"}
    assert found.steps[1:] == (Step("chosen", "Lead", data=data),)
    assert (found.cause, found.several) == (None, None)


def test_unresolved_matches_report_their_number_and_the_policy() -> None:
    twins = [record("Lead", f"00Q{n}", Email="ada1@acme1.example") for n in (1, 2)]
    made = plan(purchase(prospect(1)), match={"many": "newest_activity"})
    found = find_match(made, PEOPLE, world_of(*twins))
    assert found.record is None
    assert found.several == 2
    assert found.steps == (Step("several", "Lead", data={"count": 2, "fields": ["Email"]}),)
    assert found.cause is not None
    assert found.cause.data == {"fields": ["Email"], "policy": "newest_activity"}


@pytest.mark.parametrize(
    ("dates", "latest", "earliest"),
    [
        ([], None, None),
        ([None], None, None),
        (["2026-01-01"], 0, 0),
        ([None, "2026-01-01"], 1, 1),
        (["2026-01-02", None, "2026-01-01"], 0, 2),
        (["2026-01-01", "2026-01-02", "2026-01-03"], 2, 0),
        (["2026-01-01", "2026-01-01"], None, None),
        (["2026-01-01", "2026-01-01", "2026-01-02"], 2, None),
        (["2026-01-02", "2026-01-02", "2026-01-01"], None, 2),
        (["2026-01-01", "2026-01-01", "2026-01-01"], None, None),
    ],
)
def test_the_record_with_the_latest_or_earliest_date_is_chosen_unless_there_is_a_tie(
    dates: list[str | None], latest: int | None, earliest: int | None
) -> None:
    records = [Record("Lead", str(n), {"D": date}) for n, date in enumerate(dates)]
    for is_latest, index in ((True, latest), (False, earliest)):
        chosen = records[index] if index is not None else None
        assert unique_extreme(records, "D", latest=is_latest) is chosen


def test_the_owner_policy_needs_exactly_one_user_and_one_record() -> None:
    mail, seller = "seller@zaplify.example", "005000000000001AAA"
    users = [Record("User", f"{seller[:-1]}{end}", {"Email": mail}) for end in "AB"]
    mine, other, alike = (
        record("Lead", f"00Q{n}", Email="ada1@acme1.example", OwnerId=owner)
        for n, owner in enumerate((seller, "005other", seller))
    )
    made = plan(purchase(prospect(1)), match={"many": "same_owner"})

    def chosen(*records: Record) -> Record | None:
        return find_match(made, PEOPLE, world_of(*records)).record

    assert chosen(users[0], other, mine) == mine
    assert chosen(users[0], other, mine, alike) is None
    assert chosen(*users, other, mine) is None
    assert chosen(other, mine) is None
    assert owner_id(made, world_of(*users)) is None
    assert owner_id(made, world_of(users[0])) == seller
    assert owner_id(replace(made, owner_email=None), world_of(users[0])) is None


def owner(
    *users: str, owner_email: str | None = MAIL, writable: bool = True
) -> tuple[dict[str, Json], Step]:
    """The owner of a new Lead, in an org where users with those ids have the e-mail."""
    org = facts()
    lead = org.describes["Lead"]
    field = replace(lead.fields["OwnerId"], createable=writable)
    described: ObjectDescribe = replace(lead, fields={**lead.fields, "OwnerId": field})
    world = World(org).with_records([Record("User", id_, {"Email": MAIL}) for id_ in users])
    made = replace(plan(purchase(prospect(1))), owner_email=owner_email)
    return owner_value(made, world, described, None)


def test_the_one_user_with_the_e_mail_owns_it() -> None:
    assert owner("005A") == ({"OwnerId": "005A"}, Step("owned", "Lead", data={"user": "005A"}))


def test_e_mails_are_compared_without_case() -> None:
    assert owner("005A", owner_email=MAIL.upper())[0] == {"OwnerId": "005A"}


@pytest.mark.parametrize(
    ("users", "owner_email", "writable", "why"),
    [
        ((), MAIL, True, "no_user"),
        (("005A", "005B"), MAIL, True, "several_users"),
        (("005A",), None, True, "no_email"),
        (("005A",), MAIL, False, "not_writable"),
    ],
)
def test_no_owner_is_set_if_it_is_not_certain(
    users: tuple[str, ...], owner_email: str | None, writable: bool, why: str
) -> None:
    given = owner(*users, owner_email=owner_email, writable=writable)
    assert given == ({}, Step("no_owner", "Lead", data={"why": why}))


def test_an_object_without_an_owner_field_gets_no_owner() -> None:
    lead = facts().describes["Lead"]
    fields = {name: one for name, one in lead.fields.items() if name != "OwnerId"}
    made = plan(purchase(prospect(1)))
    step = Step("no_owner", "Lead", data={"why": "not_writable"})
    assert owner_value(made, World(facts()), replace(lead, fields=fields), None) == ({}, step)


def test_a_world_finds_a_record_by_what_it_had_there_whatever_it_gets_later() -> None:
    before = world_of(record("Lead", "00Q1", Title="CTO", City="Bonn"))
    after = before.with_records([record("Lead", "00Q1", Title="CEO", City="Bonn")])
    for title, world, other in (("CTO", before, after), ("CEO", after, before)):
        parts: LookupParts = (("City", "text", "Bonn"), ("Title", "text", title))
        assert [found.id for found in world.matching("Lead", parts)] == ["00Q1"]
        assert world.matching("Lead", parts[::-1]) == world.matching("Lead", parts)
        assert other.matching("Lead", parts) == ()
