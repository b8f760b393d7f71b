"""State and Country lists: what is written of an address is what the org's lists have."""

from __future__ import annotations

import pytest

from zsf_plugin.decision.values import for_create, for_update
from zsf_plugin.model import (
    FieldDescribe,
    Json,
    Misfit,
    ObjectDescribe,
    Overwrite,
    PicklistValue,
    PlannedField,
    Record,
    Target,
)

COUNTRIES = (
    PicklistValue("FR", "France"),
    PicklistValue("IT", "Italy"),
    PicklistValue("US", "United States"),
    PicklistValue("YU", "Yugoslavia", active=False),
)
STATES = (
    PicklistValue("CA", "Cagliari", valid_for=frozenset({1})),
    PicklistValue("RM", "Roma", valid_for=frozenset({1})),
    PicklistValue("CA", "California", valid_for=frozenset({2})),
    PicklistValue("NY", "New York", valid_for=frozenset({2})),
)
PREFIXES = ["", "Mailing", "Other", "Billing", "Shipping", "PersonMailing"]


def org(prefix: str = "") -> ObjectDescribe:
    fields = [
        FieldDescribe(f"{prefix}City", "City", "string", length=40),
        FieldDescribe(f"{prefix}State", "State", "string", length=80),
        FieldDescribe(f"{prefix}StateCode", "State code", "picklist", 10, picklist=STATES),
        FieldDescribe(f"{prefix}Country", "Country", "string", length=80),
        FieldDescribe(f"{prefix}CountryCode", "Country code", "picklist", 10, picklist=COUNTRIES),
    ]
    return ObjectDescribe("Lead", "Lead", True, True, {field.name: field for field in fields})


def target(
    values: dict[str, Json],
    overwrite: Overwrite = "if_blank",
    misfit: Misfit = "leave_out",
    prefix: str = "",
) -> Target:
    fields = []
    for name, value in values.items():
        first, *others = value if isinstance(value, list) else [value]
        fields.append(
            PlannedField(
                prefix + name,
                first,
                overwrite,
                misfit,
                "shorten",
                "test",
                alternatives=tuple(others),
            )
        )
    return Target("Lead", ("prospect", "p1"), "z1", (), tuple(fields))


def created(values: dict[str, Json], prefix: str = "") -> tuple[dict[str, Json], dict[str, Json]]:
    made = for_create(target(values, prefix=prefix), org(prefix), {})
    names = {str(step.field): step.data.get("misfit") for step in made.steps}
    return dict(made.values), names


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(
    ("values", "written", "left_out"),
    [
        (
            {"State": "Île-de-France", "Country": "France", "City": "Paris"},
            {"Country": "France", "City": "Paris"},
            {"State": "not_in_list"},
        ),
        (
            {"State": "California", "Country": "USA"},
            {},
            {"State": "without_country", "Country": "not_in_list"},
        ),
        (
            {"State": "CA", "Country": "United States"},
            {"State": "California", "Country": "United States"},
            {},
        ),
        ({"State": "ca", "Country": "it"}, {"State": "Cagliari", "Country": "Italy"}, {}),
        ({"State": "California"}, {}, {"State": "without_country"}),
        (
            {"State": "new york", "Country": "FRANCE"},
            {"Country": "France"},
            {"State": "not_of_country"},
        ),
        ({"Country": "Yugoslavia"}, {}, {"Country": "not_in_list"}),
        (
            {"StateCode": "California", "CountryCode": "united states"},
            {"StateCode": "CA", "CountryCode": "US"},
            {},
        ),
        (
            {"State": "Roma", "CountryCode": "Italy"},
            {"State": "Roma", "CountryCode": "IT"},
            {},
        ),
        ({"Country": 7, "State": {}}, {}, {"Country": "not_in_list", "State": "not_text"}),
    ],
)
def test_an_address_is_written_as_the_lists_have_it(
    prefix: str, values: dict[str, Json], written: dict[str, Json], left_out: dict[str, Json]
) -> None:
    made, misfits = created(values, prefix)
    assert made == {prefix + name: value for name, value in written.items()}
    assert misfits == {prefix + name: code for name, code in left_out.items()}


