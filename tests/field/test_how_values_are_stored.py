"""Salesforce keeps another form than it was sent: what is compared, asked by and written again is
the form in which it is kept."""

from __future__ import annotations

from typing import Any

import pytest

from tests.field.conftest import Open
from tests.field.trial import person

FIELDS: list[dict[str, Any]] = [
    {
        "object": "Lead",
        "name": "Topics__c",
        "type": "multipicklist",
        "picklist": ["Tech", "People", "Money"],
        "restricted": True,
        "length": 4099,
    },
    {"object": "Lead", "name": "Rev__c", "type": "currency", "precision": 18, "scale": 2},
    {"object": "Lead", "name": "Share__c", "type": "percent", "precision": 5, "scale": 1},
    {"object": "Lead", "name": "Code__c", "type": "string", "length": 12},
    {"object": "Lead", "name": "Day__c", "type": "date"},
    {
        "object": "Lead",
        "name": "Stage__c",
        "type": "picklist",
        "picklist": ["New", "Won"],
        "restricted": True,
    },
]
#: Field, first value and its stored form, second value and its stored form.
CHANGES = [
    ("Topics__c", ["Money", "Tech", "Money"], "Tech;Money", "People", "People"),
    ("Rev__c", 0.125, 0.13, 7.0, 7),
    ("Rev__c", "1234.565", 1234.57, 2000, 2000),
    ("Share__c", 12.25, 12.3, 99.94, 99.9),
    ("Code__c", "  A rather long code ", "A rather lo…", "Short", "Short"),
    ("Email", "Ann.Lee@X.Example", "ann.lee@x.example", "Ann.New@X.Example", "ann.new@x.example"),
    ("Day__c", "1980-05-01T00:00:00+02:00", "1980-05-01", "1981-06-02", "1981-06-02"),
]

BY_HAND = {
    "Topics__c": "Tech",
    "Rev__c": 5.0,
    "Share__c": 5.0,
    "Code__c": "By hand",
    "Email": "by@hand.example",
    "Day__c": "1999-01-01",
}


def rules(field: str, overwrite: str) -> str:
    return f'[fields.Lead]\n{field} = {{from = "prospect.custom.v", overwrite = "{overwrite}"}}\n'


def with_value(value: Any) -> dict[str, Any]:
    return person("Doe", email=None, custom={"v": value})


@pytest.mark.parametrize(("field", "first", "stored", "second", "then"), CHANGES)
@pytest.mark.parametrize("overwrite", ["if_ours", "always"])
def test_a_value_that_is_still_ours_is_replaced(
    start_trial: Open, overwrite: str, field: str, first: Any, stored: Any, second: Any, then: Any
) -> None:
    trial = start_trial(rules=rules(field, overwrite), fields=FIELDS)
    trial.buy(with_value(first))
    trial.sync()
    assert trial.row("Lead", "Doe")[field] == stored
    trial.buy(with_value(second), "later")
    trial.sync()
    assert trial.row("Lead", "Doe")[field] == then


@pytest.mark.parametrize(("field", "first", "stored"), [change[:3] for change in CHANGES])
@pytest.mark.parametrize("overwrite", ["if_ours", "always"])
def test_a_value_that_is_there_is_not_written_again(
    start_trial: Open, overwrite: str, field: str, first: Any, stored: Any
) -> None:
    trial = start_trial(rules=rules(field, overwrite), fields=FIELDS)
    trial.buy(with_value(first))
    trial.sync()
    before = trial.writes()
    trial.hour_passes()
    trial.buy(with_value(first), "again")
    trial.sync()
    assert trial.writes() == before
    assert trial.row("Lead", "Doe")[field] == stored


@pytest.mark.parametrize(("field", "first", "stored", "second", "then"), CHANGES)
def test_what_a_person_has_changed_since_stays(
    start_trial: Open, field: str, first: Any, stored: Any, second: Any, then: Any
) -> None:
    trial = start_trial(rules=rules(field, "if_ours"), fields=FIELDS)
    trial.buy(with_value(first))
    trial.sync()
    row = trial.row("Lead", "Doe")
    assert row[field] == stored
    value = BY_HAND[field]
    trial.control(f"records/Lead/{row['Id']}", {field: value}, "PATCH")
    trial.hour_passes()
    trial.buy(with_value(second), "later")
    trial.sync()
    assert trial.row("Lead", "Doe")[field] == value != then


