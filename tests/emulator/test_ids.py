"""Each start makes a new org with ids of its own; a spec can fix them."""

from __future__ import annotations

import pytest

from tests.emulator.client import Client
from tests.emulator.conftest import Make
from zsf_plugin.emulator import Emulator, OrgSpec

LEAD = {"LastName": "A", "Company": "B"}


def ids(org: Client) -> tuple[str, str, str]:
    """The ids of the org, of its user and of a new record."""
    _, org_id, user_id = org.tokens["id"].rsplit("/", 2)
    return org_id, user_id, org.create("Lead", **LEAD)


def test_each_start_makes_other_ids_of_the_same_form(make: Make) -> None:
    first, second = ids(make()), ids(make())
    assert not set(first) & set(second)
    for record_id, prefix in zip(first, ("00D", "005", "00Q"), strict=True):
        assert (record_id[:3], len(record_id)) == (prefix, 18)


def test_the_org_says_who_it_is_in_its_token_and_in_its_row(make: Make) -> None:
    org = make()
    (row,) = org.rows("SELECT Id FROM Organization")
    assert row["Id"] == ids(org)[0]
    assert org.tokens["access_token"].startswith(f"{row['Id'][:15]}!")


def test_a_seed_makes_the_same_ids_again(make: Make) -> None:
    assert ids(make(seed=7)) == ids(make(seed=7))
    assert ids(make(seed=7)) != ids(make(seed=8))


@pytest.mark.parametrize("given", ["00D5g000000GmaP", "00D5g000000GmaPEAS"])
def test_a_spec_can_name_the_org(make: Make, given: str) -> None:
    first, second = ids(make(org_id=given)), ids(make(org_id=given))
    assert first[0] == second[0] == "00D5g000000GmaPEAS"
    assert first[1:] != second[1:]


@pytest.mark.parametrize("given", ["", "acme", "0055g000000GmaP"])
def test_an_org_id_of_another_form_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="org_id is "):
        Emulator(OrgSpec(org_id=given))


def test_records_made_later_have_higher_ids(org: Client) -> None:
    made = [org.create("Lead", **LEAD) for _ in range(70)]
    assert made == sorted(made)
    assert len(set(made)) == 70
