"""docs/rules-reference.md is what the schemas, the shipped rules and the functions say, and its examples
are valid."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.docs.rules_page import PAGE, RULE, SHIPPED, function_rows, keys, page
from tests.docs.rules_page_texts import EXAMPLES, EXPRESSIONS, FUNCTION_TEXTS, SECTIONS
from zsf_plugin.decision.expressions import expression_errors
from zsf_plugin.decision.functions import RuleFunctions
from zsf_plugin.rulebook.files import check_document

#: What stands around the example of a key of a table.
AROUND = {
    "": "{}",
    **{name: f"[{name}]\n{{}}" for name in ("switches", "match", "owner", "limits")},
    "match key": "[match]\nLead = [{}]",
    "field": "[fields.Lead]\n{}",
}


def test_the_reference_of_rules_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "regenerate it: python -m tests.docs.rules_page"
    )


def test_each_table_and_each_key_has_its_place() -> None:
    assert set(RULE["properties"]) == {*SECTIONS, *[key for key in keys() if "." not in key]}
    assert set(EXAMPLES) == set(keys())


@pytest.mark.parametrize("path", keys())
def test_the_example_of_each_key_is_valid_and_shows_it(path: str) -> None:
    table, _, key = path.rpartition(".")
    document = tomllib.loads(AROUND[table].format(EXAMPLES[path]))
    assert check_document("example.toml", document) == ()
    assert key in EXAMPLES[path]


def test_each_function_has_an_example_with_a_value() -> None:
    called = {call.partition("(")[0] for call, _, _ in FUNCTION_TEXTS}
    assert called == set(RuleFunctions.FUNCTION_TABLE)
    for call, _, example in FUNCTION_TEXTS:
        assert example.startswith(call.partition("(")[0])
        assert expression_errors(example) == ()
    assert [value for _, _, _, value in function_rows() if value == "null"] == []


def test_each_expression_that_is_shown_is_valid() -> None:
    rows = [line for line in EXPRESSIONS.splitlines() if line.startswith("| `")]
    cells = [re.split(r" (?<!\\)\| ", row[2:])[0].replace("\\|", "|") for row in rows]
    found = [match for cell in cells for match in re.findall(r"``(.+?) ``|`([^`]+)`", cell)]
    texts = [one or other for one, other in found]
    assert len(texts) >= len(rows)
    assert [text for text in texts if expression_errors(text)] == []


def test_each_shipped_channel_is_shown() -> None:
    assert [name for name in SHIPPED.activities if f"| `{name}` |" not in page()] == []
