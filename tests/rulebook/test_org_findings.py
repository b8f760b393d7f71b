"""What does not fit the org is found before an event meets it, with its place and what to write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.org import describe, facts
from zsf_plugin.messages.rule_findings import ORG
from zsf_plugin.model import FieldDescribe, ObjectDescribe, OrgFacts, PicklistValue, RecordType
from zsf_plugin.rulebook.drafts import read_drafts
from zsf_plugin.rulebook.files import Finding
from zsf_plugin.rulebook.org_findings import MAX_FINDINGS, org_findings

ORG_FACTS = facts()
STAGES = FieldDescribe(
    "Stage__c",
    "Stage",
    "picklist",
    restricted=True,
    picklist=(PicklistValue("New", "New"), PicklistValue("Won", "Won")),
)


def with_lead(lead: ObjectDescribe) -> OrgFacts:
    return replace(ORG_FACTS, describes={**ORG_FACTS.describes, "Lead": lead})


def found(tmp_path: Path, rule: str, org: OrgFacts = ORG_FACTS) -> list[Finding]:
    (tmp_path / "10.toml").write_text(rule, encoding="utf-8")
    drafts = read_drafts([tmp_path])
    assert drafts.findings == ()
    return org_findings(drafts.rules, drafts.files, org, "acme")


def test_shipped_rules_have_no_finding(tmp_path: Path) -> None:
    assert found(tmp_path, "") == []


def test_a_field_that_the_org_lacks_has_its_line_and_the_name_that_was_meant(
    tmp_path: Path,
) -> None:
    (one,) = found(tmp_path, '[fields.Lead]\n\nIndusrty = "prospect.company.industry"\n')
    assert (one.code, one.line, one.pointer) == ("FIELD_MISSING", 3, "/fields/Lead/Indusrty")
    assert (one.severity, one.file) == ("error", str(tmp_path / "10.toml"))
    assert "did you mean Industry?" in one.message


def test_a_field_is_the_same_in_any_case(tmp_path: Path) -> None:
    assert found(tmp_path, '[fields.Lead]\nINDUSTRY = "prospect.company.industry"\n') == []


def test_a_field_that_was_there_is_said_to_be_gone(tmp_path: Path) -> None:
    lead = replace(describe("Lead"), gone={"Region__c": 1_780_000_000.0})
    (one,) = found(tmp_path, '[fields.Lead]\nRegion__c = "prospect.title"\n', with_lead(lead))
    assert (one.code, "2026-05-28" in one.message) == ("FIELD_GONE", True)


def test_a_field_that_may_not_be_written_is_as_wrong_as_one_that_is_missing(tmp_path: Path) -> None:
    (one,) = found(tmp_path, '[fields.Lead]\nIsConverted = "prospect.custom.x"\n')
    assert (one.code, one.severity) == ("FIELD_READ_ONLY", "error")


def test_an_object_that_is_hidden_is_found_once_a_file(tmp_path: Path) -> None:
    shown: Mapping[str, ObjectDescribe] = {"Lead": describe("Lead")}
    rule = '[activity."*"]\nSubject = "touchpoint.id"\nType__c = "touchpoint.channel"\n'
    (one,) = found(tmp_path, rule, replace(ORG_FACTS, describes=shown))
    assert (one.code, one.pointer) == ("OBJECT_HIDDEN", "/activity/*")


@pytest.mark.parametrize(
    ("entry", "pointer"),
    [
        ('{ value = "won!" }', "/value"),
        ('{ from = "prospect.title", default = "won!" }', "/default"),
        ('{ from = "prospect.title", values = { "a" = "Won", "b" = "won!" } }', "/values/b"),
        ("\"'won!'\"", ""),
        ('["prospect.title", "\'won!\'"]', "/1"),
    ],
)
def test_a_constant_that_a_picklist_does_not_take_is_a_warning(
    tmp_path: Path, entry: str, pointer: str
) -> None:
    org = with_lead(describe("Lead", extra=(STAGES,)))
    (one,) = found(tmp_path, f"[fields.Lead]\nStage__c = {entry}\n", org)
    assert (one.code, one.severity) == ("VALUE_NEVER_FITS", "warning")
    assert one.pointer == f"/fields/Lead/Stage__c{pointer}"
    assert "never takes 'won!': not in the picklist; did you mean Won?" in one.message


def test_a_value_must_be_among_those_of_the_record_type_that_the_rule_sets(tmp_path: Path) -> None:
    kinds = (
        RecordType("012000000000001AAA", "Partner", offers={"Stage__c": frozenset(["New"])}),
        RecordType("012000000000002AAA", "Customer", default=True),
    )
    lead = describe("Lead", extra=(STAGES, FieldDescribe("RecordTypeId", "Type", "reference")))
    org = with_lead(replace(lead, record_types=kinds))
    rule = '[fields.Lead]\nStage__c = { value = "Won" }\n'
    assert found(tmp_path, rule, org) == []
    (one,) = found(tmp_path, rule + 'RecordTypeId = { value = "Partner" }\n', org)
    assert one.pointer == "/fields/Lead/Stage__c/value"
    (other,) = found(tmp_path, '[fields.Lead]\nRecordTypeId = { value = "Partners" }\n', org)
    assert "no record type with that DeveloperName" in other.message


def test_a_constant_that_is_longer_than_its_field_is_a_warning(tmp_path: Path) -> None:
    rule = f'[fields.Lead]\nFirstName = {{ value = "{"x" * 100}" }}\n'
    (one,) = found(tmp_path, rule)
    assert (one.code, "longer than the field's 40 characters" in one.message) == (
        "VALUE_NEVER_FITS",
        True,
    )


def test_a_value_that_is_dropped_on_purpose_is_no_finding(tmp_path: Path) -> None:
    org = with_lead(describe("Lead", extra=(STAGES,)))
    rule = '[fields.Lead]\nStage__c = { from = "prospect.title", values = { "x" = "" } }\n'
    assert found(tmp_path, rule, org) == []


def test_a_required_field_that_nothing_fills_is_found_for_what_is_created(tmp_path: Path) -> None:
    basis = FieldDescribe("Consent_Basis__c", "Basis", "string", length=80, nillable=False)
    org = with_lead(describe("Lead", extra=(basis,)))
    (one,) = found(tmp_path, "", org)
    assert (one.file, one.code, one.pointer) == (
        ORG,
        "REQUIRED_UNFILLED",
        "/fields/Lead/Consent_Basis__c",
    )
    assert found(tmp_path, 'mode = "contact"\n', org) == []
    assert found(tmp_path, '[fields.Lead]\nconsent_basis__c = "prospect.custom.x"\n', org) == []


def test_a_mapping_that_a_later_rule_sets_again_is_no_finding(tmp_path: Path) -> None:
    (tmp_path / "20.toml").write_text("[fields.Lead]\nindusrty = false\n")
    assert found(tmp_path, 'mode = "lead"\n[fields.Lead]\nIndusrty = "prospect.title"\n') == []


def test_a_rule_for_other_workspaces_is_no_finding(tmp_path: Path) -> None:
    rule = "when = \"workspace == '{}'\"\n[fields.Lead]\nIndusrty = 'prospect.title'\n"
    assert found(tmp_path, rule.format("other")) == []
    assert [one.code for one in found(tmp_path, rule.format("acme"))] == ["FIELD_MISSING"]


def test_a_required_field_that_a_rule_unmaps_is_found(tmp_path: Path) -> None:
    (one,) = found(tmp_path, "[fields.Lead]\nCompany = false\n[match]\nLead = []\n")
    assert (one.code, one.pointer) == ("REQUIRED_UNFILLED", "/fields/Lead/Company")


def test_no_more_is_found_than_a_person_reads(tmp_path: Path) -> None:
    fields = "\n".join(f'Nowhere{number}__c = "prospect.title"' for number in range(50))
    assert len(found(tmp_path, f"[fields.Lead]\n{fields}\n")) == MAX_FINDINGS


def test_what_leaves_a_required_field_empty_is_named_with_its_line(tmp_path: Path) -> None:
    when = "when = \"prospect.location.country_code == 'AT'\"\n"
    (one,) = found(tmp_path, f"{when}\n[fields.Lead]\nLastName = false\n")
    assert (one.file, one.line) == (str(tmp_path / "10.toml"), 4)
    assert f"no rule fills it for events of {tmp_path / '10.toml'}: no Lead can be" in one.message


def test_the_rule_that_creates_what_it_does_not_fill_is_named_by_its_mode(tmp_path: Path) -> None:
    basis = FieldDescribe("Consent_Basis__c", "Basis", "string", length=80, nillable=False)
    contact = describe("Contact", extra=(basis,))
    org = replace(ORG_FACTS, describes={**ORG_FACTS.describes, "Contact": contact})
    (one,) = found(tmp_path, 'when = "prospect.title"\nmode = "contact"\n', org)
    assert (one.line, one.pointer, one.severity) == (2, "/mode", "error")


def test_a_field_that_only_a_condition_fills_is_named_by_it(tmp_path: Path) -> None:
    basis = FieldDescribe("Consent_Basis__c", "Basis", "string", length=80, nillable=False)
    org = with_lead(describe("Lead", extra=(basis,)))
    rule = 'name = "x"\nwhen = "!(prospect.email)"\n[fields.Lead]\nConsent_Basis__c = "user.id"\n'
    (one,) = found(tmp_path, rule, org)
    assert (one.line, one.pointer) == (2, "/when")
    assert f"for events that {tmp_path / '10.toml'} does not apply to" in one.message


@pytest.mark.parametrize(
    ("entry", "severity"),
    [
        ('{ value = "" }', "error"),
        ('{ value = " " }', "error"),
        ("\"' '\"", "error"),
        ('{ from = "prospect.company.name", default = "" }', "warning"),
    ],
)
def test_a_required_field_with_nothing_but_an_empty_constant_is_an_error(
    tmp_path: Path, entry: str, severity: str
) -> None:
    (one,) = found(tmp_path, f"[fields.Lead]\nCompany = {entry}\n")
    assert (one.code, one.severity) == ("VALUE_NEVER_FITS", severity)
    assert "it is empty, and nothing is written for it" in one.message


@pytest.mark.parametrize(
    ("entry", "severity"),
    [
        ('{ value = "won!", misfit = "hold" }', "error"),
        ('{ value = "won!" }', "warning"),
        ('{ from = "prospect.title", default = "won!", misfit = "hold" }', "warning"),
        ('{ from = "prospect.title", values = { "a" = "won!" }, misfit = "hold" }', "warning"),
    ],
)
def test_a_constant_for_which_every_record_is_held_is_an_error(
    tmp_path: Path, entry: str, severity: str
) -> None:
    org = with_lead(describe("Lead", extra=(STAGES,)))
    (one,) = found(tmp_path, f"[fields.Lead]\nStage__c = {entry}\n", org)
    assert (one.code, one.severity) == ("VALUE_NEVER_FITS", severity)


@pytest.mark.parametrize(("policy", "severity"), [("hold", "error"), ("shorten", "warning")])
def test_a_constant_that_is_too_long_is_an_error_if_it_may_not_be_shortened(
    tmp_path: Path, policy: str, severity: str
) -> None:
    rule = f'[fields.Lead]\nLastName = {{ value = "{"x" * 100}", too_long = "{policy}" }}\n'
    (one,) = found(tmp_path, rule)
    assert one.severity == severity
