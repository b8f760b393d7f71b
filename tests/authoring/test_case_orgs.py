"""Cases with an org: the changes are those that a drain would write into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.authoring.running import SENT, case, paths, run_one

KNOWN = """[[case.org.records.Contact]]
Id = "003000000000001AAA"
lastname = "Falk"
FirstName = "Maja"
Email = "MAJA@acme.example"
Title = "CTO"
"""
SELLER = '[[case.org.records.User]]\nId = "005000000000001AAA"\nEmail = "Ada@zaplify.example"\n'
TIER = '[[case.org.fields.Lead]]\nname = "Tier__c"\ntype = "picklist"\npicklist = ["A", "B"]\nrestricted = true\n'
EMPTY = "[case.org]\n"


@pytest.mark.parametrize(
    ("org", "rules", "expect", "wrong"),
    [
        (EMPTY, "", 'changes = [{ action = "create", object = "Lead", values.LastName = "Falk" }]', []),
        (EMPTY, "", "changes = []", ["changes[0]"]),
        (SELLER, "", 'changes = [{ values = { OwnerId = "005000000000001AAA", Company = "Acme" } }]', []),
        (SELLER + "IsActive = false", "", "changes = [{ values.OwnerId = false }]", []),
        (
            KNOWN,
            '[fields.Contact]\nTitle = { value = "CEO", overwrite = "always" }\nDepartment = "\'x\'"',
            'changes = [{ action = "update", object = "Contact", record = "003000000000001AAA", '
            'values = { Title = "CEO", Department = "x", LastName = false } }]',
            [],
        ),
        (KNOWN, "", 'changes = [{ action = "create", record = "new:0" }]', ["changes[0].action", "changes[0].record"]),
        (
            EMPTY,
            'mode = "contact"',
            'changes = [{ object = "Account" }, { object = "Contact", values.AccountId = "new:0" }]',
            [],
        ),
        (KNOWN + KNOWN.replace("1AAA", "2AAA"), "", 'held = "SEVERAL_MATCH"\nchanges = []', []),
        (KNOWN + KNOWN.replace("1AAA", "2AAA"), "", "changes = []", ["held"]),
        (TIER, "[fields.Lead]\nTier__c = \"'A'\"", 'changes = [{ values.Tier__c = "A" }]', []),
        (TIER, "[fields.Lead]\nTier__c = \"'C'\"", "changes = [{ values.Tier__c = false }]", []),
        (TIER, '[fields.Lead]\nTier__c = { value = "C", misfit = "hold" }', "held = true", []),
        (EMPTY, "[switches]\nsync_prospects = false", "skipped = true\nchanges = []", []),
    ],
)  # fmt: skip
def test_changes_are_those_of_the_org_that_the_case_describes(
    tmp_path: Path, org: str, rules: str, expect: str, wrong: list[str]
) -> None:
    assert paths(run_one(tmp_path, case(expect, more=org), rules)) == wrong


def test_a_touchpoint_is_logged_on_the_person_that_the_org_has(tmp_path: Path) -> None:
    expect = 'changes = [{ object = "Task", values = { WhoId = "003000000000001AAA", Status = "Completed" } }]'
    hook = 'hook = "on_touchpoint_sent"\n'
    assert paths(run_one(tmp_path, case(expect, event=SENT, more=hook + KNOWN))) == []
    nobody = case('held = "PERSON_NOT_IN_SALESFORCE"', event=SENT, more=hook + EMPTY)
    assert paths(run_one(tmp_path, nobody)) == []
