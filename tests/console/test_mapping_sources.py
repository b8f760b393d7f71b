"""The labels of Zaplify's fields and of a rule's sources."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.events import rules
from zsf_plugin.console.presenters.deciders import Decider, decider
from zsf_plugin.console.presenters.sources import (
    CATALOGUE,
    TOUCHPOINT_FIELDS,
    catalogue,
    is_field,
    kind_of,
    path_read,
    words_for,
)
from zsf_plugin.decision.expressions import evaluate
from zsf_plugin.model import FieldRule, Json

_FOR_SOME = "eu.toml decides for some prospects."

SCHEMAS = Path(__file__).parents[2] / "schemas"


def leaves(schema: Mapping[str, Json], path: str) -> Iterator[str]:
    for name, inner in schema["properties"].items():  # type: ignore[union-attr]
        below = f"{path}.{name}"
        if "properties" in inner and name != "custom":
            yield from leaves(inner, below)
        elif name != "custom":
            yield below


@pytest.mark.parametrize("file", ["prospect", "user", "touchpoint"])
def test_every_field_of_the_schemas_has_a_name(file: str) -> None:
    schema = json.loads((SCHEMAS / f"{file}.schema.json").read_text(encoding="utf-8"))
    known = {source.path for source in (*CATALOGUE, *TOUCHPOINT_FIELDS)}
    assert set(leaves(schema, file)) <= known


def test_no_two_fields_have_one_name() -> None:
    labels = [source.label for source in (*CATALOGUE, *TOUCHPOINT_FIELDS)]
    assert sorted(labels) == sorted(set(labels))


def test_custom_keys_of_recent_prospects_can_be_mapped_by_name() -> None:
    scope = {"prospect": {"custom": {"lead_score": 7, "first seen": "2026-11-01", "tags": ["a"]}}}
    found = {source.label: source for source in catalogue([{}, scope])[len(CATALOGUE) :]}
    assert (found["Lead score"].path, found["Lead score"].kind) == (
        "prospect.custom.lead_score",
        "number",
    )
    assert found["First seen"].kind == "date"
    assert evaluate(found["First seen"].path, scope) == "2026-11-01"
    assert "Tags" not in found


def test_a_blank_value_leaves_the_kind_to_the_next_one() -> None:
    scopes = [
        {"prospect": {"custom": {"site": None}}},
        {"prospect": {"custom": {"site": "https://a.example"}}},
    ]
    assert catalogue(scopes)[-1].kind == "url"


@pytest.mark.parametrize(
    ("rule", "label", "detail", "kind"),
    [
        (FieldRule("X", ("prospect.last_name",)), "Last name", "prospect.last_name", "text"),
        (FieldRule("X", value="Zaplify"), "Fixed value", "“Zaplify”", "text"),
        (FieldRule("X", value=True), "Fixed value", "“Yes”", "yes_no"),
        (
            FieldRule("X", ("prospect.last_name", "prospect.first_name")),
            "Last name, else First name",
            "prospect.last_name, else prospect.first_name",
            "text",
        ),
        (
            FieldRule("X", ("prospect.last_name && prospect.first_name",)),
            "First name",
            "First name, if Last name has a value",
            "text",
        ),
        (
            FieldRule("X", ("prospect.company.name",), default="?"),
            "Company name",
            "Company name, else “?”",
            "text",
        ),
        (
            FieldRule(
                "X",
                (
                    "touchpoint.subject && concat('Email: ', touchpoint.subject)",
                    "concat('Email, step ', touchpoint.step)",
                    "'Email'",
                ),
            ),
            "Subject, else Step",
            "“Email: ” + Subject, else “Email, step ” + Step, else “Email”",
            "text",
        ),
        (
            FieldRule("X", ("concat(prospect.first_name, ' ', prospect.last_name)",)),
            "First name + Last name",
            "First name + Last name",
            "text",
        ),
        (
            FieldRule("X", ("prospect.custom.seniority",)),
            "Seniority",
            "prospect.custom.seniority",
            None,
        ),
        (
            FieldRule("X", ("lower(prospect.email)",)),
            "E-mail in lower case",
            "lower(prospect.email)",
            None,
        ),
        (
            FieldRule("X", ("touchpoint.content.text", "html_text(touchpoint.content.html)")),
            "Message text, else Message as HTML",
            "touchpoint.content.text, else html_text(touchpoint.content.html)",
            None,
        ),
        (FieldRule("X", ("max(prospect.email)",)), "Expression", "max(prospect.email)", None),
        (FieldRule("X", ("lower(location)",)), "Expression", "lower(location)", None),
        (
            FieldRule("X", ("prospect.email", "prospect.phone")),
            "E-mail, else Phone",
            "prospect.email, else prospect.phone",
            None,
        ),
    ],
)
def test_a_rule_is_labelled_by_the_fields_it_reads(
    rule: FieldRule, label: str, detail: str, kind: str | None
) -> None:
    words = words_for(rule)
    assert (words.label, words.detail, words.kind) == (label, detail, kind)


def test_every_shipped_rule_is_labelled_by_names() -> None:
    shipped = rules()
    tables = (*shipped.fields.values(), *shipped.activities.values())
    labels = [words_for(rule).label for table in tables for rule in table.values()]
    assert labels
    assert not [label for label in labels if "Expression" in label]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("a@b.example", "email"),
        ("https://b.example/x", "url"),
        ("2026-11-25T08:00:00Z", "date"),
        ("Ada", "text"),
        (12, "number"),
        (True, "yes_no"),
        (" ", None),
        ([], None),
        (None, None),
    ],
)
def test_a_value_shows_its_kind(value: Json, kind: str | None) -> None:
    assert kind_of(value) == kind


@pytest.mark.parametrize(
    ("when", "decided"),
    [
        (
            "prospect.location.country_code == 'DE' || prospect.location.country_code == 'FR'",
            Decider("eu.toml decides for DE and FR."),
        ),
        ("x == 'A'||x == 'B'||x == 'C'", Decider("eu.toml decides for A, B and C.")),
        ("x == 'A'", Decider("eu.toml decides for A.")),
        ("x == 'A' || y == 'B'", Decider(_FOR_SOME, "x == 'A' || y == 'B'")),
        ("prospect.email", Decider(_FOR_SOME, "prospect.email")),
    ],
)
def test_a_condition_is_shown_as_the_values_it_compares_or_as_an_expression(
    when: str, decided: Decider
) -> None:
    assert decider("rules/eu.toml", "decides", when) == decided


@given(st.text(max_size=30).filter(bool))
def test_each_custom_key_of_a_prospect_is_a_field_that_reads_it(key: str) -> None:
    (source,) = catalogue([{"prospect": {"custom": {key: "x"}}}])[len(CATALOGUE) :]
    assert is_field(source.path)
    assert evaluate(source.path, {"prospect": {"custom": {key: "x"}}}) == "x"


@pytest.mark.parametrize(
    ("expression", "path"),
    [
        ("prospect.title", "prospect.title"),
        ("prospect.company && prospect.company.name", "prospect.company.name"),
        ("contains(prospect.title, 'a && b')", "contains(prospect.title, 'a && b')"),
    ],
)
def test_an_expression_reads_the_path_behind_its_guard(expression: str, path: str) -> None:
    assert path_read(expression) == path


@pytest.mark.parametrize(
    ("rule", "is_value"),
    [
        (FieldRule("Title", value="Boss"), True),
        (FieldRule("Title", default="Boss"), True),
        (FieldRule("Title", ("prospect.title",), default="Boss"), False),
    ],
)
def test_words_say_whether_they_are_a_fixed_value(rule: FieldRule, is_value: bool) -> None:
    assert words_for(rule).is_value is is_value
