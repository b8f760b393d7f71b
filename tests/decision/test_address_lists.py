"""State and Country lists: which fields of an address take only what the org's lists contain."""

from __future__ import annotations

import pytest

from zsf_plugin.model import FieldDescribe, ObjectDescribe, PicklistValue


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


#: Two states of the second country, one of which has the other's name without the accent.
STATES = (
    PicklistValue("QC", "Quebec", valid_for=frozenset({0})),
    PicklistValue("SP", "São Paulo", valid_for=frozenset({1})),
    PicklistValue("PA", "Pará", valid_for=frozenset({1})),
    PicklistValue("PR", "Para", valid_for=frozenset({1})),
    PicklistValue("AQ", "L'Aquila", valid_for=frozenset({1})),
)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Québec", ["QC"]),
        ("QUE\u0301BEC", ["QC"]),
        ("sao paulo", ["SP"]),
        ("São Paulo", ["SP"]),
        ("Pará", ["PA"]),
        ("para", ["PR"]),
        ("L’AQUILA", ["AQ"]),
        ("L´Aquila", ["AQ"]),
        ("CA-QC", ["QC"]),
        ("br-sp", ["SP"]),
        ("Brazil-SP", ["SP"]),
        ("CA-SP", []),
        ("XX-SP", []),
        ("-SP", []),
        ("SP-", []),
        ("-", []),
    ],
)
def test_a_state_is_known_by_its_names_and_codes(text: str, codes: list[str]) -> None:
    countries = (PicklistValue("CA", "Canada"), PicklistValue("BR", "Brazil"))
    fields = {
        "State": FieldDescribe("State", "State", "string", 80),
        "StateCode": FieldDescribe("StateCode", "Code", "picklist", 10, picklist=STATES),
        "CountryCode": FieldDescribe("CountryCode", "Code", "picklist", 10, picklist=countries),
    }
    lists = ObjectDescribe("Lead", "Lead", True, True, fields).address_lists
    assert [value.value for value in lists["State"].entries(text)] == codes