def test_the_code_is_taken_where_the_name_is_on_no_list() -> None:
    made, notes = created({"Country": ["USA", "US"], "State": "New York"})
    assert made == {"Country": "United States", "State": "New York"}
    assert notes == {"Country": "not_in_list"}


def test_a_policy_may_hold_an_entry_for_a_state() -> None:
    held = for_create(target({"State": "Bavaria"}, misfit="hold"), org(), {})
    assert held.cause is not None
    assert (held.cause.field, held.cause.data) == ("State", {"misfit": "not_in_list"})


def updated(
    held: dict[str, Json], values: dict[str, Json], overwrite: Overwrite = "always"
) -> tuple[dict[str, Json], dict[str, Json]]:
    blank: dict[str, Json] = dict.fromkeys(org().fields)
    record = Record("Lead", "00Q5g00000BvKcMEAV", {**blank, **held})
    due = for_update(target(values, overwrite), org(), record, {})
    return dict(due.values), {str(step.field): step.data["misfit"] for step in due.steps}


@pytest.mark.parametrize(
    ("held", "values", "written", "left_out"),
    [
        ({"Country": "United States"}, {"State": "CA"}, {"State": "California"}, {}),
        ({"CountryCode": "IT"}, {"State": "CA"}, {"State": "Cagliari"}, {}),
        ({"Country": "France"}, {"State": "CA"}, {}, {"State": "not_of_country"}),
        ({}, {"State": "CA"}, {}, {"State": "without_country"}),
        (
            {"Country": "United States", "State": "California"},
            {"Country": "France"},
            {},
            {"Country": "other_states_country"},
        ),
        (
            {"Country": "United States", "State": "California"},
            {"Country": "Italy", "State": "RM"},
            {"Country": "Italy", "State": "Roma"},
            {},
        ),
        (
            {"Country": "United States", "State": "California"},
            {"Country": "US", "State": "ca"},
            {},
            {},
        ),
        ({"Country": "United States"}, {"State": "US-NY"}, {"State": "New York"}, {}),
        ({"Country": "United States"}, {"State": "IT-RM"}, {}, {"State": "not_of_country"}),
    ],
)
def test_a_changed_address_is_one_that_the_lists_allow(
    held: dict[str, Json],
    values: dict[str, Json],
    written: dict[str, Json],
    left_out: dict[str, Json],
) -> None:
    assert updated(held, values) == (written, left_out)


def test_an_org_without_lists_takes_any_text() -> None:
    plain = {name: FieldDescribe(name, name, "string", length=80) for name in ("State", "Country")}
    describe = ObjectDescribe("Lead", "Lead", True, True, plain)
    made = for_create(target({"State": "Île-de-France", "Country": "USA"}), describe, {})
    assert made.values == {"State": "Île-de-France", "Country": "USA"}


@pytest.mark.parametrize("country", ["Italy", "it", ["Atlantis", "IT"]])
@pytest.mark.parametrize("state", ["CA", "Roma"])
def test_a_state_is_never_read_by_another_country_than_its_own(state: str, country: Json) -> None:
    values: dict[str, Json] = {"State": state, "Country": country}
    held: dict[str, Json] = {"Country": "United States", "CountryCode": "US"}
    assert updated(held, values, "if_blank") == ({}, {"State": "not_of_country"})


@pytest.mark.parametrize("country", ["USA", "United States", None])
def test_a_country_that_is_on_no_list_says_nothing_about_the_state(country: Json) -> None:
    values: dict[str, Json] = {"State": "CA", "Country": country}
    due, _ = updated({"Country": "United States"}, values, "if_blank")
    assert due == {"State": "California"}


def test_fields_that_rules_spell_otherwise_are_read_too() -> None:
    values: dict[str, Json] = {"state": "CA", "COUNTRY": "Italy"}
    assert updated({"Country": "United States"}, values, "if_blank")[0] == {}
