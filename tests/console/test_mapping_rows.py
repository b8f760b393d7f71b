"""The rows of the mapping's tables: samples, locks, problems, and what a draft changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.events import purchase
from tests.fakes.org import describe, facts
from zsf_plugin.console.mapping.drafts import Draft, PostedRow
from zsf_plugin.console.mapping.map_row import MapRow, choices, fields_filled
from zsf_plugin.console.mapping.mapping_context import MappingContext, Prospect
from zsf_plugin.console.mapping.page import Tables, tables
from zsf_plugin.console.presenters.deciders import Decider
from zsf_plugin.console.presenters.sources import Source
from zsf_plugin.model import (
    FieldDescribe,
    Json,
    JsonObject,
    KnownFacts,
    OrgFacts,
    PicklistValue,
    Rule,
)

SHIPPED: JsonObject = {
    "fields": {
        "Lead": {
            "LastName": "prospect.last_name",
            "Company": {"from": "prospect.company.name", "default": "?"},
            "Title": "prospect.title",
            "LeadSource": {"value": "Zaplify", "overwrite": "on_create"},
        },
        "Contact": {"LastName": "prospect.last_name"},
        "Account": {"Name": "prospect.company.name"},
    }
}
ADA: dict[str, Json] = {
    "id": "p1",
    "last_name": "Lovelace",
    "title": "Countess",
    "email": "no address",
    "company": {"name": "Acme"},
    "custom": {"level": "C-level", "score": 1240},
}
LEVEL = FieldDescribe("Level__c", "Level", "picklist", length=255, restricted=True, custom=True)
BASIS = FieldDescribe(
    "Consent_Basis__c", "Consent basis", "picklist", length=255, nillable=False, custom=True
)
BASIS_OF_TWO = replace(
    BASIS,
    restricted=True,
    picklist=(PicklistValue("contract", "Contract"), PicklistValue("old", "Old", False)),
)
STATUS = FieldDescribe("Status", "Status", "picklist", nillable=False, defaulted_on_create=True)


def context(
    console: JsonObject | None = None, *above: Rule, org: OrgFacts | None = None, **more: object
) -> MappingContext:
    own = [Rule("console", "console", console)] if console else []
    rules = [Rule("shipped/10.toml", "shipped", SHIPPED), *own, *above]
    ada = Prospect("e-1", "Ada Lovelace", purchase(ADA))
    read = KnownFacts(org or org_with(LEVEL), 0.0)
    return MappingContext(rules, read, prospect=ada, **more)  # type: ignore[arg-type]


def org_with(*extra: FieldDescribe) -> OrgFacts:
    lead = describe("Lead", extra=extra)
    return replace(facts(), describes={**facts().describes, "Lead": lead})


def lead(made: Tables) -> dict[str, MapRow]:
    return {row.key: row for row in made.table("Lead").rows}


def mapped(**fields: Json) -> JsonObject:
    return {"fields": {"Lead": fields}}


def test_a_row_shows_the_value_for_the_sample_prospect() -> None:
    rows = lead(
        tables(
            context(
                mapped(NumberOfEmployees="prospect.custom.score", Level__c="prospect.custom.level")
            )
        )
    )
    assert (rows["LastName"].words.label, rows["LastName"].sample.text) == ("Last name", "Lovelace")
    assert rows["LeadSource"].sample.text == "Zaplify"
    assert rows["NumberOfEmployees"].sample.text == "1,240"
    assert (rows["Level__c"].sample.text, rows["Level__c"].sample.note) == (
        "C-level",
        "Not in the picklist: left out",
    )


def test_a_value_that_does_not_fit_has_a_note_with_its_outcome() -> None:
    rows = lead(tables(context(mapped(Email={"from": "prospect.email", "misfit": "hold"}))))
    assert rows["Email"].sample.note == "Not an e-mail address: held"


def test_an_unfilled_required_field_comes_first_with_the_entries_held_for_it() -> None:
    made = tables(context(org=org_with(BASIS, STATUS), held={("Lead", "Consent_Basis__c"): 9}))
    first = made.table("Lead").rows[0]
    assert (first.key, first.is_required_gap, first.problem, first.held) == (
        "need-Consent_Basis__c",
        True,
        "Salesforce would refuse new Leads",
        9,
    )
    assert (made.table("Lead").empty, made.table("Lead").mapped) == (1, 4)
    assert "need-Status" not in lead(made)
    assert "need-OwnerId" not in lead(made)


def test_a_required_field_is_filled_once_a_draft_fills_it() -> None:
    posted = PostedRow("Lead", "need-Consent_Basis__c", "Consent_Basis__c", source="=Contract")
    made = tables(context(org=org_with(BASIS)), Draft(rows=(posted,)))
    row = lead(made)["need-Consent_Basis__c"]
    assert (row.changed, row.words.detail, row.sample.text, made.table("Lead").empty) == (
        True,
        "“Contract”",
        "Contract",
        0,
    )
    assert made.changed == (BASIS.label,)


@pytest.mark.parametrize(
    "filling",
    [
        PostedRow("Lead", "new-1", "Consent_Basis__c", source="prospect.title"),
        PostedRow("Lead", "new-1", "consent_basis__c", source="=", value="Contract"),
        PostedRow("Lead", "Title", "Consent_Basis__c"),
    ],
)
def test_a_required_field_that_another_row_of_the_draft_fills_is_not_called_empty(
    filling: PostedRow,
) -> None:
    made = tables(context(org=org_with(BASIS)), Draft(rows=(filling,)))
    assert "need-Consent_Basis__c" not in lead(made)
    assert made.table("Lead").empty == 0


@pytest.mark.parametrize(
    "idle",
    [
        PostedRow("Lead", "new-1", "Consent_Basis__c"),
        PostedRow("Lead", "new-1", "Consent_Basis__c", source="="),
        PostedRow("Lead", "need-Consent_Basis__c", "Consent_Basis__c"),
        PostedRow("Contact", "new-1", "Consent_Basis__c", source="prospect.title"),
    ],
)
def test_a_row_without_a_source_fills_no_required_field(idle: PostedRow) -> None:
    made = tables(context(org=org_with(BASIS)), Draft(rows=(idle,)))
    assert made.table("Lead").empty == 1


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("prospect.title", ""),
        ("", "Company would be empty. Salesforce would refuse new Leads"),
    ],
)
def test_an_unmapped_required_field_is_empty_unless_another_row_of_the_draft_fills_it(
    source: str, problem: str
) -> None:
    left = PostedRow("Lead", "Company", "")
    filling = PostedRow("Lead", "new-1", "Company", source=source)
    rows = lead(tables(context(), Draft(rows=(left, filling))))
    assert rows["Company"].problem == problem
    assert [row.key for row in rows.values() if row.depends_on_others] == ["Company"]
    assert "need-Company" not in rows


def test_a_choice_for_a_required_field_stays_if_another_row_fills_it() -> None:
    rows = (
        PostedRow("Lead", "need-Consent_Basis__c", "Consent_Basis__c", source="=Contract"),
        PostedRow("Lead", "Title", "Consent_Basis__c"),
    )
    made = tables(context(org=org_with(BASIS)), Draft(rows=rows))
    assert lead(made)["need-Consent_Basis__c"].changed


@pytest.mark.parametrize(
    "touched",
    [
        PostedRow("Lead", "need-A__c", "A__c", source="prospect.title"),
        PostedRow("Lead", "need-B__c", "B__c", source="prospect.first_name"),
        PostedRow("Lead", "Title", "IsConverted"),
        PostedRow("Lead", "Company", ""),
        PostedRow("Lead", "LastName", "City", "always", "if_blank"),
    ],
)
def test_a_draft_never_moves_a_row(touched: PostedRow) -> None:
    org = org_with(replace(BASIS, name="B__c"), replace(BASIS, name="A__c"))
    saved = tables(context(org=org)).table("Lead").rows
    drafted = tables(context(org=org), Draft(rows=(touched,))).table("Lead").rows
    assert [row.key for row in drafted] == [row.key for row in saved]
    assert [row.key for row in saved[:2]] == ["need-A__c", "need-B__c"]


def test_rows_are_ordered_by_their_first_source() -> None:
    fields: dict[str, Json] = {
        "City": {"from": ["prospect.id && prospect.email", "prospect.first_name"]},
        "Street": {"from": "prospect.first_name", "default": "no one, else someone"},
        "State": {"from": "contains(prospect.title, 'a && b')"},
    }
    rows = tables(context(mapped(**fields))).table("Lead").rows
    assert [row.key for row in rows] == [
        "Street",
        "LastName",
        "City",
        "Title",
        "Company",
        "LeadSource",
        "State",
    ]


def test_new_rows_come_last_in_the_order_they_were_added() -> None:
    rows = tuple(PostedRow("Lead", f"new-{number}") for number in (10, 2, 1))
    found = tables(context(), Draft(rows=rows)).table("Lead").rows
    assert [row.key for row in found[-3:]] == ["new-1", "new-2", "new-10"]


def test_a_removed_read_only_or_mismatched_field_is_a_problem_and_comes_first() -> None:
    whole = org_with(LEVEL)
    org = replace(
        whole,
        describes={**whole.describes, "Lead": replace(whole.describes["Lead"], gone={"Fax": 1.0})},
    )
    fields = {
        "Fax": "prospect.phone",
        "IsConverted": "prospect.email",
        "NumberOfEmployees": "prospect.linkedin_url",
    }
    made = tables(context(mapped(**fields), org=org))
    assert [(row.key, row.problem) for row in made.table("Lead").rows[:3]] == [
        ("NumberOfEmployees", "An address is not a number"),
        ("Fax", "No longer in Salesforce. Choose another field"),
        ("IsConverted", "Read-only in Salesforce"),
    ] or {row.key for row in made.table("Lead").rows[:3]} == set(fields)


def test_a_shipped_mapping_to_a_field_that_the_org_never_had_is_no_problem() -> None:
    org = replace(
        facts(),
        describes={
            "Lead": replace(
                describe("Lead"), fields={"LastName": describe("Lead").fields["LastName"]}
            )
        },
    )
    rows = lead(tables(context(org=org)))
    assert (rows["Title"].problem, rows["Title"].describe) == ("", None)


def test_a_row_that_a_file_sets_is_locked_and_one_set_for_some_says_so() -> None:
    when = "prospect.location.country_code == 'DE'"
    files = (
        Rule("10.toml", "config", mapped(Title={"from": "prospect.title", "overwrite": "always"})),
        Rule(
            "20.toml",
            "config",
            mapped(LastName="prospect.email", City="prospect.location.city"),
            when,
        ),
    )
    rows = lead(tables(context(None, *files)))
    assert (rows["Title"].locked, rows["Title"].overwrite) == ("10.toml", "always")
    assert (rows["LastName"].locked, rows["LastName"].partial_files) == (
        None,
        (Decider("20.toml decides for DE."),),
    )
    assert (rows["City"].locked, rows["City"].partial_files) == (
        "20.toml",
        (Decider("20.toml decides for DE."),),
    )


def test_a_draft_is_applied_to_the_saved_mapping() -> None:
    rows = (
        PostedRow("Lead", "Title", "City", "always", "if_blank"),
        PostedRow("Lead", "Company", ""),
        PostedRow("Lead", "new-1", "Email", source="prospect.email"),
    )
    made = tables(context(), Draft(mode="contact", rows=rows))
    found = lead(made)
    assert (found["Title"].field, found["Title"].overwrite, found["Title"].sample.text) == (
        "City",
        "always",
        "Countess",
    )
    assert (found["Company"].field, found["Company"].problem) == (
        "",
        "Company would be empty. Salesforce would refuse new Leads",
    )
    assert found["new-1"].sample.note == "Not an e-mail address: left out"
    assert (made.mode, made.mode_was) == ("contact", "lead")
    assert made.changed == ("Mode: Contacts + Accounts", "Job title", "Company name", "E-mail")
    assert made.table("Lead").rows[-1].key == "new-1"


def test_fields_filled_by_rows_are_taken_for_others() -> None:
    made = tables(context(None, Rule("10.toml", "config", mapped(City="prospect.location.city"))))
    taken = fields_filled(made.table("Lead").rows, but="Title")
    assert taken["lastname"] == "Already filled by Last name"
    assert taken["city"] == "Set by 10.toml"
    assert "title" not in taken


def test_without_an_org_rows_have_their_names_and_no_problem() -> None:
    made = tables(MappingContext([Rule("shipped/10.toml", "shipped", SHIPPED)]))
    assert not made.table("Lead").described
    assert {row.problem for row in made.table("Lead").rows} == {""}


def test_a_row_without_a_rule_offers_the_fields_values_and_matching_sources() -> None:
    sources = (Source("Job title", "prospect.title", "text"), Source("A", "prospect.a", "yes_no"))
    known = replace(context(org=org_with(BASIS_OF_TWO)), sources=sources)
    row = lead(tables(known))["need-Consent_Basis__c"]
    assert choices(row, known) == [
        ("Fixed value", [("=contract", "Contract")]),
        ("Zaplify field", [("prospect.title", "Job title")]),
    ]


def test_a_text_field_offers_to_type_a_fixed_value() -> None:
    known = context()
    draft = Draft(rows=(PostedRow("Lead", "new-1", "City"),))
    row = lead(tables(known, draft))["new-1"]
    assert choices(row, known) == [("Fixed value", [("=", "Fixed value…")])]


def test_a_checkbox_offers_only_yes_and_no() -> None:
    known = context(org=org_with(FieldDescribe("Optin__c", "Opt-in", "boolean", custom=True)))
    draft = Draft(rows=(PostedRow("Lead", "new-1", "Optin__c"),))
    row = lead(tables(known, draft))["new-1"]
    assert choices(row, known) == [("Fixed value", [("=true", "Yes"), ("=false", "No")])]


def test_a_row_is_found_by_its_name_or_by_the_field_that_it_fills() -> None:
    draft = Draft(rows=(PostedRow("Lead", "Title", "Salutation"),))
    made = tables(context(), draft)
    title = made.row("Lead.Title")
    assert title is not None
    assert title.field == "Salutation"
    assert made.row("Lead.Salutation") is None
    assert made.row_filling("Lead.Salutation") == made.row_filling("Lead.Title") == title


def test_a_row_that_a_file_sets_cannot_be_edited() -> None:
    file = Rule("rules/90.toml", "config", {"fields": {"Lead": {"Title": "prospect.email"}}})
    made = tables(context(None, file))
    assert made.row("Lead.Title") is None
    assert made.row("Lead.LastName") is not None
