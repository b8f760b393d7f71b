"""Lists of states and countries, its own grammar of e-mail, values by record type: what does not
fit costs its field, never the person, and the story names the field."""

from __future__ import annotations

from typing import Any

import pytest

from tests.field.conftest import Open
from tests.field.trial import person

MODES = [("lead", "Lead", ""), ("contact", "Contact", "Mailing")]


@pytest.mark.parametrize(("mode", "object_", "prefix"), MODES)
@pytest.mark.parametrize(
    ("location", "kept", "reported"),
    [
        ({"region": "Bavaria", "country": "Germany"}, (None, "Germany"), ["State"]),
        ({"region": "TX", "country": "United States"}, ("Texas", "United States"), []),
        ({"region": "quebec", "country": "canada"}, ("Quebec", "Canada"), []),
        ({"region": "WA", "country": "AU"}, ("Western Australia", "Australia"), []),
        ({"region": "Texas", "country": "Atlantis"}, (None, None), ["State", "Country"]),
        ({"region": "Ontario", "country": "United States"}, (None, "United States"), ["State"]),
        ({"region": "Ontario"}, (None, None), ["State"]),
        ({"country": "Türkei"}, (None, None), ["Country"]),
    ],
)
def test_a_state_or_country_off_the_lists_is_left_out_and_named(
    start_trial: Open,
    mode: str,
    object_: str,
    prefix: str,
    location: dict[str, str],
    kept: tuple[str | None, str | None],
    reported: list[str],
) -> None:
    trial = start_trial(mode)
    event = trial.buy(person("Doe", location={"city": "Town", **location}))
    trial.sync()
    row = trial.row(object_, "Doe")
    assert (row[f"{prefix}State"], row[f"{prefix}Country"]) == kept
    assert row[f"{prefix}City"] == "Town"
    for name in reported:
        assert f"{prefix}{name} left out" in trial.story(event)
    if not reported:
        assert "left out" not in trial.story(event)


def test_a_later_address_does_not_leave_a_state_of_another_country(start_trial: Open) -> None:
    rules = '[fields.Lead]\nState = {from = "prospect.location.region", overwrite = "always"}\n'
    rules += 'Country = {from = "prospect.location.country", overwrite = "always"}\n'
    trial = start_trial(rules=rules)
    trial.buy(person("Doe", location={"region": "Texas", "country": "United States"}))
    trial.sync()
    trial.buy(person("Doe", location={"region": "Ontario", "country": "Canada"}), "later")
    trial.sync()
    row = trial.row("Lead", "Doe")
    assert (row["State"], row["Country"]) == ("Ontario", "Canada")


@pytest.mark.parametrize(("mode", "object_", "prefix"), MODES)
@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("MAILTO:Ann@X.Example", "ann@x.example"),
        ("\ufeffann@x.example", "ann@x.example"),
        ("ann@x.example\u200b", "ann@x.example"),
        ("Ann Bee <ann@x.example>", "ann@x.example"),
        ("ann..b.@x.example", "ann..b.@x.example"),
        ("ann@bücher.example", "ann@bücher.example"),
        (".ann@x.example", None),
        ("ann@x.example, bo@x.example", "ann@x.example"),
        ("ann@localhost", None),
        ("ann at x.example", None),
        (f"{'a' * 65}@x.example", None),
        ("анна@x.example", None),
    ],
)
def test_an_address_is_cleaned_or_left_out(
    start_trial: Open, mode: str, object_: str, prefix: str, given: str, written: str | None
) -> None:
    trial = start_trial(mode)
    event = trial.buy(person("Doe", email=given))
    trial.sync()
    assert trial.row(object_, "Doe")["Email"] == written
    assert ("Email left out" in trial.story(event)) == (written is None)


TYPES: dict[str, Any] = {
    "picklists": {"Lead.Rating": {"values": ["Hot", "Warm"], "restricted": True}},
    "record_types": {"Lead": {"Partner": {"Rating": ["Hot"]}}},
    "default_record_types": {"Lead": "Partner"},
}
RATING = '[fields.Lead]\nRating = "prospect.custom.rating"\n'


@pytest.mark.parametrize(("rating", "written"), [("Hot", "Hot"), ("Warm", None), ("Cold", None)])
def test_a_value_that_the_record_type_does_not_offer_is_left_out(
    start_trial: Open, rating: str, written: str | None
) -> None:
    trial = start_trial(rules=RATING, **TYPES)
    event = trial.buy(person("Doe", custom={"rating": rating}))
    trial.sync()
    assert trial.row("Lead", "Doe")["Rating"] == written
    assert ("Rating left out" in trial.story(event)) == (written is None)


def test_a_refusal_that_nobody_could_foresee_costs_its_field_only(start_trial: Open) -> None:
    trial = start_trial()
    trial.control(
        "refusals",
        {
            "object": "Lead",
            "action": "create",
            "code": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            "fields": ["Title"],
            "where": {"Title": "Witch"},
            "times": 9,
        },
    )
    witch, other = person("Doe", title="Witch"), person("Roe", title="Buyer")
    events = [trial.buy(witch), trial.buy(other)]
    trial.sync()
    assert trial.row("Lead", "Doe")["Title"] is None
    assert trial.row("Lead", "Roe")["Title"] == "Buyer"
    assert "Title left out" in trial.story(events[0])
