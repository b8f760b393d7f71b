"""The click-path: every page and tick of what we may not make, and nothing of what is there."""

from __future__ import annotations

from dataclasses import replace

from tests.fakes.metadata import FakeSetup, shape_of
from zsf_plugin.model import FieldSpec
from zsf_plugin.provision import click_path
from zsf_plugin.provision.plan import ID_FIELDS, PERMISSION_SET, ProvisionPlan, plan

USER = "int@acme.example"


def planned(setup: FakeSetup, *wanted: FieldSpec) -> ProvisionPlan:
    specs = wanted or ID_FIELDS
    return plan(specs, PERMISSION_SET, setup.inspect(specs, PERMISSION_SET, setup.crm().facts()))


def test_a_user_who_may_create_nothing_gets_every_page_and_option() -> None:
    text = "\n".join(click_path(planned(FakeSetup(may_look=False)), USER))
    for name in ("Lead", "Contact", "Account", "Activity"):
        assert f"Object Manager → {name} → Fields & Relationships → New" in text
    for option in (
        "Data Type: Text",
        "Length: 64",
        "Field Name: Zaplify_Id;",
        "Check Unique",
        "Check External ID",
    ):
        assert text.count(option) == 1, "shared options are listed once"
    assert 'Treat "ABC" and "abc" as different values (case sensitive)' in text
    for page in ("Leads", "Contacts", "Accounts", "Tasks", "Events"):
        assert (
            f"Object Settings → {page} → Edit → Zaplify Id: check Read Access and Edit Access"
            in text
        )
    assert f"Add Assignment → {USER}" in text
    assert text.endswith("zsf fields --refresh")


def test_what_exists_or_can_be_created_needs_no_manual_steps() -> None:
    assert click_path(planned(FakeSetup()), USER) == ()
    setup = FakeSetup()
    for spec in ID_FIELDS:
        setup.visible |= {(name, spec.name): shape_of(spec) for name in spec.granted_on}
    assert click_path(planned(setup), USER) == ()


def test_an_existing_field_that_is_not_as_wanted_has_no_manual_steps() -> None:
    lead = ID_FIELDS[0]
    setup = FakeSetup({("Lead", lead.name): shape_of(lead, unique=False)})
    assert click_path(planned(setup, lead), USER) == ()


def test_a_refused_permission_alone_lists_only_its_steps() -> None:
    made = planned(FakeSetup({(spec.object, spec.name): shape_of(spec) for spec in ID_FIELDS}))
    lines = tuple(
        replace(x, state="cannot") if x.kind == "permission" and x.object == "Task" else x
        for x in made.lines
    )
    text = "\n".join(click_path(replace(made, lines=lines), USER))
    assert "Object Manager" not in text
    assert "Object Settings → Tasks" in text
    assert "Leads" not in text


def test_a_plain_field_shows_no_checkboxes_or_length_that_it_does_not_have() -> None:
    spec = FieldSpec("Lead", "Birthday__c", "Birthday", "Date")
    text = "\n".join(click_path(planned(FakeSetup(may_look=False), spec), USER))
    assert "Data Type: Date" in text
    assert "Length" not in text
    assert "Check Unique" not in text
    assert "External ID" not in text


def test_a_number_has_its_digits_before_and_after_the_point() -> None:
    setup = FakeSetup(may_look=False)
    text = "\n".join(
        click_path(planned(setup, FieldSpec("Lead", "Score__c", "Score", "Number", 18, 2)), USER)
    )
    assert "Field Label: Score, Length: 16, Decimal Places: 2, Field Name: Score;" in text
