"""A company's name is completed to its My Domain address; whatever else is typed stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.connect import completed_address
from zsf_plugin.salesforce.addresses import trusted_base


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("acme", "https://acme.my.salesforce.com"),
        (" Acme-Nord ", "https://acme-nord.my.salesforce.com"),
        ("acme--uat", "https://acme--uat.sandbox.my.salesforce.com"),
        ("acme-nord--uat2", "https://acme-nord--uat2.sandbox.my.salesforce.com"),
    ],
)
def test_a_name_becomes_an_address(typed: str, address: str) -> None:
    assert completed_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "localhost",
        "acme.my.salesforce.com",
        "https://acme.my.salesforce.com",
        "evil.example",
        "acme/evil",
        "acme:443",
        "acme@evil",
        "-acme",
        "acme--uat--two",
        "127.0.0.1:8642",
    ],
)
def test_anything_else_stays_as_it_was_typed(typed: str) -> None:
    assert completed_address(typed) == typed


@given(typed=st.text(st.characters(codec="ascii"), max_size=20))
def test_what_is_completed_is_always_an_address_of_salesforce(typed: str) -> None:
    address = completed_address(typed)
    if address != typed:
        assert trusted_base(address) == address
        assert address.endswith(".my.salesforce.com")
