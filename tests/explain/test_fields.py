"""The org's fields beside the rules: every field with what fills it, every mapping that leads
nowhere."""

from __future__ import annotations

from tests.fakes.org import facts
from zsf_plugin.decision.merge import applies, merge
from zsf_plugin.explain.fields import ObjectFields, object_fields
from zsf_plugin.model import JsonObject, Rule

BASE: JsonObject = {
    "fields": {"Lead": {"lastname": "prospect.last_name", "LinkedIn__c": "prospect.linkedin_url"}}
}
CALLS: JsonObject = {
    "activity": {"call": {"Subject": {"value": "Call"}}, "*": {"Status": {"value": "Completed"}}}
}
GERMANS: JsonObject = {
    "fields": {"Lead": {"Title": "prospect.title", "IsConverted": "prospect.x", "City": False}}
}
WHEN = "prospect.location.country_code == 'DE'"


def found(object_: str) -> ObjectFields:
    rules = [
        Rule("shipped/10.toml", "shipped", BASE),
        Rule("rules/20.toml", "config", CALLS),
        Rule("rules/30.toml", "config", GERMANS, WHEN),
    ]
    merged = merge([rule for rule in rules if applies(rule, {})])
    fields = object_fields(facts(), object_, merged, rules)
    assert fields is not None
    return fields


def filled(fields: ObjectFields) -> dict[str, list[str]]:
    return {
        line.describe.name: [f"{m.source} by {m.file}" for m in line.mapped]
        for line in fields.lines
        if line.mapped
    }


def test_every_field_of_the_org_is_listed_with_its_mappings_in_the_orgs_spelling() -> None:
    lead = found("Lead")
    assert [line.describe.name for line in lead.lines] == sorted(
        facts().describes["Lead"].fields, key=str.lower
    )
    assert filled(lead) == {
        "IsConverted": [f"when {WHEN} by rules/30.toml"],
        "LastName": ["prospect.last_name by shipped/10.toml"],
        "Title": [f"when {WHEN} by rules/30.toml"],
    }


def test_activities_are_listed_by_channel() -> None:
    task = filled(found("Task"))
    assert "call: the constant 'Call' by rules/20.toml" in task["Subject"]
    assert "*: the constant 'Completed' by rules/20.toml" in task["Status"]


def test_a_mapping_to_a_missing_or_read_only_field_is_listed_separately() -> None:
    lead = found("Lead")
    assert [(m.field, m.file) for m in lead.lacking] == [("LinkedIn__c", "shipped/10.toml")]
    assert [(m.field, m.file) for m in lead.read_only] == [("IsConverted", "rules/30.toml")]


def test_an_object_hidden_from_the_user_has_no_fields() -> None:
    assert object_fields(facts(), "Opportunity", merge([]), []) is None
