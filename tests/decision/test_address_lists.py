"""State and Country lists: which fields of an address take only what the org's lists contain."""

from __future__ import annotations

import pytest

from zsf_plugin.model import FieldDescribe, ObjectDescribe


def with_fields(*names: str) -> ObjectDescribe:
    kinds = {name: "picklist" if "Code" in name else "string" for name in names}
    fields = {name: FieldDescribe(name, name, kind) for name, kind in kinds.items()}
    return ObjectDescribe("Lead", "Lead", True, True, fields)


@pytest.mark.parametrize("prefix", ["", "Mailing", "Other", "Billing", "Shipping", "PersonMailing"])
def test_a_list_is_that_of_the_code_and_of_the_name_beside_it(prefix: str) -> None:
    names = [prefix + one for one in ("Country", "CountryCode", "State", "StateCode")]
    lists = with_fields(*names, "City").address_lists
    assert sorted(lists) == sorted(names)
    state = lists[prefix + "State"]
    assert (state.part, state.is_code) == ("state", False)
    assert state.countries == (prefix + "CountryCode", prefix + "Country")
    assert lists[prefix + "CountryCode"].is_code
    assert lists[prefix + "Country"].states == (prefix + "StateCode", prefix + "State")


def test_a_custom_address_has_codes_only() -> None:
    lists = with_fields("Site__CountryCode__s", "Site__StateCode__s").address_lists
    assert lists["Site__StateCode__s"].countries == ("Site__CountryCode__s",)


@pytest.mark.parametrize(
    "names",
    [
        ["Country", "State"],  # an org without lists
        ["State", "StateCode"],  # countries hidden from the user
        ["My_CountryCode__c", "My_Country__c"],
    ],
)
def test_other_fields_have_no_list(names: list[str]) -> None:
    assert with_fields(*names).address_lists == {}
