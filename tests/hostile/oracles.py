"""Two independent parsers of statements: the emulator's grammar, and soql-parser-js in a Node
process."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from typing import Any

from lark import Token, Tree

from tests.real_clients.node import HERE, install
from zsf_plugin.emulator.soql.grammar import Node, dotted, parse_query, unquoted

#: (field, operator, its literals as written): one condition.
Condition = tuple[str, str, tuple[str, ...]]
_OPERATORS = {"is_in": "IN", "like": "LIKE"}
_JOINS = {"all_of": " AND ", "any_of": " OR "}


def conditions(statement: str) -> list[Condition]:
    """The conditions of a statement's WHERE, in order, as the emulator's grammar parses them. Raises
    SalesforceError."""
    where = parse_query(statement).where
    return _conditions(where) if where is not None else []


def shape(statement: str) -> str:
    """The statement's WHERE without its values."""
    where = parse_query(statement).where
    return _shape(where) if where is not None else ""


def values(condition: Condition) -> list[str]:
    """The texts of a condition's literals."""
    return [unquoted(literal) for literal in condition[2]]


def found_text(pattern: str) -> tuple[int, str]:
    """(number of wildcards, remaining text) of a LIKE pattern's literal."""
    tokens = re.findall(r"\\.|.", unquoted(pattern, for_like=True), re.DOTALL)
    wild = sum(token in ("%", "_") for token in tokens)
    return wild, "".join(token[-1] for token in tokens if token not in ("%", "_"))


def _conditions(node: Node) -> list[Condition]:
    if node.data in _OPERATORS:
        path, given = node.children
        assert isinstance(path, Tree)
        literals = given.children if isinstance(given, Tree) else [given]
        assert all(isinstance(one, Token) and one.type == "STRING" for one in literals)
        return [(dotted(path), _OPERATORS[node.data], tuple(str(one) for one in literals))]
    assert node.data in (*_JOINS, "group_of"), f"a statement has no {node.data}"
    return [one for child in node.children if isinstance(child, Tree) for one in _conditions(child)]


def _shape(node: Node) -> str:
    if node.data in _JOINS:
        return _JOINS[node.data].join(
            _shape(child) for child in node.children if isinstance(child, Tree)
        )
    if node.data == "group_of":
        return (
            "(" + "".join(_shape(child) for child in node.children if isinstance(child, Tree)) + ")"
        )
    return f"{dotted(node.children[0])} {_OPERATORS.get(str(node.data), node.data)}"  # type: ignore[arg-type]


class SoqlParserJs:
    """Runs soql-parser-js on many statements per process: each must parse to the intended
    conditions."""

    def __init__(self) -> None:
        install()
        self._waiting: list[str] = []
        self._strings = 0
        self.checked = 0
        self.statements = 0
        self.failures: list[str] = []

    def take(self, statement: str, meant: Sequence[Condition], strings: int) -> None:
        """Queue a statement for the next batch."""
        self._waiting.append(json.dumps({"statement": statement, "meant": meant}))
        self._strings += strings
        if len(self._waiting) >= 2000:
            self.finish()

    def finish(self) -> None:
        """Check all queued statements."""
        if not self._waiting:
            return
        given = "\n".join(self._waiting)
        done = subprocess.run(
            ["node", "check_statements.mjs"],
            cwd=HERE,
            input=given,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        answer: dict[str, Any] = json.loads(done.stdout)
        assert answer["checked"] == len(self._waiting)
        self.failures += [f"soql-parser-js: {message}" for message in answer["failures"]]
        self.checked += self._strings
        self.statements += len(self._waiting)
        self._waiting, self._strings = [], 0
