"""A minimal SOSL and parameterizedSearch: words in fields, through an index that may lag
(salesforce-api.md §3.13)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.schema import Field, ObjectType, Row
from zsf_plugin.emulator.soql.evaluate import evaluate

_FIND = re.compile(
    r"\s*FIND\s*\{(?P<term>(?:[^{}\\]|\\.)*)\}(?:\s*IN\s+(?P<scope>ALL|EMAIL|NAME|PHONE)\s+FIELDS)?"
    r"(?:\s*RETURNING\s+(?P<returning>.+?))?(?:\s+LIMIT\s+(?P<limit>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_OBJECT = re.compile(r"\s*([A-Za-z]\w*)\s*(?:\(([^()]*)\))?\s*(?:,|$)")
_PART = re.compile(
    r"(?P<fields>.*?)(?P<clauses>\s(?:WHERE|ORDER|LIMIT)\s.*)?", re.IGNORECASE | re.DOTALL
)
_SCOPES = {"EMAIL": "email", "PHONE": "phone"}
_DEFAULT_OBJECTS = ("Lead", "Contact", "Account")
_DEFAULT_PARTS = [{"name": name} for name in _DEFAULT_OBJECTS]
_MAX_RECORDS = 2000
_MIN_CHARACTERS = 2


@dataclass(frozen=True, slots=True)
class _Part:
    """One object of a search: the fields to return, and further clauses of its query."""

    object: str
    fields: str
    clauses: str = ""


@dataclass(frozen=True, slots=True)
class _Term:
    """The words to search for, and the fields to search in."""

    words: frozenset[str]
    scope: str


def search(org: Org, text: str) -> Json:
    """The result of a FIND statement. Raises MALFORMED_SEARCH."""
    match = _FIND.fullmatch(text)
    if match is None:
        raise _malformed(text)
    returning = match["returning"] or ",".join(_DEFAULT_OBJECTS)
    parts = [_parse_part(name, part) for name, part in _OBJECT.findall(returning)]
    term = _parse_term(match["term"], match["scope"] or "ALL")
    return _answer(org, term, parts, int(match["limit"] or _MAX_RECORDS))


def parameterized(org: Org, body: Mapping[str, Json]) -> Json:
    """The result of a parameterizedSearch document."""
    term = _parse_term(str(body.get("q") or ""), str(body.get("in") or "ALL").upper())
    limit = int(cast(int, body.get("overallLimit") or _MAX_RECORDS))
    return _answer(org, term, _parse_parts(body), limit)


def _malformed(text: str) -> SalesforceError:
    first, *_ = text.split() or ["<EOF>"]
    return bad("MALFORMED_SEARCH", f"unexpected token: '{first}'")


def _parse_parts(body: Mapping[str, Json]) -> list[_Part]:
    """The objects of a parameterizedSearch, or the default ones."""
    fields = ",".join(cast(list[str], body.get("fields") or ["Id"]))
    sobjects = cast(list[dict[str, Json]], body.get("sobjects") or _DEFAULT_PARTS)
    return [_part_of(sobject, fields) for sobject in sobjects]


def _parse_part(name: str, text: str) -> _Part:
    """One object of a RETURNING clause: its fields, then WHERE, ORDER BY or LIMIT."""
    match = _PART.fullmatch(text or "Id")
    return (
        _Part(name, text) if match is None else _Part(name, match["fields"], match["clauses"] or "")
    )


def _part_of(sobject: Mapping[str, Json], fields: str) -> _Part:
    """One object of a parameterizedSearch; `fields` is the default for its fields."""
    shown = _shown_fields(sobject, fields) or "Id"
    return _Part(str(sobject["name"]), shown, _clauses(sobject))


def _shown_fields(sobject: Mapping[str, Json], otherwise: str) -> str:
    own = sobject.get("fields")
    return ",".join(map(str, own)) if isinstance(own, list) else otherwise


def _clauses(sobject: Mapping[str, Json]) -> str:
    words = {"WHERE": sobject.get("where"), "LIMIT": sobject.get("limit")}
    return "".join(f" {word} {value}" for word, value in words.items() if value)


def _parse_term(text: str, scope: str) -> _Term:
    words = _words(re.sub(r"\\(.)", r"\1", text))
    if len("".join(words)) < _MIN_CHARACTERS:
        raise bad("MALFORMED_SEARCH", "search term must be longer than one character")
    return _Term(frozenset(words), scope)


def _answer(org: Org, term: _Term, parts: list[_Part], limit: int) -> Json:
    found = [row for part in parts for row in _of_object(org, term, part)]
    return {"searchRecords": found[:limit]}


def _of_object(org: Org, term: _Term, part: _Part) -> list[dict[str, Json]]:
    hits = _hits(org, _searched_object(org, part.object), term)
    statement = f"SELECT {part.fields} FROM {part.object} {part.clauses}"  # noqa: S608 — SOQL, and the caller's own
    shown, _ = evaluate(org, statement)
    return [row for row in shown if _record_id(row) in hits]


def _searched_object(org: Org, name: str) -> ObjectType:
    try:
        return org.object_type(name)
    except SalesforceError as error:
        raise bad("INVALID_TYPE", f"sObject type '{name}' is not supported.") from error


def _hits(org: Org, object_: ObjectType, term: _Term) -> set[str]:
    """The ids of the matching rows."""
    rows = org.rows[object_.name].values()
    return {str(row["Id"]) for row in rows if _is_hit(org, object_, row, term)}


def _is_hit(org: Org, object_: ObjectType, row: Row, term: _Term) -> bool:
    """Whether one field in scope contains every word; unindexed rows never match."""
    if row["Id"] in org.unindexed:
        return False
    searched = [one.name for one in org.visible_fields(object_) if _is_searched(one, term.scope)]
    return any(term.words.issubset(_words(str(row.get(name) or ""))) for name in searched)


def _is_searched(field: Field, scope: str) -> bool:
    if scope in _SCOPES:
        return field.type == _SCOPES[scope]
    return scope != "NAME" or "Name" in field.name


def _words(text: str) -> list[str]:
    return [word.lower() for word in re.findall(r"\w+", text)]


def _record_id(row: Mapping[str, Json]) -> str:
    return str(cast(dict[str, str], row["attributes"])["url"]).rpartition("/")[2]
