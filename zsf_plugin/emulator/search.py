"""SOSL and parameterizedSearch, minimally: words in fields, through an index that may lag
(salesforce-api.md §3.13)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.evaluate import run
from zsf_plugin.emulator.org import Org
from zsf_plugin.emulator.records import Row
from zsf_plugin.emulator.schema import ObjectType

_FIND = re.compile(
    r"\s*FIND\s*\{(?P<term>(?:[^{}\\]|\\.)*)\}(?:\s*IN\s+(?P<scope>ALL|EMAIL|NAME|PHONE)\s+FIELDS)?"
    r"(?:\s*RETURNING\s+(?P<returning>.+?))?(?:\s+LIMIT\s+(?P<limit>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_OBJECT = re.compile(r"\s*([A-Za-z]\w*)\s*(?:\(([^()]*)\))?\s*(?:,|$)")
_PART = re.compile(
    r"(?P<fields>.*?)(?P<rest>\s(?:WHERE|ORDER|LIMIT)\s.*)?", re.IGNORECASE | re.DOTALL
)
_SCOPES = {"EMAIL": ("email",), "PHONE": ("phone",)}
_DEFAULT = ("Lead", "Contact", "Account")
_MOST = 2000


def search(org: Org, text: str) -> Json:
    """The answer to a FIND statement. Raises MALFORMED_SEARCH."""
    match = _FIND.fullmatch(text)
    if match is None:
        raise bad(
            "MALFORMED_SEARCH",
            f"unexpected token: '{text.split()[0] if text.split() else '<EOF>'}'",
        )
    parts = _OBJECT.findall(match["returning"] or ",".join(_DEFAULT))
    return _answer(org, match["term"], match["scope"] or "ALL", parts, int(match["limit"] or _MOST))


def parameterized(org: Org, body: Mapping[str, Json]) -> Json:
    """The answer to a parameterizedSearch document."""
    fields = ",".join(cast(list[str], body.get("fields") or ["Id"]))
    given = cast(
        list[dict[str, Json]], body.get("sobjects") or [{"name": name} for name in _DEFAULT]
    )
    parts = [(str(one["name"]), _part(one, fields)) for one in given]
    scope = str(body.get("in") or "ALL").upper()
    return _answer(
        org,
        str(body.get("q") or ""),
        scope,
        parts,
        int(cast(int, body.get("overallLimit") or _MOST)),
    )


def _part(one: Mapping[str, Json], fields: str) -> str:
    own = one.get("fields")
    text = ",".join(str(name) for name in own) if isinstance(own, list) else fields
    where = f" WHERE {one['where']}" if one.get("where") else ""
    return text + where + (f" LIMIT {one['limit']}" if one.get("limit") else "")


def _answer(org: Org, term: str, scope: str, parts: list[tuple[str, str]], most: int) -> Json:
    words = list(_words(re.sub(r"\\(.)", r"\1", term)))
    if len("".join(words)) < 2:
        raise bad("MALFORMED_SEARCH", "search term must be longer than one character")
    found: list[dict[str, Json]] = []
    for name, part in parts:
        found += _of_object(org, name, part or "Id", words, scope)
    return {"searchRecords": found[:most]}


def _of_object(
    org: Org, name: str, part: str, words: list[str], scope: str
) -> list[dict[str, Json]]:
    split = _PART.fullmatch(part)
    try:
        object_ = org.object_type(name)
    except SalesforceError as error:
        raise bad("INVALID_TYPE", f"sObject type '{name}' is not supported.") from error
    hits = {
        str(row["Id"])
        for row in org.rows[object_.name].values()
        if _hit(org, object_, row, words, scope)
    }
    fields, rest = (split["fields"], split["rest"] or "") if split is not None else (part, "")
    shown, _ = run(org, f"SELECT {fields} FROM {name} {rest}")  # noqa: S608 — SOQL, and the caller's own
    return [row for row in shown if _id(row) in hits]


def _hit(org: Org, object_: ObjectType, row: Row, words: list[str], scope: str) -> bool:
    """Whether every word stands in one field of the scope; rows not yet indexed are not found."""
    if row["Id"] in org.unindexed:
        return False
    kinds = _SCOPES.get(scope)
    for field in org.visible_fields(object_):
        wanted = field.type in kinds if kinds else scope != "NAME" or "Name" in field.name
        if wanted and set(words) <= set(_words(str(row.get(field.name) or ""))):
            return True
    return False


def _words(text: str) -> Iterator[str]:
    return (word.lower() for word in re.findall(r"\w+", text))


def _id(row: Mapping[str, Json]) -> str:
    return str(cast(dict[str, str], row["attributes"])["url"]).rpartition("/")[2]
