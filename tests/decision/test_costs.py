"""What one expression may cost for one event: counted in steps, never in time."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decision.test_possible import EXPRESSIONS, SCOPES
from tests.fakes.events import plan, prospect, purchase
from zsf_plugin.decision import html
from zsf_plugin.decision.decide import decide
from zsf_plugin.decision.expressions import SharedUnits, evaluate, expression_errors, tree_of
from zsf_plugin.decision.functions import jmespath_options
from zsf_plugin.decision.growth import MAX_GROWTH, growth_of
from zsf_plugin.decision.interpreter import (
    MAX_UNITS,
    BoundedInterpreter,
    TooCostly,
    with_constants,
)
from zsf_plugin.decision.literals import literal_part
from zsf_plugin.model import Json, JsonObject, Step
from zsf_plugin.rulebook import Rulebook

TAGS: Json = [{"a": "x" * 20, "b": [1, 2]} for _ in range(300)]
SCOPE: dict[str, Json] = {
    "prospect": {
        "id": "p1",
        "custom": {
            "tags": TAGS,
            "text": "x" * 200_000,
            "many": [1] * 50_000,
            "floats": [number / 7 for number in range(6_000)],
            "foreign": ["\u0130" * 1_000] * 200,
            "html": "<p>Hello <b>Maja</b></p>" * 20_000,
            "thousand": [{"a": f"x{number % 20}"} for number in range(1_000)],
        },
    }
}
TWELVE = ", ".join(f"'x{number}'" for number in range(12))


def cost_of(text: str) -> int:
    """The units that the expression takes; the bound and more if it is stopped."""
    tree = tree_of(text)
    assert tree is not None
    interpreter = BoundedInterpreter(jmespath_options())
    with contextlib.suppress(TooCostly):
        found = interpreter.visit(with_constants(tree), SCOPE)
        interpreter.spend_on((found,) if isinstance(found, (list, dict)) else ())
    return MAX_UNITS - interpreter.units


def times(step: str, count: int, start: str = "prospect.custom.tags") -> str:
    return " | ".join([start, *[step] * count])


@pytest.mark.parametrize(
    "text",
    [
        times("concat(@, @)", 34, "prospect.id"),
        times("concat(@, @, @, @, @, @, @, @)", 11, "prospect.id"),
        times("[@, @]", 40),
        f"to_string({times('[@, @]', 40)})",
        times("{a: @, b: @}", 40),
        times("join('', [@, @])", 20, "prospect.id"),
        times("[*].[@, @][]", 12),
        times("map(&[@, @], @)", 12),
        times("map(&[@, @, @, @], [@, @, @, @])", 3),
        times("merge({a: @}, {b: @})", 20),
        times("not_null([@, @, @, @])", 12),
        times("to_array([@, @])", 20),
        times("sort_by([@, @], &a)", 20),
    ],
)
def test_steps_that_multiply_each_other_are_no_rule(text: str) -> None:
    (error,) = expression_errors(text)
    assert f"more than {MAX_GROWTH} times" in error
    assert evaluate(text, SCOPE) is None


@pytest.mark.parametrize(
    "text",
    [
        times("concat(@, @)", 9, "prospect.custom.text"),
        "map(&map(&map(&@, [@, @, @, @]), [@, @, @, @]), prospect.custom.tags)",
        "prospect.custom.many[*].[@, @, @]",
        "prospect.custom.many[?@ == `1`] | [?@ == `1`]",
        "join(prospect.custom.text, prospect.custom.tags[*].a)",
        "to_string([prospect, prospect, prospect, prospect, prospect, prospect, prospect, prospect])",
        "sort(prospect.custom.many)",
        "[prospect.custom.many] == [prospect.custom.many]",
        "prospect.custom.many == prospect.custom.many",
        "contains([prospect.custom.many], prospect.custom.many)",
        "@",
        "merge(@, prospect)",
        "to_string(prospect.custom.floats)",
        "sort_by(prospect.custom.floats, &to_string(@))",
        "map(&lower(@), prospect.custom.foreign)",
        "map(&to_string(@), [prospect.custom.foreign, prospect.custom.foreign])",
        "map(&html_text(@), [prospect.custom.html, prospect.custom.html, prospect.custom.html])",
    ],
)
def test_what_costs_too_much_for_an_event_is_null(text: str) -> None:
    assert expression_errors(text) == ()
    assert cost_of(text) > MAX_UNITS
    assert evaluate(text, SCOPE) is None


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("lower(prospect.id)", 20),
        ("concat('Step ', touchpoint.step, ' of ', prospect.id)", 60),
        ("length(prospect.custom.tags)", 30),
        ("prospect.custom.tags[?a == 'x'].b[]", 10_000),
        (times(f"[?contains({['x'] * 12}, a)]", 3, "prospect.custom.tags[:5]"), 2_000),
        (times("map(&[@, @], @)", 9, "[prospect.id]"), 15_000),
        ("prospect.custom.tags[*].a | join(', ', @)", 10_000),
        ("contains(prospect.custom.text, 'y')", 3_000),
        ("lower(prospect.custom.text)", 3_000),
        (f"prospect.custom.thousand[?contains([{TWELVE}], a)]", 19_000),
        ("prospect.custom.thousand[?contains(`[1, 2, 3, 4]`, a)]", 19_000),
        ("html_text(prospect.custom.html)", 10_000),
    ],
)
def test_what_rules_ask_for_costs_little(text: str, most: int) -> None:
    assert expression_errors(text) == ()
    assert cost_of(text) <= most


def test_a_list_of_constants_is_the_same_list_for_every_element() -> None:
    found = evaluate(f"prospect.custom.thousand[?contains([{TWELVE}], a)].a", SCOPE)
    assert isinstance(found, list)
    assert len(found) == 600
    assert evaluate("prospect.missing | ['a', 'b']", SCOPE) is None
    assert evaluate("['a', `[1]`]", SCOPE) == ["a", [1]]


def test_the_text_of_a_message_is_read_once_for_all_expressions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []
    monkeypatch.setattr(html, "_bare", lambda text: read.append(text) or "<p>one</p>")
    message: JsonObject = {"prospect": {"note": f"<p>{'once ' * 50}</p>"}}
    for source in ("html_text(prospect.note)", "html_text(prospect.note) || 'none'"):
        assert evaluate(source, message) == "one"
    assert len(read) == 1


def test_a_number_of_thousands_of_digits_is_null() -> None:
    digits: JsonObject = {"prospect": {"digits": "9" * 4_000, "few": "9" * 300}}
    assert evaluate("to_number(prospect.digits)", digits) is None
    assert evaluate("[to_number(prospect.digits)]", digits) is None
    assert evaluate("to_number(prospect.few)", digits) == 10**300 - 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prospect.id" + " || prospect.id" * 400, "longer than 4000"),
        ("prospect" + "[0]" * 1100, "more than 1000 parts"),
        ("!" * 100 + "prospect", "levels deep"),
        ("lower(" * 70 + "prospect.id" + ")" * 70, "levels deep"),
        ("(" * 3000, "nested too deeply"),
        ("[" + ",".join(["prospect.id"] * 330) + "]" + " | @", ""),
    ],
)
def test_an_expression_that_is_long_or_deep_is_no_rule(text: str, words: str) -> None:
    assert words in " ".join(expression_errors(text))
    assert bool(expression_errors(text)) is bool(words)


@settings(max_examples=200, deadline=None)
@given(st.lists(EXPRESSIONS, min_size=1, max_size=4).map(" | ".join), SCOPES)
def test_no_value_stands_in_a_result_more_often_than_the_growth_says(
    text: str, scope: dict[str, Json]
) -> None:
    tree = tree_of(text)
    if tree is not None and not expression_errors(text):
        value = evaluate(text, scope)
        whole = size_of(scope) + len(text)
        assert size_of(value) <= 2 * growth_of(tree) * whole + len(text)


def size_of(value: Json) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(size_of, value.values()))
    return 1 + sum(map(size_of, value)) if isinstance(value, list) else 1


MANY: JsonObject = {
    "id": "p1",
    "last_name": "Falk",
    "custom": {"l": [{"n": n} for n in range(9_000)]},
}
COSTLY = "prospect.custom.l[?n > `5`].n | sort(@) | [0]"


def test_a_field_whose_expression_costs_too_much_is_left_out_with_a_note() -> None:
    fields: dict[str, Json] = {"Title": [COSTLY, "prospect.id"], "LastName": "prospect.last_name"}
    made = plan(purchase(MANY), fields={"Lead": fields})
    assert made.ignored == (Step("left_out", "Lead", "Title", {"misfit": "too_costly"}),)
    title = made.targets["Lead"].planned("Title")
    assert title is not None
    assert title.value == "p1"
    assert plan(purchase(prospect(1)), fields={"Lead": fields}).ignored == ()


def test_a_rule_whose_condition_costs_too_much_does_not_apply_but_what_it_forbids_is_off(
    tmp_path: Path,
) -> None:
    (tmp_path / "rules").mkdir()
    closed = "[switches]\ninclude_contents = false\nsync_prospects = true\n"
    (tmp_path / "rules/10.toml").write_text(f'when = "{COSTLY}"\nmode = "contact"\n{closed}')
    open_: JsonObject = {"switches": {"include_contents": True}}
    book = Rulebook(tmp_path, lambda _: open_)
    event = purchase(MANY)
    for source in (book, book.with_draft("default", open_)):
        in_force = source.rules_for("default", event.scope)
        assert (in_force.mode, in_force.switches.include_contents) == ("lead", False)
        assert in_force.switches.sync_prospects
        assert in_force.undecided == ("rules/10.toml",)
    in_force = book.rules_for("default", event.scope)
    assert decide(event, in_force).ignored == (Step("undecided", field="rules/10.toml"),)
    assert book.rules_for("default", purchase(prospect(1)).scope).switches.include_contents


def test_no_address_is_longer_than_a_browser_takes() -> None:
    assert evaluate("domain(prospect.id)", {"prospect": {"id": "a.example/" + "x" * 9_000}})
    assert (
        evaluate("domain(prospect.id)", {"prospect": {"id": "a.example/" + "x" * 20_000}}) is None
    )


def test_the_conditions_of_many_rules_are_bounded_together(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    costly = "contains(to_string(prospect.custom.l[:2000]), 'zzz')"
    for number in range(60):
        text = f'when = "{costly}"\n[switches]\nsync_activities = false\n'
        (tmp_path / f"rules/{number:02}.toml").write_text(text)
    (tmp_path / "rules/90.toml").write_text('when = "prospect.id == \'p1\'"\nmode = "contact"\n')
    scope: JsonObject = {"prospect": MANY}
    missed: list[str] = []
    assert not evaluate(costly, scope, missed)
    assert missed == []  # alone, it is cheap enough
    rules = Rulebook(tmp_path, lambda _: {}).rules_for("acme", scope)
    assert 0 < len(rules.undecided) < 60
    assert (rules.mode, rules.switches.sync_activities) == ("contact", False)


TOGETHER = "contains(to_string(prospect.custom.l[:2000]), 'zzz')"


def test_the_expressions_of_many_fields_are_bounded_together_and_each_left_out_is_reported() -> (
    None
):
    names = [f"F{number:03}__c" for number in range(60)]
    fields: dict[str, Json] = {**dict.fromkeys(names, TOGETHER), "Title": "lower(prospect.id)"}
    made = plan(purchase(MANY), fields={"Lead": fields})
    lead = made.targets["Lead"]
    written = [name for name in names if lead.planned(name) is not None]
    assert 0 < len(written) < 60
    assert written == names[: len(written)]
    assert made.ignored == tuple(
        Step("left_out", "Lead", name, {"misfit": "too_costly"}) for name in names[len(written) :]
    )
    title = lead.planned("Title")  # costs next to nothing, wherever it stands
    assert title is not None
    assert title.value == "p1"


def test_an_owner_whose_expression_costs_too_much_is_reported() -> None:
    made = plan(purchase(MANY), owner={"from": COSTLY})
    assert made.owner_email is None
    assert made.ignored == (Step("left_out", "Lead", "OwnerId", {"misfit": "too_costly"}),)


def test_a_value_that_costs_too_much_to_be_tried_counts_as_made_of_literals() -> None:
    """So that nothing is matched by it: it may be."""
    source = f"not_null(prospect.id, {TOGETHER} && 'Nobody')"
    scope: JsonObject = {"prospect": MANY}
    assert literal_part(source, scope, "p1") is None
    assert literal_part(source, scope, "p1", SharedUnits(0)) == "chosen"


def walking(value: str, rest: str = "") -> int:
    """What a function that walks through the value costs more than one that does not."""
    name = "contains" if rest else "to_string"
    return cost_of(f"{name}({value}{rest})") - cost_of(f"length({value})") - (1 if rest else 0)


def test_searching_a_text_costs_a_unit_for_each_hundred_characters_of_any_script() -> None:
    assert walking("prospect.custom.text", ", 'y'") == 1 + 200_000 // 100 + 1
    assert walking("prospect.custom.foreign[0]", ", 'y'") == 1 + 1_000 // 100 + 1


def test_constants_are_compared_eight_for_a_unit() -> None:
    eighty = ", ".join(f"'x{number}'" for number in range(80))
    few, many = (
        cost_of("contains(['a'], prospect.id)"),
        cost_of(f"contains([{eighty}], prospect.id)"),
    )
    assert many - few == 80 // 8


def test_walking_through_a_list_costs_a_unit_for_each_value_and_for_four_of_its_places() -> None:
    assert walking("prospect.custom.thousand") == (1 + 1_000 // 4) + 1_000 * (1 + 1)
