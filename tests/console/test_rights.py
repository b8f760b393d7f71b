"""The rights of a connection, from what was read; anything else is unknown."""

from __future__ import annotations

from dataclasses import replace

from tests.fakes.org import facts
from zsf_plugin.console.connection.rights import Right, list_rights, right_of
from zsf_plugin.decision.merge import merge
from zsf_plugin.model import MetadataFound, OrgFacts, Rule
from zsf_plugin.provision import Inspection
from zsf_plugin.provision.plan import ID_FIELDS, PERMISSION_SET, plan

RULES = (
    Rule(
        "rules/10.toml",
        "config",
        {"mode": "lead", "fields": {"Lead": {"LastName": "prospect.last_name"}}},
    ),
)


def rights_by_title(
    org: OrgFacts,
    *sellers: tuple[str, bool],
    may_look: bool = True,
    made: bool = False,
    rules: tuple[Rule, ...] = RULES,
) -> dict[str, Right]:
    """Rights by title."""
    found = MetadataFound(fields=() if may_look else None, describes=org.describes, calls=2)
    looked = Inspection(plan(ID_FIELDS, PERMISSION_SET, found), 3)
    return {
        one.title: one
        for one in list_rights(org, looked, sellers, merge(rules), rules, has_made_fields=made)
    }


def test_everything_that_exists_is_reported_as_existing() -> None:
    shown = rights_by_title(facts(external_id=True), ("Ada", True), made=True)
    can = {title: right.can for title, right in shown.items()}
    assert can == {
        "Read and write Leads, Contacts, Accounts and Tasks": "yes",
        "Prevent duplicates": "yes",
        "Give records to the right owner": "yes",
        "Create missing fields": "yes",
        "See every record": "unknown",
    }


def test_creating_a_missing_id_field_is_offered() -> None:
    right = rights_by_title(facts(external_id=False))["Prevent duplicates"]
    assert (right.can, right.action) == ("no", "id_field")
    assert "Lead, Contact, Account and Activity" in right.text


def test_objects_that_are_hidden_or_read_only_are_named() -> None:
    org = facts(external_id=True)
    lead = replace(org.describes["Lead"], createable=False)
    shut = replace(
        org, describes={**{k: v for k, v in org.describes.items() if k != "Account"}, "Lead": lead}
    )
    right = rights_by_title(shut)["Read and write Leads, Contacts, Accounts and Tasks"]
    assert right.can == "no"
    assert right.text == "This user can’t create Leads, can’t see Accounts."


def test_mapped_fields_that_are_not_visible_are_named() -> None:
    rules = (
        Rule("rules/10.toml", "config", {"fields": {"Lead": {"Nowhere__c": "prospect.title"}}}),
    )
    right = rights_by_title(facts(external_id=True), rules=rules)[
        "Read and write Leads, Contacts, Accounts and Tasks"
    ]
    assert (right.can, "Lead.Nowhere__c" in right.text) == ("no", True)


def test_owners_are_counted_and_those_without_a_user_named() -> None:
    right = rights_by_title(facts(), ("Ada", True), ("Ben", True), ("Cy", False))[
        "Give records to the right owner"
    ]
    assert right.text.startswith("2 of 3 sellers have an active Salesforce user")
    assert (right.can, right.more) == ("yes", ("Cy",))
    alone = rights_by_title(facts(), ("Cy", False))["Give records to the right owner"]
    assert (alone.can, alone.text.startswith("The only seller has no active")) == ("no", True)
    assert rights_by_title(facts())["Give records to the right owner"].can == "unknown"


def test_the_right_to_create_fields_is_known_only_after_one_was_created() -> None:
    assert rights_by_title(facts())["Create missing fields"].can == "unknown"
    assert (
        rights_by_title(facts(external_id=False), may_look=False)["Create missing fields"].can
        == "no"
    )


def test_a_right_is_stored_unchanged() -> None:
    for right in rights_by_title(facts(), ("Cy", False)).values():
        assert right_of(right.as_json()) == right