@pytest.mark.parametrize(
    ("topics", "written", "reported"),
    [
        ("Tech;;Money; ", "Tech;Money", False),
        ([None, "", "People"], "People", False),
        (["Money", "Astrology", "Tech"], "Tech;Money", True),
        ("Palmistry;Runes", None, True),
        ([], None, False),
    ],
)
def test_of_several_values_those_that_fit_are_written(
    start_trial: Open, topics: Any, written: str | None, *, reported: bool
) -> None:
    trial = start_trial(rules='[fields.Lead]\nTopics__c = "prospect.custom.v"\n', fields=FIELDS)
    event = trial.buy(person("Doe", custom={"v": topics}))
    trial.sync()
    assert trial.row("Lead", "Doe")["Topics__c"] == written
    assert ("Topics__c" in trial.story(event)) == reported
    assert ("(Astrology)" in trial.story(event)) == ("Astrology" in topics)


@pytest.mark.parametrize(
    "names",
    [
        {"first_name": "Maria da Conceicao Aparecida Fernandes dos Santos"},
        {"last_name": "von " + "Schmidt-Papadopoulos " * 5},
        {"company": {"name": "Verein zur Foerderung " * 14}},
        {"first_name": "Zoe\u0308  "},
        {"first_name": "Ann " + "😀" * 25},
        {"company": {"name": " \u200bAcme\u00ad Ltd "}},
    ],
)
def test_someone_whose_name_is_stored_in_another_form_is_found_again(
    start_trial: Open, names: dict[str, Any]
) -> None:
    trial = start_trial()
    base = {"email": None, "company": {"name": "Firm"}}
    trial.buy(person("Doe", **{**base, **names}))
    trial.sync()
    trial.hour_passes()
    trial.buy({**person("Doe", **{**base, **names}), "id": "another"})
    trial.sync()
    assert len(trial.rows("Lead")) == 1


def test_two_of_them_in_one_drain_are_one_as_well(start_trial: Open) -> None:
    trial = start_trial()
    long = "Maria da Conceicao Aparecida Fernandes dos Santos"
    for number in "ab":
        trial.buy({**person("Doe", email=None, first_name=long), "id": number})
    trial.sync()
    assert len(trial.rows("Lead")) == 1


LISTS = '[fields.Lead]\nStage__c = ["prospect.custom.a", "prospect.custom.b"]\n'
LISTS += 'Day__c = ["prospect.custom.a", "prospect.custom.b", "occurred_at"]\n'
LISTS += 'Rev__c = ["prospect.custom.a", "prospect.custom.b"]\n'


@pytest.mark.parametrize(
    ("values", "stage", "day", "rev"),
    [
        ({"a": "Nope", "b": "Won"}, "Won", "2026-11-20", None),
        ({"a": "31/12/2026", "b": "2026-12-30"}, None, "2026-12-30", None),
        ({"a": "0026-01-01", "b": "4001-01-01"}, None, "2026-11-20", None),
        ({"a": 1e17, "b": 12}, None, "2026-11-20", 12),
        ({"a": "", "b": "New"}, "New", "2026-11-20", None),
    ],
)
def test_of_a_list_of_sources_the_first_that_fits_is_written(
    start_trial: Open, values: dict[str, Any], stage: Any, day: str, rev: Any
) -> None:
    trial = start_trial(rules=LISTS, fields=FIELDS)
    trial.buy(person("Doe", custom=values))
    trial.sync()
    row = trial.row("Lead", "Doe")
    assert (row["Stage__c"], row["Day__c"], row["Rev__c"]) == (stage, day, rev)


@pytest.mark.parametrize(
    ("occurred_at", "day"),
    [
        ("2026-11-21T07:59:00Z", "2026-11-20"),
        ("2026-11-21T08:01:00Z", "2026-11-21"),
        ("2026-07-01T06:59:00Z", "2026-06-30"),
        ("2026-07-01T07:01:00Z", "2026-07-01"),
    ],
)
def test_a_moment_is_the_day_it_was_for_the_owner(
    start_trial: Open, occurred_at: str, day: str
) -> None:
    trial = start_trial(rules='[fields.Lead]\nDay__c = "occurred_at"\n', fields=FIELDS)
    trial.buy(person("Doe"), occurred_at=occurred_at)
    trial.touch(person("Doe"), sent_at=occurred_at)
    trial.sync()
    assert trial.row("Lead", "Doe")["Day__c"] == day
    (task,) = trial.rows("Task")
    assert task["ActivityDate"] == day
