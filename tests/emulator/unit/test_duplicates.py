"""Duplicate rules: which records are alike, and who may save all the same."""

from __future__ import annotations

from typing import Any, cast

import pytest

from zsf_plugin.emulator.errors import SalesforceError
from zsf_plugin.emulator.exchange import Author
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.populate import new_org
from zsf_plugin.emulator.org.spec import OrgSpec
from zsf_plugin.emulator.writes.checks import Save, check_duplicates

EMAIL = "ada@acme.example"


def org_with(action: str, object_name: str = "Lead", field: str = "Email") -> Org:
    rule = {"object": object_name, "field": field, "action": action}
    return new_org(OrgSpec(duplicate_rules=[rule]))


def save(
    org: Org, object_name: str, *, allow: bool = False, own_id: str | None = None, **values: Any
) -> Save:
    author = Author("", {"sforce-duplicate-rule-header": f"allowSave={allow}"})
    return Save(org, org.objects[object_name], values, values, author, own_id)


def refusal(one: Save) -> SalesforceError:
    with pytest.raises(SalesforceError) as caught:
        check_duplicates(one)
    assert caught.value.code == "DUPLICATES_DETECTED"
    return caught.value


def match_of(error: SalesforceError, key: str = "duplicateResut") -> dict[str, Any]:
    """The only match result of a refusal."""
    (match,) = cast(dict[str, Any], error.extra[key])["matchResults"]
    return cast(dict[str, Any], match)


@pytest.mark.parametrize("action", ["alert", "block"])
def test_a_duplicate_is_refused_with_its_match(action: str) -> None:
    org = org_with(action)
    there = org.seed("Lead", {"LastName": "Byron", "Email": EMAIL})
    error = refusal(save(org, "Lead", Email=EMAIL.upper()))
    match = match_of(error)
    assert (error.status, match["size"], match["entityType"]) == (400, 1, "Lead")
    assert [found["record"]["Id"] for found in match["matchRecords"]] == [there]


@pytest.mark.parametrize(("action", "may_save"), [("alert", True), ("block", False)])
def test_only_an_alert_may_be_overridden_by_the_header(action: str, may_save: bool) -> None:
    org = org_with(action)
    org.seed("Lead", {"LastName": "Byron", "Email": EMAIL})
    error = refusal(save(org, "Lead", Email=EMAIL))
    assert cast(dict[str, Any], error.extra["duplicateResut"])["allowSave"] is may_save
    overridden = save(org, "Lead", allow=True, Email=EMAIL)
    if may_save:
        check_duplicates(overridden)
    else:
        refusal(overridden)


def test_a_reporting_rule_lets_duplicates_pass() -> None:
    org = org_with("report")
    org.seed("Lead", {"LastName": "Byron", "Email": EMAIL})
    check_duplicates(save(org, "Lead", Email=EMAIL))


def test_a_person_is_compared_with_leads_and_contacts() -> None:
    org = org_with("block", "Contact")
    org.seed("Lead", {"LastName": "Byron", "Email": EMAIL})
    org.seed("Contact", {"LastName": "Byron", "Email": EMAIL})
    assert match_of(refusal(save(org, "Contact", Email=EMAIL)))["size"] == 2


def test_a_company_is_compared_with_accounts_only() -> None:
    org = org_with("block", "Account", "Website")
    org.seed("Lead", {"LastName": "Byron", "Website": "acme.example"})
    check_duplicates(save(org, "Account", Website="acme.example"))
    org.seed("Account", {"Name": "Acme", "Website": "acme.example"})
    assert match_of(refusal(save(org, "Account", Website="acme.example")))["size"] == 1


def test_a_save_without_the_field_passes() -> None:
    org = org_with("block")
    org.seed("Lead", {"LastName": "Byron", "Email": EMAIL})
    check_duplicates(save(org, "Lead", LastName="Byron"))
    check_duplicates(save(org, "Lead", Email=None))


def test_a_record_does_not_match_itself_or_the_recycle_bin() -> None:
    org = org_with("block")
    own = org.seed("Lead", {"LastName": "Byron", "Email": EMAIL})
    check_duplicates(save(org, "Lead", own_id=own, Email=EMAIL))
    org.edit("Lead", own, {"IsDeleted": True})
    check_duplicates(save(org, "Lead", Email=EMAIL))


def test_rules_of_other_objects_do_not_apply() -> None:
    org = org_with("block", "Contact")
    org.seed("Lead", {"LastName": "Byron", "Email": EMAIL})
    check_duplicates(save(org, "Lead", Email=EMAIL))


def test_the_result_key_is_configurable() -> None:
    org = org_with("block")
    org.conditions.duplicate_key = "duplicateResult"
    org.seed("Lead", {"LastName": "Byron", "Email": EMAIL})
    error = refusal(save(org, "Lead", Email=EMAIL))
    assert match_of(error, "duplicateResult")["matchEngine"] == "ExactMatchEngine"
