"""Parses SOQL text to a query tree, using the grammar in `soql.lark`. Syntax errors are
MALFORMED_QUERY."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import cast

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput, UnexpectedToken

from zsf_plugin.emulator.errors import SalesforceError, bad

Node = Tree[Token]
_MAX_JOINS = 2
_JOINS = ("in_query", "not_in_query")
_NESTED_JOIN = (
    "Semi join sub-selects are only allowed at the top level WHERE expressions "
    "and not in nested WHERE expressions"
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed statement; its parts are trees of the grammar's rules. `unsupported`: clauses that
    are parsed but not evaluated."""

    text: str
    object: str
    items: list[Node]
    where: Node | None
    group: Node | None
    order: Node | None
    limit: int | None
    offset: int
    unsupported: set[str]

    @property
    def counts(self) -> bool:
        """Whether it selects only COUNT()."""
        return bool(self.items) and self.items[0].data == "count_all"

    @property
    def window(self) -> slice:
        """The slice of matching rows to return, from OFFSET and LIMIT."""
        end = None if self.limit is None else self.offset + self.limit
        return slice(self.offset, end)

    def is_of(self, name: str) -> bool:
        """Whether it queries the object with that name, ignoring case."""
        return self.object.lower() == name.lower()


def parse_query(text: str) -> Query:
    """Parse a statement. Raises MALFORMED_QUERY."""
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        raise _malformed(text, error) from error
    parts = {str(child.data): child for child in _trees(tree)}
    return Query(
        text=text,
        object=_names(tree)[0],
        items=_trees(parts["select"]),
        where=_only_child(parts.get("where")),
        group=parts.get("group"),
        order=parts.get("order"),
        limit=_integer(parts.get("limit")),
        offset=_integer(parts.get("offset")) or 0,
        unsupported=parts.keys() & {"having", "scope"},
    )


def _trees(tree: Node) -> list[Node]:
    """The children of a tree that are trees."""
    return [child for child in tree.children if isinstance(child, Tree)]


def child(node: Node, position: int) -> Node:
    """The child tree at that position."""
    return cast(Node, node.children[position])


def dotted(path: Node) -> str:
    """A path as text, such as `Account.Name`."""
    return ".".join(str(name) for name in path.children)


def unquoted(literal: str, *, for_like: bool = False) -> str:
    """The text of a string literal. For LIKE, escaped wildcards keep their backslash."""
    read = _unescape_for_like if for_like else _unescape
    return _ESCAPE.sub(read, literal[1:-1])


def _unescape(match: re.Match[str]) -> str:
    escaped = match[1]
    if escaped[0] in "uU":
        return chr(int(escaped[1:], 16))
    return _ESCAPES.get(escaped.lower(), escaped)


def _unescape_for_like(match: re.Match[str]) -> str:
    return match[0] if match[1] in ("%", "_", "\\") else _unescape(match)


def refuse_deep_semi_joins(query: Query) -> None:
    """Raises MALFORMED_QUERY unless there are at most two semi-joins, on another object, at the top
    level of WHERE and without OR (§6)."""
    if query.where is None:
        return
    joins = list(query.where.find_data("semi_join"))
    if len(joins) != _top_level_joins(query.where):
        raise bad("MALFORMED_QUERY", _NESTED_JOIN)
    if len(joins) > _MAX_JOINS:
        raise bad("MALFORMED_QUERY", f"Maximum {_MAX_JOINS} semi join sub-selects are allowed")
    if any(query.is_of(name) for join in joins for name in _names(join)):
        message = "The inner and outer selects should not be on the same object type"
        raise bad("MALFORMED_QUERY", message)


def _top_level_joins(where: Node) -> int:
    return sum(part.data in _JOINS for part in _all_of(where))


def _all_of(where: Node) -> list[Node]:
    """The conditions joined by AND."""
    return _trees(where) if where.data == "all_of" else [where]


def _names(tree: Node) -> list[str]:
    """The bare names in a tree, outside paths: objects and aliases."""
    return [str(child) for child in tree.children if isinstance(child, Token)]


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = (files(__package__) / "soql.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", maybe_placeholders=False)


def _only_child(where: Node | None) -> Node | None:
    return None if where is None else _trees(where)[0]


def _integer(part: Node | None) -> int | None:
    return None if part is None else int(str(part.children[0]))


def _malformed(text: str, error: UnexpectedInput) -> SalesforceError:
    ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    remaining = [] if ended else text[error.pos_in_stream or 0 :].split()
    return bad("MALFORMED_QUERY", f"unexpected token: '{remaining[0] if remaining else '<EOF>'}'")
