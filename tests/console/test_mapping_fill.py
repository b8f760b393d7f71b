"""What fills a row, chosen without typing expressions: another field, several joined, and what is used if
they are empty."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.console.mapping_page import MappingBench, form_in
from zsf_plugin.console.mapping.drafts import PostedRow
from zsf_plugin.console.mapping.fill_form import as_source, chosen_in, lines_in
from zsf_plugin.console.mapping.filling import filled_rule
from zsf_plugin.console.presenters.combining import MAX_CHOICES, MAX_PARTS, Combination, Part
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.model import FieldRule

FULL_NAME: Combination = ((Part("", "prospect.first_name"), Part(" ", "prospect.last_name")),)
WRITTEN = "concat(prospect.first_name || `null`, ' ', prospect.last_name || `null`)"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[MappingBench]:
    with Emulator(OrgSpec()) as org:
        made = MappingBench(tmp_path, org)
        made.connect()
        made.page("/mapping?read=1")
        yield made
        made.app.close()


def press(bench: MappingBench, form: dict[str, str], **more: str) -> Any:
    return bench.post(form | more, "/mapping/fill")


def lead(bench: MappingBench) -> Any:
    return bench.document().get("fields", {}).get("Lead", {})


def test_a_row_gets_another_zaplify_field_and_keeps_its_policy(bench: MappingBench) -> None:
    bench.saved({"Lead.Title.overwrite": "always"})
    form = form_in(bench.post(bench.form(), "/mapping/fill?fill=Lead.Title").text)
    assert form["path-0-0"] == "prospect.title"
    answer = press(bench, form, **{"path-0-0": "prospect.location.city", "use": "yes"})
    assert "City" in answer.text
    assert bench.post(form_in(answer.text)).status_code == 303
    assert lead(bench) == {"Title": {"from": "prospect.location.city", "overwrite": "always"}}
    (line,) = bench.app.store.history("default", codes=("mapping",), limit=1)
    assert line.detail["rows"] == [
        {
            "object": "Lead",
            "was": "Title",
            "field": "Title",
            "overwrite": "always",
            "from": "City",
        }
    ]


def test_two_fields_are_joined_with_a_fallback_and_read_back(bench: MappingBench) -> None:
    bench.purchase()
    form = form_in(bench.post(bench.form(), "/mapping/fill?fill=Lead.Title").text)
    form["path-0-0"] = "prospect.first_name"
    form = form_in(press(bench, form, edit="join-0").text)
    assert form["text-0-1"] == " "
    form["path-0-1"] = "prospect.last_name"
    form = form_in(press(bench, form, edit="else").text)
    form["text-1-0"] = "Nobody"
    page = bench.post(form_in(press(bench, form, use="yes").text))
    assert page.status_code == 303
    assert lead(bench) == {"Title": {"from": WRITTEN, "default": "Nobody"}}
    html = bench.page()
    assert "First name + Last name, else “Nobody”" in html
    again = form_in(bench.page("/mapping/fill?fill=Lead.Title"))
    names = ("path-0-0", "text-0-1", "path-0-1", "text-1-0", "path-1-0")
    assert [again[name] for name in names] == [
        *("prospect.first_name", " ", "prospect.last_name", "Nobody", "")
    ]


def test_the_value_for_the_sample_prospect_is_shown_before_it_is_used(bench: MappingBench) -> None:
    form = form_in(bench.page("/mapping/fill?fill=Lead.Title"))
    answer = press(bench, form, **{"path-0-0": "prospect.location.city", "text-0-0": "From "})
    assert re.search(r'<strong dir="auto">From Reykjavík</strong>', answer.text)


def test_choosing_what_fills_it_already_is_no_change(bench: MappingBench) -> None:
    for name in ("Lead.Title", "Lead.Company", "Lead.LeadSource", "Lead.LastName"):
        form = form_in(bench.post(bench.form(), f"/mapping/fill?fill={name}").text)
        answer = press(bench, form, use="yes")
        assert "1 unsaved change" not in answer.text
        bench.post(form_in(answer.text))
    assert bench.document() == {}


def test_going_back_keeps_the_draft_as_it_was(bench: MappingBench) -> None:
    draft = bench.form() | {"Lead.Email.overwrite": "always"}
    form = form_in(bench.post(draft, "/mapping/fill?fill=Lead.Title").text)
    back = bench.post(form | {"path-0-0": "prospect.email", "back": "yes"}, "/mapping/draft").text
    bench.post(form_in(back))
    assert lead(bench) == {"Email": {"from": "prospect.email", "overwrite": "always"}}


def test_an_expression_of_a_rule_is_shown_until_it_is_replaced(bench: MappingBench) -> None:
    html = bench.page("/mapping/fill?fill=Lead.FirstName")
    assert "An expression fills it now." in html
    assert "prospect.last_name &amp;&amp; prospect.first_name" in html
    answer = press(bench, form_in(html), use="yes")
    assert answer.status_code == 422
    assert "Choose a Zaplify field, or enter a text." in answer.text
    assert bench.document() == {}


def test_a_new_row_and_an_empty_required_field_can_be_combined_too(bench: MappingBench) -> None:
    draft = form_in(bench.post(bench.form() | {"add": "Lead"}, "/mapping/draft").text)
    draft["Lead.new-1.to"] = "Description"
    form = form_in(bench.post(draft, "/mapping/fill?fill=Lead.new-1").text)
    form |= {"path-0-0": "prospect.first_name", "text-0-0": "Dear "}
    page = press(bench, form, use="yes").text
    assert "“Dear ” + First name" in page
    bench.post(form_in(page))
    assert lead(bench) == {"Description": "concat('Dear ', prospect.first_name || `null`)"}


def test_a_row_that_does_not_exist_or_that_a_file_sets_has_no_page(bench: MappingBench) -> None:
    bench.rule('[fields.Lead]\nTitle = "prospect.title"\n')
    for name in ("Lead.Title", "Lead.Nothing", ""):
        assert bench.client.get(f"/mapping/fill?fill={name}").status_code == 404


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('[[["", "lower(prospect.email)"]]]', "from the list"),
        ('[[["", "prospect.email"], ["", "to_array(@)"]]]', "from the list"),
        ('[[["Boss", ""]], [["", "prospect.email"]]]', "must be the last one"),
        ('[[["", ""]]]', "Choose a Zaplify field"),
        ("[[]]", "Choose a Zaplify field"),
        ("[]", "Choose what fills"),
        ("[1]", "Choose what fills"),
        (f'[[["{"x" * 256}", "prospect.email"]]]', "up to 255 characters"),
        (str([[["", "prospect.email"]]] * (MAX_CHOICES + 1)).replace("'", '"'), "combined"),
        ("@", "from the list"),
    ],
)
def test_an_invalid_form_is_refused_with_the_reason(source: str, words: str) -> None:
    for rule in (None, FieldRule("Title", ("prospect.title",))):
        refused = filled_rule(PostedRow("Lead", "Title", "Title", source=source), rule)
        assert isinstance(refused, str)
        assert words in refused


PARTS = st.builds(Part, st.text(max_size=5), st.sampled_from(["", "prospect.email", "user.name"]))
LINES = st.lists(st.lists(PARTS, min_size=1, max_size=MAX_PARTS), min_size=1, max_size=MAX_CHOICES)


def form_of(lines: list[list[Part]]) -> dict[str, str]:
    return {
        name: value
        for at, line in enumerate(lines)
        for place, part in enumerate(line)
        for name, value in ((f"text-{at}-{place}", part.text), (f"path-{at}-{place}", part.path))
    }


@given(LINES)
def test_the_lines_of_a_form_are_those_that_were_posted(lines: list[list[Part]]) -> None:
    assert lines_in(form_of(lines)) == tuple(map(tuple, lines))


@given(LINES, st.text(max_size=12))
def test_no_button_makes_more_lines_than_can_be_saved(lines: list[list[Part]], edit: str) -> None:
    for button in (edit, "else", "join-0", "drop-0-0", "drop-9-9", "join-x", "drop-²-1"):
        made = lines_in(form_of(lines) | {"edit": button})
        assert 0 < len(made) <= MAX_CHOICES
        assert all(0 < len(line) <= MAX_PARTS for line in made)


@given(LINES)
def test_what_is_chosen_is_what_the_row_is_filled_by(lines: list[list[Part]]) -> None:
    chosen = chosen_in(tuple(map(tuple, lines)))
    row = PostedRow("Lead", "Title", "Title", source=as_source(chosen) if chosen else "")
    assert (row.combination or ()) == (stripped(chosen) if row.fixed is not None else chosen)


def stripped(combination: Combination) -> Combination:
    return ((Part("".join(part.text for part in combination[0]).strip(), ""),),)
