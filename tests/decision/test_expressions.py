"""Expressions: what rules may contain and what it evaluates to."""

from __future__ import annotations

import json
import subprocess
import sys

import jmespath
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zsf_plugin.decision.expressions import evaluate, expression_errors, is_true
from zsf_plugin.decision.functions import jmespath_options
from zsf_plugin.model import Json

NAMES = st.sampled_from(["prospect", "company", "name", "a", "_b", "A1", "keys", "get"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4)
)
SCOPES = st.dictionaries(NAMES, DOCUMENTS, max_size=4)

#: Pieces of JMESPath, valid and invalid, to build expressions from.
PIECES = st.sampled_from(
    [
        "prospect",
        "a",
        ".",
        "[0]",
        "[]",
        "[*]",
        "[::0]",
        "[?a",
        "]",
        "*",
        "@",
        "&a",
        "&",
        "|",
        "||",
        "&&",
        "!",
        "==",
        "<",
        "'x'",
        "`1`",
        "`[1, 2]`",
        "(",
        ")",
        ",",
        "{a:",
        "}",
        "lower(",
        "domain(",
        "concat(",
        "sort_by(",
        "max(",
        "nope(",
        "to_number('nan')",
        "to_number(",
        "join(",
        "sum(",
        "avg(",
        "map(",
        "merge(",
        " ",
        '"',
        "`",
        "\\",
        "é",
        "\x00",
    ]
)
TEXTS = st.text() | st.lists(PIECES, max_size=8).map("".join)


@settings(deadline=None)
@given(SCOPES, st.lists(NAMES, min_size=1, max_size=5).map(".".join))
def test_a_plain_path_gives_what_jmespath_gives(scope: dict[str, Json], path: str) -> None:
    assert evaluate(path, scope) == jmespath.search(path, scope)


@settings(deadline=None)
@given(TEXTS, SCOPES)
@example("'a' < `1`", {})
@example("sort_by(prospect, &a)", {"prospect": [{"a": 1}, {"a": "x"}]})
@example("prospect[::0]", {"prospect": [1]})
def test_evaluating_never_raises_and_gives_json(text: str, scope: dict[str, Json]) -> None:
    json.dumps(evaluate(text, scope), allow_nan=False)
    assert is_true(text, scope) in (True, False)


@settings(deadline=None)
@given(TEXTS)
@example("(" * 5000)
def test_checking_never_raises(text: str) -> None:
    assert all(isinstance(fault, str) and fault for fault in expression_errors(text))


@settings(deadline=None)
@given(TEXTS, SCOPES)
def test_an_expression_without_faults_gives_what_jmespath_gives_or_null(
    text: str, scope: dict[str, Json]
) -> None:
    if not expression_errors(text):
        try:
            wanted = jmespath.search(text, scope, options=jmespath_options())
        except (ValueError, TypeError):
            wanted = None
        assert evaluate(text, scope) in (wanted, None)


def test_deeply_nested_documents_and_expressions_are_null() -> None:
    assert evaluate("(" * 5000, {}) is None
    assert evaluate("prospect" + ".a[0]" * 3000, {"prospect": {"a": []}}) is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("lower(prospect.email)", "jo@acme.com"),
        ("lower(prospect.nothing)", None),
        ("lower(prospect.nothing) || 'x'", "x"),
        ("lower(touchpoint.step)", None),
        ("concat('Step ', touchpoint.step, '/', `2.5`)", "Step 3/2.5"),
        ("concat('Step ', touchpoint.whole)", "Step 4"),
        ("concat('a', prospect.nothing, 'b')", None),
        ("concat('a', prospect.nothing) || 'fallback'", "fallback"),
        ("concat('a', prospect.yes)", None),
        ("concat('a', prospect)", None),
        ("prospect.email < `1`", None),
        ("to_number('nan')", None),
        ("&prospect", None),
        ("not valid (", None),
    ],
)
def test_our_functions_and_wrong_types(text: str, wanted: Json) -> None:
    prospect: Json = {"email": "Jo@Acme.COM", "yes": True}
    scope: dict[str, Json] = {"prospect": prospect, "touchpoint": {"step": 3, "whole": 4.0}}
    assert evaluate(text, scope) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("https://user:secret@WWW.Acme.co.uk:8443/about?x=1", "acme.co.uk"),
        ("http://acme.com", "acme.com"),
        ("www.acme.com/team", "acme.com"),
        ("acme.com", "acme.com"),
        ("Jo.Doe+x@Mail.Acme.com", "mail.acme.com"),
        (" acme.com. ", "acme.com"),
        ("münchen.example", "münchen.example"),
        ("localhost", None),
        ("", None),
        ("not a domain", None),
        ("Jo <jo@acme.com>", None),
        ("http://[::1", None),
        (None, None),
    ],
)
def test_domain_is_the_bare_host_or_null(text: Json, wanted: str | None) -> None:
    assert evaluate("domain(prospect.website)", {"prospect": {"website": text}}) == wanted


@pytest.mark.parametrize(
    ("value", "holds"),
    [(None, False), (False, False), ("", False), ([], False), ({}, False), (0, True), ("0", True)],
)
def test_truth_is_that_of_jmespath(value: Json, holds: bool) -> None:
    assert is_true("prospect.x", {"prospect": {"x": value}}) is holds
    assert is_true("prospect.x || prospect.x", {"prospect": {"x": value}}) is holds


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "the expression is empty"),
        ("prospect.", "not a JMESPath expression: it ends too early"),
        ("prospect[?a", "not a JMESPath expression: it ends too early"),
        ("prospect..a", "not a JMESPath expression: unexpected '.' (column 10)"),
        ("prospect ^ a", "not a JMESPath expression: Unknown token ^ (column 10)"),
        ("'open", "not a JMESPath expression: Unclosed ' delimiter (column 1)"),
        ("concta('a')", "unknown function concta(); did you mean concat()?"),
        ("concat()", "concat() takes at least 1 argument, not 0"),
        ("domain('a', 'b')", "domain() takes 1 argument, not 2"),
        ("contains('a')", "contains() takes 2 arguments, not 1"),
        ("usr.email", "unknown name usr; did you mean user?"),
    ],
)
def test_an_expression_error_says_what_is_wrong_and_where(text: str, fault: str) -> None:
    assert expression_errors(text) == (fault,)


@pytest.mark.parametrize(
    "text",
    [
        "prospect.custom.anything",
        "prospect.tags[?name == 'x'].value | [0]",
        "sort_by(prospect.tags, &weight)[0].name",
        "{a: user.id, b: [occurred_at, workspace]}",
        "prospect.location.country_code == 'DE'",
        "@.prospect",
        "`1`",
    ],
)
def test_only_names_at_an_events_top_are_checked(text: str) -> None:
    assert expression_errors(text) == ()


def test_plain_paths_need_no_jmespath() -> None:
    code = (
        "import sys; from zsf_plugin.decision.expressions import evaluate;"
        "assert evaluate('prospect.id', {'prospect': {'id': 'p'}}) == 'p'; sys.exit('jmespath' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
