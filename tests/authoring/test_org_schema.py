"""The schema of rules with an org's fields: what the plugin accepts is valid by it, if it names
only what the org has; a linter finds the rest."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.authoring.describes import FACTS, LEAD
from zsf_plugin.authoring.org_schema import is_writable, org_schema
from zsf_plugin.model import Json, JsonObject
from zsf_plugin.rulebook.files import check_document
from zsf_plugin.rulebook.schema import schema_document

SHIPPED = {"Lead": {"Website"}}
BASE: Any = schema_document("rule")
SCHEMA: Any = org_schema(BASE, FACTS, SHIPPED)
VALIDATOR = Draft202012Validator(SCHEMA)
TAPLO = Path(sys.executable).with_name("taplo")
LEAD_FIELDS = SCHEMA["properties"]["fields"]["properties"]["Lead"]


def is_valid(document: JsonObject) -> bool:
    return VALIDATOR.is_valid(document)


def lead(**fields: Json) -> JsonObject:
    return {"fields": {"Lead": fields}}


def test_it_is_a_schema_with_every_definition_of_the_plain_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$defs"].items() >= BASE["$defs"].items()
    assert SCHEMA["properties"].keys() == BASE["properties"].keys()
    assert schema_document("rule") == BASE


def test_it_is_the_same_each_time() -> None:
    again = org_schema(BASE, FACTS, {"Lead": {"Website"}})
    assert json.dumps(again) == json.dumps(SCHEMA)


def test_it_uses_no_keyword_that_a_linter_ignores() -> None:
    keywords = json.dumps(SCHEMA)
    for ignored in ("unevaluatedProperties", "prefixItems", "dependentRequired"):
        assert ignored not in keywords
    assert "://" in SCHEMA["$id"]  # taplo refuses a relative one, now and then


def test_each_field_is_described_as_the_org_does() -> None:
    shown = {name: field["description"] for name, field in LEAD_FIELDS["properties"].items()}
    assert shown["Email"] == "Email (email, 80 characters)"
    assert shown["LastName"] == "Last Name (string, 80 characters, required)"
    assert shown["Rating"] == "Rating (picklist, only values of its list)"
    assert shown["Revenue__c"] == "Revenue (currency, 18 digits, 2 of them decimals)"
    assert shown["OwnerId"] == "Owner (reference to Group or User)"
    assert LEAD_FIELDS["additionalProperties"] is False


@pytest.mark.parametrize(
    ("document", "valid"),
    [
        (lead(Industry="prospect.company.industry"), True),
        (lead(Indusrty="prospect.company.industry"), False),
        (lead(email="prospect.email"), True),
        (lead(CreatedDate="occurred_at"), False),
        (lead(CREATEDDATE="occurred_at"), False),
        (lead(CreatedDate=False), True),
        (lead(Website=False), True),
        (lead(Website="prospect.company.website"), False),
        (lead(Email=3), False),
        (lead(Rating={"value": "Hot"}), True),
        (lead(Rating={"value": "Heiß"}), True),
        (lead(Rating={"value": 3}), True),
        (lead(Rating={"value": "Old"}), False),
        (lead(Rating={"value": "Hto"}), False),
        (lead(Rating={"from": "prospect.title", "default": "Hto"}), False),
        (lead(Rating={"from": "prospect.title", "values": {"a": "Hot", "b": ""}}), True),
        (lead(Rating={"from": "prospect.title", "values": {"a": "Hto"}}), False),
        (lead(Rating=["prospect.title", "'Hto'"]), True),
        (lead(Interests__c={"value": "A/B (c); D"}), True),
        (lead(Interests__c={"value": "A/B (x)"}), False),
        (lead(Interests__c={"from": "a", "values": {"x": "", "y": "D"}}), True),
        (lead(Industry={"value": "Anything"}), True),
        (lead(RecordTypeId={"value": "EU"}), True),
        (lead(RecordTypeId={"value": "012000000000001AAA"}), True),
        (lead(RecordTypeId={"value": "Hidden"}), False),
        ({"match": {"Lead": ["Email", {"field": "email"}, ["LastName", "Industry"]]}}, True),
        ({"match": {"Lead": ["Emial"]}}, False),
        ({"match": {"Lead": [["Email", {"field": "Emial", "compare": "email"}]]}}, False),
        ({"match": {"Contact": ["Anything"]}, "fields": {"Contact": {"Anything": "a"}}}, True),
        ({"activity": {"email": {"Subject": "'Hello'"}}}, True),
        ({"activity": {"email": {"Subjcet": "'Hello'"}}}, False),
        ({"mode": "contract"}, False),
    ],
)
def test_only_what_the_org_has_is_valid(document: JsonObject, valid: bool) -> None:
    assert is_valid(document) is valid


NAMES = sorted(name for name, field in LEAD.fields.items() if is_writable(field))
NAME = st.sampled_from(NAMES).flatmap(
    lambda name: st.sampled_from([name, name.lower(), name.upper(), name.swapcase()])
)
EXPRESSION = st.sampled_from(["prospect.email", "'Hello'", "concat('a', prospect.id)"])
TABLE = st.fixed_dictionaries(
    {"from": st.one_of(EXPRESSION, st.lists(EXPRESSION, min_size=1, max_size=3))},
    optional={
        "overwrite": st.sampled_from(["if_blank", "always", "if_ours", "on_create"]),
        "misfit": st.sampled_from(["leave_out", "hold"]),
        "too_long": st.sampled_from(["shorten", "hold"]),
    },
)
ENTRY = st.one_of(EXPRESSION, st.lists(EXPRESSION, min_size=1, max_size=3), st.just(False), TABLE)
PART = st.one_of(
    NAME, st.fixed_dictionaries({"field": NAME}, optional={"compare": st.just("text")})
)
MATCH = st.lists(st.one_of(PART, st.lists(PART, min_size=1, max_size=3)), max_size=3)


def fields_once(names: st.SearchStrategy[str]) -> st.SearchStrategy[JsonObject]:
    """Fields, each in one spelling."""
    entries = st.lists(
        st.tuples(names, ENTRY), max_size=4, unique_by=lambda entry: entry[0].lower()
    )
    return entries.map(dict)


RULES = st.fixed_dictionaries(
    {},
    optional={
        "language": st.just(1),
        "name": st.text(min_size=1),
        "when": EXPRESSION,
        "mode": st.sampled_from(["lead", "contact"]),
        "match": st.fixed_dictionaries({"Lead": MATCH}),
        "fields": st.fixed_dictionaries(
            {"Lead": fields_once(NAME)},
            optional={"Account": st.dictionaries(st.just("Name"), ENTRY)},
        ),
        "activity": st.dictionaries(
            st.sampled_from(["email", "*"]),
            fields_once(st.sampled_from(["Subject", "subject"])),
        ),
        "limits": st.just({"api_share": 0.5}),
    },
)


@settings(max_examples=40, deadline=None)
@given(RULES)
def test_what_the_plugin_accepts_of_the_orgs_fields_is_valid(document: JsonObject) -> None:
    assert check_document("rule", document) == ()
    assert list(VALIDATOR.iter_errors(document)) == []


def taplo(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    (folder / "rule.schema.json").write_text(json.dumps(SCHEMA), encoding="utf-8")
    file = folder / "10.toml"
    file.write_text(f"#:schema ./rule.schema.json\n{text}", encoding="utf-8")
    command = [str(TAPLO), "lint", "--colors", "never", str(file)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.skipif(not TAPLO.exists(), reason="NOT TESTED: taplo is missing, pip install taplo")
def test_a_linter_without_a_network_finds_a_field_that_the_org_lacks(tmp_path: Path) -> None:
    right = '[fields.Lead]\nIndustry = "prospect.company.industry"\nRating = { value = "Hot" }\n'
    found = taplo(tmp_path, right)
    assert found.returncode == 0, found.stderr
    found = taplo(tmp_path, right.replace("Industry", "Indusrty"))
    assert found.returncode == 1
    assert "'Indusrty' was unexpected" in found.stdout + found.stderr
    found = taplo(tmp_path, right.replace("Hot", "Hto"))
    assert found.returncode == 1
    assert '"Hto" is not one of' in found.stdout + found.stderr


@pytest.mark.skipif(not TAPLO.exists(), reason="NOT TESTED: taplo is missing, pip install taplo")
def test_a_linter_accepts_the_shipped_rules() -> None:
    root = Path(__file__).parents[2]
    files = sorted(map(str, (root / "rules").glob("*.toml")))
    command = [str(TAPLO), "lint", *files]
    for _ in range(3):  # a relative $id was refused by chance
        found = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        assert found.returncode == 0, found.stderr
