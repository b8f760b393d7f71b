"""Statements, addresses and headers are each built in one module: no other module puts a value into
one. Constants are fine anywhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.test_code_rules import MODULES, PACKAGE

BUILDERS = {"salesforce/soql.py", "salesforce/addresses.py", "salesforce/headers.py"}
#: Apart: the emulator is an org; the store speaks SQL, whose values are bound.
APART = ("emulator", "store")
OTHERS = [
    path
    for path in MODULES
    if path.relative_to(PACKAGE).as_posix() not in BUILDERS
    and path.relative_to(PACKAGE).parts[0] not in APART
]
#: Parts of a statement, of an address below an org, or of a header that carries a secret.
GUARDED = re.compile(
    r"\b(?:SELECT|FIND|RETURNING|WHERE|LIKE|IN \()|/services/|/sobjects|/query|/composite/|\?q=|\bBearer\b|[?&]\w+=$"
)
ENCODERS = {"quote", "quote_plus", "quote_from_bytes", "urlencode"}


def constants(node: ast.AST) -> Iterator[str]:
    """The texts written in an expression, those of its own parts included."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def builds_a_text(node: ast.AST) -> bool:
    """Whether a node builds a text: an f-string, a sum, a percent sign, `format`, `join`,
    `replace`."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
        return not all(isinstance(side, ast.Constant) for side in (node.left, node.right))
    named = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return named and node.func.attr in ("format", "join", "replace", "format_map")  # type: ignore[attr-defined]


def breaches(tree: ast.Module) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if builds_a_text(node):
            found += [
                f"line {node.lineno}: {text!r}" for text in constants(node) if GUARDED.search(text)
            ]  # type: ignore[attr-defined]
        if isinstance(node, ast.ImportFrom) and node.module == "urllib.parse":
            found += [
                f"line {node.lineno}: {name.name}" for name in node.names if name.name in ENCODERS
            ]
        if isinstance(node, ast.Attribute) and node.attr in ENCODERS:
            found.append(f"line {node.lineno}: {node.attr}")
        if isinstance(node, ast.Dict):
            keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
            found += [
                f"line {node.lineno}: {key}"
                for key in keys
                if key in ("Authorization", "If-Modified-Since")
            ]
    return found


def test_no_other_module_puts_a_value_into_a_statement_an_address_or_a_header() -> None:
    lines = {
        str(path.relative_to(PACKAGE)): breaches(ast.parse(path.read_text(encoding="utf-8")))
        for path in OTHERS
    }
    assert {path: found for path, found in lines.items() if found} == {}


@pytest.mark.parametrize(
    "line",
    [
        "f\"SELECT Id FROM Lead WHERE Email = '{email}'\"",
        '"SELECT Id FROM " + name',
        '"SELECT Id FROM %s" % name',
        '"FIND {{{0}}}".format(name)',
        'f"{base}/services/data/v68.0/limits"',
        'f"/sobjects/Lead/{record_id}"',
        'base + "/query?q=" + text',
        '"".join(("/services/oauth2/", name))',
        'f"{base}?code={code}"',
        '{"Authorization": token}',
        'f"Bearer {token}"',
        "from urllib.parse import quote",
        "urllib.parse.urlencode(form)",
    ],
)
def test_this_check_detects_each_kind_of_violation(line: str) -> None:
    assert breaches(ast.parse(line)) != []


@pytest.mark.parametrize(
    "line",
    [
        '"SELECT Id, Name FROM Organization"',
        'f"{name} is held"',
        '"/composite/sobjects"',
        "urlsplit(url)",
    ],
)
def test_constants_and_other_texts_are_fine(line: str) -> None:
    assert breaches(ast.parse(line)) == []
